"""The state of a project or service in words, such as ``1 running, 1 exited (1)``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from projects.compose.identity import LABEL_DEPENDS_ON
from projects.compose.messages import Message
from projects.compose.state import ObservedContainer

_COMPLETES = "service_completed_successfully"
_ORDER = (
    "running",
    "starting",
    "unhealthy",
    "restarting",
    "paused",
    "created",
    "completed",
    "exited",
    "removing",
    "dead",
)


def state_in_words(containers: Iterable[ObservedContainer]) -> Message:
    """Return how many containers are in which state; those of one-off runs and of hooks do not count."""
    counted = [container for container in containers if not container.oneoff and not container.is_hook]
    one_shots = _one_shots(counted)
    found = Counter(_state(container, one_shots) for container in counted)
    parts = [_part(state, code, found[state, code]) for state, code in sorted(found, key=_place)]
    if not parts:
        return Message("not created")
    line = parts[-1]
    for part in reversed(parts[:-1]):
        line = Message("%(part)s, %(rest)s", part=part, rest=line)
    return line


def _one_shots(containers: list[ObservedContainer]) -> frozenset[str]:
    """Return the services of which others wait until they have completed."""
    conditions = (entry.split(":") for c in containers for entry in c.labels.get(LABEL_DEPENDS_ON, "").split(","))
    return frozenset(entry[0] for entry in conditions if entry[1:2] == [_COMPLETES])


def _state(container: ObservedContainer, one_shots: frozenset[str]) -> tuple[str, int]:
    if container.state == "running":
        return {"starting": "starting", "unhealthy": "unhealthy"}.get(container.health, "running"), 0
    if container.state != "exited":
        return container.state, 0
    code = container.exit_code or 0
    return ("completed", 0) if code == 0 and container.service in one_shots else ("exited", code)


def _place(state: tuple[str, int]) -> tuple[int, int]:
    return (_ORDER.index(state[0]) if state[0] in _ORDER else len(_ORDER), state[1])


def _part(state: str, code: int, count: int) -> Message:
    words = {
        "running": Message("%(count)s running", count=count),
        "starting": Message("%(count)s starting", count=count),
        "unhealthy": Message("%(count)s unhealthy", count=count),
        "restarting": Message("%(count)s restarting", count=count),
        "paused": Message("%(count)s paused", count=count),
        "created": Message("%(count)s created", count=count),
        "completed": Message("%(count)s completed", count=count),
        "exited": Message("%(count)s exited (%(code)s)", count=count, code=code),
        "removing": Message("%(count)s being removed", count=count),
        "dead": Message("%(count)s dead", count=count),
    }
    return words.get(state) or Message("%(count)s %(state)s", count=count, state=state)
