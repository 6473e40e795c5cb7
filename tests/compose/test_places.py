"""Where refusals and warnings point: file, line, column, and the path of what is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from projects.compose import loader
from projects.compose.errors import ComposeFileError, Place

# A text, what is said of it, then line, column and path.
REFUSED = [
    ("services:\n  web:\n    ports: [80, 80:80, a:b]\n", "invalid containerPort: b", 3, 24, "services.web.ports[2]"),
    ("services:\n  web:\n    image: x\n    image: y\n", "already defined at line 3", 4, 5, "services.web.image"),
    ("services:\n  web: {image: x}\n  web: {image: y}\n", "already defined at line 2", 3, 3, "services.web"),
    ("x: {a: [{b: 1, b: 2}]}\n", "already defined at line 1", 1, 16, "x.a[0].b"),
    ("a: {<<: {b: 1}, <<: {c: 1}}\n", "already defined at line 1", 1, 17, "a.<<"),
    ("services:\n  web:\n    command: [a, 'b\n", "quoted scalar", 4, 1, "services.web.command"),
    ("services:\n  web:\n    image: x\n   command: y\n", "YAML", 4, 4, "services"),
    ("services:\n  web:\n\timage: x\n", "YAML", 3, 1, "services.web"),
    ("services:\n  web:\n    labels: {a: [b}\n", "YAML", 3, 19, "services.web.labels.a"),
    ("services: {web: *none}\n", "unknown anchor", 1, 17, "services.web"),
    ("services: {web: &web {image: [*web]}}\n", "contains itself", 1, 31, "services.web.image[0]"),
    ("services: {web: {environment: {1: a}}}\n", "Non-string key", 1, 32, "services.web.environment"),
    ("services: {web: {cpus: .inf}}\n", "unsupported value", 1, 24, "services.web.cpus"),
    ("services: {web: {scale: !!int x}}\n", "cannot decode", 1, 25, "services.web.scale"),
    ("services: {web: {<<: x}}\n", "map merge", 1, 22, "services.web"),
    ("services:\n  web:\n    image: 'x:${'\n", "Invalid template", 3, 12, "services.web.image"),
    ("services:\n  web: {image: 'x:${NO?say}'}\n", "NO is missing a value: say", 2, 16, "services.web.image"),
    ("services:\n  web:\n    imag: x\n", "not allowed", 3, 5, "services.web.imag"),
    (
        "services:\n  web:\n    image: x\n    depends_on: [db]\n",
        "undefined service",
        4,
        18,
        "services.web.depends_on.db",
    ),
    ("services:\n  web: {image: x, networks: [n]}\n", "undefined network", 2, 30, "services.web.networks.n"),
    ("services:\n  web: {image: x, env_file: [none]}\n", "not found", 2, 30, "services.web.env_file[0]"),
    ("services:\n  web: {image: x, label_file: [none]}\n", "not found", 2, 32, "services.web.label_file[0]"),
    ("include:\n  - none.yaml\n", "no such file", 2, 5, "include[0]"),
    (
        "services:\n  web: {extends: {service: db, file: none.yaml}}\n",
        "no such file",
        2,
        38,
        "services.web.extends.file",
    ),
    ("name: '###'\nservices: {}\n", "project name must not be empty", 1, 7, "name"),
]

WARNED = [
    ("version: '3'\nservices: {}\n", "obsolete", 1, 1, "version"),
    ("services:\n  web: {image: 'x:${NO}'}\n", '"NO" variable is not set', 2, 16, "services.web.image"),
    ("services:\n  web:\n    command: [a, $NO]\n    image: x\n", '"NO" variable', 3, 18, "services.web.command[1]"),
]


def at(directory: Path, text: str) -> Path:
    path = directory / "demo"
    path.mkdir()
    (path / "compose.yaml").write_text(text)
    return path


def position(place: Place) -> tuple[str, int | None, int | None, str]:
    return Path(place.file).name, place.line, place.column, place.path


@pytest.mark.parametrize(("text", "words", "line", "column", "path"), REFUSED)
def test_a_refusal_has_file_line_column_and_path(
    tmp_path: Path, text: str, words: str, line: int, column: int, path: str
) -> None:
    with pytest.raises(ComposeFileError) as refused:
        loader.load(str(at(tmp_path, text)), environment={})
    assert words in str(refused.value)
    assert position(refused.value.place) == ("compose.yaml", line, column, path)
    assert refused.value.service in ("", "web")


@pytest.mark.parametrize(("text", "words", "line", "column", "path"), WARNED)
def test_a_warning_has_file_line_column_and_path(
    tmp_path: Path, text: str, words: str, line: int, column: int, path: str
) -> None:
    told: list[object] = []
    loaded = loader.load(str(at(tmp_path, text)), environment={}, warned=told.append)
    (warning,) = loaded.warnings
    assert told == [warning]
    assert words in str(warning.message)
    assert position(warning.place) == ("compose.yaml", line, column, path)


def test_warnings_are_told_also_where_the_load_fails_after_them(tmp_path: Path) -> None:
    told: list[str] = []
    text = "version: '3'\nservices: {web: {image: 'x:${NO}', networks: [n]}}\n"
    with pytest.raises(ComposeFileError):
        loader.load(str(at(tmp_path, text)), environment={}, warned=lambda warning: told.append(warning.place.path))
    assert told == ["services.web.image", "version"]


def test_a_refusal_in_another_file_points_into_that_file(tmp_path: Path) -> None:
    path = at(tmp_path, "include: [part.yaml]\nservices: {web: {extends: {file: base.yaml, service: db}}}\n")
    (path / "part.yaml").write_text("services: {}\n")
    (path / "base.yaml").write_text("services:\n  db:\n    image: [x]\n    image: y\n")
    with pytest.raises(ComposeFileError) as refused:
        loader.load(str(path), environment={})
    assert position(refused.value.place) == ("base.yaml", 4, 5, "services.db.image")


def test_a_line_of_an_environment_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = at(tmp_path, "services: {web: {image: x, env_file: e.env}}\n")
    (path / "e.env").write_text("A=1\nB C=2\n")
    with pytest.raises(ComposeFileError) as refused:
        loader.load(str(path), environment={})
    assert position(refused.value.place) == ("e.env", 2, 1, "")
