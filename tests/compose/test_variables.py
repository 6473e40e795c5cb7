"""Which variables the files use, and where their values come from."""

from __future__ import annotations

from pathlib import Path

from projects.compose.loader import load
from projects.compose.variables import Variable

FILES = {
    "/p/compose.yaml": (
        "services:\n"
        "  web:\n"
        "    image: web:${TAG:-1}\n"
        "    command: [$TAG, '$$NOT', '${MODE:+x}', '${NEEDED?say}']\n"
        "  db:\n"
        "    image: db:${TAG}\n"
        "name: ${NAME-demo}\n"
    ),
    "/p/.env": "TAG=file\nUNUSED=1\nNEEDED=yes\n",
}


def read_file(path: str) -> bytes:
    if path not in FILES:
        raise FileNotFoundError(2, "No such file or directory", path)
    return FILES[path].encode()


def variables() -> dict[str, Variable]:
    loaded = load("/p", environment={"TAG": "outer", "HOME": "/"}, read_file=read_file)
    return {variable.name: variable for variable in loaded.variables}


def test_every_variable_that_is_used_or_set_in_a_file_is_told() -> None:
    assert set(variables()) == {"TAG", "UNUSED", "NEEDED", "MODE", "NAME"}


def test_the_source_that_won_and_those_it_overrode_are_told() -> None:
    tag = variables()["TAG"]
    assert tag.source is not None
    assert (tag.value, tag.source.file) == ("outer", "")
    assert [(source.file, source.values["TAG"]) for source in tag.overridden] == [("/p/.env", "file")]


def test_unset_unused_required_and_defaulted_variables_can_be_told_apart() -> None:
    found = variables()
    assert (found["MODE"].value, found["MODE"].alternate) == (None, "x")
    assert found["UNUSED"].uses == ()
    assert found["NEEDED"].required
    assert (found["TAG"].required, found["TAG"].default) == (False, "1")


def test_a_use_has_its_place_and_its_service() -> None:
    tag = variables()["TAG"]
    assert tag.services == ("db", "web")
    assert [(use.place.line, use.place.path) for use in tag.uses] == [
        (3, "services.web.image"),
        (4, "services.web.command[0]"),
        (6, "services.db.image"),
    ]


def test_variables_within_a_default_are_told_as_well(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {a: {image: 'x:${TAG:-${OTHER:-1}}', command: '${A?$B}'}}")
    found = {each.name: each for each in load(str(tmp_path), environment={"A": "1"}).variables}
    assert {name: each.default for name, each in found.items()} == {
        "TAG": "${OTHER:-1}",
        "OTHER": "1",
        "A": "",
        "B": "",
    }


INCLUDING = {
    "/p/compose.yaml": "include: [{path: part/compose.yaml, env_file: [part/a.env, part/b.env]}, other/compose.yaml]\n",
    "/p/.env": "SHARED=root\nTAG=root\n",
    "/p/part/compose.yaml": "services: {part: {image: '$IMAGE:$TAG', command: $SHARED}}\n",
    "/p/part/a.env": "IMAGE=a\nTAG=part\n",
    "/p/part/b.env": "IMAGE=b\nLEFT_OVER=1\n",
    "/p/other/compose.yaml": "services: {other: {image: 'x:$IMAGE'}}\n",
}


def test_what_an_included_part_sets_for_itself_is_told_as_its_own() -> None:
    def read(path: str) -> bytes:
        if path not in INCLUDING:
            raise FileNotFoundError(2, "No such file or directory", path)
        return INCLUDING[path].encode()

    loaded = load("/p", environment={}, read_file=read)
    assert loaded.application.services["part"].image == "b:root"
    told = [
        (
            each.name,
            each.value,
            each.source and each.source.file,
            [source.file for source in each.overridden],
            each.services,
        )
        for each in loaded.variables
    ]
    assert told == [
        ("IMAGE", None, None, [], ("other",)),
        ("IMAGE", "b", "/p/part/b.env", ["/p/part/a.env"], ("part",)),
        ("LEFT_OVER", "1", "/p/part/b.env", [], ()),
        ("SHARED", "root", "/p/.env", [], ("part",)),
        ("TAG", "root", "/p/.env", ["/p/part/a.env"], ("part",)),
    ]
    assert loaded.environment_files == {"/p/.env", "/p/part/a.env", "/p/part/b.env", "/p/other/.env"}
