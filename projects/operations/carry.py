"""How each verb is carried out: the files are loaded through the workspace, the services layer does the rest."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from projects.compose.errors import ComposeFileError, OperationError, ProjectDirectoryMissing, WorkspaceError
from projects.compose.events import Event
from projects.compose.loader import WHOLE, Loaded, Options, load, read_variables
from projects.compose.messages import Message
from projects.compose.model import Application
from projects.models import Operation, Project, State, Verb
from projects.operations.engines import connect
from projects.workspace import Workspace

if TYPE_CHECKING:
    from projects.services.verbs import Outcome

T = TypeVar("T")
# Of the server's own environment a project's files see these two only; the rest may hold secrets.
SHARED_ENVIRONMENT: Final = ("HOME", "USER")


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """What a verb is given: the operation, where to emit events, and the flag that asks it to stop."""

    operation: Operation
    emit: Callable[[Event], None]
    cancel: threading.Event


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What came of it: a final state, and the sentences of what went wrong."""

    state: State
    failures: tuple[Message, ...] = field(default=())


Carry: TypeAlias = Callable[[Task], Result]


def load_application(
    project: Project, options: Options = WHOLE, *, reading: Callable[[str], object] | None = None
) -> Loaded:
    """Load a project's files; raises `ComposeFileError` with a place, `ProjectDirectoryMissing`, `WorkspaceError`.

    `reading` is told the path of every file that is read or looked for.
    """
    workspace = Workspace(project.directory)
    read_file = workspace.reader(outside=project.adopted)

    def noted(path: str) -> bytes:
        if reading is not None:
            reading(path)
        return read_file(path)

    workspace.check()
    return load(
        project.directory,
        config_files=tuple(project.config_files),
        environment=project_environment(project),
        project_name=project.name,
        options=options,
        read_file=noted,
        may_read=workspace.guard(outside=project.adopted),
    )


def load_variables(project: Project) -> Loaded:
    """Return what is known of the variables of files that are wrong; the application is empty."""
    return read_variables(
        project.directory,
        config_files=tuple(project.config_files),
        environment=project_environment(project),
        read_file=Workspace(project.directory).reader(outside=project.adopted),
    )


def project_environment(project: Project) -> Mapping[str, str]:
    """Return the environment that a project's files are interpolated with, below their own ``.env``."""
    shared = {name: os.environ[name] for name in SHARED_ENVIRONMENT if name in os.environ}
    return {**shared, "PWD": project.directory}


def _application_if_possible(project: Project) -> Application | None:
    """Return the application, or None where its files are broken or gone: what runs can be stopped all the same."""
    try:
        return load_application(project).application
    except (ComposeFileError, ProjectDirectoryMissing, WorkspaceError):
        return None


def _options(kind: type[T], operation: Operation) -> T:
    """Return the options of a verb from what the operation records; raises `OperationError` for unknown ones."""
    known = {item.name for item in fields(kind)}  # type: ignore[arg-type]
    given: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in operation.options.items()
    }
    if operation.services:
        given["services"] = tuple(operation.services)
    if unknown := sorted(set(given) - known):
        raise OperationError(
            Message("%(verb)s has no option “%(option)s”.", verb=operation.verb, option=", ".join(unknown))
        )
    return kind(**given)


def _with_files(name: str) -> Carry:
    """Return how the verbs are carried out that cannot do without the files."""

    def carry(task: Task) -> Result:
        from projects.compose import planner
        from projects.services import image_verbs, verbs

        table: Mapping[str, tuple[Callable[..., Outcome], type[Any]]] = {
            Verb.UP: (verbs.up, verbs.UpOptions),
            Verb.PULL: (image_verbs.pull, planner.PullOptions),
            Verb.PUSH: (image_verbs.push, planner.PushOptions),
            Verb.BUILD: (image_verbs.build, planner.BuildOptions),
        }
        verb, kind = table[name]
        loaded = load_application(task.operation.project)
        options = _options(kind, task.operation)
        engine = connect()
        try:
            return result_of(verb(loaded.application, engine, task.emit, task.cancel, options))
        finally:
            engine.close()

    return carry


def _by_labels(name: str) -> Carry:
    """Return how the verbs are carried out that need the files only for the order of things."""

    def carry(task: Task) -> Result:
        from projects.compose import planner
        from projects.services import container_verbs, verbs

        table: Mapping[str, tuple[Callable[..., Outcome], type[Any]]] = {
            Verb.DOWN: (verbs.down, verbs.DownOptions),
            Verb.STOP: (verbs.stop, verbs.StopOptions),
            Verb.START: (verbs.start, verbs.StartOptions),
            Verb.RESTART: (verbs.restart, verbs.RestartOptions),
            Verb.KILL: (container_verbs.kill, planner.KillOptions),
            Verb.PAUSE: (container_verbs.pause, planner.PauseOptions),
            Verb.UNPAUSE: (container_verbs.unpause, planner.PauseOptions),
            Verb.RM: (container_verbs.remove, planner.RemoveOptions),
        }
        verb, kind = table[name]
        project = task.operation.project
        application = _application_if_possible(project)
        options = _options(kind, task.operation)
        engine = connect()
        try:
            return result_of(verb(project.name, application, engine, task.emit, task.cancel, options))
        finally:
            engine.close()

    return carry


def result_of(outcome: Outcome) -> Result:
    """Return what a verb of the services layer came to."""
    return Result(state=State(outcome.state), failures=tuple(failure.message for failure in outcome.failures))


CARRY: Final[Mapping[str, Carry]] = {
    **{verb.value: _by_labels(verb) for verb in Verb},
    # Those two are `up` with options of their own.
    **{verb.value: _with_files(Verb.UP) for verb in (Verb.UP, Verb.CREATE, Verb.SCALE)},
    **{verb.value: _with_files(verb) for verb in (Verb.PULL, Verb.PUSH, Verb.BUILD)},
}
