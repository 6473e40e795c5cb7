"""Who depends on whom: read from the files, or from the labels where there are no files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from projects.compose.errors import PlanError
from projects.compose.identity import LABEL_DEPENDS_ON
from projects.compose.messages import Message
from projects.compose.model import Application, Dependency
from projects.compose.state import ObservedContainer

Graph = Mapping[str, Mapping[str, Dependency]]
"""Service name → the services it depends on."""


def graph_of(
    application: Application | None, containers: Iterable[ObservedContainer] = ()
) -> dict[str, Mapping[str, Dependency]]:
    """Return the dependencies of the application's services, or those that the containers' labels tell of."""
    if application is not None:
        return {name: service.depends_on for name, service in application.services.items()}
    graph: dict[str, Mapping[str, Dependency]] = {}
    for container in sorted(containers, key=lambda container: container.name):
        graph[container.service] = {**graph.get(container.service, {}), **_from_label(container)}
    return graph


def _from_label(container: ObservedContainer) -> dict[str, Dependency]:
    found = {}
    for entry in filter(None, container.labels.get(LABEL_DEPENDS_ON, "").split(",")):
        name, condition, restart = [*entry.split(":"), "", ""][:3]
        # What an old label leaves out, the reference takes for granted like this.
        found[name] = Dependency(condition=condition or "service_started", restart=restart != "false")
    return found


def in_order(graph: Graph, names: Iterable[str] | None = None) -> tuple[str, ...]:
    """Return the names (default: all of the graph), each after what it depends on; alphabetical where that is free."""
    wanted = set(graph if names is None else names)
    placed: dict[str, None] = {}
    under_way: list[str] = []

    def place(name: str) -> None:
        if name in placed:
            return
        if name in under_way:
            raise PlanError(
                Message("Services depend on each other in a circle: %(circle)s.", circle=" → ".join([*under_way, name]))
            )
        under_way.append(name)
        for dependency in sorted(graph.get(name, ())):
            place(dependency)
        under_way.pop()
        placed[name] = None

    for name in sorted(wanted):
        place(name)
    return tuple(name for name in placed if name in wanted)


def with_dependencies(graph: Graph, names: Iterable[str]) -> frozenset[str]:
    """Return the names and everything they depend on, directly or not, as far as the graph knows it."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found and name in graph:
            found.add(name)
            waiting += graph[name]
    return frozenset(found)


def with_dependents(graph: Graph, names: Iterable[str], *, restarted: bool = False) -> frozenset[str]:
    """Return the names and everything that depends on them; with `restarted`, only through ``restart: true``."""
    found = set(names)
    grown = True
    while grown:
        more = {
            name
            for name, depends_on in graph.items()
            if any(other in found and (how.restart or not restarted) for other, how in depends_on.items())
        }
        grown = not more <= found
        found |= more
    return frozenset(found)


def selected(application: Application, services: tuple[str, ...], *, no_deps: bool = False) -> tuple[str, ...]:
    """Return the services that a verb is about (none named: all), each after what it depends on.

    Raises PlanError for a service that does not exist.
    """
    graph = graph_of(application)
    check_known(graph, services)
    return in_order(graph, set(services) if services and no_deps else with_dependencies(graph, services or graph))


def among_themselves(application: Application, services: Iterable[str]) -> Application:
    """Return the application with these services depending on each other alone, as ``--no-deps`` has them."""
    chosen = set(services)
    alone = {
        name: replace(service, depends_on={other: how for other, how in service.depends_on.items() if other in chosen})
        for name, service in application.services.items()
        if name in chosen
    }
    return replace(application, services={**application.services, **alone})


def dependents_of(graph: Graph, name: str) -> tuple[str, ...]:
    """Return the services that depend directly on this one."""
    return tuple(sorted(other for other, depends_on in graph.items() if name in depends_on))


def known_of(graph: Graph, names: Iterable[str], application: Application | None) -> tuple[str, ...]:
    """Return those of the names that the graph knows.

    Raises PlanError for others where there are files; without them, a service that is gone cannot be told from one
    that never was.
    """
    if application is not None:
        check_known(graph, names)
    return tuple(name for name in names if name in graph)


def check_known(graph: Graph, names: Iterable[str]) -> None:
    """Raise PlanError where a person names a service that does not exist."""
    for name in names:
        if name not in graph:
            raise PlanError(_no_such(name, graph), service=name)


def _no_such(name: str, graph: Graph) -> Message:
    if not graph:
        return Message("no such service: %(service)s. This project has none.", service=name)
    known = ", ".join(sorted(graph))
    return Message("no such service: %(service)s. Services of this project: %(known)s.", service=name, known=known)
