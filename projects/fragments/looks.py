"""How states look beside their words: never colour alone."""

from __future__ import annotations

from dataclasses import dataclass

from projects.compose.events import Status
from projects.models import State


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """How a state is shown beside its words: the class that colours it and the icon."""

    css: str
    icon: str
    turning: str = ""


QUIET = Look(css="state-quiet", icon="circle-dashed")
BUSY = Look(css="state-busy", icon="loader-2", turning="icon-turning")
OK = Look(css="state-ok", icon="circle-check")
WARN = Look(css="state-warn", icon="alert-triangle")
BAD = Look(css="state-bad", icon="circle-x")
SKIPPED = Look(css="state-quiet", icon="ban")

TASK_LOOKS = {
    Status.PENDING: QUIET,
    Status.WORKING: BUSY,
    Status.DONE: OK,
    Status.WARNING: WARN,
    Status.ERROR: BAD,
    Status.SKIPPED: SKIPPED,
}
OPERATION_LOOKS: dict[str, Look] = {
    State.QUEUED: BUSY,
    State.RUNNING: BUSY,
    State.SUCCEEDED: OK,
    State.FAILED: BAD,
    State.CANCELLED: WARN,
}
