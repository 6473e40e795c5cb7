"""The complete output of an operation as plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from projects.compose.events import Event, Kind
from projects.compose.output import PlainText


def transcript(events: Iterable[Event]) -> Iterator[str]:
    """Yield lines: each new state of each task with its seconds since the beginning, and all output as it came."""
    began: float | None = None
    last: dict[str, tuple[str, str]] = {}
    plain: dict[str, PlainText] = {}
    for event in events:
        began = event.at if began is None else began
        state = (event.status.value, event.text)
        if last.get(event.id) != state and event.kind is not Kind.OPERATION:
            yield _state_line(event, event.at - began)
        last[event.id] = state
        if event.output:
            yield plain.setdefault(event.id, PlainText()).feed(event.output)
            yield "" if event.output.endswith("\n") else "\n"


def _state_line(event: Event, seconds: float) -> str:
    number = f"[{event.number}/{event.of}] " if event.number and event.of else ""
    cached = " (cached)" if event.cached else ""
    said = event.message or event.cause
    message = f": {said}" if said else ""
    name = event.name or event.id.partition(":")[2]
    return f"{seconds:8.2f}s  {event.kind.value} {number}{name} {event.text or event.status.value}{cached}{message}\n"
