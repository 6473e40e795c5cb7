"""What becomes of each container of a service: kept, recreated or removed, and which are added (no actions yet)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from projects.compose import identity
from projects.compose.dependencies import dependents_of, graph_of
from projects.compose.errors import PlanError
from projects.compose.messages import Message
from projects.compose.model import Application, Service
from projects.compose.payloads import joined_namespaces, mounted_digests
from projects.compose.plan_options import UpOptions
from projects.compose.replica import Replica
from projects.compose.resource_settings import CONFIGURATION_CHANGED
from projects.compose.state import ObservedContainer, ObservedState


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """The fate of the containers of one service; `names` maps the numbers it will have to their names."""

    service: Service
    keep: tuple[ObservedContainer, ...] = ()
    recreate: tuple[tuple[ObservedContainer, Message], ...] = ()
    remove: tuple[tuple[ObservedContainer, Message], ...] = ()
    create: tuple[tuple[int, Message], ...] = ()
    names: Mapping[int, str] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)

    def name_of(self, number: int) -> str:
        """Return the name of the container of this number."""
        return self.names[number]


@dataclass(frozen=True, kw_only=True, slots=True)
class Resources:
    """What the containers must be attached to: ids of networks that stay, by name; those that are made anew.

    A container is connected to a network that is made anew instead of being made anew itself.
    """

    network_ids: Mapping[str, str] = field(default_factory=dict)
    changed_networks: frozenset[str] = frozenset()


def decide(
    application: Application,
    state: ObservedState,
    options: UpOptions,
    wanted: tuple[str, ...],
    resources: Resources,
) -> dict[str, Decision]:
    """Return a decision for each wanted service, in dependency order.

    Raises PlanError where a service with a container name of its own is to have several containers.
    """
    decisions: dict[str, Decision] = {}
    for name in wanted:
        judge = _Judge(application, state, options, resources, decisions, application.services[name])
        decisions[name] = judge.decision()
    return decisions


def containers_of(state: ObservedState, service: str) -> list[ObservedContainer]:
    """Return the containers that Compose takes for the service's own: no one-offs, nothing without a config hash."""
    own = [c for c in state.containers if c.service == service and not c.oneoff and c.config_hash]
    return sorted(own, key=lambda container: (container.number, container.name))


def replica_of(
    application: Application, state: ObservedState, decisions: Mapping[str, Decision], service: Service, number: int
) -> Replica:
    """Return what is known of one container of a service before it exists."""
    image_name = identity.image_name(application, service)
    image = state.images.get(image_name)
    linked = [link.partition(":")[0] for link in service.links]
    others = {name: _containers_by_name(state, decisions, name) for name in (*namespace_parents(service), *linked)}
    return Replica(
        service=service,
        image=image_name,
        number=number,
        name=identity.container_name(application, service, number),
        image_id=image.id if image else "",
        mounted_images={
            mount.target: mounted.id
            for mount in service.volumes
            if mount.type == "image" and (mounted := state.images.get(mount.source)) is not None
        },
        containers={name: tuple(known) for name, known in others.items()},
        ids={name: identity for known in others.values() for name, identity in known.items() if identity},
    )


def _containers_by_name(state: ObservedState, decisions: Mapping[str, Decision], service: str) -> dict[str, str]:
    """Return the names that the containers of another service will have, with the ids of those that stay."""
    decision = decisions.get(service)
    if decision is None:
        return {container.name: container.id for container in containers_of(state, service)}
    return {name: decision.ids.get(name, "") for name in decision.names.values()}


_REPLACED = Message("replaced by a newer container")
PORTS_CHANGED = Message("ports changed")


