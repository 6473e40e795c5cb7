"""The engine's events of the last hour: one follower a process, for as long as somebody looks at a project's."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from projects.compose.errors import EngineError
from projects.compose.happenings import Claims, Happening
from projects.declared import declared
from projects.models import Project
from projects.operations.engines import connect
from projects.operations.live import live_picture
from projects.services.happenings import Happenings

_lock = threading.Lock()
_happenings: Happenings | None = None


def _live() -> Happenings:
    global _happenings
    with _lock:
        if _happenings is None:
            _happenings = Happenings(connect)
        return _happenings


def listen(heard: Callable[[], None]) -> Callable[[], None]:
    """Call `heard` from a thread whenever something happens on the engine; return the function that ends it."""
    return _live().listen(heard)


def events_after(number: int) -> tuple[int, list[Happening]]:
    """Return the number of the newest event that is known, and those after `number`."""
    return _live().after(number)


def claims_of(project: Project) -> Claims:
    """Return what tells a project's events from others, by what the engine and the files say of it now."""
    picture = live_picture().projects.get(project.name)
    containers = picture.containers if picture else ()
    return Claims(
        project.name,
        containers={
            container.id: (container.name, container.service) for container in containers if not container.oneoff
        },
        resources=_resources(project.name),
        images=[*declared(project).images.values(), *(container.image for container in containers)],
    )


def _resources(name: str) -> list[str]:
    """Return the ids of the project's networks and the names of its volumes; nothing while no engine answers."""
    with suppress(EngineError):
        engine = connect()
        try:
            return [network.id for network in engine.networks(name)] + [volume.name for volume in engine.volumes(name)]
        finally:
            engine.close()
    return []
