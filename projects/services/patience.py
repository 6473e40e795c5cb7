"""An engine that goes away in the middle of the work: how that is noticed, and that it is waited for."""

from __future__ import annotations

import threading
import time
from typing import Final

from projects.compose.errors import (
    Cancelled,
    ContainerFailed,
    ContainerLost,
    EngineError,
    EngineStopping,
    EngineUnavailable,
)
from projects.compose.events import Event, Kind, Status
from projects.compose.messages import Message
from projects.services.contract import Engine
from projects.services.executor import Emit, ExecutionResult

PATIENCE: Final = 300.0  # seconds for which an engine that has gone is waited for
PAUSE: Final = 1.0
LAST_SIGNS: Final = 2.0  # for which an engine that ends may still answer, with errors of its own
ENDING: Final = 20.0  # the same where it has said, or shows, that it ends: its containers are given time to stop
LOOK: Final = 0.1
KILLED: Final = (137, 143)  # exit codes of what SIGKILL and SIGTERM have ended


class Patience:
    """Waits for the engine in work on a project, telling so; `cancel` ends every wait."""

    def __init__(self, engine: Engine, project: str, emit: Emit, cancel: threading.Event) -> None:
        self._engine = engine
        self._project = project
        self._emit = emit
        self._cancel = cancel
        self._has_believed = False

    def gone_after(self, result: ExecutionResult) -> EngineUnavailable | None:
        """Return that the engine is going away, where what failed is what fails then.

        It refuses for reasons of its own, and containers are ended with it. One that has said, or shown by what it
        killed, that it stops and answers all the same has been started again meanwhile; that is believed once.
        """
        kinds = {type(each) for each in result.failures}
        if result.cancelled or kinds.isdisjoint((EngineError, EngineStopping, ContainerFailed, ContainerLost)):
            return None
        if EngineStopping in kinds:
            return self._gone_within(ENDING) or self._started_again()
        gone = self._gone_within(LAST_SIGNS)
        if gone is None and self._kills(result):
            return self._gone_within(ENDING) or self._started_again()
        return gone

    def _gone_within(self, seconds: float) -> EngineUnavailable | None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                self._engine.ping()
            except EngineUnavailable as error:
                return error
            if self._cancel.wait(LOOK):
                return None
        return None

    def _started_again(self) -> EngineUnavailable | None:
        if self._has_believed or self._cancel.is_set():
            return None
        self._has_believed = True
        return EngineUnavailable(Message("The engine was restarted."))

    def _kills(self, result: ExecutionResult) -> bool:
        """Return whether what failed was killed, or several were and none runs: an engine that ends does that."""
        try:
            found = self._engine.containers()
        except EngineError:
            return True
        killed = [each for each in found if each.state == "exited" and each.exit_code in KILLED]
        failed = {failure.service for failure in result.failures if isinstance(failure, ContainerFailed)}
        if any(each.project == self._project and each.service in failed for each in killed):
            return True
        return len(killed) > 1 and not any(each.state == "running" for each in found)

    def wait(self, problem: EngineUnavailable) -> None:
        """Wait until the engine answers. Raises `problem` where it stays away, and `Cancelled`."""
        self.tell(Message("The engine does not answer; waiting for it. %(problem)s", problem=problem.message))
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if self._cancel.wait(PAUSE):
                raise Cancelled(Message("Cancelled"))
            if time.monotonic() > deadline:
                raise problem
        self.tell(Message("The engine answers again; the work goes on."))

    def tell(self, message: Message) -> None:
        """Say something about the whole operation, which goes on."""
        # Not final: a final event of the operation would end it.
        event = Event(id="operation", kind=Kind.OPERATION, status=Status.WORKING, at=time.time(), message=message)
        self._emit(event)

    def _answers(self) -> bool:
        try:
            self._engine.ping()
        except EngineUnavailable:
            return False
        return True
