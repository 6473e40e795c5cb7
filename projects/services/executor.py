"""Runs a Plan at an engine: walks its graph on worker threads and tells of every step; it decides nothing."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TypeAlias

from projects.compose.errors import Cancelled, ComposeError, Conflict, EngineError, EngineUnavailable
from projects.compose.events import Event, Status
from projects.compose.messages import Message
from projects.compose.plan import Action, Do, Plan
from projects.services import failures
from projects.services.actions import HANDLERS, PATIENT, Scene
from projects.services.builds import Closable
from projects.services.contract import Engine
from projects.services.telling import WAITING, Teller
from projects.services.turns import Turns
from projects.services.waits import Waits

Emit: TypeAlias = Callable[[Event], None]

QUICK_THREADS = 8  # more creates and starts at a time do not make an engine faster
PATIENT_THREADS = 64
BUILD_THREADS = 4
# An engine that ends fifty containers at once needs longer than one that ends some at a time; a container that takes
# its grace period keeps only a moment's turn.
ENDING = frozenset({Do.STOP_CONTAINER, Do.RESTART_CONTAINER, Do.REMOVE_CONTAINER})
ENDING_AT_ONCE = 8
ENDING_SECONDS = 0.25
LASTING = WAITING - {Do.WAIT_RUNNING}  # what they wait for may never come
# What is left where something else still uses it.
REMOVED = frozenset({Do.REMOVE_NETWORK, Do.REMOVE_VOLUME, Do.REMOVE_IMAGE})
CANCEL_CHECK = 0.1  # seconds until a cancel is noticed


@dataclass(frozen=True, kw_only=True, slots=True)
class ExecutionResult:
    """What came of a plan, counted in actions.

    `failures` are told in whole sentences, those of the actions in `failed`. `interrupted` is set where the engine
    went away: then `unfinished` are the actions that were cut short or not begun.
    """

    done: int = 0
    skipped: int = 0
    failed: tuple[Action, ...] = ()
    failures: tuple[ComposeError, ...] = ()
    warnings: tuple[Message, ...] = ()
    cancelled: bool = False
    interrupted: EngineUnavailable | None = None
    unfinished: tuple[Action, ...] = ()


def execute(
    plan: Plan,
    engine: Engine,
    emit: Emit,
    cancel: threading.Event,
    *,
    given_up: frozenset[str] = frozenset(),
    refused: Mapping[str, ComposeError] = MappingProxyType({}),
) -> ExecutionResult:
    """Run all actions of `plan`, each after those it comes after, independent ones side by side.

    `emit` is called from several threads, by one at a time. What depends on a failed action is skipped, all else
    goes on. After `cancel` is set nothing more begins, streams and waits end at once, calls under way are finished.
    Nothing is done for the services in `given_up`, which have no image, and in `refused`, which fail so.
    """
    return _Execution(plan, engine, emit, cancel).run(given_up, refused)


class _Execution:
    def __init__(self, plan: Plan, engine: Engine, emit: Emit, cancel: threading.Event) -> None:
        self._plan = plan
        self._cancel = cancel
        self._emit = _one_at_a_time(emit)
        self._scene = Scene(engine=engine, emit=self._emit, streaming=self._streaming)
        self._waits = Waits(engine, plan.project)
        self._turns = Turns(ENDING_AT_ONCE, ENDING_SECONDS)
        self._ended: queue.SimpleQueue[tuple[Action, ComposeError | None]] = queue.SimpleQueue()
        self._pending = {action.id: set(action.after) for action in plan.actions}
        self._actions = {action.id: action for action in plan.actions}
        self._running: set[int] = set()
        self._streams: list[Closable] = []
        self._teller = Teller(plan, self._emit)
        self._skipped = 0
        self._cut_short: list[Action] = []
        self._not_begun: list[Action] = []
        self._failed: list[Action] = []
        self._failures: list[ComposeError] = []
        self._warnings: list[Message] = []
        self._interrupted: EngineUnavailable | None = None

    def run(self, given_up: frozenset[str], refused: Mapping[str, ComposeError]) -> ExecutionResult:
        self._teller.announce()
        self._give_up(given_up)
        self._refuse(refused)
        if given_up or refused:
            self._leave_waits()
        with self._pools() as pools:
            self._begin_ready(pools)
            while self._running:
                self._take_ended()
                self._begin_ready(pools)
        self._skip_rest()
        return self._result()

    def _give_up(self, services: frozenset[str]) -> None:
        for action in self._plan.actions:
            if action.service in services and action.id in self._pending and action.do is not Do.KEEP:
                self._skip(action, Message("Not done, because its image is missing."))
                self._skip_dependents(action)

    def _refuse(self, errors: Mapping[str, ComposeError]) -> None:
        for service, error in errors.items():
            left = [action for action in self._plan.actions if action.service == service and action.do is not Do.KEEP]
            if left:
                self._failures.append(error)
            for action in left:
                if self._pending.pop(action.id, None) is not None:
                    self._failed.append(action)
                    self._teller.ended(action, Status.ERROR, "Error", error.message)
                    self._skip_dependents(action)

    @contextmanager
    def _pools(self) -> Iterator[Callable[[Do], ThreadPoolExecutor]]:
        with ExitStack() as stack:
            quick = stack.enter_context(ThreadPoolExecutor(QUICK_THREADS, "quick"))
            patient = stack.enter_context(ThreadPoolExecutor(PATIENT_THREADS, "patient"))
            builds = stack.enter_context(ThreadPoolExecutor(BUILD_THREADS, "build"))
            stack.callback(self._waits.stop)
            yield lambda do: builds if do is Do.BUILD_IMAGE else patient if do in PATIENT else quick

    def _stopping(self) -> bool:
        return self._cancel.is_set() or self._interrupted is not None

    def _begin_ready(self, pools: Callable[[Do], ThreadPoolExecutor]) -> None:
        if self._stopping():
            return
        for number in [number for number, after in self._pending.items() if not after]:
            action = self._actions[number]
            if action.do not in WAITING and self._is_full():
                continue
            del self._pending[number]
            self._running.add(number)
            if action.do in WAITING:
                self._teller.begun(action)
                self._waits.add(action, self._end)
            else:
                pools(action.do).submit(self._perform, action)

    def _is_full(self) -> bool:
        """Return whether as many actions are under way as may be; waits do not count."""
        limit = self._scene.engine.parallel
        return limit > 0 and sum(self._actions[number].do not in WAITING for number in self._running) >= limit

    def _perform(self, action: Action) -> None:
        """Do one action, on a worker thread; whatever happens, its end is reported."""
        error: ComposeError | None = None
        try:
            with self._turns.taken() if action.do in ENDING else nullcontext():
                if self._stopping():
                    raise Cancelled(Message("Cancelled"))
                self._teller.begun(action)
                HANDLERS[action.do](self._scene, action)
        except ComposeError as raised:
            error = raised
        except Exception as raised:
            error = EngineError(Message("An unexpected error (%(reason)s).", reason=repr(raised)))
        self._end(action, error)

    def _end(self, action: Action, error: ComposeError | None) -> None:
        self._ended.put((action, error))

    def _take_ended(self) -> None:
        try:
            action, error = self._ended.get(timeout=CANCEL_CHECK)
        except queue.Empty:
            if self._stopping():
                self._cut_off()
            return
        self._running.discard(action.id)
        self._settle(action, error)

    def _cut_off(self) -> None:
        """End what waits for something: the streams and the waits; short calls come to their own end."""
        for stream in list(self._streams):
            stream.close()
        for action in self._waits.give_up():
            self._end(action, Cancelled(Message("Cancelled")))

    def _streaming(self, stream: Closable) -> None:
        self._streams.append(stream)
        if self._stopping():
            stream.close()

    def _settle(self, action: Action, error: ComposeError | None) -> None:
        if error is None:
            self._teller.done(action)
            self._release(action)
        elif isinstance(error, EngineUnavailable):
            self._interrupted = error
            self._stop_short(action, error.message)
        elif isinstance(error, Cancelled):
            self._stop_short(action, Message("Cancelled"))
        elif action.best_effort:
            self._warn(action, error)
        else:
            self._fail(action, error)

    def _stop_short(self, action: Action, message: Message) -> None:
        self._cut_short.append(action)
        self._teller.ended(action, Status.WARNING, "Interrupted", message)

    def _release(self, action: Action) -> None:
        for after in self._pending.values():
            after.discard(action.id)

    def _warn(self, action: Action, error: ComposeError) -> None:
        message = failures.sentence(action, error.message)
        self._warnings.append(message)
        kept = action.do in REMOVED and isinstance(error, Conflict)
        self._teller.ended(action, Status.WARNING, "Resource is still in use" if kept else "Skipped", message)
        self._release(action)

    def _fail(self, action: Action, error: ComposeError) -> None:
        told = failures.told(action, error)
        self._failed.append(action)
        # A container that is in trouble already has been told of: two waits may look at it.
        if self._teller.ended(action, Status.ERROR, "Error", told.message):
            self._failures.append(told)
        self._skip_dependents(action)
        self._leave_waits()

    def _leave_waits(self) -> None:
        """End the waits that nothing comes after any more: once something has failed, all that they could add is time.

        As the reference does; what has just been started is still watched for its moment.
        """
        needed = {number for after in self._pending.values() for number in after}
        for number in [*self._running, *self._pending]:
            action = self._actions[number]
            if action.do not in LASTING or number in needed:
                continue
            if self._pending.pop(number, None) is not None:
                self._skipped += 1
            elif self._waits.forget(action):
                self._running.discard(number)
                self._skipped += 1
                self._teller.left(action)

    def _skip_dependents(self, failed: Action) -> None:
        lost = {failed.id}
        for number in sorted(self._pending):
            action = self._actions[number]
            if lost.isdisjoint(action.after):
                continue
            lost.add(number)
            self._skip(action, _because_of(failed))

    def _skip(self, action: Action, reason: Message) -> None:
        del self._pending[action.id]
        self._skipped += 1
        self._teller.ended(action, Status.SKIPPED, "Skipped", reason)

    def _skip_rest(self) -> None:
        reason = Message("Not begun: the operation was cancelled.")
        if self._interrupted is not None:
            reason = Message("Not begun yet: the engine does not answer.")
        self._not_begun = [self._actions[number] for number in sorted(self._pending)]
        for action in self._not_begun:
            self._skip(action, reason)

    def _result(self) -> ExecutionResult:
        troubled = self._skipped + len(self._cut_short) + len(self._failed) + len(self._warnings)
        return ExecutionResult(
            done=len(self._actions) - troubled,
            skipped=self._skipped,
            failed=tuple(self._failed),
            failures=tuple(self._failures),
            warnings=tuple(self._warnings),
            cancelled=self._cancel.is_set() and bool(self._skipped or self._cut_short),
            interrupted=self._interrupted,
            unfinished=(*self._cut_short, *self._not_begun),
        )


def _because_of(failed: Action) -> Message:
    if failed.service:
        return Message('Not done, because the service "%(service)s" failed before it.', service=failed.service)
    return Message('Not done, because "%(target)s" failed before it.', target=failed.target)


def _one_at_a_time(emit: Emit) -> Emit:
    lock = threading.Lock()

    def locked(emit: Emit, event: Event) -> None:
        with lock:
            emit(event)

    return partial(locked, emit)
