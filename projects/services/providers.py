"""Runs the programs that provide services: for a person at a terminal alone, as the files say which are run.

The protocol is that of Compose's providers: ``<program> compose --project-name=… up|stop|down --option=… service``
prints JSON objects. The program is the Docker CLI's plugin of that name, or else the one on the ``PATH``.
"""

from __future__ import annotations

import codecs
import os
import select
import shutil
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from projects.compose import provided
from projects.compose.errors import Cancelled, PlanError
from projects.compose.events import Kind, Status
from projects.compose.messages import Message
from projects.compose.model import Application, Service
from projects.compose.provided import Answer, Asked, Parameters
from projects.services.telling import Emit, TaskName

PLUGINS: Final = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)
METADATA_SECONDS: Final = 30.0
LOOKS_SECONDS: Final = 0.2  # how often a silent program is asked whether it is to go on
ENDS_SECONDS: Final = 10.0  # for which one that was told to end is waited for
WORDS: Final[Mapping[Asked, tuple[str, str, str]]] = {
    "up": ("Creating", "Created", "create"),
    "stop": ("Stopping", "Stopped", "stop"),
    "down": ("Removing", "Removed", "remove"),
}


@dataclass(frozen=True, slots=True)
class Programs:
    """Asks the programs of one application; where that is `rehearsed` they do nothing, after `cancel` no more."""

    application: Application
    emit: Emit
    cancel: threading.Event
    rehearsed: bool = False

    def provide(self, services: Iterable[Service]) -> Application:
        """Have services provided one after the other; the application with what their programs say.

        Raises PlanError for the first whose program fails, and Cancelled.
        """
        application = self.application
        for service in services:
            variables = provided.variables(service, self._ask(service, "up"))
            application = provided.with_provided(application, service, variables)
        return application

    def withdraw(self, services: Iterable[Service], asked: Asked) -> None:
        """Have what was provided stopped or taken down, dependents first; raises as `provide` does."""
        for service in reversed(tuple(services)):
            self._ask(service, asked)

    def _ask(self, service: Service, asked: Asked) -> list[Answer]:
        program = program_of(service)
        metadata = self._metadata(program)
        if asked == "stop" and "stop" not in metadata:
            return []
        known = provided.taken(metadata, service, asked)
        task = TaskName(f"{Kind.SERVICE}:{service.name}", Kind.SERVICE, service.name, service.name)
        begun, done, verb = WORDS[asked]
        self.emit(task.event(Status.WORKING, begun))
        answers = list[Answer]()
        if not self.rehearsed:
            command = [program, *provided.arguments(self.application.name, service, asked, known)]
            answers = list(self._told(command, task, verb))
        self.emit(task.event(Status.DONE, done))
        return answers

    def _told(self, command: list[str], task: TaskName, verb: str) -> Iterator[Answer]:
        """Run a program to its end and yield what it says; raises PlanError where it fails."""
        with self._started(command) as process:
            try:
                for answer in self._answers(process):
                    if answer.kind == "error":
                        self.emit(task.event(Status.ERROR, answer.text))
                        raise PlanError(Message("%(said)s", said=answer.text), service=task.service)
                    if answer.kind == "info":
                        self.emit(task.event(Status.WORKING, answer.text))
                    yield answer
            except BaseException:
                _end(process)
                raise
        if process.returncode:
            ended = Message("exit status %(code)s", code=process.returncode)
            self.emit(task.event(Status.ERROR, "Error", ended))
            failed = Message("failed to %(verb)s service provider: %(ended)s", verb=verb, ended=ended)
            raise PlanError(failed, service=task.service)

    def _answers(self, process: subprocess.Popen[bytes]) -> Iterator[Answer]:
        assert process.stdout is not None
        decoder, rest = codecs.getincrementaldecoder("utf-8")("replace"), ""
        while True:
            if self.cancel.is_set():
                raise Cancelled(Message("Cancelled"))
            if not select.select([process.stdout], [], [], LOOKS_SECONDS)[0]:
                continue
            chunk = os.read(process.stdout.fileno(), 65536)
            answers, rest = provided.read_answers(rest + decoder.decode(chunk, final=not chunk), over=not chunk)
            yield from answers
            if not chunk:
                return

    def _started(self, command: list[str]) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                command,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            raise PlanError(
                Message('exec: "%(program)s": %(reason)s', program=command[0], reason=str(error.strerror).lower())
            ) from error

    def _environment(self) -> dict[str, str]:
        return {
            **self.application.environment,
            "COMPOSE_PROJECT_NAME": self.application.name,
            "COMPOSE_PROVIDER_MESSAGES": ",".join(provided.KINDS),
        }

    def _metadata(self, program: str) -> Mapping[str, Parameters]:
        """Return what a program says of itself; nothing where it does not know the question."""
        try:
            ran = subprocess.run(
                [program, "compose", "metadata"],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=METADATA_SECONDS,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            return {}
        return provided.read_metadata(ran.stdout)


def program_of(service: Service) -> str:
    """Return the path of the program that provides a service; raises PlanError where there is none."""
    name = service.provider.type if service.provider else ""
    if name == "compose":
        raise PlanError(Message("'compose' is not a valid provider type"), service=service.name)
    own = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "cli-plugins"
    plugins = (Path(directory) / f"docker-{name}" for directory in (own, *PLUGINS)) if "/" not in name else ()
    plugin = next((path for path in plugins if path.is_file() and os.access(path, os.X_OK)), None)
    path = str(plugin) if plugin else shutil.which(name)
    if not path:
        missing = Message('exec: "%(program)s": executable file not found in $PATH', program=name)
        raise PlanError(missing, service=service.name)
    return path


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(ENDS_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
