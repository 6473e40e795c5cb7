"""Progress as lines on stderr, in the reference's words: plain, or a JSON object a line."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from projects.compose.events import Event, Kind, Status
from projects.management.warning_lines import warning_line
from projects.management.wording import worded

Write = Callable[[str], object]

NOUNS: Final = {
    Kind.CONTAINER: "Container",
    Kind.NETWORK: "Network",
    Kind.VOLUME: "Volume",
    Kind.IMAGE: "Image",
    Kind.BUILD: "Image",
}
STATUSES: Final[Mapping[Status, str]] = {
    Status.PENDING: "Working",
    Status.WORKING: "Working",
    Status.DONE: "Done",
    Status.WARNING: "Warning",
    Status.SKIPPED: "Warning",
    Status.ERROR: "Error",
}
# Where the dashboard says more exactly what the reference says.
SPOKEN: Final[Mapping[str, str]] = {"Restarted": "Started"}
# The reference leaves it at the word.
TERSE: Final = frozenset({"Resource is still in use"})
# What the reference does as well, but does not say.
UNSAID: Final = frozenset({"Connecting", "Connected", "Disconnected"})


class ProgressPrinter:
    """Prints each new state of each task on a line, and what builds print; nothing of the kinds in `hidden`.

    `images` are the names of what services build, which the lines about builds say.
    """

    def __init__(
        self,
        write: Write,
        *,
        json: bool = False,
        hidden: frozenset[Kind] = frozenset(),
        images: Mapping[str, str] = MappingProxyType({}),
        terminal: bool = False,
    ) -> None:
        self._write = write
        self._json = json
        self._hidden = hidden
        self._images = images
        self._terminal = terminal
        self._said: dict[str, str] = {}
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        """Print what is new in an event; from any thread."""
        if event.kind in self._hidden:
            return
        with self._lock:
            line = self._line_of(event)
            if line and self._said.get(event.id) != line:
                self._said[event.id] = line
                self._write(f"{line}\n")
            if event.output and not self._json:
                self._write(event.output if event.output.endswith("\n") else event.output + "\n")

    def _line_of(self, event: Event) -> str:
        if event.kind is Kind.OPERATION:
            return warning_line(event.message, terminal=self._terminal) if event.message else ""
        return self._object(event) if self._json else self._line(event)

    def _line(self, event: Event) -> str:
        details = worded(event.message) if event.message else ""
        if not event.text or event.text in UNSAID:
            return ""
        colon = ":" if event.text == "Skipped" and event.status is Status.WARNING else ""
        text = f"{SPOKEN.get(event.text, event.text)}{colon}"
        return f" {self._id(event)} {text} {'' if event.text in TERSE else details}"

    def _object(self, event: Event) -> str:
        if not event.text and not event.message:
            return ""
        told: dict[str, Any] = {
            "id": self._id(event),
            "parent_id": event.parent.replace("image:", "Image ", 1),
            "status": STATUSES[event.status],
            "text": SPOKEN.get(event.text, event.text),
            "details": worded(event.message) if event.message and event.text not in TERSE else "",
            "current": event.current,
            "total": event.total,
        }
        return json.dumps({key: value for key, value in told.items() if value}, ensure_ascii=False)

    def _id(self, event: Event) -> str:
        name = event.name or event.id.partition(":")[2].rpartition("/")[2]
        if event.kind is Kind.BUILD:
            name = self._images.get(event.service or name, name)
        return f"{NOUNS.get(event.kind, '')} {name}".strip()
