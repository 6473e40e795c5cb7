"""`plan_remove`: the verb `rm`, which removes containers that do not run."""

from __future__ import annotations

from projects.compose.dependencies import graph_of, known_of
from projects.compose.draft import Draft, subject
from projects.compose.messages import Message
from projects.compose.model import Application
from projects.compose.plan import Do, Plan
from projects.compose.plan_options import RemoveOptions
from projects.compose.plan_resources import ACTIVE
from projects.compose.state import ObservedContainer, ObservedState

_REMOVE = RemoveOptions()


def removable(
    application: Application | None, state: ObservedState, options: RemoveOptions = _REMOVE
) -> tuple[ObservedContainer, ...]:
    """Return the containers that `rm` removes, in the order of `state`; those of hooks are kept to be looked at.

    Raises PlanError for a service that does not exist.
    """
    graph = graph_of(application, (container for container in state.containers if not container.oneoff))
    services = known_of(graph, options.services, application) if options.services else tuple(graph)
    return tuple(
        container
        for container in state.containers
        if not container.oneoff and not container.is_hook
        if container.service in services and container.state not in ACTIVE
    )


def plan_remove(
    project: str, application: Application | None, state: ObservedState, options: RemoveOptions = _REMOVE
) -> Plan:
    """Return the removals of the services' stopped containers."""
    draft, cause = Draft(project), Message("asked for")
    payload = {"force": True} | ({"v": True} if options.volumes else {})
    for container in removable(application, state, options):
        draft.add(Do.REMOVE_CONTAINER, container.name, cause, on=subject(container), payload=payload)
    return draft.plan()
