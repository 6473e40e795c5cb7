"""Tells of what happens on an engine around the projects: networks, volumes, images, and containers of nobody.

The watcher's picture needs none of it; what an `up` would do depends on all of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Final

from projects.services.contract import Engine
from projects.services.event_follower import EventFollower
from projects.services.streams import Messages

# Filtered by the engine; mounts, connections and health checks, which are many, wake nobody.
FILTERS: Final[Mapping[str, list[str]]] = MappingProxyType(
    {
        "type": ["container", "network", "volume", "image"],
        "event": ["create", "destroy", "remove", "start", "die", "pull", "tag", "untag", "delete", "load", "import"],
    }
)


class Surroundings(EventFollower):
    """Tells its listeners that something has happened, and no more."""

    name: ClassVar[str] = "surroundings"

    def open(self, engine: Engine) -> Messages:
        return engine.events(filters=FILTERS)
