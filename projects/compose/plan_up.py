"""`plan_up`: from what the files ask for and what the engine holds to the actions that bring both together."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from projects.compose.convergence import Decision, containers_of, decide, restarted_dependents
from projects.compose.dependencies import among_themselves
from projects.compose.draft import Draft, subject
from projects.compose.given_files import put_files
from projects.compose.messages import Message
from projects.compose.model import Application
from projects.compose.plan import Do, Plan
from projects.compose.plan_containers import ContainerDraft
from projects.compose.plan_images import wanted_services
from projects.compose.plan_options import DEFAULTS, UpOptions
from projects.compose.plan_orphans import draw_orphans
from projects.compose.plan_pre_start import check_hooks, runners
from projects.compose.plan_resources import ACTIVE, GOING, prepare
from projects.compose.plan_start import Member, StartPhase
from projects.compose.state import ObservedContainer, ObservedState
from projects.compose.unsupported import check_supported


def plan_up(application: Application, state: ObservedState, options: UpOptions = DEFAULTS) -> Plan:
    """Return the actions after which the wanted services run as the files say; images are there already.

    Raises PlanError where that cannot be.
    """
    check_supported(application, options)
    if options.no_deps and options.services:
        application = among_themselves(application, options.services)
    wanted = wanted_services(application, options.services, no_deps=options.no_deps)
    for name in wanted:
        put_files(application, application.services[name])  # what cannot be is said before anything is done
        check_hooks(application.services[name])
    draft = Draft(application.name)
    prepared = prepare(draft, application, state, wanted, options)
    before, state = state, _without(state, prepared.gone)
    decisions = _told(decide(application, state, options, wanted, prepared.resources), before, prepared.gone)
    containers = ContainerDraft(
        draft=draft, application=application, state=state, options=options, prepared=prepared, decisions=decisions
    )
    draw_orphans(containers)
    containers.halted = _halt_dependents(containers, wanted)
    members = {name: containers.members(decisions[name]) for name in wanted}
    hooks = {name: runners(containers, application.services[name], members[name]) for name in wanted}
    _reconnect_others(containers)
    if not options.no_start:
        others = _others(application, state, wanted)
        phase = StartPhase(
            draft,
            _scaled(application, options),
            {**others, **members},
            hooks,
            settle=options.settle,
            wait_timeout=options.wait_timeout,
            freed=containers.freed,
        )
        phase.add(wanted)
        if options.wait:
            phase.wait(wanted)
    return draft.plan()


def _scaled(application: Application, options: UpOptions) -> Application:
    """Return the application with as many replicas as were asked for."""
    if not options.scale:
        return application
    services = application.services
    scaled = {name: replace(services[name], scale=n) for name, n in options.scale.items() if name in services}
    return replace(application, services={**services, **scaled})


def _without(state: ObservedState, gone: Container[str]) -> ObservedState:
    """Return the state without the containers that are gone by then."""
    left = tuple(container for container in state.containers if container.name not in gone)
    return state if left == state.containers else replace(state, containers=left)


def _told(decisions: dict[str, Decision], before: ObservedState, gone: Container[str]) -> dict[str, Decision]:
    """Return the decisions whose new containers take the place of some that went with their volume."""
    services = {container.service for container in before.containers if container.name in gone}
    cause = Message("its volume is made anew")
    return {
        name: replace(decision, create=tuple((number, cause) for number, _ in decision.create))
        if name in services
        else decision
        for name, decision in decisions.items()
    }


def _halt_dependents(containers: ContainerDraft, wanted: tuple[str, ...]) -> dict[str, int]:
    """Stop what asks to be restarted with a service that is recreated, dependents first; container name → action."""
    causes = restarted_dependents(containers.application, containers.decisions)
    stops: dict[str, int] = {}
    for name in reversed(wanted):
        decision = containers.decisions[name]
        made_anew = [container for container, _ in decision.recreate]
        for container in (*decision.keep, *made_anew) if name in causes else ():
            if container.state not in GOING and container.name not in containers.prepared.detached:
                cause = Message("service %(service)s is recreated", service=causes[name])
                stops[container.name] = containers.stop(container, cause, after=[])
    return stops


def _reconnect_others(containers: ContainerDraft) -> None:
    """Connect the containers of other services that lost a network which was made anew."""
    for container in containers.state.containers:
        if container.name in containers.prepared.detached and container.service not in containers.decisions:
            _reconnect(containers, container)


def _reconnect(containers: ContainerDraft, container: ObservedContainer) -> None:
    draft, prepared = containers.draft, containers.prepared
    cause, on = Message("its network was made anew"), subject(container)
    joined = []
    for key, created in prepared.networks.items():
        name = containers.application.networks[key].name
        if prepared.moved.get(key) in container.networks:
            payload = {"container": container.id, "endpoint": {"Aliases": [container.name, container.service]}}
            after = [created, prepared.detached[container.name]]
            joined.append(draft.add(Do.CONNECT_NETWORK, name, cause, on=on, after=after, payload=payload))
    if container.state in ACTIVE:
        draft.add(Do.START_CONTAINER, container.name, cause, on=on, after=joined)


def _others(application: Application, state: ObservedState, wanted: tuple[str, ...]) -> dict[str, list[Member]]:
    """Return the containers of the services that are not wanted, which wanted ones may have to wait for."""
    return {
        name: [
            Member(service=name, name=c.name, number=c.number, container_id=c.id) for c in containers_of(state, name)
        ]
        for name in application.services
        if name not in wanted
    }
