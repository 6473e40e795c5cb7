"""Projects that exist without the dashboard are found on disk and on the engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from projects.compose.state import ObservedContainer
from projects.discovery import MAX_DEPTH, Found, found_projects
from projects.models import Project
from projects.services.watcher import Picture, ProjectPicture

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "stacks"
    root.mkdir()
    monkeypatch.setattr(settings, "DISCOVERY_ROOTS", [root])
    return root


def with_file(directory: Path, name: str = "compose.yaml") -> Path:
    directory.mkdir(parents=True)
    (directory / name).write_text("services: {}\n")
    return directory


def running(name: str, directory: str, *config_files: str) -> Picture:
    container = ObservedContainer(id="1", name=f"{name}-web-1", project=name, service="web", state="running")
    project = ProjectPicture(name=name, containers=(container,), working_dir=directory, config_files=config_files)
    return Picture(projects={name: project})


def test_projects_below_the_roots_are_found_by_every_default_file_name(root: Path) -> None:
    for number, name in enumerate(("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")):
        with_file(root / f"Blog {number}", name)
    with_file(root / "none", "other.yaml")
    assert [(found.name, found.directory) for found in found_projects(None)] == [
        (f"blog{number}", str(root / f"Blog {number}")) for number in range(4)
    ]


def test_nested_projects_are_found_to_a_depth_and_links_and_hidden_directories_are_passed_by(
    root: Path, tmp_path: Path
) -> None:
    with_file(root / "a" / "b" / "c" / "deep")
    with_file(root.joinpath(*("x",) * MAX_DEPTH, "too-deep"))
    with_file(root / ".hidden")
    with_file(root / "a" / "node_modules" / "package")
    with_file(tmp_path / "elsewhere")
    (root / "link").symlink_to(tmp_path / "elsewhere")
    (root / "loop").symlink_to(root)
    assert [found.name for found in found_projects(None)] == ["deep"]


def test_a_project_on_the_engine_is_found_by_its_labels(root: Path, tmp_path: Path) -> None:
    directory = with_file(tmp_path / "shop", "stack.yaml")
    found = found_projects(running("shop", str(directory), f"{directory}/stack.yaml", "/etc/shared.yaml"))
    assert found == (
        Found(
            name="shop",
            directory=str(directory),
            config_files=("stack.yaml", "/etc/shared.yaml"),
            source="engine",
            containers=1,
        ),
    )


def test_a_project_on_disk_and_on_the_engine_is_one(root: Path) -> None:
    directory = with_file(root / "shop")
    (found,) = found_projects(running("shop", str(directory), f"{directory}/compose.yaml"))
    assert (found.source, found.containers, found.config_files) == ("both", 1, ())


def test_what_the_dashboard_has_is_not_found_again(root: Path) -> None:
    directory = with_file(root / "shop")
    Project.objects.create(name="shop", directory=str(directory), adopted=True)
    assert found_projects(running("shop", str(directory))) == ()


def test_a_project_whose_files_are_elsewhere_is_found_but_not_present(root: Path) -> None:
    (found,) = found_projects(running("far", "/nowhere/far", "/nowhere/far/compose.yaml"))
    assert not found.present


@pytest.mark.parametrize(
    ("name", "directory"), [("Bad Name", "/srv/x"), ("../evil", "/srv/x"), ("x", "relative"), ("x", "")]
)
def test_labels_that_cannot_be_true_are_passed_by(root: Path, name: str, directory: str) -> None:
    assert found_projects(running(name, directory)) == ()


def test_roots_that_are_gone_are_passed_by(root: Path) -> None:
    root.rmdir()
    assert found_projects(None) == ()
