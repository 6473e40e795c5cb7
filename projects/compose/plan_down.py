"""Verbs that take away or halt what runs: `down`, `stop`, `kill`, `pause`, `unpause`. Dependents go first."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace

from projects.compose import identity
from projects.compose.dependencies import (
    Graph,
    dependents_of,
    graph_of,
    in_order,
    known_of,
    with_dependencies,
    with_dependents,
)
from projects.compose.draft import Draft, subject, timeout_of
from projects.compose.messages import Message
from projects.compose.model import Application
from projects.compose.plan import Do, Plan
from projects.compose.plan_options import DownOptions, KillOptions, PauseOptions, StopOptions
from projects.compose.plan_orphans import orphans_of
from projects.compose.plan_resources import ACTIVE, GOING
from projects.compose.plan_start import add_hook
from projects.compose.resource_rows import repository_and_tag
from projects.compose.state import ObservedContainer, ObservedState

_DOWN = DownOptions()
_STOP = StopOptions()
_PAUSE = PauseOptions()
_KILL = KillOptions()
_BY_VERB = Message("asked for")
_ANONYMOUS = re.compile("[0-9a-f]{64}")


def plan_stop(
    project: str, application: Application | None, state: ObservedState, options: StopOptions = _STOP
) -> Plan:
    """Return the stops of what runs; without an application the order comes from the containers' labels.

    Raises PlanError for a service that does not exist.
    """
    draft = Draft(project)
    services = known_of(_graph(application, state), options.services, application) if options.services else None
    halting = _Halting(draft, application, state, services, options.timeout)
    for name in halting.order:
        halting.done[name] = [
            action for container in halting.containers(name) for action in halting.stop(container, halting.before(name))
        ]
    return draft.plan()


def plan_down(
    project: str, application: Application | None, state: ObservedState, options: DownOptions = _DOWN
) -> Plan:
    """Return the stops and removals of containers, networks and, where asked for, volumes and images.

    With services named, what depends on them goes too where there are no files; the networks that they and their
    dependencies use are tried, and their own volumes go where those are asked for. One-off containers go with the
    orphans: those of services that have other containers, and those that have ended. Raises PlanError for a service
    that does not exist.
    """
    draft = Draft(project)
    graph = _graph(application, state)
    there = {container.service for container in state.containers if not container.oneoff}
    known = known_of(graph, options.services, application)
    if options.services and not known:
        draft.warn(_none_runs(project, options.services))
        return draft.plan()
    gone_with = with_dependents(graph, known) if application is None else frozenset(known)
    if application is not None and options.services:
        application = _reduced(application, graph, known)
    services = tuple(sorted(gone_with)) or None
    oneoffs_of = there if options.remove_orphans else set()
    halting = _Halting(draft, application, state, services, options.timeout, oneoffs_of=oneoffs_of)
    gone: list[ObservedContainer] = []
    for name in halting.order:
        found = halting.containers(name)
        halting.done[name] = [_remove(halting, container, options, halting.before(name)) for container in found]
        gone += found
    if options.remove_orphans and not options.services:
        orphans = [orphan for orphan in orphans_of(application, state) if orphan not in gone]
        halting.done[""] = [_remove(halting, orphan, options, []) for orphan in orphans]
        gone += orphans
    removed = [action for actions in halting.done.values() for action in actions]
    _networks(draft, application, state, gone, removed)
    if options.volumes:
        _inherited_volumes(draft, gone, removed)
        named = options.services and application is None
        _volumes(draft, application, state, removed, used_by=gone if named else None)
    if options.images and application is not None:
        _images(draft, application, state, halting.order, options, removed)
    if not draft.plan().actions and not _declares_networks(application):
        draft.warn(Message('No resource found to remove for project "%(project)s".', project=project))
    return draft.plan()


def _reduced(application: Application, graph: Graph, names: Collection[str]) -> Application:
    """Return the application with no more resources than the named services have; networks also of what they need.

    The reference would remove volumes of what they need, too; nobody has asked for the loss of those.
    """
    services = application.all_services
    joined = {key for name in with_dependencies(graph, names) & services.keys() for key in services[name].networks}
    mounted = {mount.source for name in services.keys() & set(names) for mount in services[name].volumes}
    return replace(
        application,
        networks={key: network for key, network in application.networks.items() if key in joined},
        volumes={key: volume for key, volume in application.volumes.items() if key in mounted},
    )


def _declares_networks(application: Application | None) -> bool:
    """Return whether the files have networks of their own: then `down` says nothing where there is nothing to do."""
    return application is not None and any(not network.external for network in application.networks.values())


def _none_runs(project: str, services: Iterable[str]) -> Message:
    names = " ".join(services)
    return Message(
        'Any of the services [%(names)s] not running in project "%(project)s".', names=names, project=project
    )


def plan_kill(
    project: str, application: Application | None, state: ObservedState, options: KillOptions = _KILL
) -> Plan:
    """Return the signals to what runs, all at once: to orphans as well where their removal is asked for.

    The reference kills those, and leaves it at that.

    Raises PlanError for a service that does not exist.
    """
    draft = Draft(project)
    killed = _chosen(application, state, options.services, ACTIVE, with_oneoffs=True)
    if application is not None and options.remove_orphans:
        killed += [each for each in orphans_of(application, state) if each.state in ACTIVE and each not in killed]
    for container in killed:
        payload = {"signal": options.signal}
        draft.add(Do.KILL_CONTAINER, container.name, _BY_VERB, on=subject(container), payload=payload)
    return draft.plan()


def plan_pause(
    project: str, application: Application | None, state: ObservedState, options: PauseOptions = _PAUSE
) -> Plan:
    """Return the pauses of what runs, all at once; the engine refuses what is paused already.

    Raises PlanError for a service that does not exist.
    """
    draft = Draft(project)
    for container in _chosen(application, state, options.services, ACTIVE):
        draft.add(Do.PAUSE_CONTAINER, container.name, _BY_VERB, on=subject(container))
    return draft.plan()


def plan_unpause(
    project: str, application: Application | None, state: ObservedState, options: PauseOptions = _PAUSE
) -> Plan:
    """Return the continuations of what is paused, all at once; the engine refuses what is not.

    Raises PlanError for a service that does not exist.
    """
    draft = Draft(project)
    for container in _chosen(application, state, options.services, ACTIVE):
        draft.add(Do.UNPAUSE_CONTAINER, container.name, _BY_VERB, on=subject(container))
    return draft.plan()


def _graph(application: Application | None, state: ObservedState, *, with_oneoffs: bool = False) -> Graph:
    return graph_of(application, [each for each in state.containers if with_oneoffs or not each.oneoff])


def _chosen(
    application: Application | None,
    state: ObservedState,
    services: tuple[str, ...],
    states: frozenset[str],
    *,
    with_oneoffs: bool = False,
) -> list[ObservedContainer]:
    graph = _graph(application, state, with_oneoffs=with_oneoffs)
    chosen = known_of(graph, services, application) if services else tuple(graph)
    return [
        container
        for container in sorted(state.containers, key=lambda container: container.name)
        if container.service in chosen and (with_oneoffs or not container.oneoff) and container.state in states
    ]


class _Halting:
    """Walks the services from those on which nothing depends to those on which everything does."""

    def __init__(
        self,
        draft: Draft,
        application: Application | None,
        state: ObservedState,
        services: tuple[str, ...] | None,
        timeout: int | None,
        *,
        oneoffs_of: Collection[str] = (),
    ) -> None:
        self._draft = draft
        self._application = application
        self._graph = _graph(application, state)
        self._timeout = timeout
        self._containers = [c for c in state.containers if not c.oneoff or c.service in oneoffs_of]
        self.draft = draft
        self.order = tuple(reversed(in_order(self._graph, services)))
        self.done: dict[str, list[int]] = {}

    def containers(self, service: str) -> list[ObservedContainer]:
        """Return the service's containers, by name."""
        own = [container for container in self._containers if container.service == service]
        return sorted(own, key=lambda container: container.name)

    def before(self, service: str) -> list[int]:
        """Return the last actions on everything that depends on the service."""
        found: list[int] = []
        for name in dependents_of(self._graph, service):
            found += self.done.get(name) or self.before(name)
        return found

    def stop(self, container: ObservedContainer, after: Iterable[int]) -> list[int]:
        """Draw up the stop of a container, hooks first."""
        if container.state in GOING or container.is_hook:
            return []
        on, after = subject(container), list(after)
        service = self._application.services.get(container.service) if self._application else None
        for hook in service.pre_stop if service and container.state == "running" else ():
            after = [add_hook(self._draft, hook, container.name, Message("hook before the stop"), on, after)]
        payload = timeout_of(self._timeout)
        return [self._draft.add(Do.STOP_CONTAINER, container.name, _BY_VERB, on=on, after=after, payload=payload)]


