"""The engine's events of the last hour and those that come, kept in memory for whoever looks at a project's."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from time import time
from types import MappingProxyType
from typing import Any, ClassVar, Final, TypeAlias

from projects.compose.happenings import Happening, happening_from
from projects.services.contract import Engine
from projects.services.event_follower import EventFollower
from projects.services.streams import Messages

SPAN_SECONDS: Final = 3600.0
MOST_KEPT: Final = 4000
OVERLAP_SECONDS: Final = 1.0  # asked for again after a break: the engine's own order is not strictly that of time

# Filtered by the engine: the commands of health checks make most of its events and are no news.
FILTERS: Final[Mapping[str, list[str]]] = MappingProxyType(
    {
        "type": ["container", "network", "volume", "image"],
        "event": [
            *("create", "start", "restart", "die", "stop", "kill", "oom", "pause", "unpause", "rename", "update"),
            *("destroy", "health_status", "connect", "disconnect", "mount", "unmount", "remove"),
            *("pull", "tag", "untag", "delete"),
        ],
    }
)

Key: TypeAlias = tuple[int, str, str, str]


class Happenings(EventFollower):
    """Follows while somebody listens; what came meanwhile is asked of the engine, which keeps a few hundred events."""

    name: ClassVar[str] = "happenings"

    def __init__(self, connect: Callable[[], Engine]) -> None:
        super().__init__(connect)
        self._kept: deque[Happening] = deque()
        self._keys: set[Key] = set()
        self._first = 1  # the number of the oldest that is kept
        self._newest = 0.0

    def open(self, engine: Engine) -> Messages:
        since = max(time() - SPAN_SECONDS, self._newest - OVERLAP_SECONDS)
        return engine.events(since=since, filters=FILTERS)

    def take(self, message: Mapping[str, Any]) -> None:
        happening = happening_from(message)
        if happening is None or (key := _key(happening)) in self._keys:
            return
        with self._lock:
            self._kept.append(happening)
            self._keys.add(key)
            self._newest = max(self._newest, happening.at)
            while len(self._kept) > MOST_KEPT:
                self._keys.discard(_key(self._kept.popleft()))
                self._first += 1

    def after(self, number: int) -> tuple[int, list[Happening]]:
        """Return the number of the newest event, and those after `number` that are not older than an hour."""
        oldest = time() - SPAN_SECONDS
        with self._lock:
            kept, first = list(self._kept), self._first
        new = kept[max(0, number - first + 1) :]
        return first + len(kept) - 1, [happening for happening in new if happening.at >= oldest]


def _key(happening: Happening) -> Key:
    return happening.nanoseconds, happening.topic, happening.action, happening.subject + happening.container
