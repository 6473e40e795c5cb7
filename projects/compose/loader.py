"""Compose files → `Application`: the phases in order, from finding the files to selecting services.

1. the environment: what is given, over ``.env`` and ``--env-file``; the files: those named, ``COMPOSE_FILE``, or the
   default names; the project's name (`finding`)
2. each document in turn: interpolate, include, extend, merge, validate, lengthen (`layers`)
3. what is left unsaid (`normalize`), and the dataclasses (`assembling`, `decoding`)
4. profiles and selection (`selection`), whether it all fits together (`consistency`), ``env_file`` and ``label_file``

Everything read from disk goes through `read_file`; the process environment is an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path as DiskPath
from typing import Final

from projects.compose.document import Tree, sorted_tree
from projects.compose.environment import ReadFile
from projects.compose.errors import ComposeFileError
from projects.compose.finding import DEFAULT_NAMES
from projects.compose.loading import Loaded, Options, Request
from projects.compose.model import Application
from projects.compose.problems import Problem
from projects.compose.source import MAX_BYTES

__all__ = [
    "AS_WRITTEN",
    "DEFAULT_NAMES",
    "WHOLE",
    "Loaded",
    "Options",
    "Problem",
    "ReadFile",
    "check",
    "load",
    "load_tree",
    "read_from_disk",
    "read_variables",
]


WHOLE: Final = Options()
AS_WRITTEN: Final = Options(interpolate=False)


def read_from_disk(path: str) -> bytes:
    """Return the content of a file, at most a little more than a Compose file may hold."""
    with DiskPath(path).open("rb") as file:
        return file.read(MAX_BYTES + 1)


def load(
    directory: str,
    *,
    config_files: Sequence[str] = (),
    environment: Mapping[str, str],
    profiles: Sequence[str] = (),
    project_name: str | None = None,
    env_files: Sequence[str] = (),
    services: Sequence[str] = (),
    project_directory: str | None = None,
    options: Options = WHOLE,
    read_file: ReadFile = read_from_disk,
    may_read: Callable[[str], None] = lambda path: None,
    warned: Callable[[Problem], None] = lambda warning: None,
) -> Loaded:
    """Load a project as ``docker compose`` does when it is run in `directory`, an absolute path.

    `config_files` and `env_files` are relative to `directory`, or absolute; with none, the default names are looked
    for there (in its parents only where `options` say so). `services` selects some services with what they depend on.
    `read_file` reads everything; `may_read` is asked about what is only named here and read later (`local_files`), and
    raises PermissionError to refuse. `warned` is told each warning at once, and so also where the load fails after it.
    Raises ComposeFileError with the place of what cannot be understood.
    """
    request = Request(directory, config_files, environment, env_files, project_directory, read_file, options)
    request.reading.may_read, request.reading.warned = may_read, warned
    return request.load(profiles, project_name, services)


def given_name(
    *,
    directory: str,
    config_files: Sequence[str] = (),
    environment: Mapping[str, str],
    project_name: str | None = None,
    env_files: Sequence[str] = (),
    project_directory: str | None = None,
    read_file: ReadFile = read_from_disk,
) -> str:
    """Return the project's name where the argument, or a variable, gives it: the files themselves are not read.

    Raises ComposeFileError for an environment file that cannot be read.
    """
    if project_name:
        return project_name
    request = Request(directory, config_files, environment, env_files, project_directory, read_file, WHOLE)
    request.found.read_environment()
    return request.found.given_name(None)


def load_tree(
    directory: str,
    *,
    config_files: Sequence[str] = (),
    environment: Mapping[str, str],
    project_name: str | None = None,
    env_files: Sequence[str] = (),
    project_directory: str | None = None,
    options: Options = AS_WRITTEN,
    read_file: ReadFile = read_from_disk,
) -> dict[str, Tree]:
    """Return the merged, canonical tree of a project's files, JSON-ready, with its variables as they are written.

    This is what ``docker compose config --no-interpolate`` prints. The arguments and errors are those of `load`.
    """
    request = Request(directory, config_files, environment, env_files, project_directory, read_file, options)
    return dict(sorted_tree(request.load_tree(project_name)[1]))


def check(
    directory: str,
    *,
    config_files: Sequence[str] = (),
    environment: Mapping[str, str],
    profiles: Sequence[str] = ("*",),
    project_name: str | None = None,
    env_files: Sequence[str] = (),
    project_directory: str | None = None,
    read_file: ReadFile = read_from_disk,
    may_read: Callable[[str], None] = lambda path: None,
) -> tuple[Problem, ...]:
    """Return everything that is wrong with a project's files, errors before warnings; raises nothing about them.

    The arguments are those of `load`. All wrong attributes are found at once; what can only be seen in files without
    wrong attributes comes after they are mended.
    """
    request = Request(directory, config_files, environment, env_files, project_directory, read_file, WHOLE)
    request.reading.may_read = may_read
    found: list[Problem] = []
    try:
        request.load(profiles, project_name, (), all_problems=True)
    except ComposeFileError as error:
        found.append(Problem(message=error.message, place=error.place))
    told = [*request.reading.problems, *(problem for problem in found if problem not in request.reading.problems)]
    return tuple(sorted(told, key=lambda problem: problem.severity != "error"))


def read_variables(
    directory: str, *, config_files: Sequence[str] = (), environment: Mapping[str, str], read_file: ReadFile
) -> Loaded:
    """Return what is known of the variables of files that are wrong: those of all that could be read.

    The arguments are those of `load`; raises nothing about the files. The application is empty.
    """
    request = Request(directory, config_files, environment, (), None, read_file, AS_WRITTEN)
    with suppress(ComposeFileError):
        request.load_tree(None)
    return request.loaded(Application(name="", working_dir=directory))
