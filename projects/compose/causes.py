"""Gives the recreations of a plan their exact cause: which settings changed, named by attribute and key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from projects.compose import identity
from projects.compose.convergence import PORTS_CHANGED
from projects.compose.differences import Difference, differences, names_of
from projects.compose.messages import Message
from projects.compose.plan import Action, Do, Plan
from projects.compose.resource_settings import CONFIGURATION_CHANGED
from projects.compose.state import ObservedContainer, ObservedImage

_VAGUE = (CONFIGURATION_CHANGED, PORTS_CHANGED)


def unexplained(plan: Plan) -> tuple[str, ...]:
    """Return the ids of the containers that are recreated for their configuration, of which an inspect knows more."""
    found = [a.container_id for a in plan.actions if a.do is Do.REMOVE_CONTAINER and a.cause in _VAGUE]
    return tuple(dict.fromkeys(found))


def changes_of(
    plan: Plan, containers: Mapping[str, ObservedContainer], images: Mapping[str, ObservedImage | None]
) -> dict[str, tuple[Difference, ...]]:
    """Return what changed by the name of the container (the group of its actions).

    `containers` are inspected, by id; `images` those that they were made of, by id. What is not known is left out.
    """
    removed = {a.group: a for a in plan.actions if a.do is Do.REMOVE_CONTAINER and a.cause in _VAGUE}
    created = {a.group: a for a in plan.actions if a.do is Do.CREATE_CONTAINER}
    found = {}
    for name, removal in removed.items():
        container = containers.get(removal.container_id)
        if name in created and container is not None and container.settings is not None:
            image = images.get(container.image_id)
            if image is not None:
                body, networks = created[name].payload["body"], _networks(plan, created[name])
                found[name] = differences(name, container.settings, body, networks, image.defaults)
    return found


def with_causes(
    plan: Plan, containers: Mapping[str, ObservedContainer], changes: Mapping[str, tuple[Difference, ...]]
) -> Plan:
    """Return the plan whose recreations say what changed, where that is known."""
    removals = [a for a in plan.actions if a.do is Do.REMOVE_CONTAINER and a.group in changes]
    bodies = {a.group: a.payload["body"] for a in plan.actions if a.do is Do.CREATE_CONTAINER}
    causes = {a.group: _cause(a.cause, changes[a.group], containers[a.container_id], bodies[a.group]) for a in removals}
    return replace(plan, actions=tuple(_caused(action, causes) for action in plan.actions))


def _caused(action: Action, causes: Mapping[str, Message]) -> Action:
    known = causes.get(action.group) if action.cause in _VAGUE else None
    return action if known is None else replace(action, cause=known)


def _cause(
    vague: Message, changes: tuple[Difference, ...], container: ObservedContainer, body: Mapping[str, Any]
) -> Message:
    cause = Message("%(what)s changed", what=names_of(changes)) if changes else vague
    image, before = body["Labels"].get(identity.LABEL_IMAGE), container.labels.get(identity.LABEL_IMAGE, "")
    if image and image != before and all(change.attribute != "image" for change in changes):
        newer = Message("image %(image)s is newer", image=body["Image"])
        return Message("%(part)s, %(rest)s", part=cause, rest=newer)
    return cause


def _networks(plan: Plan, created: Action) -> dict[str, Any]:
    """Return the networks of a container, those too that it joins after its creation."""
    first = (created.payload["body"].get("NetworkingConfig") or {}).get("EndpointsConfig") or {}
    joined = [a for a in plan.actions if a.do is Do.CONNECT_NETWORK and a.group == created.group]
    return {**first, **{action.target: action.payload["endpoint"] for action in joined}}
