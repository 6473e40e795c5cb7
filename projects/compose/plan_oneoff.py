"""`plan_oneoff`: the container of `run`, made and, where nobody attaches to it first, started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from projects.compose.convergence import containers_of, replica_of
from projects.compose.dependencies import among_themselves
from projects.compose.draft import Draft, Subject
from projects.compose.messages import Message
from projects.compose.model import Application
from projects.compose.oneoff import oneoff_service
from projects.compose.payload_networks import endpoints
from projects.compose.payloads import ALL_NETWORKS_AT_CREATE, container_payload
from projects.compose.plan import Do, Plan
from projects.compose.plan_options import DEFAULTS, RunOptions, UpOptions
from projects.compose.plan_resources import prepare
from projects.compose.plan_start import Member, StartPhase, add_post_start
from projects.compose.replica import Replica
from projects.compose.state import ObservedState


def dependencies_up(application: Application, options: RunOptions) -> UpOptions:
    """Return the options with which what the service depends on is brought up; no `services`: that is nothing."""
    names = () if options.no_deps else tuple(sorted(application.services[options.service].depends_on))
    return UpOptions(
        services=tuple(name for name in names if name in application.services),
        pull=options.pull,
        settle=False,
        remove_orphans=options.remove_orphans,
        ignore_orphans=options.ignore_orphans,
    )


def images_of(application: Application, options: RunOptions) -> UpOptions:
    """Return the options with which the images are had that the container and what it depends on need."""
    return UpOptions(services=(options.service,), no_deps=options.no_deps, build=options.build, pull=options.pull)


def plan_oneoff(application: Application, state: ObservedState, options: RunOptions) -> Plan:
    """Return the actions that make the container, after what its service waits for; images are there already.

    Raises PlanError for an option that cannot be carried out.
    """
    if options.no_deps:
        application = among_themselves(application, [options.service])
    service = oneoff_service(application, options)
    changed = replace(application, services={**application.services, service.name: service})
    draft = Draft(application.name)
    prepared = prepare(draft, changed, state, (service.name,), DEFAULTS)
    replica = replace(
        replica_of(changed, state, {}, service, 1),
        name=service.container_name,
        slug=options.slug,
        use_aliases=options.use_aliases,
        attached=options.interactive and not options.start,
        remove=options.remove,
    )
    others = {
        name: [
            Member(service=name, name=c.name, number=c.number, container_id=c.id) for c in containers_of(state, name)
        ]
        for name in service.depends_on
    }
    phase = StartPhase(draft, changed, others, settle=False)
    sources = [mount.source for mount in service.volumes if mount.type == "volume"]
    after = [*prepared.before(service.networks, sources), *phase.conditions(service)]
    made = _made(draft, changed, replica, state.api_version, after)
    member = Member(service=service.name, name=replica.name, cause=Message("asked for"), ready=tuple(made))
    phase.ready(replace(service, depends_on={}), member, start=options.start)
    return draft.plan()


def plan_hooks(application: Application, options: RunOptions, container: str) -> Plan:
    """Return the hooks after the start of a one-off that somebody attached to, one after the other."""
    service = oneoff_service(application, options)
    draft = Draft(application.name)
    on = Subject(service=service.name, container_id=container, group=service.container_name)
    add_post_start(draft, service, service.container_name, on, [])
    return draft.plan()


def _made(
    draft: Draft, application: Application, replica: Replica, api: tuple[int, int], after: list[int]
) -> list[int]:
    service, name = replica.service, replica.name
    on = Subject(service=service.name, group=name)
    payload: Mapping[str, Any] = container_payload(application, replica, api)
    made = [draft.add(Do.CREATE_CONTAINER, name, Message("asked for"), on=on, after=after, payload=payload)]
    if api >= ALL_NETWORKS_AT_CREATE or service.network_mode:
        return made
    for network, endpoint in list(endpoints(application, service, replica).items())[1:]:
        joined = Message("joins network %(network)s", network=network)
        body = {"container": name, "endpoint": endpoint}
        made.append(draft.add(Do.CONNECT_NETWORK, network, joined, on=on, after=made, payload=body))
    return made
