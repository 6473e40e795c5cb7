"""The base images that a build by BuildKit pulls: their layers and bytes, as those of pulls by the engine itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from projects.compose.buildkit_status import Transfer
from projects.compose.events import Event, Kind, Status
from projects.compose.messages import Message

_LAYER = re.compile(r"(extracting )?sha256:([0-9a-f]{12})[0-9a-f]*")


@dataclass(slots=True)
class Pulls:
    """The pulls of one build, of `service`; `under_way` says of each image whether it is still being pulled."""

    service: str
    under_way: dict[str, bool] = field(default_factory=dict)
    _totals: dict[str, int | None] = field(default_factory=dict)

    def feed(self, image: str, transfer: Transfer, vertex: str, at: float) -> Iterator[Event]:
        """Yield the events that news of a transfer amounts to; `vertex` is the name of the vertex it belongs to."""
        layer = _LAYER.fullmatch(transfer.id)
        # The manifest, which gives the image its name, is no layer of it.
        if layer is None or f"@sha256:{layer[2]}" in vertex:
            return
        if image not in self.under_way:
            self.under_way[image] = True
            yield self._image(image, Status.WORKING, at, "Pulling")
        yield self._layer(image, layer[2], transfer, at, extracting=bool(layer[1]))

    def end(self, image: str, at: float) -> Iterator[Event]:
        """Yield the event with which an image is there, where it was pulled."""
        if self.under_way.get(image):
            self.under_way[image] = False
            yield self._image(image, Status.DONE, at, "Pulled")

    def end_all(self, at: float) -> list[Event]:
        """Return the events with which all images are there."""
        return [event for image in self.under_way for event in self.end(image, at)]

    def fail_all(self, message: Message, at: float) -> list[Event]:
        """Return the events with which the pulls under way have failed."""
        left = [image for image, pulling in self.under_way.items() if pulling]
        return [self._image(image, Status.ERROR, at, "Error", message) for image in left]

    def _layer(self, image: str, name: str, transfer: Transfer, at: float, *, extracting: bool) -> Event:
        key = f"image:{image}/{name}"
        total = self._totals[key] = transfer.total or self._totals.get(key)
        text, status = "Downloading", Status.WORKING
        if extracting:
            text, status = ("Pull complete", Status.DONE) if transfer.completed else ("Extracting", status)
        elif transfer.completed:
            text = "Download complete"
        return Event(
            id=key,
            parent=f"image:{image}",
            kind=Kind.LAYER,
            status=status,
            at=at,
            name=name,
            service=self.service,
            text=text,
            current=total if transfer.completed else transfer.current if transfer.total else None,
            total=total,
        )

    def _image(self, image: str, status: Status, at: float, text: str, message: Message | None = None) -> Event:
        return Event(
            id=f"image:{image}",
            kind=Kind.IMAGE,
            status=status,
            at=at,
            name=image,
            service=self.service,
            text=text,
            message=message,
        )
