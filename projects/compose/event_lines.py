"""The engine's events about containers as ``events`` prints them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from projects.compose.go_template import go_json
from projects.compose.identity import LABEL_ONEOFF, LABEL_SERVICE

OWN_LABELS: Final = "com.docker.compose."
NANO: Final = 1_000_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerEvent:
    """What happened to a container of a service; `attributes` are the engine's and the container's own labels."""

    nanoseconds: int
    service: str
    container: str
    action: str
    attributes: Mapping[str, str]

    def as_line(self) -> str:
        """Return the line of ``events``, which ends in an empty line as the reference's does."""
        at = datetime.fromtimestamp(self.nanoseconds // NANO).strftime("%Y-%m-%d %H:%M:%S")
        given = ", ".join(f"{name}={value}" for name, value in self.attributes.items())
        micro = self.nanoseconds % NANO // 1000
        return f"{at}.{micro:06} container {self.action} {self.container} ({given})\n\n"

    def as_json(self) -> str:
        """Return the line of ``events --json``."""
        at = datetime.fromtimestamp(self.nanoseconds // NANO, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        fraction = f".{self.nanoseconds % NANO:09}".rstrip("0").rstrip(".")
        told: dict[str, Any] = {
            "action": self.action,
            "attributes": dict(self.attributes),
            "id": self.container,
            "service": self.service,
            "time": f"{at}{fraction}Z",
            "type": "container",
        }
        return go_json(told) + "\n"


def container_event(message: Mapping[str, Any]) -> ContainerEvent | None:
    """Read an event of the engine; None where it is not about a container of a service, or about a one-off's."""
    actor = message.get("Actor") or {}
    attributes = actor.get("Attributes") or {}
    if message.get("Type") != "container" or not attributes.get(LABEL_SERVICE):
        return None
    if attributes.get(LABEL_ONEOFF) == "True":
        return None
    return ContainerEvent(
        nanoseconds=int(message.get("timeNano") or int(message.get("time") or 0) * NANO),
        service=attributes[LABEL_SERVICE],
        container=str(actor.get("ID") or ""),
        action=str(message.get("Action") or ""),
        attributes={name: value for name, value in sorted(attributes.items()) if not name.startswith(OWN_LABELS)},
    )