class _Judge:
    """Looks at the containers of one service."""

    def __init__(
        self,
        application: Application,
        state: ObservedState,
        options: UpOptions,
        resources: Resources,
        decisions: Mapping[str, Decision],
        service: Service,
    ) -> None:
        self._application = application
        self._state = state
        self._options = options
        self._resources = resources
        self._decisions = decisions
        self._service = service

    def decision(self) -> Decision:
        service, count = self._service, self._count()
        existing = containers_of(self._state, service.name)
        causes = {container.id: self._cause(container) for container in existing}
        by_worth = sorted(existing, key=lambda container: causes[container.id] is not None)
        stay, go = by_worth[:count], by_worth[count:]
        first = max((container.number for container in existing), default=0) + 1
        new = range(first, first + max(count - len(stay), 0))
        keep = [container for container in stay if causes[container.id] is None]
        recreate = [(c, cause) for c in stay if (cause := causes[c.id]) is not None]
        scaled = Message("scaled to %(count)s", count=count)
        numbers = sorted([*(container.number for container in stay), *new])
        names = {number: identity.container_name(self._application, service, number) for number in numbers}
        # Names that Compose 1 or its compatibility mode gave are left as they are, as the reference does.
        names |= {c.number: c.name for c in keep if not identity.is_temporary(c.name, names[c.number])}
        return Decision(
            service=service,
            keep=tuple(sorted(keep, key=lambda container: container.number)),
            recreate=tuple(recreate),
            remove=tuple((c, _REPLACED if c.number in names else scaled) for c in go),
            create=tuple((number, scaled if existing else Message("no container yet")) for number in new),
            names=names,
            ids={names[container.number]: container.id for container in keep},
        )

    def _count(self) -> int:
        service = self._service
        count = self._options.scale.get(service.name, service.replicas)
        if service.container_name and count > 1:
            raise PlanError(
                Message(
                    'The "%(service)s" service is using the custom container name "%(name)s". Docker requires each '
                    "container to have a unique name. Remove the custom name to scale the service",
                    service=service.name,
                    name=service.container_name,
                ),
                service=service.name,
            )
        return count

    def _cause(self, container: ObservedContainer) -> Message | None:
        """Return why the container must be recreated, or None."""
        if container.lost:
            return Message("the engine has lost hold of it in a restart")
        if self._options.no_recreate:
            return None
        if self._forced():
            return Message("recreation was asked for")
        return self._parent_cause() or self._difference(container) or self._detached(container)

    def _forced(self) -> bool:
        options, name = self._options, self._service.name
        targeted = not options.services or name in options.services
        if targeted:
            return options.force_recreate or options.renew_anon_volumes
        return options.always_recreate_deps

    def _parent_cause(self) -> Message | None:
        for name in namespace_parents(self._service):
            parent = self._decisions.get(name)
            if parent and (parent.recreate or not parent.keep):
                return Message("service %(service)s is recreated", service=name)
        return None

    def _difference(self, container: ObservedContainer) -> Message | None:
        replica = replica_of(self._application, self._state, self._decisions, self._service, container.number)
        if container.config_hash not in identity.service_hashes(joined_namespaces(replica)):
            return self._ports_difference(container) or CONFIGURATION_CHANGED
        if replica.image_id and container.labels.get(identity.LABEL_IMAGE, "") != replica.image_id:
            return Message("image %(image)s is newer", image=replica.image)
        if container.labels.get(identity.LABEL_IMAGE_VOLUME_DIGEST, "") != mounted_digests(replica):
            return Message("an image that it mounts is newer")
        return None

    def _ports_difference(self, container: ObservedContainer) -> Message | None:
        """Say that ports changed where the running container shows that they did."""
        asked = {(port.published, port.target) for port in self._service.ports if port.published.isdigit()}
        has = {(str(port.published), port.target) for port in container.ports}
        open_ended = any(not port.published.isdigit() for port in self._service.ports)
        differs = not asked <= has if open_ended else asked != has
        return PORTS_CHANGED if container.state == "running" and differs else None

    def _detached(self, container: ObservedContainer) -> Message | None:
        attached = set(container.networks.values())
        for key in self._service.networks:
            name = self._application.networks[key].name
            if name in self._resources.changed_networks:
                continue
            known = self._resources.network_ids.get(name)
            joined = known in attached if container.state == "running" else name in container.networks
            if container.state in ("running", "created", "exited") and not joined:
                return Message("not connected to network %(network)s", network=name)
        mounted = {mount.name for mount in container.mounts if mount.type == "volume"}
        for mount in self._service.volumes:
            volume = self._application.volumes.get(mount.source) if mount.type == "volume" else None
            if volume is not None and volume.name not in mounted:
                return Message("volume %(volume)s is not mounted", volume=volume.name)
        return None


def namespace_parents(service: Service) -> tuple[str, ...]:
    """Return the services whose containers this one shares a namespace or volumes with."""
    modes = [service.network_mode, service.ipc, service.pid, *(f"service:{each}" for each in service.volumes_from)]
    named = [mode.removeprefix("service:").partition(":")[0] for mode in modes if mode.startswith("service:")]
    return tuple(name for name in dict.fromkeys(named) if name != "container")


def restarted_dependents(application: Application, decisions: Mapping[str, Decision]) -> dict[str, str]:
    """Return dependent → service for those that must stop while a service that they depend on is recreated."""
    graph, found = graph_of(application), {}
    for name, decision in decisions.items():
        if decision.recreate:
            for dependent in dependents_of(graph, name):
                if dependent in decisions and graph[dependent][name].restart:
                    found[dependent] = name
    return found
