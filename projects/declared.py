"""What the files of a project declare, for pages: never raises, a mistake is part of the answer."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from projects.compose.errors import ComposeError
from projects.compose.identity import image_name
from projects.compose.loader import Loaded, Problem, check
from projects.discovery import COMPOSE_FILES
from projects.models import Project
from projects.operations import load_application
from projects.operations.carry import project_environment
from projects.workspace import Stamp, Workspace, stamps

__all__ = ["COMPOSE_FILES", "Declared", "declared", "problems_of"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """The images by service, which services are built, the volumes' names on the engine, what is wrong, and what is
    only worth knowing."""

    images: Mapping[str, str] = field(default_factory=dict)
    built: Collection[str] = ()
    volumes: Sequence[str] = ()
    problem: ComposeError | None = None
    warnings: Sequence[Problem] = ()


def declared(project: Project) -> Declared:
    """Return what the project's files declare, loading them where one has changed since they were last asked for.

    While something happens in a project its pages are drawn several times a second.
    """
    where = project.name, project.directory, tuple(project.config_files), project.adopted
    known = _known.get(project.pk)
    if known is not None and known.where == where and stamps(known.files) == known.files:
        return known.answer
    files: dict[str, Stamp] = {}
    try:
        # Their stamps are taken before they are read: what is written meanwhile is noticed the next time.
        answer = _told(load_application(project, reading=lambda path: files.update(stamps([path]))))
    except ComposeError as problem:
        return Declared(problem=problem)
    _known[project.pk] = _Known(where=where, files=files, answer=answer)
    return answer


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    """An answer, whose it is, and the files that it follows from, as they were."""

    where: tuple[object, ...]
    files: Mapping[str, Stamp]
    answer: Declared


_known: dict[int, _Known] = {}  # by project


def _told(loaded: Loaded) -> Declared:
    application = loaded.application
    return Declared(
        # What a program provides has none.
        images={
            name: "" if service.provider else image_name(application, service)
            for name, service in application.services.items()
        },
        built={name for name, service in application.services.items() if service.build},
        volumes=[volume.name or key for key, volume in application.volumes.items() if not volume.external],
        warnings=loaded.warnings,
    )


def problems_of(project: Project, *, unsaved: Mapping[str, str] | None = None) -> tuple[Problem, ...]:
    """Return what is wrong with the project's files, with `unsaved` texts in place of what is on disk."""
    workspace = Workspace(project.directory)
    read = workspace.reader(outside=project.adopted)
    texts = {_absolute(project, path): text.encode() for path, text in (unsaved or {}).items()}

    def read_file(path: str) -> bytes:
        text = texts.get(_absolute(project, path))
        return read(path) if text is None else text

    return check(
        project.directory,
        config_files=tuple(project.config_files),
        environment=project_environment(project),
        project_name=project.name,
        read_file=read_file,
        may_read=workspace.guard(outside=project.adopted),
    )


def _absolute(project: Project, path: str) -> str:
    return os.path.normpath(Path(project.directory, path))
