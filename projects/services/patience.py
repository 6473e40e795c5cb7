"""An engine that goes away in the middle of the work: how that is noticed, and that it is waited for."""

from __future__ import annotations

import threading
import time
from typing import Final

from projects.compose.errors import Cancelled, ContainerFailed, EngineError, EngineStopping, EngineUnavailable
from projects.compose.events import Event, Kind, Status
from projects.compose.messages import Message
from projects.services.contract import Engine
from projects.services.executor import Emit, ExecutionResult

PATIENCE: Final = 300.0  # seconds for which an engine that has gone is waited for
PAUSE: Final = 1.0
LAST_SIGNS: Final = 2.0  # for which an engine that ends may still answer, with errors of its own
ENDING: Final = 20.0  # the same where it has said that it ends: its containers are given time to stop
LOOK: Final = 0.1


class Patience:
    """Waits for the engine, telling so; `cancel` ends every wait."""

    def __init__(self, engine: Engine, emit: Emit, cancel: threading.Event) -> None:
        self._engine = engine
        self._emit = emit
        self._cancel = cancel

    def gone_after(self, result: ExecutionResult) -> EngineUnavailable | None:
        """Return that the engine is going away, where what failed is what fails then.

        It refuses for reasons of its own, and containers are ended with it.
        """
        kinds = {type(each) for each in result.failures}
        if result.cancelled or kinds.isdisjoint((EngineError, EngineStopping, ContainerFailed)):
            return None
        deadline = time.monotonic() + (ENDING if EngineStopping in kinds else LAST_SIGNS)
        while time.monotonic() < deadline:
            try:
                self._engine.ping()
            except EngineUnavailable as error:
                return error
            if self._cancel.wait(LOOK):
                return None
        return None

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
