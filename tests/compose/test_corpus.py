"""Real Compose files, with what Docker Compose v5.6.1 makes of them.

The corpus is third-party data beside the repository (`../shared/corpus`), read from there; without it these tests
are skipped, and the project's own cases in the other files remain.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from projects.compose import dotenv, identity, interpolation, loader, merge, source, units
from projects.compose.deduplicate import deduplicate
from projects.compose.errors import ComposeFileError
from projects.compose.render import as_config, config_json

SHARED = Path(os.environ.get("COMPOSE_UI_SHARED") or Path(__file__).parents[3] / "shared")
CORPUS = SHARED / "corpus"
CASES = str(CORPUS / "cases")

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the corpus is not there: {CORPUS}"),
]


@cache
def answers() -> dict[str, dict[str, Any]]:
    """Return the reference's answer by file and arguments."""
    found = {}
    for file in sorted(CORPUS.glob("expected/*.json")):
        for answer in json.loads(file.read_text())["results"]:
            found[f"{answer['file']} {' '.join(answer['args'])}"] = answer
    return found


def load(answer: dict[str, Any]) -> loader.Loaded:
    """Load a case with the arguments that the reference was given."""
    arguments = iter(answer["args"])
    files, profiles, name = [], [], None
    for argument in arguments:
        if argument == "-f":
            files.append(next(arguments))
        elif argument == "--profile":
            profiles.append(next(arguments))
        elif argument == "-p":
            name = next(arguments)
        else:
            assert argument == "--all-resources"
    return loader.load(
        f"{CASES}/{answer['cwd']}",
        config_files=files,
        profiles=profiles,
        project_name=name,
        environment={"HOME": "/nonexistent-home"},
        options=loader.Options(all_resources=True),
    )


def in_corpus(value: Any) -> Any:
    """Return a model with the directory of the cases called ``/corpus``, as it was for the reference."""
    return json.loads(json.dumps(value).replace(CASES, "/corpus"))


def expected(outcome: int) -> list[Any]:
    """Return the cases that the reference loads (0), refuses (1) or gives up on (-1)."""
    if not CORPUS.is_dir():
        return []
    return [pytest.param(answer, id=key) for key, answer in answers().items() if answer["rc"] == outcome]


@pytest.mark.parametrize("answer", expected(0))
def test_the_model_is_the_reference_s(answer: dict[str, Any]) -> None:
    assert in_corpus(as_config(load(answer).application)) == answer["model"]


@pytest.mark.parametrize("answer", expected(0))
def test_the_config_hashes_are_the_reference_s(answer: dict[str, Any]) -> None:
    services = load(answer).application.services
    hashes = {name: identity.hash_of_json(in_corpus(identity.hashed_json(each))) for name, each in services.items()}
    assert hashes == answer["config_hash_cli"]


@pytest.mark.parametrize("answer", expected(1) + expected(-1))
def test_what_the_reference_refuses_is_refused(answer: dict[str, Any]) -> None:
    with pytest.raises(ComposeFileError):
        config_json(load(answer).application)


def table(name: str) -> list[dict[str, Any]]:
    """Return the cases of one table."""
    if not CORPUS.is_dir():
        return []
    cases = json.loads((CORPUS / "tables" / f"{name}.json").read_text())
    return list(cases["cases"] if isinstance(cases, dict) else cases)


def outcome(read: Any, *arguments: Any) -> Any:
    """Return what a grammar makes of its input, or that it refuses it."""
    try:
        return read(*arguments)
    except ValueError:
        return "refused"


@pytest.mark.parametrize("case", table("interpolation"))
def test_interpolation_is_the_reference_s(case: dict[str, Any]) -> None:
    expected = "refused" if case["error"] else case["result"]
    assert outcome(interpolation.substitute, case["template"], case["env"]) == expected


@pytest.mark.parametrize("case", table("env_file"))
def test_env_files_are_read_like_the_reference_does(case: dict[str, Any]) -> None:
    lookup = case["process_env"].get
    assert outcome(dotenv.parse, case["file"], lookup) == ("refused" if case["error"] else case["result"])
    assert outcome(dotenv.parse_raw, case["file"], lookup) == ("refused" if case["raw_error"] else case["raw_result"])


@pytest.mark.parametrize("case", [case for case in table("durations") if isinstance(case["value"], str)])
def test_durations_are_read_like_the_reference_does(case: dict[str, Any]) -> None:
    written = outcome(lambda text: str(units.parse_duration(text)), case["value"])
    assert written == ("refused" if case["error"] else case["result"])


@pytest.mark.parametrize("case", table("merge"))
def test_merges_are_the_reference_s(case: dict[str, Any]) -> None:
    base, override, want = (source.parse(case[key].encode(), key)[0].tree for key in ("base", "override", "want"))
    assert deduplicate(merge.merge(base, override)) == want


def load_service(attribute: str, value: Any) -> Any:
    """Return one attribute of a service in the model's JSON, or that the service is refused."""
    text = json.dumps(
        {"services": {"a": {"image": "x", attribute: value}}, "volumes": {name: {} for name in ("data", "vol", "a")}}
    )
    environment = {"HOME": "/home/u"}
    try:
        application = loader.load(
            "/w",
            config_files=["compose.yaml"],
            environment=environment,
            read_file=lambda path: text.encode() if path == "/w/compose.yaml" else _absent(path),
            options=loader.Options(consistency=False),
        ).application
    except ComposeFileError:
        return "refused"
    return as_config(application)["services"]["a"].get(attribute)


def _absent(path: str) -> bytes:
    raise FileNotFoundError(2, "No such file or directory", path)


@pytest.mark.parametrize(
    ("attribute", "case", "value"),
    [("ports", case, [case["spec"]]) for case in table("ports")]
    + [("volumes", case, [case["spec"]]) for case in table("volumes")]
    + [("command", case, case["value"]) for case in table("command")]
    + [("mem_limit", case, case["value"]) for case in table("bytes")],
)
def test_short_syntax_is_read_like_the_reference_does(attribute: str, case: dict[str, Any], value: Any) -> None:
    assert load_service(attribute, value) == ("refused" if case["error"] else case["result"])


@pytest.mark.parametrize("case", table("project_name"))
def test_project_names_are_the_reference_s(case: dict[str, Any]) -> None:
    given = identity.project_name_problem(case["name"])
    derived = identity.normalize_project_name(case["name"])
    assert (given is not None) == case["from_flag_p"].startswith("ERR")
    assert derived == ("" if case["from_yaml"].startswith("ERR") else case["from_yaml"])
