"""What pages tell of a project's files: as they are now, and loaded only where one has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from projects import declared as module
from projects.declared import declared
from projects.models import Project
from projects.operations import load_application

COMPOSE = "services:\n  web:\n    image: busybox:${TAG:-one}\n"


@pytest.fixture
def files(project: Project) -> Path:
    """The project's directory, with a compose file that follows a variable."""
    directory = Path(project.directory)
    (directory / "compose.yaml").write_text(COMPOSE)
    return directory


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the projects whose files were loaded."""
    names: list[str] = []

    def counted(project: Project, **options: object) -> object:
        names.append(project.name)
        return load_application(project, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "load_application", counted)
    return names


def test_files_that_have_not_changed_are_loaded_once(project: Project, files: Path, loads: list[str]) -> None:
    assert declared(project) is declared(project)
    assert len(loads) == 1


def test_what_is_edited_comes_or_goes_is_noticed(project: Project, files: Path) -> None:
    assert declared(project).images == {"web": "busybox:one"}
    (files / ".env").write_text("TAG=two\n")
    assert declared(project).images == {"web": "busybox:two"}
    (files / ".env").unlink()
    assert declared(project).images == {"web": "busybox:one"}
    (files / "compose.override.yaml").write_text("services:\n  db:\n    image: postgres\n")
    assert set(declared(project).images) == {"web", "db"}


def test_what_a_program_provides_has_no_image(project: Project, files: Path) -> None:
    (files / "compose.override.yaml").write_text("services:\n  tunnel:\n    provider: {type: tunnel}\n")
    assert declared(project).images == {"web": "busybox:one", "tunnel": ""}


def test_a_mistake_is_told_until_it_is_mended(project: Project, files: Path) -> None:
    assert declared(project).problem is None
    (files / "compose.yaml").write_text("services: [")
    assert declared(project).problem is not None
    (files / "compose.yaml").write_text(COMPOSE)
    assert declared(project).problem is None


def test_files_that_lie_elsewhere_now_are_other_files(project: Project, files: Path, tmp_path: Path) -> None:
    assert set(declared(project).images) == {"web"}
    other = tmp_path / "other"
    other.mkdir()
    (other / "compose.yaml").write_text("services:\n  cache:\n    image: redis\n")
    project.directory = str(other)
    assert set(declared(project).images) == {"cache"}
