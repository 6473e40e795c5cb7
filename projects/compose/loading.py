"""One load: what is asked for, the phases it goes through, and what comes of it."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from projects.compose import advice, consistency, normalize, selection
from projects.compose.assembling import assemble
from projects.compose.document import Document, Tree
from projects.compose.environment import ReadFile, unreadable, with_environment_files, with_label_files
from projects.compose.errors import ComposeFileError
from projects.compose.finding import Finding
from projects.compose.layers import Layers
from projects.compose.local_files import local_files
from projects.compose.model import Application, Service
from projects.compose.problems import PathError, Problem
from projects.compose.reading import Reading
from projects.compose.variables import Source, Variable, uses, variables


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

    `sources` are in rising precedence: environment files, then the environment that was given. `own_sources` are, by
    file, those of the variables that only the included part has to which it belongs: all of `sources` win over them.
    """

    application: Application
    warnings: tuple[Problem, ...] = ()
    documents: tuple[Document, ...] = field(default=(), repr=False)
    sources: tuple[Source, ...] = field(default=(), repr=False)
    own_sources: Mapping[str, tuple[Source, ...]] = field(default_factory=dict, repr=False)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Every variable that is used or that an environment file sets, with its value, source and uses."""
        return variables(uses(self.documents), self.sources, self.own_sources)

    @property
    def environment_files(self) -> set[str]:
        """Every file that variables come from."""
        own = (source for sources in self.own_sources.values() for source in sources)
        return {source.file for source in (*self.sources, *own) if source.file}


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


class Request:
    """One load: what was asked, and the phases that the functions of `loader` share."""

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
            own_sources=dict(self.reading.own_sources),
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
