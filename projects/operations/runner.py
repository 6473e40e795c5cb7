"""The runner: claims queued operations, carries them out on threads, keeps their heartbeat, resumes what died.

Any process may have one. A row belongs to the runner that it names, as long as its heartbeat is fresh; one whose
heartbeat is older than `DEAD_SECONDS` belongs to whoever claims it first, and goes on in the same journal.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
import weakref
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from django.db import DatabaseError, connection, transaction
from django.db.models import Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from projects.compose.errors import ComposeError
from projects.compose.events import Event, Kind, Status
from projects.compose.messages import Message
from projects.models import UNFINISHED, Operation, OperationEvent, State
from projects.operations import bell, sentences
from projects.operations.carry import CARRY, Carry, Result, Task
from projects.operations.journal import Journal, last_seq, progress_of

log = logging.getLogger(__name__)

BEAT_SECONDS: Final = 1.0
DEAD_SECONDS: Final = 4.0
# Nobody rings a bell across processes; this long an operation that another process left behind may wait.
IDLE_SECONDS: Final = 5.0
MOST_AT_ONCE: Final = 8
FINAL: Final[Mapping[str, Status]] = {
    State.SUCCEEDED: Status.DONE,
    State.FAILED: Status.ERROR,
    State.CANCELLED: Status.SKIPPED,
}

_runners: weakref.WeakSet[Runner] = weakref.WeakSet()


class _Active:
    """An operation at work here: its cancel flag and its journal."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.cancel = threading.Event()
        self.journal = Journal(operation.pk)


