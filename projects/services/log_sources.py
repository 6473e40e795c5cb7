"""Which containers' logs one viewer sees: kept in step with what the engine runs, and what happens to them noted."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass
from time import time
from typing import Final

from projects.compose.state import ObservedContainer
from projects.services.logs import Logs, LogView

RUNNING: Final = "running"
ENDED: Final = frozenset({"exited", "dead", "restarting"})
REMOVING: Final = "removing"
TEMPORARY_PREFIX: Final = 13  # twelve characters of the predecessor's id and an underscore
HEALTH: Final = frozenset({"healthy", "unhealthy"})

_is_temporary = re.compile(r"[0-9a-f]{12}_").match


@dataclass(frozen=True, kw_only=True, slots=True)
class Joined:
    """A container's log is shown from here on."""

    container: ObservedContainer


@dataclass(frozen=True, kw_only=True, slots=True)
class Happened:
    """A container has another state (the engine's word, or ``removed``) or another health (the engine's word).

    `at` is when, in Unix seconds.
    """

    container: ObservedContainer
    what: str
    at: float


class LogSources:
    """The containers of one project that one viewer looks at.

    Those that are there at the beginning are shown from their last `tail` lines (None: all) since a Unix time;
    later ones, which are new, from their beginning. Empty `services` means all; `container` is a name.
    """

    def __init__(
        self,
        logs: Logs,
        view: LogView,
        *,
        services: frozenset[str] = frozenset(),
        container: str = "",
        tail: int | None = 200,
        since: float | None = None,
    ) -> None:
        self._logs = logs
        self._view = view
        self._services = services
        self._name = container
        self._tail = tail
        self._since = since
        self._begun = False
        self._sources: dict[str, int] = {}
        self._known: dict[str, ObservedContainer] = {}
        self._started: dict[str, float] = {}

    async def show(self, containers: Iterable[ObservedContainer], *, again: bool = False) -> None:
        """Compare with what was there before, join what is new, and note what happened; one call at a time.

        `again`: the engine was away, so that also what looks unchanged may have been started anew.
        """
        now = {container.id: container for container in containers if self._is_wanted(container)}
        for gone in self._known.keys() - now.keys():
            self._leave(self._known[gone])
        changed = [container for container in now.values() if again or self._known.get(container.id) != container]
        before, self._known = self._known, now
        changed.sort(key=lambda container: (container.service, container.number))
        for container in await asyncio.gather(*map(self._logs.inspected, changed)):
            if container.id in before:
                self._compare(before[container.id], container)
            else:
                self._join(container)
            self._started[container.id] = container.started_at
        self._begun = True

    def _is_wanted(self, container: ObservedContainer) -> bool:
        if self._name and shown_name(container) != self._name:
            return False
        return not self._services or container.service in self._services

    def _join(self, container: ObservedContainer) -> None:
        tail, since = (None, None) if self._begun else (self._tail, self._since)
        source = self._view.add(container.id, tail=tail, since=since)
        self._sources[container.id] = source
        self._view.note(source, Joined(container=container))
        if container.state == RUNNING:
            self._logs.resume(container.id)

    def _leave(self, container: ObservedContainer) -> None:
        self._note(container, "removed", at=time(), at_end=True)
        self._view.drop(self._sources.pop(container.id))
        self._started.pop(container.id, None)

    def _compare(self, before: ObservedContainer, now: ObservedContainer) -> None:
        if now.state == RUNNING:
            self._logs.resume(now.id)
        else:
            self._logs.stopped(now.id)
        started_anew = 0 < self._started.get(now.id, 0) < now.started_at
        if (now.state != before.state or (now.state == RUNNING and started_anew)) and now.state != REMOVING:
            self._note(now, now.state, at=_moment(now), at_end=before.state == RUNNING)
        if now.health != before.health and now.health in HEALTH:
            self._note(now, now.health, at=time())

    def _note(self, container: ObservedContainer, what: str, *, at: float, at_end: bool = False) -> None:
        happened = Happened(container=container, what=what, at=at)
        self._view.note(self._sources[container.id], happened, at_end=at_end)


def shown_name(container: ObservedContainer) -> str:
    """Return the name by which people know a container: Compose gives its successor another one for a moment."""
    proper = container.name[TEMPORARY_PREFIX:]
    own = f"-{container.service}-{container.number}"
    return proper if _is_temporary(container.name) and proper.endswith(own) else container.name


def _moment(container: ObservedContainer) -> float:
    """Return when the container came into its state, as well as is known."""
    if container.state == RUNNING:
        return container.started_at or time()
    return (container.finished_at or time()) if container.state in ENDED else time()
