"""Asks the engine what a plan's cause leaves open: which settings of the containers that it recreates have changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, TypeVar

from projects.compose.causes import changes_of, unexplained, with_causes
from projects.compose.differences import Difference
from projects.compose.errors import NotFound
from projects.compose.plan import Plan
from projects.compose.state import ObservedContainer, ObservedImage, ObservedState
from projects.services.contract import Engine

THREADS: Final = 8

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Explained:
    """A plan whose causes name what changed; `changes` are by the name of the container."""

    plan: Plan
    changes: Mapping[str, tuple[Difference, ...]] = field(default_factory=dict)


def explained(plan: Plan, engine: Engine, state: ObservedState) -> Explained:
    """Return the plan with exact causes: one inspect for each container whose configuration changed, no other call.

    An image is asked for only where the container's is no longer the one of its name.
    """
    ids = unexplained(plan)
    if not ids:
        return Explained(plan=plan)
    with ThreadPoolExecutor(min(THREADS, len(ids)), "explain") as threads:
        asked = threads.map(lambda each: _unless_gone(engine.inspect_container, each), ids)
        containers = {container.id: container for container in asked if container is not None}
        images = _images(engine, state, containers.values(), threads)
    changes = changes_of(plan, containers, images)
    return Explained(plan=with_causes(plan, containers, changes), changes=changes)


def _images(
    engine: Engine, state: ObservedState, containers: Iterable[ObservedContainer], threads: ThreadPoolExecutor
) -> dict[str, ObservedImage | None]:
    """Return the images of the containers by id; most are known already."""
    known: dict[str, ObservedImage | None] = {image.id: image for image in state.images.values() if image}
    missing = sorted({container.image_id for container in containers} - set(known))
    return known | dict(zip(missing, threads.map(engine.image, missing), strict=True))


def _unless_gone(ask: Callable[[str], T], container: str) -> T | None:
    try:
        return ask(container)
    except NotFound:
        return None
