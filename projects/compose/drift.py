"""How what the files say now differs from what was brought up from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from projects.compose.errors import ComposeFileError
from projects.compose.identity import container_name, image_name, service_hash, service_hashes
from projects.compose.model import Application, Service
from projects.compose.payloads import joined_namespaces
from projects.compose.platforms import with_default_platform
from projects.compose.replica import Replica
from projects.compose.state import ObservedContainer


class Drift(StrEnum):
    """What is true of a service: all its containers are as the files say, some are not, or it is on one side only."""

    SAME = "same"
    CHANGED = "changed"
    NOT_CREATED = "not created"
    NOT_IN_FILES = "not in the files"


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceDrift:
    """A service with its config hash as ``config --hash`` prints it (empty where it is not in the files)."""

    name: str
    config_hash: str
    drift: Drift


def drifts(application: Application, containers: Sequence[ObservedContainer]) -> tuple[ServiceDrift, ...]:
    """Return how each service stands, by name; `containers` are the project's own as the engine lists them.

    One-off containers do not count. Services that no active profile takes in are told of only where they have
    containers, which the files do not ask for now.
    """
    application = _as_brought_up(application)
    own = [container for container in containers if container.config_hash and not container.oneoff]
    names = sorted({*application.services, *(container.service for container in own)})
    return tuple(_of_service(application, name, own) for name in names)


def _as_brought_up(application: Application) -> Application:
    """Return the application as `up` takes it; what `up` will refuse for its platform is compared as it is written."""
    try:
        return with_default_platform(application)
    except ComposeFileError:
        return application


def _of_service(application: Application, name: str, own: Sequence[ObservedContainer]) -> ServiceDrift:
    service = application.services.get(name)
    if service is None:
        return ServiceDrift(name=name, config_hash="", drift=Drift.NOT_IN_FILES)
    expected = service_hashes(_as_created(application, service, own))
    found = {container.config_hash for container in own if container.service == name}
    drift = Drift.NOT_CREATED if not found else Drift.SAME if found <= expected else Drift.CHANGED
    return ServiceDrift(name=name, config_hash=service_hash(service), drift=drift)


def _as_created(application: Application, service: Service, own: Sequence[ObservedContainer]) -> Service:
    """Return a service as its label was made from it: with the ids of containers whose namespaces it joins."""
    containers: dict[str, list[str]] = {}
    for container in own:
        containers.setdefault(container.service, []).append(container.name)
    replica = Replica(
        service=service,
        image=image_name(application, service),
        number=1,
        name=container_name(application, service, 1),
        containers=containers,
        ids={container.name: container.id for container in own},
    )
    return joined_namespaces(replica)
