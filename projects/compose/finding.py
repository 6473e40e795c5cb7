"""Which files a project is read from, in which environment, and what it is called."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence

from projects.compose import casts, identity, paths
from projects.compose.environment import read_default_file, read_environment_files
from projects.compose.errors import ComposeFileError, Place, ProjectNameError
from projects.compose.interpolation import InvalidTemplate, RequiredVariable, substitute
from projects.compose.messages import Message
from projects.compose.problems import Problem
from projects.compose.reading import Reading
from projects.compose.variables import Source

STDIN = "-"
DEFAULT_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDE_NAMES = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)


def is_disabled(environment: Mapping[str, str], place: Place) -> bool:
    """Return whether variables ask for no ``.env`` to be read; raises ComposeFileError where they say neither."""
    said = environment.get("COMPOSE_DISABLE_ENV_FILE", "false")
    disabled = casts.boolean(said)
    if disabled is None:
        message = Message(
            'COMPOSE_DISABLE_ENV_FILE: parsing "%(value)s": invalid syntax. Make it true or false.', value=said[:40]
        )
        raise ComposeFileError(message, place=place)
    return disabled


class Finding:
    """The files of one load: those named, or found; `find` fills in what was not said."""

    def __init__(
        self,
        directory: str,
        config_files: Sequence[str],
        environment: Mapping[str, str],
        env_files: Sequence[str],
        project_directory: str | None,
        reading: Reading,
        search_parents: bool = False,
    ) -> None:
        self.directory = posixpath.normpath(directory)
        self.config_files = list(config_files)
        self.environment = dict(environment)
        self.sources = [Source(file="", values=self.environment)]
        self.env_files = [self.absolute(file) for file in env_files]
        self.project_directory = self.absolute(project_directory) if project_directory else None
        self.reading = reading
        self.search_parents = search_parents

    def find(self) -> None:
        """Read the environment files, then find the files; both may be named by the other's directory."""
        self.config_files = [self.local(file) for file in self.config_files]
        self.read_environment()
        self.find_files()

    def absolute(self, path: str) -> str:
        """Return a path seen from the directory that the load is run in."""
        return posixpath.normpath(posixpath.join(self.directory, path))

    def local(self, file: str) -> str:
        """Return the path of a Compose file that was named (`STDIN` as it is); raises ComposeFileError for a URL."""
        if file == STDIN:
            return file
        if paths.is_remote(file):
            raise ComposeFileError(paths.not_fetched(file), place=Place(file=file))
        return self.absolute(file)

    @property
    def working_dir(self) -> str:
        """The project directory: the one given, else that of the first file."""
        if self.project_directory:
            return self.project_directory
        first = next((file for file in self.config_files if file != STDIN), "")
        return posixpath.dirname(first) if first else self.directory

    def read_environment(self) -> None:
        """Put the variables of environment files under those given."""
        if not self.env_files:
            named = self.environment.get("COMPOSE_ENV_FILES", "").split(",")
            self.env_files = [self.absolute(file) for file in named if file]
        if self.env_files:
            found: dict[str, str] = {}
            for file, values in read_environment_files(
                self.env_files,
                self.environment,
                self.reading.read_environment_file,
                self.reading.warn_unset_in_file,
            ):
                found.update(values)
                self.sources.insert(-1, Source(file=file, values=values))
            self.environment = {**found, **self.environment}
        else:
            self.read_default_environment()

    def read_default_environment(self) -> None:
        """Put the variables of the project directory's ``.env`` under what there is.

        Where that file itself says that it is not to be read, only what it tells Compose counts.
        """
        if is_disabled(self.environment, Place()):
            return
        file = posixpath.join(self.working_dir, ".env")
        found = read_default_file(
            self.working_dir, self.environment, self.reading.read_environment_file, self.reading.warn_unset_in_file
        )
        if is_disabled(found, Place(file=file)):
            found = {name: value for name, value in found.items() if name.startswith("COMPOSE_")}
        self.sources.insert(0, Source(file=file, values=found))
        self.environment = {**found, **self.environment}

    def find_files(self) -> None:
        """Find the files where none were named: ``COMPOSE_FILE``, or a default name and its override."""
        if self.config_files:
            return
        before = self.working_dir
        named = self.environment.get("COMPOSE_FILE")
        if named is not None:
            separator = self.environment.get("COMPOSE_PATH_SEPARATOR") or ":"
            self.config_files = [self.local(file) for file in named.split(separator)]
        else:
            self.config_files = self.default_files()
        if self.working_dir != before and not self.env_files:
            self.read_default_environment()

    def default_files(self) -> list[str]:
        """Return the first default name there is, and the first override beside it.

        A project directory that was given may lie below them, and that of the load where parents are searched.
        """
        directory = self.working_dir
        file = self.first(directory, DEFAULT_NAMES, "config")
        climbs = self.search_parents or self.project_directory is not None
        while not file and climbs and directory != posixpath.dirname(directory):
            directory = posixpath.dirname(directory)
            file = self.first(directory, DEFAULT_NAMES, "config")
        if not file:
            message = Message(
                "no configuration file provided: not found in %(directory)s. Create a compose.yaml there.",
                directory=self.working_dir,
            )
            raise ComposeFileError(message, place=Place(file=posixpath.join(self.working_dir, DEFAULT_NAMES[0])))
        return [file, *filter(None, [self.first(directory, OVERRIDE_NAMES, "override")])]

    def first(self, directory: str, names: Sequence[str], kind: str) -> str:
        """Return the first file of these names in a directory, with a warning if it is not the only one; or nothing."""
        files = [file for name in names if self.exists(file := posixpath.join(directory, name))]
        if len(files) > 1:
            several = Message(
                "Found multiple %(kind)s files with supported names: %(files)s", kind=kind, files=", ".join(files)
            )
            for said in (several, Message("Using %(file)s", file=files[0])):
                self.reading.keep(Problem(message=said, place=Place(file=files[0]), severity="warning"))
        return files[0] if files else ""

    def exists(self, file: str) -> bool:
        """Return whether a file can be read."""
        try:
            self.reading.read_file(file)
        except OSError:
            return False
        return True

    def given_name(self, given: str | None) -> str:
        """Return the name that was given, or that a variable gives; empty where the files are to say it."""
        return given or self.environment.get("COMPOSE_PROJECT_NAME") or ""

    def name_project(self, given: str | None) -> str:
        """Return the project's name: given, from the environment, from the files, or from the directory."""
        name = self.given_name(given)
        if name:
            problem = identity.project_name_problem(name)
            if problem is not None:
                raise ProjectNameError(problem)
        else:
            named, place = self.name_in_files()
            name = identity.normalize_project_name(named or posixpath.basename(self.working_dir))
            if not name:
                raise ProjectNameError(Message("project name must not be empty. Add name: to the file."), place=place)
        self.environment["COMPOSE_PROJECT_NAME"] = name
        return name

    def name_in_files(self) -> tuple[str, Place]:
        """Return the ``name`` of the last document that has one, interpolated, and where it stands."""
        name, place = "", Place(file=self.config_files[0], line=1, column=1, path="name")
        for file in self.config_files:
            for document in self.reading.parse(file):
                named = document.tree.get("name") if isinstance(document.tree, dict) else None
                if not isinstance(named, str) or not named:
                    continue
                try:
                    name, place = substitute(named, self.environment), document.place(("name",))
                except (InvalidTemplate, RequiredVariable):
                    continue  # told, with its place, when the document is interpolated
        return name, place
