"""What happens while an operation runs: `Event`, the one thing that flows from the executor to the journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from projects.compose.messages import Message


class Kind(StrEnum):
    """What a task is about."""

    OPERATION = "operation"
    IMAGE = "image"
    LAYER = "layer"
    BUILD = "build"
    STEP = "step"
    NETWORK = "network"
    VOLUME = "volume"
    CONTAINER = "container"
    SERVICE = "service"


class Status(StrEnum):
    """How far a task is; the last four are final."""

    PENDING = "pending"
    WORKING = "working"
    DONE = "done"
    WARNING = "warning"
    ERROR = "error"
    SKIPPED = "skipped"


FINAL = frozenset({Status.DONE, Status.WARNING, Status.ERROR, Status.SKIPPED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """The state of one task at one moment; state, not a delta, but for `output`, which is appended.

    `id` is stable over the operation and over a resume: ``image:redis:alpine``, ``image:redis:alpine/3f4ab1``
    (a layer), ``build:web``, ``build:web/5`` (a step), ``network:demo_default``, ``container:demo-web-1``.
    `text` is the reference's progress word (Pulling, Created, Healthy …). `current` and `total` are bytes for
    layers and counts elsewhere. `cause` says why it is done, where that is not plain. `at` is Unix time in seconds.
    """

    id: str
    kind: Kind
    status: Status
    at: float
    name: str = ""
    parent: str = ""
    service: str = ""
    text: str = ""
    message: Message | None = None
    cause: Message | None = None
    current: int | None = None
    total: int | None = None
    number: int | None = None
    of: int | None = None
    cached: bool = False
    output: str = ""

    @property
    def final(self) -> bool:
        """Whether the task has come to its end with this event."""
        return self.status in FINAL

    def as_json(self) -> dict[str, Any]:
        """Return the JSON-ready journal form, without fields at their default."""
        data = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}
        for name in _MESSAGES & data.keys():
            data[name] = data[name].as_json()
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Event:
        """Rebuild what `as_json` gave; unknown keys are ignored."""
        known = {key: data[key] for key in _NAMES if key in data}
        known["kind"] = Kind(data["kind"])
        known["status"] = Status(data["status"])
        for name in _MESSAGES & known.keys():
            known[name] = Message.from_json(known[name])
        return cls(**known)


_NAMES = tuple(f.name for f in fields(Event))
_MESSAGES = frozenset({"message", "cause"})


def squash(events: Iterable[Event]) -> list[Event]:
    """Return the events with neighbours of one task joined where they only add output or bytes.

    A journal written in batches stays small by it; what `Progress` shows is the same.
    """
    joined: list[Event] = []
    for event in events:
        if joined and _continues(joined[-1], event):
            joined[-1] = replace(event, output=joined[-1].output + event.output)
        else:
            joined.append(event)
    return joined


def _continues(before: Event, event: Event) -> bool:
    if (before.id, before.status, before.text) != (event.id, event.status, event.text):
        return False
    return bool(before.output and event.output) or (before.current is not None and event.current is not None)
