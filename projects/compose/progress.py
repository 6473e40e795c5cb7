"""`Progress`: what the events of an operation amount to. The same events always give the same Progress."""

from __future__ import annotations

from collections.abc import Iterable

from projects.compose.events import Event, Kind, Status
from projects.compose.messages import Message
from projects.compose.progress_summary import summary_of
from projects.compose.task import Task

__all__ = ["Progress", "Task"]

_KINDS = {kind.value: kind for kind in Kind}


class Progress:
    """A reducer over the events of an operation, in the order of its journal.

    Later states win; ``pending`` begins a task anew (a resumed build shows its output once); ``working`` after a
    final state opens it again, and its time goes on adding up; a final parent closes what was open below it: where it
    is done, so is what was worked on (a resumed plan may have found it done already).
    """

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.operation: Task | None = None
        self.tasks: list[Task] = []
        self._by_id: dict[str, Task] = {}
        self._newest: Task | None = None
        for event in events:
            self.apply(event)

    def apply(self, event: Event) -> Task:
        """Take in one event and return the task that it changed."""
        task = self._by_id.get(event.id) or self._add(event.id, event.kind, event.parent)
        if event.status is Status.PENDING:
            self._forget_children(task)
        task.apply(event)
        self._newest = task
        if event.final:
            self._close_below(task, event)
        return task

    def task(self, task_id: str) -> Task | None:
        """Return the task of this id, or None."""
        return self._by_id.get(task_id)

    def _add(self, task_id: str, kind: Kind, parent_id: str) -> Task:
        task = Task(id=task_id, kind=kind, parent=parent_id, name=task_id.partition(":")[2])
        self._by_id[task_id] = task
        if kind is Kind.OPERATION:
            self.operation = task
        elif parent_id and parent_id != task_id:
            self._parent(parent_id).children.append(task)
        else:
            self.tasks.append(task)
        return task

    def _parent(self, parent_id: str) -> Task:
        prefix = parent_id.partition(":")[0]
        kind = _KINDS.get(prefix, Kind.OPERATION)
        return self._by_id.get(parent_id) or self._add(parent_id, kind, "")

    def _forget_children(self, task: Task) -> None:
        for child in task.children:
            del self._by_id[child.id]

    def _close_below(self, task: Task, event: Event) -> None:
        status = Status.DONE if event.status is Status.DONE else Status.SKIPPED
        if task is self.operation:
            for other in self.tasks:
                other.close(Status.SKIPPED if other.status is Status.PENDING else status, event.at)
        for child in task.children:
            child.close(status, event.at)

    def _of_kind(self, kind: Kind) -> list[Task]:
        return [task for task in self.tasks if task.kind is kind]

    @property
    def images(self) -> list[Task]:
        """Images that are pulled, also those that a build asks for."""
        return self._of_kind(Kind.IMAGE)

    @property
    def builds(self) -> list[Task]:
        """Images that are built."""
        return self._of_kind(Kind.BUILD)

    @property
    def networks(self) -> list[Task]:
        """Networks, in the order in which they came up."""
        return self._of_kind(Kind.NETWORK)

    @property
    def volumes(self) -> list[Task]:
        """Volumes, in the order in which they came up."""
        return self._of_kind(Kind.VOLUME)

    @property
    def containers(self) -> list[Task]:
        """Containers, in the order in which they came up."""
        return self._of_kind(Kind.CONTAINER)

    @property
    def percent(self) -> float:
        """How far the whole is, 0 to 100: fetching and building images counts for four fifths where there is any."""
        if self.operation is not None and self.operation.status is Status.DONE:
            return 100.0
        images = [t for t in self.tasks if t.kind in (Kind.IMAGE, Kind.BUILD)]
        others = [t for t in self.tasks if t.kind not in (Kind.IMAGE, Kind.BUILD)]
        if not images:
            return _mean(others)
        return 0.8 * _mean(images) + 0.2 * _mean(others)

    def summary(self) -> Message:
        """Return one line: how far the whole is, or what the operation itself has just said."""
        said = self.operation
        if said is not None and said is self._newest and said.status is Status.WORKING and said.message is not None:
            return said.message
        return summary_of(self.tasks)


def _mean(tasks: list[Task]) -> float:
    return sum(100.0 if t.final else t.percent or 0.0 for t in tasks) / len(tasks) if tasks else 0.0
