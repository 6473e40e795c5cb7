"""Compose projects that exist without the dashboard: on disk below configured roots, and on the engine by labels."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings

from projects.compose.identity import normalize_project_name, project_name_problem
from projects.models import Project

if TYPE_CHECKING:
    from projects.services.watcher import Picture

# The reference's default names, the preferred one first.
COMPOSE_FILES: Final = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
MAX_DEPTH: Final = 4
MAX_DIRECTORIES: Final = 5000
PASSED_BY: Final = frozenset({"node_modules", "__pycache__", "venv", "proc", "sys", "dev"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A project that can be adopted in place.

    `config_files` are relative to `directory` where they lie inside it; empty means the default names. `source` is
    disk, engine or both; `containers` counts those on the engine. `present` tells whether the directory can be read
    from here (a project may have been started from another machine, or outside of the dashboard's container).
    """

    name: str
    directory: str
    config_files: tuple[str, ...] = ()
    source: str = "disk"
    containers: int = 0
    present: bool = True


def found_projects(picture: Picture | None) -> tuple[Found, ...]:
    """Return the projects that are not in the dashboard yet, by name; those on the engine come from `picture`."""
    names, directories = set[str](), set[str]()
    for name, directory in Project.objects.values_list("name", "directory"):
        names.add(name)
        directories.add(os.path.realpath(directory))
    found: dict[tuple[str, str], Found] = {}
    for project in (*_on_engine(picture), *_on_disk(settings.DISCOVERY_ROOTS)):
        key = project.name, os.path.realpath(project.directory)
        if project.name not in names and key[1] not in directories:
            found[key] = _merged(found.get(key), project)
    return tuple(sorted(found.values(), key=lambda project: (project.name, project.directory)))


def _merged(running: Found | None, project: Found) -> Found:
    return project if running is None else replace(running, source="both")


def _on_engine(picture: Picture | None) -> Iterator[Found]:
    for name, project in (picture.projects if picture else {}).items():
        if project_name_problem(name) is not None or not os.path.isabs(project.working_dir):  # noqa: PTH117
            continue
        directory = os.path.normpath(project.working_dir)
        yield Found(
            name=name,
            directory=directory,
            config_files=_relative(project.config_files, directory),
            source="engine",
            containers=len(project.containers),
            present=Path(directory).is_dir(),
        )


def _relative(config_files: Iterable[str], directory: str) -> tuple[str, ...]:
    """Return the files as a project records them: nothing where they are the default, relative where inside."""
    inside = [os.path.relpath(file, directory) for file in config_files]
    paths = tuple(file if name.startswith("../") else name for file, name in zip(config_files, inside, strict=True))
    return () if len(paths) == 1 and paths[0] in COMPOSE_FILES else paths


def _on_disk(roots: Iterable[Path]) -> Iterator[Found]:
    """Walk breadth first; links are not followed, what may not be read is passed by."""
    waiting = deque((root, 0) for root in roots)
    for _visited in range(MAX_DIRECTORIES):
        if not waiting:
            return
        directory, depth = waiting.popleft()
        names, below = _entries(directory)
        name = normalize_project_name(directory.name)
        if names & set(COMPOSE_FILES) and project_name_problem(name) is None:
            yield Found(name=name, directory=str(directory))
        if depth < MAX_DEPTH:
            waiting.extend((directory / child, depth + 1) for child in below)


def _entries(directory: Path) -> tuple[set[str], list[str]]:
    files, directories = set[str](), list[str]()
    try:
        with os.scandir(directory) as scan:
            for entry in scan:
                if entry.is_dir(follow_symlinks=False):
                    directories.append(entry.name)
                else:
                    files.add(entry.name)
    except OSError:
        pass
    visible = [name for name in directories if not name.startswith(".") and name not in PASSED_BY]
    return files, sorted(visible)
