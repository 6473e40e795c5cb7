"""Compose files → `Application`: the phases in order, from finding the files to selecting services.

1. the environment: what is given, over ``.env`` and ``--env-file``; the files: those named, ``COMPOSE_FILE``, or the
   default names; the project's name (`finding`)
2. each document in turn: interpolate, include, extend, merge, validate, lengthen (`layers`)
3. what is left unsaid (`normalize`), and the dataclasses (`assembling`, `decoding`)
4. profiles and selection (`selection`), whether it all fits together (`consistency`), ``env_file`` and ``label_file``

Everything read from disk goes through `read_file`; the process environment is an argument.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path as DiskPath

from projects.compose import advice, consistency, normalize, selection
from projects.compose.assembling import assemble
from projects.compose.document import Document, Tree, sorted_tree
from projects.compose.environment import ReadFile, unreadable, with_environment_files, with_label_files
from projects.compose.errors import ComposeFileError
from projects.compose.finding import DEFAULT_NAMES, Finding
from projects.compose.layers import Layers
from projects.compose.local_files import local_files
from projects.compose.model import Application, Service
from projects.compose.problems import PathError, Problem
from projects.compose.reading import Reading
from projects.compose.source import MAX_BYTES
from projects.compose.variables import Source, Variable, uses, variables

__all__ = [
    "DEFAULT_NAMES",
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """How far a load goes: the flags of ``docker compose config``, all on by default but `all_resources`.

    `search_parents` looks for files by their default names in the directories above as well, as the program does.
    """

    interpolate: bool = True
    normalize: bool = True
    resolve_paths: bool = True
    consistency: bool = True
    env_files: bool = True
    all_resources: bool = False
    search_parents: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """An application, what is to be warned of, every document it was read from, and where variables come from.

    `sources` are in rising precedence: environment files, then the environment that was given.
    """

    application: Application
    warnings: tuple[Problem, ...] = ()
    documents: tuple[Document, ...] = field(default=(), repr=False)
    sources: tuple[Source, ...] = field(default=(), repr=False)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Every variable that is used or that an environment file sets, with its value, source and uses."""
        return variables(uses(self.documents), self.sources)


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
    options: Options = Options(),
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
    request = _Request(directory, config_files, environment, env_files, project_directory, read_file, options)
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
    options = Options()
    request = _Request(directory, config_files, environment, env_files, project_directory, read_file, options)
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
    options: Options = Options(interpolate=False),
    read_file: ReadFile = read_from_disk,
) -> dict[str, Tree]:
    """Return the merged, canonical tree of a project's files, JSON-ready, with its variables as they are written.

    This is what ``docker compose config --no-interpolate`` prints. The arguments and errors are those of `load`.
    """
    request = _Request(directory, config_files, environment, env_files, project_directory, read_file, options)
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
    request = _Request(directory, config_files, environment, env_files, project_directory, read_file, Options())
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
    request = _Request(directory, config_files, environment, (), None, read_file, Options(interpolate=False))
    with suppress(ComposeFileError):
        request.load_tree(None)
    return request.loaded(Application(name="", working_dir=directory))


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Keep the garbage collector from walking the growing tree again and again; a load leaves no cycles behind.

    Without this the time of a load grows faster than its files.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _Request:
    """One load: what was asked, and the phases that `load` and `load_tree` share."""

    def __init__(
        self,
        directory: str,
        config_files: Sequence[str],
        environment: Mapping[str, str],
        env_files: Sequence[str],
        project_directory: str | None,
        read_file: ReadFile,
        options: Options,
    ) -> None:
        self.options = options
        self.reading = Reading(
            read_file=read_file, interpolate=options.interpolate, resolve_paths=options.resolve_paths
        )
        self.found = Finding(
            directory, config_files, environment, env_files, project_directory, self.reading, options.search_parents
        )

    def load_tree(self, project_name: str | None) -> tuple[str, dict[str, Tree]]:
        """Go through the phases up to the tree; return the project's name with it."""
        self.found.find()
        name = self.found.name_project(project_name)
        tree = Layers(self.reading, self.found.working_dir, self.found.environment).load(self.found.config_files)
        if self.options.normalize:
            tree["name"] = name
            normalize.normalize(tree, name, self.found.environment)
        return name, tree

    def load(
        self, profiles: Sequence[str], project_name: str | None, services: Sequence[str], all_problems: bool = False
    ) -> Loaded:
        """Go through all phases."""
        with _collection_paused():
            name, tree = self.load_tree(project_name)
            try:
                application = self.select(assemble(tree, name, self.found), profiles, services, all_problems)
            except ComposeFileError as error:
                raise self.reading.located(error) from error
        return self.loaded(application)

    def loaded(self, application: Application) -> Loaded:
        """Return an application with what is known from reading it."""
        return Loaded(
            application=application,
            warnings=tuple(self.reading.problems),
            documents=tuple({id(document): document for document in self.reading.documents}.values()),
            sources=tuple(self.found.sources),
        )

    def select(
        self, application: Application, profiles: Sequence[str], services: Sequence[str], all_problems: bool
    ) -> Application:
        """Return the part of an application that is asked for, checked, and with its files resolved."""
        given = [name.strip() for name in self.found.environment.get("COMPOSE_PROFILES", "").split(",")]
        active, whole = profiles or given, application
        application = selection.with_profiles(application, active)
        self.check_consistency(application, all_problems)
        if all_problems:
            self.check_given_profiles(selection.with_profiles(whole, given))
        # What naming services enables is not checked any more, as with the reference.
        application = selection.with_profiles(application, active, services)
        application = self.finish(selection.with_services(application, services))
        self.check_rights(application, all_problems)
        for path, message in advice.advice(application):
            self.reading.warn(path, message)
        return application

    def check_consistency(self, application: Application, all_problems: bool) -> None:
        """Refuse an application whose parts do not fit together; all problems are told where all are asked for."""
        if not self.options.consistency:
            return
        for problem in consistency.problems(application):
            if not all_problems:
                raise problem
            self.reading.tell(problem.path, problem.message, of_key=True)

    def check_given_profiles(self, application: Application) -> None:
        """Warn of what only the profiles that were not given would make right."""
        told = {problem.message for problem in self.reading.problems}
        for problem in consistency.problems(application):
            if problem.message not in told:
                self.reading.tell(problem.path, problem.message, severity="warning", of_key=True)

    def check_rights(self, application: Application, all_problems: bool) -> None:
        """Refuse files that must not be given away."""
        for path, file in local_files(application):
            try:
                self.reading.may_read(file)
            except PermissionError as error:
                problem = PathError(path, unreadable(file, error).message)
                if not all_problems:
                    raise problem from error
                self.reading.tell(problem.path, problem.message)

    def finish(self, application: Application) -> Application:
        """Resolve the files of the services that take part, and leave out what they do not use."""
        resolved = {name: self.with_files(service) for name, service in application.services.items()}
        application = replace(application, services=resolved)
        return application if self.options.all_resources else selection.without_unused(application)

    def with_files(self, service: Service) -> Service:
        """Return a service with the files that it takes variables and labels from; the former may be left for later."""
        directory, read_file = self.found.working_dir, self.reading.read_environment_file
        if self.options.env_files:
            unset = self.reading.warn_unset_in_file
            service = with_environment_files(service, directory, self.found.environment, read_file, unset)
        return with_label_files(service, directory, read_file)
