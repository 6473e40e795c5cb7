from __future__ import annotations

import pytest

from projects.compose.model import Port
from projects.compose.planner import port_conflicts
from projects.compose.state import ObservedContainer, PublishedPort
from tests.compose.planning import application, service


def holder(port: PublishedPort, *, project: str = "other", owner: str = "db") -> ObservedContainer:
    return ObservedContainer(
        id="ab", name=f"{project}-{owner}-1", project=project, service=owner, state="running", ports=(port,)
    )


def taken(host_ip: str = "0.0.0.0", published: int = 8080, protocol: str = "tcp") -> PublishedPort:
    return PublishedPort(host_ip=host_ip, published=published, target=80, protocol=protocol)


def asking(published: str = "8080", host_ip: str = "", protocol: str = "tcp") -> Port:
    return Port(target=80, published=published, host_ip=host_ip, protocol=protocol)


@pytest.mark.parametrize(
    ("port", "held", "conflict"),
    [
        (asking(), taken(), True),
        (asking(), taken(host_ip="127.0.0.1"), True),
        (asking(host_ip="127.0.0.1"), taken(host_ip="0.0.0.0"), True),
        (asking(host_ip="127.0.0.1"), taken(host_ip="127.0.0.2"), False),
        (asking(host_ip="127.0.0.1"), taken(host_ip="::"), False),
        (asking(host_ip="::1"), taken(host_ip="::"), True),
        (asking(protocol="udp"), taken(), False),
        (asking(published="8081"), taken(), False),
        (asking(published=""), taken(), False),
        (asking(published="8080-8090"), taken(), False),
    ],
)
def test_a_port_is_taken_where_address_number_and_protocol_meet(
    port: Port, held: PublishedPort, conflict: bool
) -> None:
    project = application(service("web", ports=(port,)))
    assert bool(port_conflicts(project, [holder(held)])) == conflict


def test_the_owner_is_named() -> None:
    project = application(service("web", ports=(asking(),)))
    (conflict,) = port_conflicts(project, [holder(taken())])
    assert str(conflict.message) == (
        "Service web: port 8080 is already in use by container other-db-1 of project other. "
        "Stop that container, or publish another port."
    )
    (conflict,) = port_conflicts(project, [holder(taken(), project="")])
    assert "container -db-1. Stop" in str(conflict.message)


def test_the_services_own_containers_are_no_conflict_but_those_of_another_service_are() -> None:
    project = application(service("web", ports=(asking(),)))
    assert port_conflicts(project, [holder(taken(), project="demo", owner="web")]) == ()
    assert len(port_conflicts(project, [holder(taken(), project="demo", owner="old")])) == 1


def test_only_the_services_asked_about_are_looked_at() -> None:
    project = application(service("web", ports=(asking(),)), service("api"))
    assert port_conflicts(project, [holder(taken())], services=("api",)) == ()
