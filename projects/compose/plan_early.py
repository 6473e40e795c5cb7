"""What of an `up` need not wait for its images: networks and volumes are made while images are pulled and built."""

from __future__ import annotations

from dataclasses import replace

from projects.compose.plan import Do, Plan

_EARLY = frozenset({Do.CREATE_NETWORK, Do.CREATE_VOLUME})


def with_early(images: Plan, up: Plan) -> Plan:
    """Return the plan of the images with the networks and volumes of `up` that nothing comes before.

    Without images to wait for it stays empty: then `up` itself is next.
    """
    if not images.actions:
        return images
    early = [action for action in up.actions if action.do in _EARLY and not action.after]
    first = max(action.id for action in images.actions) + 1
    numbered = tuple(replace(action, id=number) for number, action in enumerate(early, first))
    return replace(images, actions=(*images.actions, *numbered))
