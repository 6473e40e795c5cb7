"""``pre_start`` hooks: containers that run one after the other, to their end, before a service's own start.

They are made with the service's containers and run only where none of these runs yet. One that fails is kept to be
looked at and holds the start up; those of an earlier attempt are removed before new ones are made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

from projects.compose import identity
from projects.compose.convergence import replica_of
from projects.compose.draft import Subject, subject
from projects.compose.errors import PlanError
from projects.compose.messages import Message
from projects.compose.model import Application, ContainerSpec, PreStartHook, Service
from projects.compose.plan import Do
from projects.compose.plan_containers import ContainerDraft
from projects.compose.plan_start import Member, Runner
from projects.compose.replica import Replica
from projects.compose.state import ObservedContainer, ObservedState


def check_hooks(service: Service) -> None:
    """Raise PlanError where a hook asks for what the reference does not support either."""
    if any(hook.per_replica for hook in service.pre_start):
        raise PlanError(
            Message(
                "Service %(service)s asks for a pre_start hook for each of its containers (per_replica), which is not "
                "supported. Remove per_replica, or set it to false.",
                service=service.name,
            ),
            service=service.name,
        )


def image_of(application: Application, service: Service, hook: PreStartHook) -> str:
    """Return the image that a hook runs: its own, or the service's."""
    return hook.image or identity.image_name(application, service)


def hook_name(application: Application, service: str, index: int) -> str:
    """Return the name of the container that a hook runs in."""
    return identity.joined(application, service, "pre_start", str(index))


def runners(containers: ContainerDraft, service: Service, members: Sequence[Member]) -> list[Runner]:
    """Draw up the containers of the service's hooks, which are needed where all of `members` are yet to be started."""
    if not members or any(member.cause is None or member.paused for member in members):
        return []
    old = [_remove(containers, left) for left in _left_over(containers, service)] if service.pre_start else []
    return [_make(containers, service, members[0], index, hook, old) for index, hook in enumerate(service.pre_start)]


def prepared_runners(service: Service, state: ObservedState, members: Sequence[Member]) -> list[Runner]:
    """Return the containers that a `create` has made for the hooks, for the verb `start`.

    Raises PlanError where they are not there: only `up` and `create` make them.
    """
    if not members or any(member.cause is None or member.paused for member in members):
        return []
    known = {
        c.labels.get(identity.LABEL_HOOK_INDEX): c for c in state.containers if c.service == service.name and c.is_hook
    }
    found = [known.get(str(index)) for index in range(len(service.pre_start))]
    fresh = [container for container in found if container is not None and container.state == "created"]
    if len(fresh) < len(found):
        raise PlanError(
            Message(
                "Service %(service)s has pre_start hooks, whose containers are used up at each start. "
                "Bring the service up instead: that makes them anew.",
                service=service.name,
            ),
            service=service.name,
        )
    return [Runner(name=container.name, on=subject(container)) for container in fresh]


def _left_over(containers: ContainerDraft, service: Service) -> list[ObservedContainer]:
    return [c for c in containers.state.containers if c.service == service.name and c.is_hook]


def _remove(containers: ContainerDraft, container: ObservedContainer) -> int:
    return containers.draft.add(
        Do.REMOVE_CONTAINER,
        container.name,
        Message("left by a hook that failed"),
        on=subject(container),
        payload={"force": True, "v": True},
    )


def _make(
    containers: ContainerDraft, service: Service, first: Member, index: int, hook: PreStartHook, old: Sequence[int]
) -> Runner:
    name = hook_name(containers.application, service.name, index)
    replica = _replica(containers, service, first, index, hook)
    made = containers.make(replica, name, Message("hook before the start"), [*old, *first.ready], group=name)
    return Runner(name=name, ready=tuple(made), on=Subject(service=service.name, group=name))


def _replica(containers: ContainerDraft, service: Service, first: Member, index: int, hook: PreStartHook) -> Replica:
    said = {each.name: getattr(hook, each.name) for each in fields(ContainerSpec)}
    as_service = Service(name=service.name, **said)
    known = replica_of(containers.application, containers.state, containers.decisions, as_service, 0)
    ids = {**known.ids, first.name: first.container_id} if first.container_id else known.ids
    image = image_of(containers.application, service, hook)
    return replace(known, image=image, hook=index, beside=first.name, ids=ids)
