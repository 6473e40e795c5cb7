"""The containers of `up`: made, made anew, kept and removed, each as its decision says; nothing is started here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from projects.compose.convergence import Decision, namespace_parents, replica_of
from projects.compose.draft import Draft, Subject, subject, timeout_of
from projects.compose.messages import Message
from projects.compose.model import Application, Service
from projects.compose.payload_mounts import anonymous_volumes
from projects.compose.payload_networks import endpoints
from projects.compose.payloads import ALL_NETWORKS_AT_CREATE, container_payload, joined_namespaces
from projects.compose.plan import Do
from projects.compose.plan_options import UpOptions
from projects.compose.plan_resources import ACTIVE, GOING, Prepared
from projects.compose.plan_start import Member
from projects.compose.replica import Replica
from projects.compose.state import ObservedContainer, ObservedState


@dataclass(kw_only=True, slots=True)
class ContainerDraft:
    """Draws up the containers of one `up`.

    `made` holds the actions that made a service's containers, `named` those after which they bear their names,
    `halted` the stops of containers that are restarted with what they depend on (by name), `freed` the removals after
    which a host port is free again (by port and protocol).
    """

    draft: Draft
    application: Application
    state: ObservedState
    options: UpOptions
    prepared: Prepared
    decisions: Mapping[str, Decision]
    halted: Mapping[str, int] = field(default_factory=dict)
    made: dict[str, list[int]] = field(default_factory=dict)
    named: dict[str, list[int]] = field(default_factory=dict)
    freed: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def members(self, decision: Decision) -> list[Member]:
        """Carry out the decision on one service and return its containers, lowest number first."""
        gone = [self._retire(container, cause) for container, cause in decision.remove]
        members = [self._keep(decision, container, gone) for container in decision.keep]
        members += [self._recreate(decision, container, cause) for container, cause in decision.recreate]
        members += [self._create(decision, number, cause) for number, cause in decision.create]
        return sorted(members, key=lambda member: member.number)

    def _keep(self, decision: Decision, container: ObservedContainer, gone: Iterable[int]) -> Member:
        name = decision.name_of(container.number)
        member = Member(service=container.service, name=name, number=container.number, container_id=container.id)
        if name != container.name:
            member = replace(member, ready=(self._rename(container, name, gone),))
        if container.name in self.prepared.detached:
            joined = self._reconnect(decision.service, container)
            return replace(member, cause=Message("its network was made anew"), ready=(*member.ready, *joined))
        if container.name in self.halted:
            again = Message("started again with what it depends on")
            cause = again if container.state in ACTIVE else not_running(container)
            return replace(member, cause=cause, ready=(*member.ready, self.halted[container.name]))
        if container.state == "running":
            self.draft.add(Do.KEEP, name, Message("up to date"), on=replace(subject(container), group=name))
            return member
        # Its networks may have gone with a `down` that left it alone.
        ready = (*member.ready, *self.prepared.before(decision.service.networks, ()))
        return replace(member, cause=not_running(container), paused=container.state == "paused", ready=ready)

    def _reconnect(self, service: Service, container: ObservedContainer) -> list[int]:
        """Connect a container to the networks that are made anew, as it was on those before."""
        replica = replica_of(self.application, self.state, self.decisions, service, container.number)
        asked = endpoints(self.application, joined_namespaces(replica), replica)
        joined = [self.prepared.detached[container.name]]
        for key, created in self.prepared.networks.items():
            name = self.application.networks[key].name
            if name in asked and self.prepared.moved.get(key) in container.networks:
                cause = Message("joins network %(network)s", network=name)
                payload = {"container": container.id, "endpoint": asked[name]}
                after = [created, *joined]
                on = subject(container)
                joined = [self.draft.add(Do.CONNECT_NETWORK, name, cause, on=on, after=after, payload=payload)]
        return joined

    def _rename(self, container: ObservedContainer, name: str, gone: Iterable[int]) -> int:
        """Give a container its name that an interrupted recreate has left with a temporary one."""
        cause = Message("an interrupted recreation is completed")
        on = replace(subject(container), group=name)
        return self.draft.add(Do.RENAME_CONTAINER, container.name, cause, on=on, after=gone, payload={"name": name})

    def _create(self, decision: Decision, number: int, cause: Message) -> Member:
        service = decision.service
        replica = self._replica(decision, number)
        made = self.make(replica, replica.name, cause, [])
        self._note(service, made[0], made[0])
        return Member(
            service=service.name, name=replica.name, number=number, cause=Message("newly created"), ready=tuple(made)
        )

    def _recreate(self, decision: Decision, container: ObservedContainer, cause: Message) -> Member:
        service, number = decision.service, container.number
        replica = self._replica(decision, number)
        if not self.options.renew_anon_volumes:
            inherited = anonymous_volumes(service, self.state.images.get(replica.image), container)
            replica = replace(replica, replaces=True, inherited=inherited)
        temporary = f"{container.id[:12]}_{replica.name}"
        made = self.make(replica, temporary, cause, self._detachment(container))
        gone = self.remove(container, cause, after=[*made, *self._halts_for(service)], group=replica.name)
        on = Subject(service=service.name, group=replica.name)
        payload = {"name": replica.name}
        renamed = self.draft.add(Do.RENAME_CONTAINER, temporary, cause, on=on, after=[gone], payload=payload)
        self._note(service, made[0], renamed)
        cause = Message("recreated")
        return Member(service=service.name, name=replica.name, number=number, cause=cause, ready=(renamed,))

    def _note(self, service: Service, made: int, named: int) -> None:
        self.made.setdefault(service.name, []).append(made)
        self.named.setdefault(service.name, []).append(named)

    def _replica(self, decision: Decision, number: int) -> Replica:
        return replica_of(self.application, self.state, self.decisions, decision.service, number)

    def make(self, replica: Replica, name: str, cause: Message, after: Iterable[int], group: str = "") -> list[int]:
        """Create a container, and connect it where its engine takes one network at the creation only."""
        service, api = replica.service, self.state.api_version
        sources = [mount.source for mount in service.volumes if mount.type == "volume"]
        before = [*after, *self.prepared.before(service.networks, sources), *self._parents(service)]
        on = Subject(service=service.name, group=group or replica.name)
        payload = container_payload(self.application, replica, api)
        made = [self.draft.add(Do.CREATE_CONTAINER, name, cause, on=on, after=before, payload=payload)]
        if api >= ALL_NETWORKS_AT_CREATE or service.network_mode:
            return made
        for network, endpoint in list(endpoints(self.application, service, replica).items())[1:]:
            payload = {"container": name, "endpoint": endpoint}
            joined = Message("joins network %(network)s", network=network)
            made.append(self.draft.add(Do.CONNECT_NETWORK, network, joined, on=on, after=made, payload=payload))
        return made

    def _parents(self, service: Service) -> list[int]:
        linked = [link.partition(":")[0] for link in service.links]
        return [
            *(action for name in namespace_parents(service) for action in self.made.get(name, ())),
            *(action for name in linked for action in self.named.get(name, ())),
        ]

    def _halts_for(self, service: Service) -> list[int]:
        dependents = [d for d in self.decisions.values() if service.name in d.service.depends_on]
        containers = [c for d in dependents for c in (*d.keep, *(c for c, _ in d.recreate))]
        return [self.halted[container.name] for container in containers if container.name in self.halted]

    def _detachment(self, container: ObservedContainer) -> list[int]:
        detached = self.prepared.detached.get(container.name)
        return [] if detached is None else [detached]

    def _retire(self, container: ObservedContainer, cause: Message) -> int:
        return self.remove(container, cause, after=self._detachment(container), stop_ended=True)

    def stop(self, container: ObservedContainer, cause: Message, after: Iterable[int], group: str = "") -> int:
        """Draw up the stop of a container and return its action."""
        on = replace(subject(container), group=group or container.name)
        payload = timeout_of(self.options.timeout)
        return self.draft.add(Do.STOP_CONTAINER, container.name, cause, on=on, after=after, payload=payload)

    def remove(
        self,
        container: ObservedContainer,
        cause: Message,
        after: Iterable[int],
        group: str = "",
        *,
        stop_ended: bool = False,
    ) -> int:
        """Draw up the removal of a container, stopped before where it runs or `stop_ended`; return its last action."""
        halted = self.halted.get(container.name)
        after = list(after) if halted is None else [*after, halted]
        ended = container.state in GOING or (container.state not in ACTIVE and not stop_ended)
        stopped = ended or container.name in self.prepared.detached or halted is not None
        before = after if stopped else [self.stop(container, cause, after, group)]
        on = replace(subject(container), group=group or container.name)
        payload = {"force": True}
        gone = self.draft.add(Do.REMOVE_CONTAINER, container.name, cause, on=on, after=before, payload=payload)
        for port in container.ports:
            self.freed.setdefault((str(port.published), port.protocol), []).append(gone)
        return gone


def not_running(container: ObservedContainer) -> Message:
    """Return the cause for which an existing container is started."""
    if container.state == "exited":
        return Message("exited (%(code)s)", code=container.exit_code or 0)
    return Message("paused") if container.state == "paused" else Message("not running")
