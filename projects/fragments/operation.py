"""The panel of an operation: its summary line, and each image, layer, build step, network, volume and container."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2s
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext

from projects.access import Act, Person, may
from projects.compose.events import Kind, Status
from projects.compose.progress import Progress
from projects.compose.task import Task
from projects.fragments.actions import action_bar
from projects.fragments.looks import OPERATION_LOOKS, TASK_LOOKS, Look
from projects.models import UNFINISHED, Operation
from projects.operations import headline

SHOWN_OUTPUT_LINES = 200
SHOWN_OUTPUT_CHARACTERS = 16_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One task as the templates show it: `key` is its element's id, `container` the id of the list it belongs to."""

    task: Task
    key: str
    container: str
    look: Look
    now: float
    children: Sequence[Line] = ()
    shell: bool = False
    complete: bool = False

    @property
    def template(self) -> str:
        """The template of this kind of task."""
        return f"fragments/task_{self.task.kind.value}.html" if self.task.kind in _OWN_TEMPLATES else _PLAIN_TEMPLATE

    @property
    def elapsed(self) -> float:
        """Seconds that were worked on it."""
        return self.task.elapsed(self.now)

    @property
    def since(self) -> str:
        """Unix time from which the page counts while it is worked on."""
        return f"{self.now - self.elapsed:.1f}"

    @property
    def working(self) -> bool:
        """Whether its time runs."""
        return self.task.status is Status.WORKING

    @property
    def output(self) -> str:
        """The last lines of its output; all kept lines on the page of the operation."""
        lines = self.task.output.lines()
        return "\n".join(lines) if self.complete else "\n".join(lines[-SHOWN_OUTPUT_LINES:])[-SHOWN_OUTPUT_CHARACTERS:]

    @property
    def hidden_lines(self) -> int:
        """How many lines stand before those of `output`."""
        lines = self.task.output.lines()
        return self.task.output.skipped + (0 if self.complete else max(len(lines) - SHOWN_OUTPUT_LINES, 0))

    @property
    def open(self) -> bool:
        """Whether its children are shown before anybody opens them."""
        return not self.task.final or self.task.status is Status.ERROR or self.complete


_OWN_TEMPLATES = frozenset({Kind.IMAGE, Kind.LAYER, Kind.BUILD, Kind.STEP})
_PLAIN_TEMPLATE = "fragments/task_plain.html"


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """The tasks of one kind under a heading."""

    key: str
    heading: str
    lines: Sequence[Line]


def operation_panel(
    operation: Operation, progress: Progress, *, user: Person, oob: bool = True, complete: bool = False
) -> str:
    """Return the whole panel ``#operation-ID``.

    `complete` shows every step opened with all of its output, as the operation's own page does.
    """
    context = _operation_context(operation, progress, complete=complete)
    context |= {"oob": oob, "user": user, "may_operate": may(user, Act.OPERATE, operation.project)}
    return render_to_string("fragments/operation_panel.html", context)


def operation_facts(operation: Operation) -> str:
    """Return ``#operation-ID-facts``: who requested it, when, and how long it took."""
    return render_to_string("fragments/operation_facts.html", {"operation": operation, "oob": True})


def operation_changes(operation: Operation, progress: Progress, changed_ids: Iterable[str], *, user: Person) -> str:
    """Return what `changed_ids` changed in the panel: the head's summary and these tasks."""
    now = time.time()
    tasks = [task for task_id in dict.fromkeys(changed_ids) if (task := progress.task(task_id))]
    lines = [_line(operation, task, now, shell=not task.final) for task in _with_parents(progress, tasks)]
    context = _summary_context(operation, progress) | {"lines": lines, "oob": True}
    return render_to_string("fragments/operation_changes.html", context)


def operation_current(operation: Operation | None, progress: Progress | None, *, user: Person, oob: bool = True) -> str:
    """Return ``#current-operation``: the panel with the websocket that keeps it live, or nothing in it.

    A page that shows the unfinished operation already keeps what its websocket has told it.
    """
    panel = operation_panel(operation, progress, user=user, oob=False) if operation and progress else ""
    context = {"operation": operation, "panel": panel, "oob": oob}
    return render_to_string("fragments/operation_current.html", context)


def waiting_bar(operation: Operation, *, user: Person) -> str:
    """Return the action bar of a project whose operation is unfinished; afterwards the project's own page has it."""
    return "" if operation.finished else action_bar(operation.project, operation, None, user=user)


def no_notices() -> str:
    """Return an empty ``#notices``: what was told before is done with."""
    return render_to_string("fragments/notices.html", {})


def _operation_context(operation: Operation, progress: Progress, *, complete: bool) -> dict[str, Any]:
    now = time.time()
    headings = (
        ("images", gettext("Images"), progress.images),
        ("builds", gettext("Builds"), progress.builds),
        ("networks", gettext("Networks"), progress.networks),
        ("volumes", gettext("Volumes"), progress.volumes),
        ("containers", gettext("Containers"), progress.containers),
    )
    groups = [
        Group(
            key=f"operation-{operation.pk}-{key}",
            heading=heading,
            lines=[_line(operation, task, now, complete=complete) for task in tasks],
        )
        for key, heading, tasks in headings
    ]
    context = {"groups": groups, "problems": _problems(progress), "complete": complete}
    return _summary_context(operation, progress) | context


def _summary_context(operation: Operation, progress: Progress) -> dict[str, Any]:
    done = sum(task.final for task in progress.tasks)
    result = operation.result_message
    return {
        "operation": operation,
        "project": operation.project,
        "running": operation.state in UNFINISHED,
        "look": OPERATION_LOOKS[operation.state],
        "summary": progress.summary(),
        "headline": result and headline(result, [task.message for task in _problems(progress) if task.message]),
        "percent": f"{progress.percent:.1f}",
        "done": done,
        "total": len(progress.tasks),
    }


def _problems(progress: Progress) -> list[Task]:
    return [task for task in _all_tasks(progress.tasks) if task.status is Status.ERROR and task.message]


def _all_tasks(tasks: Iterable[Task]) -> Iterable[Task]:
    for task in tasks:
        # A failed step's message is also its build's: it is told once.
        children = [child for child in _all_tasks(task.children) if child.message != task.message]
        yield from (task, *children)


def _with_parents(progress: Progress, tasks: Sequence[Task]) -> list[Task]:
    """Return the tasks, each child after its parent, whose line shows sums over its children."""
    ordered: dict[str, Task] = {}
    for task in tasks:
        parent = progress.task(task.parent) if task.parent else None
        if parent is not None:
            ordered.setdefault(parent.id, parent)
    for task in tasks:
        ordered.setdefault(task.id, task)
    return [task for task in ordered.values() if task.kind is not Kind.OPERATION]


def _line(operation: Operation, task: Task, now: float, *, shell: bool = False, complete: bool = False) -> Line:
    children = () if shell else tuple(_line(operation, child, now, complete=complete) for child in task.children)
    container = f"{_key(operation.pk, task.parent)}-children" if task.parent else _group_key(operation, task)
    return Line(
        task=task,
        key=_key(operation.pk, task.id),
        container=container,
        look=TASK_LOOKS[task.status],
        now=now,
        children=children,
        shell=shell and bool(task.children),
        complete=complete,
    )


def _group_key(operation: Operation, task: Task) -> str:
    return f"operation-{operation.pk}-{task.kind.value}s"


@lru_cache(maxsize=4096)
def _key(operation_id: int, task_id: str) -> str:
    return f"task-{operation_id}-{blake2s(task_id.encode(), digest_size=8).hexdigest()}"