def _remove(halting: _Halting, container: ObservedContainer, options: DownOptions, after: list[int]) -> int:
    stopped = halting.stop(container, after)
    payload = {"force": True, "v": True} if options.volumes or container.is_hook else {"force": True}
    return halting.draft.add(
        Do.REMOVE_CONTAINER, container.name, _BY_VERB, on=subject(container), after=stopped or after, payload=payload
    )


def _networks(
    draft: Draft,
    application: Application | None,
    state: ObservedState,
    gone: list[ObservedContainer],
    after: list[int],
) -> None:
    """Remove the project's own networks; the engine keeps those that something is still on, and says so."""
    staying = [each for each in state.containers if each not in gone and each.state in ACTIVE]
    used = {name for container in staying for name in container.networks}
    for network in sorted(state.networks, key=lambda network: network.name):
        declared = application.networks.get(network.key) if application else None
        ours = application is None or (declared and not declared.external and declared.name == network.name)
        if ours and network.key:
            kept = network.name in used
            cause = Message("tried, though containers are on it") if kept else Message("no container uses it any more")
            payload: dict[str, object] = {"id": network.id}  # two `up`s at once may have made two networks of one name
            payload |= {"in_use": True} if kept else {}
            draft.add(Do.REMOVE_NETWORK, network.name, cause, after=after, payload=payload, best_effort=True)


