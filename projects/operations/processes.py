"""The processes in a project's running containers, as the engine tells them when asked."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from projects.compose.errors import EngineError
from projects.compose.messages import Message
from projects.compose.state import ObservedContainer
from projects.operations.engines import kept
from projects.services.contract_inside import Processes

AT_ONCE: Final = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class InContainer:
    """What runs in one container, or why that cannot be told."""

    container: str
    service: str
    processes: Processes | None = None
    problem: Message | None = None


def processes_in(containers: Sequence[ObservedContainer]) -> list[InContainer]:
    """Ask the engine about each container that runs; raises nothing, a problem is part of the answer."""
    running = [each for each in containers if each.state in ("running", "paused")]
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="processes") as threads:
        return list(threads.map(_asked, running))


def _asked(container: ObservedContainer) -> InContainer:
    try:
        told = kept().top(container.id)
    except EngineError as error:
        return InContainer(container=container.name, service=container.service, problem=error.message)
    return InContainer(container=container.name, service=container.service, processes=told)
