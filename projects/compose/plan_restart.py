"""Verbs on containers that exist: `start` and `restart`. Dependencies go first."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from projects.compose.dependencies import check_known, graph_of, in_order, with_dependencies, with_dependents
from projects.compose.draft import Draft, subject, timeout_of
from projects.compose.errors import PlanError
from projects.compose.messages import Message
from projects.compose.model import Application, Service
from projects.compose.plan import Do, Plan
from projects.compose.plan_containers import not_running
from projects.compose.plan_options import RestartOptions, StartOptions
from projects.compose.plan_pre_start import prepared_runners
from projects.compose.plan_start import Member, StartPhase, add_hook, add_post_start, add_settling, is_missing
from projects.compose.state import ObservedContainer, ObservedState

_START = StartOptions()
_RESTART = RestartOptions()


def plan_start(
    project: str, application: Application | None, state: ObservedState, options: StartOptions = _START
) -> Plan:
    """Return the starts of containers that exist and do not run, with the waits that their order asks for.

    Raises PlanError where there is nothing to start, and for a service that does not exist.
    """
    draft = Draft(project)
    containers = _own(state)
    graph = graph_of(application, containers)
    if application is None and not containers:
        raise PlanError(Message('no container found for project "%(project)s": not found', project=project))
    check_known(graph, options.services)
    order = in_order(graph, with_dependencies(graph, options.services or graph))
    started = {container.service for container in containers}
    missing = [name for name in order if name not in started and not _may_have_none(application, name)]
    if missing and not containers:
        raise PlanError(_nothing_to_start(missing[0]), service=missing[0])
    for name in missing:
        if name in options.services:
            draft.warn(_nothing_to_start(name))
    known = application or _from_labels(project, containers)
    members = {name: [_member(c) for c in containers if c.service == name] for name in order}
    hooks = {
        name: prepared_runners(known.services[name], state, members[name])
        for name in order
        if known.services[name].pre_start
    }
    if options.wait and missing:
        raise PlanError(is_missing(project, missing[0]), service=missing[0])
    phase = StartPhase(draft, known, members, hooks, settle=options.settle, wait_timeout=options.wait_timeout)
    phase.add(order)
    if options.wait:
        phase.wait(order)
    return draft.plan()


def plan_restart(
    project: str, application: Application | None, state: ObservedState, options: RestartOptions = _RESTART
) -> Plan:
    """Return the restarts of the services' containers; stopped ones are started by it.

    What asks to be restarted with its dependency comes after it and waits for its condition; all else is restarted at
    once. Raises PlanError for a service that does not exist, and where such a dependency has no container.
    """
    draft = Draft(project)
    containers = _own(state)
    graph = graph_of(application, containers)
    check_known(graph, options.services)
    chosen = frozenset(options.services or graph)
    if not options.no_deps:
        chosen = with_dependents(graph, chosen, restarted=True)
    known = _restarted_together(application or _from_labels(project, containers), chosen)
    members = {name: [_member(c) for c in containers if c.service == name] for name in chosen}
    phase = StartPhase(draft, known, members)
    for name in in_order(graph_of(known), chosen & known.services.keys()):
        service = known.services[name]
        after = phase.conditions(service)
        cause = Message("asked for") if name in (options.services or graph) else Message("depends on what is restarted")
        for container in containers:
            if container.service == name:
                phase.began(container.name, _restart(draft, container, service, cause, after, options))
    return draft.plan()


def _restarted_together(application: Application, chosen: Container[str]) -> Application:
    """Return the application with no dependencies but those among the chosen services that ask for a restart."""

    def with_fewer(service: Service) -> Service:
        kept = {name: how for name, how in service.depends_on.items() if how.restart and name in chosen}
        return replace(service, depends_on=kept)

    return replace(application, services={name: with_fewer(each) for name, each in application.services.items()})


def _restart(
    draft: Draft,
    container: ObservedContainer,
    service: Service,
    cause: Message,
    after: list[int],
    options: RestartOptions,
) -> int:
    on = subject(container)
    for hook in service.pre_stop if container.state == "running" else ():
        after = [add_hook(draft, hook, container.name, Message("hook before the stop"), on, after)]
    payload = timeout_of(options.timeout)
    action = draft.add(Do.RESTART_CONTAINER, container.name, cause, on=on, after=after, payload=payload)
    [action] = add_post_start(draft, service, container.name, on, [action])
    if options.settle:
        add_settling(draft, container.name, on, action)
    return action


def _own(state: ObservedState) -> list[ObservedContainer]:
    own = [container for container in state.containers if not container.oneoff and not container.is_hook]
    return sorted(own, key=lambda container: (container.service, container.number, container.name))


def _member(container: ObservedContainer) -> Member:
    return Member(
        service=container.service,
        name=container.name,
        number=container.number,
        container_id=container.id,
        paused=container.state == "paused",
        cause=None if container.state == "running" else not_running(container),
    )


def _may_have_none(application: Application | None, name: str) -> bool:
    service = application.services[name] if application else None
    return service is not None and (service.provider is not None or not service.replicas)


def _from_labels(project: str, containers: list[ObservedContainer]) -> Application:
    """Return what the labels still tell of an application whose files are gone."""
    graph = graph_of(None, containers)
    services = {name: Service(name=name, depends_on=depends_on) for name, depends_on in graph.items()}
    return Application(name=project, working_dir="", services=services)


def _nothing_to_start(service: str) -> Message:
    return Message('service "%(service)s" has no container to start. Bring it up instead.', service=service)
