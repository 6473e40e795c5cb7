"""Waiting for containers: what each wait asks for, and one loop that looks for all of them together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from projects.compose.errors import ComposeError, ContainerFailed, EngineError
from projects.compose.messages import Message
from projects.compose.plan import Action, Do
from projects.compose.state import ObservedContainer
from projects.services import failures
from projects.services.contract import Engine

POLL_SECONDS = 0.1
# The engine is asked for at most a fifth of the time: a list of hundreds of containers takes it a while.
REST_FACTOR = 4
RUNNING_SECONDS = 1.0
READY_SECONDS = 1.0  # what ends at once was not ready
TAIL_LINES = 10

Ended: TypeAlias = Callable[[Action, ComposeError | None], None]
Judged: TypeAlias = "bool | ContainerFailed"


def judge(action: Action, container: ObservedContainer | None, waited: float) -> Judged:
    """Tell whether the wait of `action` is over: True or the failure; False: look again later.

    `waited` are seconds since the wait began. The failure of a container that exited has no log lines yet.
    """
    if container is None or container.state in ("removing", "dead"):
        return ContainerFailed(
            Message('Its container "%(container)s" was removed while it was being waited for.', container=action.target)
        )
    judged = _JUDGES[action.do](container, waited, float(action.payload.get("seconds") or 0))
    if judged is False and _overdue(action, waited):
        return ContainerFailed(_too_late(action, container, round(waited)))
    return judged


def _too_late(action: Action, container: ObservedContainer, seconds: int) -> Message:
    if "required" in action.payload:  # others wait for it
        return Message(
            "timeout waiting for dependencies: after %(seconds)ss container %(container)s is not what its dependents "
            "need it to be. See its log and its health check, or wait longer.",
            container=container.name,
            seconds=seconds,
        )
    return Message(
        "application not healthy after %(seconds)ss: container %(container)s is not ready. See what its health "
        "check reports: docker inspect %(container)s",
        container=container.name,
        seconds=seconds,
    )


def _overdue(action: Action, waited: float) -> bool:
    limit = float(action.payload.get("timeout") or 0)
    return bool(limit) and waited >= limit


def _running(container: ObservedContainer, waited: float, seconds: float) -> Judged:
    if container.state == "exited" and container.exit_code == 0:
        return True
    if container.state == "exited" or (container.state == "restarting" and container.exit_code):
        return failures.exited(container, "")
    return waited >= (seconds or RUNNING_SECONDS) and container.state in ("running", "paused")


def _healthy(container: ObservedContainer, waited: float, seconds: float) -> Judged:
    if container.state == "exited":
        return failures.exited(container, "", Do.WAIT_HEALTHY)
    if container.health == "unhealthy":
        return ContainerFailed(
            Message(
                "container %(container)s is unhealthy. See what its health check reports: docker inspect %(container)s",
                container=container.name,
            )
        )
    if container.state == "running" and not container.health:
        if waited < READY_SECONDS:
            return False  # what ends at once is told as such
        return ContainerFailed(
            Message(
                "container %(container)s has no healthcheck configured. Write healthcheck: for it, or depend on it "
                'with "condition: service_started".',
                container=container.name,
            )
        )
    return container.health == "healthy"


def _ready(container: ObservedContainer, waited: float, seconds: float) -> Judged:
    if container.state == "running" and not container.health:
        return waited >= READY_SECONDS
    return _healthy(container, waited, seconds)


def _completed(container: ObservedContainer, waited: float, seconds: float) -> Judged:
    if container.state != "exited":
        return False
    return True if container.exit_code == 0 else failures.exited(container, "", Do.WAIT_COMPLETED)


_JUDGES: Mapping[Do, Callable[[ObservedContainer, float, float], Judged]] = {
    Do.WAIT_RUNNING: _running,
    Do.WAIT_HEALTHY: _healthy,
    Do.WAIT_COMPLETED: _completed,
    Do.WAIT_READY: _ready,
}


@dataclass(slots=True)
class _Wait:
    action: Action
    ended: Ended
    since: float = field(default_factory=time.monotonic)


class Waits:
    """All waits of one plan on one thread, which asks the engine for all containers of the project at once."""

    def __init__(self, engine: Engine, project: str) -> None:
        self._engine = engine
        self._project = project
        self._waits: list[_Wait] = []
        self._changed = threading.Condition()
        self._stopped = False
        self._thread: threading.Thread | None = None

    def add(self, action: Action, ended: Ended) -> None:
        """Begin a wait; `ended` is called from the waits' thread."""
        with self._changed:
            self._waits.append(_Wait(action, ended))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="waits", daemon=True)
                self._thread.start()
            self._changed.notify()

    def give_up(self) -> list[Action]:
        """Forget all waits without an answer and return their actions."""
        with self._changed:
            left, self._waits = self._waits, []
            self._changed.notify()
        return [wait.action for wait in left]

    def forget(self, action: Action) -> bool:
        """Forget one wait without an answer; False: it is over already, and its answer is under way."""
        with self._changed:
            left = [wait for wait in self._waits if wait.action.id != action.id]
            found, self._waits = len(left) < len(self._waits), left
            self._changed.notify()
        return found

    def stop(self) -> None:
        """End the thread."""
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def _run(self) -> None:
        while waits := self._next():
            begun = time.monotonic()
            try:
                self._look(waits)
            except Exception as error:
                # A wait that nobody answers would hold its plan up for ever.
                self._end_all(waits, EngineError(Message("An unexpected error (%(reason)s).", reason=repr(error))))
            pause = max(POLL_SECONDS, REST_FACTOR * (time.monotonic() - begun))
            with self._changed:
                self._changed.wait_for(lambda: self._stopped, timeout=pause)

    def _next(self) -> list[_Wait]:
        with self._changed:
            self._changed.wait_for(lambda: self._waits or self._stopped)
            return [] if self._stopped else list(self._waits)

    def _look(self, waits: list[_Wait]) -> None:
        try:
            containers = self._engine.containers(project=self._project)
        except EngineError as error:
            self._end_all(waits, error)
            return
        known = {key: container for container in containers for key in (container.name, container.id)}
        for wait in waits:
            container = known.get(wait.action.container_id) or known.get(wait.action.target)
            judged = judge(wait.action, container, time.monotonic() - wait.since)
            if judged is True:
                self._end(wait, None)
            elif judged:
                self._end(wait, self._with_log(wait.action.do, container, judged))

    def _with_log(self, do: Do, container: ObservedContainer | None, failure: ContainerFailed) -> ContainerFailed:
        if container is None or container.exit_code in (None, 0) or container.state not in ("exited", "restarting"):
            return failure
        try:
            return failures.exited(container, self._engine.tail(container.id, TAIL_LINES), do)
        except EngineError:
            return failure

    def _end_all(self, waits: list[_Wait], error: ComposeError) -> None:
        for wait in waits:
            self._end(wait, error)

    def _end(self, wait: _Wait, error: ComposeError | None) -> None:
        with self._changed:
            if wait not in self._waits:
                return
            self._waits.remove(wait)
        wait.ended(wait.action, error)
