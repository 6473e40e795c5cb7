"""Which host ports of an application are taken already, and by whom."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from projects.compose.messages import Message
from projects.compose.model import Application, Port
from projects.compose.state import ObservedContainer, PublishedPort


@dataclass(frozen=True, kw_only=True, slots=True)
class PortConflict:
    """A host port that a service asks for and `owner` holds."""

    service: str
    port: int
    protocol: str
    owner: ObservedContainer

    @property
    def message(self) -> Message:
        """Name the service, the port, its owner and the next step."""
        if not self.owner.project:
            return Message(
                "Service %(service)s: port %(port)s is already in use by container %(owner)s. "
                "Stop that container, or publish another port.",
                service=self.service,
                port=self.port,
                owner=self.owner.name,
            )
        return Message(
            "Service %(service)s: port %(port)s is already in use by container %(owner)s of project %(project)s. "
            "Stop that container, or publish another port.",
            service=self.service,
            port=self.port,
            owner=self.owner.name,
            project=self.owner.project,
        )


def port_conflicts(
    application: Application, containers: Iterable[ObservedContainer], services: Iterable[str] = ()
) -> tuple[PortConflict, ...]:
    """Return the taken host ports of the services (default: all); `containers` are all that the engine runs.

    A service's own containers are no conflict: they give their ports up when they are recreated.
    """
    others = [container for container in containers if container.ports]
    found = []
    for name in services or application.services:
        for port in application.services[name].ports:
            owner = next((c for c in others if _holds(c, port) and not _is_own(c, application.name, name)), None)
            if owner is not None:
                conflict = PortConflict(
                    service=name, port=int(port.published), protocol=port.protocol or "tcp", owner=owner
                )
                found.append(conflict)
    return tuple(found)


def _is_own(container: ObservedContainer, project: str, service: str) -> bool:
    return (container.project, container.service) == (project, service)


def _holds(container: ObservedContainer, port: Port) -> bool:
    if not port.published.isdigit():  # the engine chooses one that is free
        return False
    return any(_same(taken, port) for taken in container.ports)


def _same(taken: PublishedPort, port: Port) -> bool:
    if (taken.published, taken.protocol) != (int(port.published), port.protocol or "tcp"):
        return False
    return _overlap(taken.host_ip, port.host_ip)


def _overlap(one: str, other: str) -> bool:
    """Tell whether two host addresses meet; no address stands for all."""
    if not one or not other:
        return True
    first, second = ipaddress.ip_address(one), ipaddress.ip_address(other)
    if first.version != second.version:
        return False
    return first == second or first.is_unspecified or second.is_unspecified
