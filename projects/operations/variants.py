"""Up in other ways than the plain one: what the menus offer besides the buttons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from projects.compose.errors import PlanError
from projects.compose.messages import Message

# A person who changed a file of a build and presses Up means the new one; an unchanged build is all cached.
UP_OPTIONS: Final[Mapping[str, Any]] = {"build": True}

RECREATE: Final = "recreate"
REFRESH: Final = "refresh"
SCALE: Final = "scale"
MOST_CONTAINERS: Final = 50  # of one service, by the pages; the files and the command line may have more

WAYS: Final[Mapping[str, Mapping[str, Any]]] = {
    "": {},
    RECREATE: {"force_recreate": True},
    REFRESH: {"pull": "always"},
    SCALE: {},
}


def up_options(way: str, services: Sequence[str], count: int | None) -> dict[str, Any]:
    """Return the options of an Up in this way; raises PlanError for a scale that says not how many of what."""
    options = {**UP_OPTIONS, **WAYS[way]}
    if way != SCALE:
        return options
    if len(services) != 1 or count is None:
        raise PlanError(Message("Say which service is to have how many containers."))
    return {**options, "scale": {services[0]: count}}
