"""A plan while it is being drawn up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from projects.compose.messages import Message
from projects.compose.plan import Action, Do, Plan
from projects.compose.state import ObservedContainer


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """Which service's container an action is about; `group` is the name under which a person knows the container."""

    service: str = ""
    container_id: str = ""
    group: str = ""


def subject(container: ObservedContainer) -> Subject:
    """Return the subject of actions on a container that exists."""
    return Subject(service=container.service, container_id=container.id, group=container.name)


class Draft:
    """Collects actions; an action can only come after actions that are there already, so the graph has no cycles."""

    def __init__(self, project: str) -> None:
        self._project = project
        self._actions: list[Action] = []
        self._warnings: list[Message] = []

    def add(
        self,
        do: Do,
        target: str,
        cause: Message,
        *,
        on: Subject | None = None,
        after: Iterable[int] = (),
        payload: Mapping[str, Any] | None = None,
        best_effort: bool = False,
    ) -> int:
        """Append an action and return its id."""
        about = on or Subject()
        action = Action(
            id=len(self._actions) + 1,
            do=do,
            target=target,
            cause=cause,
            service=about.service,
            container_id=about.container_id,
            after=tuple(sorted(set(after))),
            payload=payload or {},
            best_effort=best_effort,
            group=about.group,
        )
        self._actions.append(action)
        return action.id

    def warn(self, message: Message) -> None:
        """Add a sentence that is told before the plan runs."""
        self._warnings.append(message)

    def plan(self) -> Plan:
        """Return what has been drawn up."""
        return Plan(project=self._project, actions=tuple(self._actions), warnings=tuple(self._warnings))


def timeout_of(timeout: int | None) -> dict[str, int]:
    """Return the option of a stop or restart call; without it the engine takes the container's own."""
    return {} if timeout is None else {"timeout": timeout}
