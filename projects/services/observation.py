"""A snapshot of one project on the engine, as planning needs it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from projects.compose.api_socket import asks_for_socket, with_api_socket
from projects.compose.model import Application
from projects.compose.planner import image_references
from projects.compose.state import ObservedState
from projects.services.contract import Engine

THREADS = 8


def observe(engine: Engine, project: str, application: Application | None) -> ObservedState:
    """Return what the engine holds of `project`, and of what else its files name: images, foreign networks, volumes.

    Three lists and one question for each image, all at the same time. Raises `EngineError`.
    """
    references = image_references(application) if application else ()
    with ThreadPoolExecutor(THREADS, "observe") as threads:
        containers = threads.submit(lambda: engine.containers(project=project))
        networks = threads.submit(engine.networks)
        volumes = threads.submit(engine.volumes)
        images = dict(zip(references, threads.map(engine.image, references), strict=True))
    needed_networks = _names(application.networks.values()) if application else frozenset()
    needed_volumes = _names(application.volumes.values()) if application else frozenset()
    return ObservedState(
        project=project,
        at=time.time(),
        api_version=engine.api_version,
        containers=containers.result(),
        networks=tuple(n for n in networks.result() if n.project == project),
        volumes=tuple(v for v in volumes.result() if v.project == project),
        images=images,
        foreign_networks=tuple(n for n in networks.result() if n.project != project and n.name in needed_networks),
        foreign_volumes=tuple(v for v in volumes.result() if v.project != project and v.name in needed_volumes),
    )


def prepared(application: Application, engine: Engine) -> Application:
    """Return the application with what its services ask of this engine: a plan must be made of this one."""
    if not asks_for_socket(application):
        return application
    return with_api_socket(application, engine.address, engine.all_logins())


def _names(parts: Iterable[object]) -> frozenset[str]:
    return frozenset(str(getattr(part, "name", "")) for part in parts)