class Runner:
    """Carries operations out on threads of this process; `carry` says how each verb is done.

    One that does not `claim` works only on what `take` gives it.
    """

    def __init__(self, carry: Mapping[str, Carry] = CARRY, *, claim: bool = True) -> None:
        self.name = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(3)}"
        self._carry = carry
        self._claims = claim
        self._active: dict[int, _Active] = {}
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, name="runner", daemon=True)

    def start(self) -> None:
        """Begin to look for work, and resume what a dead runner has left."""
        _runners.add(self)
        self._supervisor.start()

    def stop(self) -> None:
        """Let go: what is at work is handed to the next runner, which resumes it at once."""
        self._stopping.set()
        self._wake.set()
        self._supervisor.join()
        _runners.discard(self)
        for active in list(self._active.values()):
            active.journal.lost.set()
            active.cancel.set()
        Operation.objects.filter(runner=self.name, state=State.RUNNING).update(heartbeat_at=None)

    def take(self, operation: Operation) -> bool:
        """Begin with this operation at once; False where another runner has it."""
        mine = self._claim(operation)
        if mine:
            # Where the caller is in a transaction, the worker's thread sees the row only after it.
            transaction.on_commit(lambda: self._begin(operation))
        return mine

    def wake(self) -> None:
        """Look for work now."""
        self._wake.set()

    def cancel(self, operation_id: int) -> None:
        """Stop an operation at its next step, if it is at work here."""
        if active := self._active.get(operation_id):
            active.cancel.set()

    def _supervise(self) -> None:
        try:
            while not self._stopping.is_set():
                self._wake.wait(self._look())
                self._wake.clear()
        finally:
            connection.close()

    def _look(self) -> float:
        """Beat, claim, and return how many seconds to wait for the next look."""
        try:
            self._beat()
            others = self._claim_all()
        except DatabaseError as error:
            log.warning("The runner cannot reach the database: %s", error)
            return BEAT_SECONDS
        return BEAT_SECONDS if self._active or others else IDLE_SECONDS

    def _beat(self) -> None:
        active = dict(self._active)
        if not active:
            return
        rows = Operation.objects.filter(pk__in=active, runner=self.name, state=State.RUNNING)
        rows.update(heartbeat_at=timezone.now())
        for pk in self._asked_to_stop(list(active)):
            active[pk].cancel.set()

    def _asked_to_stop(self, active: list[int]) -> list[int]:
        """Return which operations are to stop; what was deleted or taken over meanwhile writes no more, too."""
        held = dict(Operation.objects.filter(pk__in=active, runner=self.name).values_list("pk", "cancel_requested"))
        for pk in active:
            if pk not in held and (lost := self._active.get(pk)):
                lost.journal.lost.set()
        return [pk for pk in active if held.get(pk, True)]

    def _claim_all(self) -> bool:
        """Claim what may be claimed; True where an operation is left that somebody else holds."""
        left = False
        if not self._claims:
            return left
        unfinished = Operation.objects.filter(state__in=UNFINISHED).exclude(pk__in=list(self._active))
        for operation in unfinished.order_by("pk"):
            if len(self._active) < MOST_AT_ONCE and self._claim(operation):
                self._begin(operation)
            else:
                left = True
        return left

    def _claim(self, operation: Operation) -> bool:
        now = timezone.now()
        dead = Q(heartbeat_at=None) | Q(heartbeat_at__lt=now - timedelta(seconds=DEAD_SECONDS))
        free = Operation.objects.filter(Q(state=State.QUEUED) | (Q(state=State.RUNNING) & dead), pk=operation.pk)
        begun = Coalesce("started_at", Value(now))
        return free.update(state=State.RUNNING, runner=self.name, heartbeat_at=now, started_at=begun) == 1

    def _begin(self, operation: Operation) -> None:
        active = self._active[operation.pk] = _Active(operation)
        # Read after it can be found by `cancel`: whoever asked before has written it down before.
        if operation.pk in self._asked_to_stop([operation.pk]):
            active.cancel.set()
        threading.Thread(target=self._work, args=(active,), name=f"operation-{operation.pk}", daemon=True).start()

    def _work(self, active: _Active) -> None:
        try:
            bell.ring(bell.project_group(active.operation.project_id), bell.LIST)
            self._announce(active)
            result = self._carry_out(active)
            if not active.journal.lost.is_set() and not self._stopping.is_set():
                self._finish(active, result)
        except Operation.DoesNotExist:
            log.info("Operation %s was deleted", active.operation.pk)
        except Exception:
            log.exception("Operation %s was left behind", active.operation.pk)
        finally:
            active.journal.close()
            self._active.pop(active.operation.pk, None)
            self._wake.set()
            connection.close()

    def _announce(self, active: _Active) -> None:
        active.operation.refresh_from_db()
        resumed = last_seq(active.operation.pk) > 0
        message = Message("The server was stopped in the middle; this is where it went on.") if resumed else None
        active.journal.append(_operation_event(Status.WORKING, message))

    def _carry_out(self, active: _Active) -> Result:
        operation = active.operation
        task = Task(operation=operation, emit=active.journal.append, cancel=active.cancel)
        try:
            return self._carry[operation.verb](task)
        except ComposeError as error:
            return Result(state=State.FAILED, failures=(error.message,))
        except Exception as error:
            log.exception("Operation %s failed unexpectedly", operation.pk)
            return Result(state=State.FAILED, failures=(sentences.unexpected(error),))

    def _finish(self, active: _Active, result: Result) -> None:
        """Save the outcome, then announce it: whoever hears of it can read it."""
        operation = active.operation
        active.journal.close()
        operation.refresh_from_db()
        operation.finished_at = timezone.now()
        sentence = sentences.of(operation, result, progress_of(operation.pk))
        while not self._saved(operation, result.state, sentence) and not self._stopping.wait(BEAT_SECONDS):
            pass
        groups = bell.operation_group(operation), bell.project_group(operation.project_id), bell.LIST
        bell.ring(*groups)

    def _saved(self, operation: Operation, state: State, sentence: Message) -> bool:
        """Write the last event and the outcome together; False where the database refuses at this moment."""
        mine = Operation.objects.filter(pk=operation.pk, runner=self.name, state=State.RUNNING)
        event = _operation_event(FINAL[state], sentence).as_json()
        try:
            with transaction.atomic():
                if mine.update(state=state, finished_at=operation.finished_at, result=sentence.as_json()):
                    number = last_seq(operation.pk) + 1
                    OperationEvent.objects.create(operation=operation, seq=number, data=event)
        except DatabaseError as error:
            log.warning("The outcome of operation %s cannot be written: %s", operation.pk, error)
            return False
        return True


def _operation_event(status: Status, message: Message | None) -> Event:
    return Event(id="operation", kind=Kind.OPERATION, status=status, at=time.time(), message=message)


def wake_all() -> None:
    """Let every runner of this process look for work."""
    for runner in list(_runners):
        runner.wake()


def cancel_all(operation_id: int) -> None:
    """Stop an operation that is at work in this process at its next step."""
    for runner in list(_runners):
        runner.cancel(operation_id)
