"""How the actions of a plan are told: as the states of a few tasks, in the reference's words."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from projects.compose.events import Event, Kind, Status
from projects.compose.messages import Message
from projects.compose.plan import Action, Do, Plan

Emit: TypeAlias = Callable[[Event], None]

# While it is done, and when it is done; an empty word is not told.
WORDS: Mapping[Do, tuple[str, str]] = {
    Do.PULL_IMAGE: ("", "Pulled"),
    Do.PUSH_IMAGE: ("", "Pushed"),
    Do.BUILD_IMAGE: ("", "Built"),
    Do.CREATE_NETWORK: ("Creating", "Created"),
    Do.CREATE_VOLUME: ("Creating", "Created"),
    Do.CREATE_CONTAINER: ("Creating", "Created"),
    Do.CONNECT_NETWORK: ("Connecting", "Connected"),
    Do.DISCONNECT_NETWORK: ("", "Disconnected"),
    Do.START_CONTAINER: ("Starting", "Started"),
    Do.STOP_CONTAINER: ("Stopping", "Stopped"),
    Do.RESTART_CONTAINER: ("Restarting", "Restarted"),
    Do.PAUSE_CONTAINER: ("", "Paused"),
    Do.UNPAUSE_CONTAINER: ("", "Unpaused"),
    Do.KILL_CONTAINER: ("Killing", "Killed"),
    Do.REMOVE_CONTAINER: ("Removing", "Removed"),
    Do.REMOVE_NETWORK: ("Removing", "Removed"),
    Do.REMOVE_VOLUME: ("Removing", "Removed"),
    Do.REMOVE_IMAGE: ("Removing", "Removed"),
    Do.WAIT_RUNNING: ("", "Running"),
    Do.WAIT_HEALTHY: ("Waiting", "Healthy"),
    Do.WAIT_COMPLETED: ("Waiting", "Exited"),
    Do.WAIT_READY: ("Waiting", "Healthy"),
    Do.KEEP: ("", "Running"),
    Do.SKIP_IMAGE: ("", "Skipped"),
    Do.SKIP_SERVICE: ("", "Skipped"),
}
WAITING = frozenset({Do.WAIT_RUNNING, Do.WAIT_HEALTHY, Do.WAIT_COMPLETED, Do.WAIT_READY})
# Their streams are told by their parsers, layer by layer and step by step.
STREAMED = frozenset({Do.PULL_IMAGE, Do.PUSH_IMAGE, Do.BUILD_IMAGE})
_RECREATION = frozenset(
    {Do.CREATE_CONTAINER, Do.CONNECT_NETWORK, Do.STOP_CONTAINER, Do.REMOVE_CONTAINER, Do.RENAME_CONTAINER}
)
_KINDS = {
    Do.PULL_IMAGE: Kind.IMAGE,
    Do.PUSH_IMAGE: Kind.IMAGE,
    Do.REMOVE_IMAGE: Kind.IMAGE,
    Do.SKIP_IMAGE: Kind.IMAGE,
    Do.SKIP_SERVICE: Kind.SERVICE,
    Do.BUILD_IMAGE: Kind.BUILD,
    Do.CREATE_NETWORK: Kind.NETWORK,
    Do.REMOVE_NETWORK: Kind.NETWORK,
    Do.CREATE_VOLUME: Kind.VOLUME,
    Do.REMOVE_VOLUME: Kind.VOLUME,
}


@dataclass(frozen=True, slots=True)
class TaskName:
    """The task of one or several actions."""

    id: str
    kind: Kind
    name: str
    service: str

    def event(self, status: Status, text: str, message: Message | None = None, cause: Message | None = None) -> Event:
        """Return what is now so of the task."""
        return Event(
            id=self.id,
            kind=self.kind,
            status=status,
            at=time.time(),
            name=self.name,
            service=self.service,
            text=text,
            message=message,
            cause=cause,
        )


def task_of(action: Action) -> TaskName:
    """Return the task that shows this action; all actions on one container share one."""
    kind = _KINDS.get(action.do, Kind.CONTAINER)
    name = action.target
    if kind is Kind.CONTAINER:
        name = action.group or str(action.payload.get("container") or action.target)
    elif kind is Kind.BUILD:
        name = action.service
    return TaskName(f"{kind}:{name}", kind, name, action.service)


def found_done(actions: Iterable[Action], plan: Plan) -> Iterator[Event]:
    """Yield the ends of tasks that were left unfinished and that a new plan finds done: it does not name them."""
    planned = {task_of(action).id for action in plan.actions}
    last = {task_of(action).id: action for action in actions if action.do not in WAITING}
    for task_id, action in last.items():
        if task_id not in planned:
            yield task_of(action).event(Status.DONE, WORDS.get(action.do, ("", "Done"))[1])


class Teller:
    """Tells of a plan's tasks; used by one thread but for `begun`.

    A task is done with the last of its actions. What is only waited for does not hold it up: a container that
    has started is shown as started at once, and in trouble later where it does not stay up.
    """

    def __init__(self, plan: Plan, emit: Emit) -> None:
        self._emit = emit
        self._tasks = {action.id: task_of(action) for action in plan.actions}
        self._left = Counter(self._tasks[action.id].id for action in plan.actions if action.do not in WAITING)
        renamed = {self._tasks[a.id].id for a in plan.actions if a.do is Do.RENAME_CONTAINER}
        begun: set[str] = set()  # what stops a container before that is told in its own words
        recreation = []
        for action in plan.actions:
            task = self._tasks[action.id].id
            if action.do is Do.CREATE_CONTAINER and task in renamed:
                begun.add(task)
            if action.do in _RECREATION and task in begun:
                recreation.append(action)
        self._recreation = {action.id for action in recreation}
        # While it is made anew a container is told of by the name that it had.
        self._called = {self._tasks[a.id].id: a.target for a in recreation if a.do is Do.REMOVE_CONTAINER}
        self._recreating = Counter(self._tasks[action.id].id for action in recreation)
        self._last: dict[str, str] = {}
        self._finished: set[str] = set()
        self._troubled: set[str] = set()

    def announce(self) -> None:
        """Tell of every task before any of them begins: a viewer sees the whole from the start."""
        for task in {task.id: task for task in self._tasks.values()}.values():
            self._emit(task.event(Status.PENDING, ""))

    def begun(self, action: Action) -> None:
        """Tell that an action begins."""
        task = self._tasks[action.id]
        if action.id in self._recreation:
            self._emit(self._replaced(task).event(Status.WORKING, "Recreate", cause=action.cause))
        elif word := WORDS.get(action.do, ("", ""))[0]:
            self._emit(task.event(Status.WORKING, word))

    def done(self, action: Action) -> None:
        """Tell that an action has succeeded."""
        task, more = self._tasks[action.id], self._count(action)
        word = self._done_word(action, task.id, more=more)
        if not word or task.id in self._troubled or (action.do is Do.WAIT_RUNNING and task.id in self._finished):
            return
        told = self._replaced(task) if action.id in self._recreation else task
        self._emit(told.event(Status.WORKING if more else Status.DONE, word, action.payload.get("reason")))
        self._last[task.id] = word
        if not more:
            self._finished.add(task.id)

    def ended(self, action: Action, status: Status, text: str, message: Message) -> bool:
        """Tell that a task has come to a bad end, once: the first trouble is the one that counts.

        Returns whether it was told.
        """
        self._count(action)
        task = self._tasks[action.id]
        if task.id in self._troubled:
            return False
        self._troubled.add(task.id)
        self._emit(task.event(status, text, message))
        return True

    def left(self, action: Action) -> None:
        """Tell that a container is waited for no longer: what was so of it before the wait is so again."""
        task = self._tasks[action.id]
        if task.id not in self._troubled:
            self._emit(task.event(Status.DONE, self._last.get(task.id, "Running")))

    def _replaced(self, task: TaskName) -> TaskName:
        return replace(task, name=self._called.get(task.id, task.name))

    def _count(self, action: Action) -> bool:
        """Count an action as ended, and tell whether the task has more to do."""
        task = self._tasks[action.id].id
        if action.do not in WAITING:
            self._left[task] -= 1
        if action.id in self._recreation:
            self._recreating[task] -= 1
        return self._left[task] > 0

    def _done_word(self, action: Action, task: str, *, more: bool) -> str:
        if action.do in STREAMED:
            return ""
        if action.id in self._recreation:
            return "" if self._recreating[task] else "Recreated"
        # What has no word of its own, such as a hook, leaves its task with the last one.
        return WORDS.get(action.do, ("", "" if more else self._last.get(task, "Done")))[1]