def _inherited_volumes(draft: Draft, gone: list[ObservedContainer], after: list[int]) -> None:
    """Remove the anonymous volumes that recreated containers took over: the engine takes those for named ones."""
    recreated = [container for container in gone if identity.LABEL_REPLACE in container.labels]
    mounted = {mount.name for container in recreated for mount in container.mounts if mount.type == "volume"}
    for name in sorted(filter(_ANONYMOUS.fullmatch, mounted)):
        draft.add(Do.REMOVE_VOLUME, name, Message("asked for, with its data"), after=after, best_effort=True)


def _volumes(
    draft: Draft,
    application: Application | None,
    state: ObservedState,
    after: list[int],
    *,
    used_by: Iterable[ObservedContainer] | None,
) -> None:
    names = {volume.name for volume in state.volumes}
    if used_by is not None:
        names &= {mount.name for container in used_by for mount in container.mounts}
    if application is not None:
        names &= {volume.name for volume in application.volumes.values() if not volume.external}
    for name in sorted(names):
        draft.add(Do.REMOVE_VOLUME, name, Message("asked for, with its data"), after=after, best_effort=True)


def _images(
    draft: Draft,
    application: Application,
    state: ObservedState,
    services: Iterable[str],
    options: DownOptions,
    after: list[int],
) -> None:
    known = [application.services[name] for name in services]
    chosen = [service for service in known if options.images == "all" or not service.image]
    for image in sorted({identity.image_name(application, service) for service in chosen}):
        if state.images.get(image) is not None:
            repository, tag = repository_and_tag(image)
            whole = f"{repository}:{tag}" if tag else image
            draft.add(Do.REMOVE_IMAGE, whole, _BY_VERB, after=after, best_effort=True)
