"""Which container of a service a verb about one container means."""

from __future__ import annotations

from collections.abc import Iterable

from projects.compose.errors import PlanError
from projects.compose.messages import Message
from projects.compose.state import ObservedContainer


def of_services(
    containers: Iterable[ObservedContainer], services: Iterable[str], *, oneoffs: bool = False, hooks: bool = False
) -> list[ObservedContainer]:
    """Return the containers of the services (none named: of all), in the order given."""
    wanted = set(services)
    own = [each for each in containers if (hooks or not each.is_hook) and (oneoffs or not each.oneoff)]
    return [each for each in own if not wanted or each.service in wanted]


def one_of(containers: Iterable[ObservedContainer], service: str, index: int = 0) -> ObservedContainer:
    """Return the container with number `index` of a service; 0: the lowest number, one-offs last.

    Raises `PlanError` where there is none.
    """
    found = of_services(containers, [service], oneoffs=True)
    if index:
        found = [each for each in found if each.number == index and not each.oneoff]
    if not found:
        raise PlanError(_missing(service, index))
    return min(found, key=lambda each: (each.oneoff, each.number))


def _missing(service: str, index: int) -> Message:
    if index:
        return Message('service "%(service)s" is not running container #%(index)s', service=service, index=index)
    return Message('service "%(service)s" is not running', service=service)
