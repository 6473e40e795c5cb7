"""One run of ``manage.py compose``: what was asked, the files, the engine, and operations for what is changed."""

from __future__ import annotations

import argparse
import gc
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from projects.compose.errors import ComposeError, PlanError
from projects.compose.events import Event, Kind
from projects.compose.finding import STDIN
from projects.compose.identity import COMPATIBILITY, image_name
from projects.compose.loader import Loaded, Options, Problem, given_name, load, read_from_disk
from projects.compose.messages import Message
from projects.compose.model import Application
from projects.compose.source import MAX_BYTES
from projects.management.dashboard import known_project, recorded_login
from projects.management.parsing import refused
from projects.management.shell import shell_environment
from projects.management.warning_lines import warning_line
from projects.management.wording import worded

if TYPE_CHECKING:
    from projects.models import Project
    from projects.operations.carry import Result, Task
    from projects.services import verbs
    from projects.services.contract import Engine

    Carried = Callable[[Engine, Callable[[Event], None], threading.Event], verbs.Outcome]

INTERRUPTED: Final = 130


class Session:
    """What the verbs work with.

    `quiet` says whether progress is told at all, `hidden` of what it is not; `images` are the names of what services
    build, once the files are loaded.
    Text for programs goes to stdout, all else (progress, warnings, errors) to stderr, as with the reference.
    """

    def __init__(self, asked: argparse.Namespace, stdout: TextIO, stderr: TextIO) -> None:
        self.asked = asked
        self.stdout = stdout
        self.stderr = stderr
        self.quiet = asked.progress == "quiet"
        self.hidden: frozenset[Kind] = frozenset()
        self.images: dict[str, str] = {}

    @cached_property
    def engine(self) -> Engine:
        """The engine, connected to when it is asked for: its import takes longer than many a verb."""
        from projects.services.engine import DockerEngine

        # What is loaded stays to the end: it is not looked through for garbage, and `manage.py` waited for that.
        gc.freeze()
        gc.enable()
        return DockerEngine(credentials=recorded_login, parallel=max(self.asked.parallel, 0))

    def close(self) -> None:
        """Let go of the engine."""
        if "engine" in self.__dict__:
            self.engine.close()

    def out(self, text: str) -> None:
        """Write to stdout as it stands, at once."""
        self.stdout.write(text)
        self.stdout.flush()

    def err(self, text: str) -> None:
        """Write to stderr as it stands."""
        self.stderr.write(text)

    def lines(self, lines: Iterable[str]) -> None:
        """Write lines to stdout."""
        self.out("".join(f"{line}\n" for line in lines))

    def where(self) -> dict[str, Any]:
        """Return the arguments that say which files are meant, with the shell's environment, as the reference does."""
        asked = self.asked
        return {
            "directory": str(Path.cwd()),
            "config_files": tuple(asked.file),
            "environment": shell_environment() | ({COMPATIBILITY: "true"} if asked.compatibility else {}),
            "project_name": asked.project_name,
            "env_files": tuple(asked.env_file),
            "project_directory": asked.project_directory,
            "read_file": self.read_file,
        }

    def read_file(self, path: str) -> bytes:
        """Return the content of a file, and of `STDIN` what is piped into the program."""
        return self.piped if path == STDIN else read_from_disk(path)

    @cached_property
    def piped(self) -> bytes:
        """What stands on stdin, which can be read once."""
        return sys.stdin.buffer.read(MAX_BYTES + 1)

    @property
    def options(self) -> Options:
        """How far the files are loaded for verbs."""
        return Options(all_resources=self.asked.all_resources, search_parents=True)

    def load(self, services: Sequence[str] = (), options: Options | None = None) -> Loaded:
        """Load the project's files; warnings go to stderr."""
        options = options or self.options
        profiles = tuple(self.asked.profile)
        return load(**self.where(), profiles=profiles, services=tuple(services), options=options, warned=self.warn)

    def warn(self, warning: Problem) -> None:
        """Write a warning about the files to stderr."""
        self.err(f"{warning_line(warning.message, terminal=self.stderr.isatty())}\n")

    def application(self, services: Sequence[str] = ()) -> Application:
        """Return the whole application; naming a service enables its profiles. Refuses a service there is not."""
        application = self.load().application
        everything = application.all_services
        self.images = {name: image_name(application, service) for name, service in everything.items()}
        check_services(application, services)
        disabled = [application.disabled_services[name] for name in services if name not in application.services]
        if not disabled:
            return application
        profiles = [*application.profiles, *(profile for service in disabled for profile in service.profiles)]
        options = replace(self.options, consistency=False)
        return load(**self.where(), profiles=tuple(profiles), options=options).application

    def project(self, services: Sequence[str] = ()) -> tuple[str, Application | None]:
        """Return the project's name and its application.

        For a name that is given by the flag, without files, what is on the engine is enough: as with the reference,
        the files are not read then, and services of every profile are meant. So it is, too, for a name that a
        variable gives where the files are missing, or wrong, or lack one of the services.
        """
        asked = self.asked
        if asked.project_name and not asked.file:
            return asked.project_name, None
        try:
            application = self.application(services)
        except ComposeError:
            if asked.project_name or not (given := self.given_name()):
                raise
            return given, None
        return application.name, application

    def name(self) -> str:
        """Return the project's name, of which a verb needs no more; files are read only where none is given."""
        return self.given_name() or self.application().name

    def given_name(self) -> str:
        """Return the name that a flag or a variable, of the shell or of environment files, gives; empty: none does."""
        return given_name(**self.where())

    def carry_out(self, name: str, options: Any, carried: Carried, *, verb: str = "") -> int:
        """Run a verb, as an operation where the dashboard knows the project, print its progress; the exit status.

        `verb` is what is put on record where that is another than was asked for.
        """
        return self.told(self.outcome(name, options, carried, verb=verb))

    def told(self, outcome: verbs.Outcome) -> int:
        """Write what failed to stderr; the exit status."""
        for failure in outcome.failures:
            self.err(f"{worded(failure.message)}\n")
        return {"succeeded": 0, "cancelled": INTERRUPTED}.get(outcome.state, 1)

    def unrecorded(self, carried: Carried) -> int:
        """Do as `carry_out` does, without an operation: for what may last as long as a person likes."""
        return self.told(interruptible(lambda cancel: carried(self.engine, self._printed(), cancel)))

    def outcome(self, name: str, options: Any, carried: Carried, *, verb: str = "") -> verbs.Outcome:
        """Do as `carry_out` does, without a word about failures; `options` has `services`, and the verb's flags."""
        from projects.services.rehearsal import DryRun

        printed = self._printed()
        if self.asked.dry_run:
            return carried(DryRun(self.engine), printed, threading.Event())
        project = known_project(name)
        if project is None:
            return interruptible(lambda cancel: carried(self.engine, printed, cancel))
        return self._journalled(project, verb or self.asked.verb, options, carried, printed)

    def _printed(self) -> Callable[[Event], None]:
        """Return what prints events as they are asked to be printed."""
        from projects.management.progress_lines import ProgressPrinter

        return ProgressPrinter(
            self.err,
            json=self.asked.progress == "json",
            hidden=frozenset(Kind) - {Kind.OPERATION} if self.quiet else self.hidden,
            images=self.images,
            terminal=self.stderr.isatty(),
        )

    def _journalled(
        self, project: Project, verb: str, options: Any, carried: Carried, printer: Callable[[Event], None]
    ) -> verbs.Outcome:
        from projects.operations.carry import result_of
        from projects.operations.here import run_here

        outcomes: list[verbs.Outcome] = []

        def carry(task: Task) -> Result:
            def emit(event: Event) -> None:
                task.emit(event)
                printer(event)

            outcomes.append(carried(self.engine, emit, task.cancel))
            return result_of(outcomes[-1])

        operation = run_here(project, verb, options.services, recorded(options), carry)
        if not outcomes:
            raise refused(str(operation.result_message))
        return outcomes[0]


def recorded(options: Any) -> dict[str, Any]:
    """Return the options that differ from their defaults, as the operation's record holds them."""
    given = {field.name: getattr(options, field.name) for field in fields(options) if field.name != "services"}
    plain = type(options)()
    return {name: value for name, value in given.items() if value != getattr(plain, name)}


def interruptible(work: Callable[[threading.Event], verbs.Outcome]) -> verbs.Outcome:
    """Do the work on a thread; Ctrl-C asks it to stop, and then it is waited for."""
    cancel = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(work, cancel)
        try:
            return future.result()
        except KeyboardInterrupt:
            cancel.set()
            return future.result()


def check_services(application: Application | None, services: Sequence[str]) -> None:
    """Raise `PlanError` for a service that is not in the files, where there are files."""
    known = application.all_services if application else services
    for name in services:
        if name not in known:
            raise PlanError(Message("no such service: %(name)s", name=name))
