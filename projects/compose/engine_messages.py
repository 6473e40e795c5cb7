"""Parsers of the JSON streams with which the engine tells of a pull and of a classic build.

Each takes the engine's messages one by one (`feed`) and gives Events; they know no clock and do no I/O.
Sources: Engine API ``POST /images/create`` and ``POST /build`` (JSONMessage), seen on engines 20.10 and 28.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from typing import Any

from projects.compose.events import Event, Kind, Status
from projects.compose.messages import Message
from projects.compose.output import PlainText

_LAYER_WAITS = frozenset({"Preparing", "Waiting", "Pulling fs layer"})
_LAYER_ENDS = frozenset({"Pull complete", "Already exists"})
_LAYER_FETCHED = frozenset({"Verifying Checksum", "Download complete"})
_LAYER_WORDS = _LAYER_WAITS | _LAYER_ENDS | _LAYER_FETCHED | {"Downloading", "Extracting"}
_PUSHED_LAYER_WORDS: Mapping[str, Status] = {
    "Preparing": Status.PENDING,
    "Waiting": Status.PENDING,
    "Pushing": Status.WORKING,
    "Pushed": Status.DONE,
    "Layer already exists": Status.DONE,
}
_STEP = re.compile(r"Step (\d+)/(\d+) : (.*)", re.DOTALL)
_FROM = re.compile(r"FROM\s+(?:--\S+\s+)*(\S+)", re.IGNORECASE)
_IMAGE_LINE = re.compile(r" ---> (?:[0-9a-f]{12}|Using cache|\[Warning\].*|Running in [0-9a-f]{12})\n?")
# The first is what 20.10 says, the second 28.
_TIDYING = ("Removing intermediate container ", " ---> Removed intermediate container ")
_LAST_LINES = 20


def error_text(message: Mapping[str, Any]) -> str:
    """Return the engine's words where this message of a stream reports an error, else an empty text."""
    detail = message.get("errorDetail")
    text = detail.get("message") if isinstance(detail, Mapping) else None
    return str(text or message.get("error") or "")


class _ImageMessages:
    """What the streams of one `image` share: its task is ``image:<reference>``, its layers lie below it."""

    def __init__(self, image: str, *, service: str = "") -> None:
        self.image = image
        self.service = service
        self.id = f"image:{image}"
        self.error = ""

    def fail(self, message: Message, at: float) -> Event:
        """Return the event with which the transfer has failed."""
        return self._event(Status.ERROR, at, "Error", message)

    def _event(self, status: Status, at: float, text: str, message: Message | None = None) -> Event:
        return Event(
            id=self.id,
            kind=Kind.IMAGE,
            status=status,
            at=at,
            name=self.image,
            service=self.service,
            text=text,
            message=message,
        )


class PushMessages(_ImageMessages):
    """The stream of one push of `image`; its task is ``image:<reference>``, its layers lie below it.

    `error` holds the engine's words when the push has failed.
    """

    def begin(self, at: float) -> Event:
        """Return the event with which the push begins."""
        return self._event(Status.WORKING, at, "Pushing")

    def feed(self, message: Mapping[str, Any], at: float) -> list[Event]:
        """Return the events that one message of the stream amounts to."""
        self.error = error_text(message) or self.error
        text, layer = str(message.get("status") or ""), str(message.get("id") or "")
        if not layer or text not in _PUSHED_LAYER_WORDS:
            return []
        detail = message.get("progressDetail")
        known: Mapping[str, Any] = detail if isinstance(detail, Mapping) else {}
        current, total = known.get("current"), known.get("total")
        event = Event(
            id=f"{self.id}/{layer}",
            parent=self.id,
            kind=Kind.LAYER,
            status=_PUSHED_LAYER_WORDS[text],
            at=at,
            name=layer,
            service=self.service,
            text=text,
            current=current if isinstance(current, int) else None,
            total=total if isinstance(total, int) else None,
            cached=text == "Layer already exists",
        )
        return [event]

    def end(self, at: float) -> Event:
        """Return the event with which the push has succeeded."""
        return self._event(Status.DONE, at, "Pushed")


class PullMessages(_ImageMessages):
    """The stream of one pull of `image`; its task is ``image:<reference>``, its layers lie below it.

    `error` holds the engine's words when the pull has failed, `newer` tells whether anything was downloaded.
    """

    def __init__(self, image: str, *, service: str = "") -> None:
        super().__init__(image, service=service)
        self.digest = ""
        self.newer = False
        self._totals: dict[str, int] = {}

    def begin(self, at: float) -> Event:
        """Return the event with which the pull begins."""
        return self._event(Status.WORKING, at, "Pulling")

    def feed(self, message: Mapping[str, Any], at: float) -> list[Event]:
        """Return the events that one message of the stream amounts to."""
        self.error = error_text(message) or self.error
        status = str(message.get("status") or "")
        layer = str(message.get("id") or "")
        if layer and status in _LAYER_WORDS:
            return [self._layer(layer, status, message.get("progressDetail"), at)]
        if status.startswith("Digest: "):
            self.digest = status.removeprefix("Digest: ")
        elif status.startswith("Status: Downloaded newer image"):
            self.newer = True
        return []

    def end(self, at: float) -> Event:
        """Return the event with which the pull has succeeded."""
        return self._event(Status.DONE, at, "Pulled")

    def _layer(self, layer: str, text: str, detail: object, at: float) -> Event:
        current, total = self._bytes(layer, text, detail if isinstance(detail, Mapping) else {})
        return Event(
            id=f"{self.id}/{layer}",
            parent=self.id,
            kind=Kind.LAYER,
            status=_layer_status(text),
            at=at,
            name=layer,
            service=self.service,
            text=text,
            current=current,
            total=total,
            cached=text == "Already exists",
        )

    def _bytes(self, layer: str, text: str, detail: Mapping[str, Any]) -> tuple[int | None, int | None]:
        # The containerd image store counts an extraction in seconds, without a total.
        current = detail.get("current") if not detail.get("units") else None
        total = detail.get("total")
        if isinstance(total, int) and total > 0:
            self._totals[layer] = total
        known = self._totals.get(layer)
        if text in _LAYER_FETCHED or text == "Pull complete":
            return known, known
        return (current if isinstance(current, int) else None), known


def _layer_status(text: str) -> Status:
    if text in _LAYER_ENDS:
        return Status.DONE
    return Status.PENDING if text in _LAYER_WAITS else Status.WORKING


class BuildMessages:
    """The stream of a classic build of `service`; its task is ``build:<service>``, its steps ``build:<service>/<n>``.

    Base images that the build pulls become image tasks of their own. `error` holds the engine's words when the
    build has failed, `image_id` the result, `instruction` and `number` the step at work, `last_lines` its last output.
    `added_steps` are those at the end that stand in no Dockerfile (the engine adds one for labels): they are not told.
    """

    def __init__(self, service: str, *, added_steps: int = 0) -> None:
        self._added_steps = added_steps
        self.service = service
        self.id = f"build:{service}"
        self.error = ""
        self.image_id = ""
        self.instruction = ""
        self.number = 0
        self.of = 0
        self._lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._cached = False
        self._plain = PlainText()
        self._half_line = ""
        self._heading = False
        self._pull: PullMessages | None = None

    @property
    def last_lines(self) -> tuple[str, ...]:
        """The last lines that the present step has printed."""
        return (*self._lines, self._half_line) if self._half_line.strip() else tuple(self._lines)

    def begin(self, at: float) -> list[Event]:
        """Return the events with which the build begins; what an earlier, interrupted attempt showed is forgotten."""
        return [self._build(Status.PENDING, at, "Building"), self._build(Status.WORKING, at, "Building")]

    def feed(self, message: Mapping[str, Any], at: float) -> list[Event]:
        """Return the events that one message of the stream amounts to."""
        self.error = error_text(message) or self.error
        aux = message.get("aux")
        if isinstance(aux, Mapping) and aux.get("ID"):
            self.image_id = str(aux["ID"])
        if message.get("status"):
            return self._pulled(message, at)
        text = str(message.get("stream") or "")
        return self._stream(text, at) if text else []

    def end(self, at: float) -> list[Event]:
        """Return the events with which the build has succeeded."""
        return [*self._end_pull(at), *self._end_step(Status.DONE, at), self._build(Status.DONE, at, "Built")]

    def fail(self, message: Message, at: float) -> list[Event]:
        """Return the events with which the build has failed in its present step."""
        pull = [self._pull.fail(message, at)] if self._pull else []
        step = self._end_step(Status.ERROR, at)
        return [*pull, *step, self._build(Status.ERROR, at, "Error", message=message)]

    def _stream(self, text: str, at: float) -> list[Event]:
        step = self._heading_of(text)
        if step is not None:
            return self._begin_step(step, at)
        if self._heading and text == "\n":  # ends the line of the heading
            self._heading = False
            return []
        self._heading = False
        if _IMAGE_LINE.fullmatch(text) or text.startswith(_TIDYING):
            self._cached = self._cached or "Using cache" in text
            return self._end_pull(at)
        return self._output(text, at)

    def _heading_of(self, text: str) -> re.Match[str] | None:
        """Tell the builder's own headings from what a program in the build prints: they come one by one, unended."""
        match = _STEP.fullmatch(text)
        if match is None or text.endswith("\n") or int(match[1]) != self.number + 1:
            return None
        return match if self.of in (0, int(match[2]) - self._added_steps) else None

    def _begin_step(self, match: re.Match[str], at: float) -> list[Event]:
        ended = self._end_step(Status.DONE, at)
        self.number, self.of, self.instruction = int(match[1]), int(match[2]) - self._added_steps, match[3].strip()
        if self.number > self.of:
            self._heading = True
            return ended
        self._cached, self._heading, self._half_line = False, True, ""
        self._lines.clear()
        return [*ended, self._build(Status.WORKING, at, "Building"), self._step(Status.WORKING, at)]

    def _end_step(self, status: Status, at: float) -> list[Event]:
        return [self._step(status, at)] if 0 < self.number <= self.of else []

    def _output(self, text: str, at: float) -> list[Event]:
        plain = self._plain.feed(text)
        if not plain or not 0 < self.number <= self.of:
            return []
        self._remember(plain)
        return [self._step(Status.WORKING, at, output=plain)]

    def _remember(self, plain: str) -> None:
        *lines, self._half_line = (self._half_line + plain).split("\n")
        self._lines.extend(line.rstrip("\r").rpartition("\r")[2][:1000] for line in lines if line.strip())
        self._half_line = self._half_line[-4096:]

    def _pulled(self, message: Mapping[str, Any], at: float) -> list[Event]:
        begun = []
        if self._pull is None:
            self._pull = PullMessages(self._base_image(message), service=self.service)
            begun = [self._pull.begin(at)]
        return [*begun, *self._pull.feed(message, at)]

    def _end_pull(self, at: float) -> list[Event]:
        ended, self._pull = self._pull, None
        return [ended.end(at)] if ended else []

    def _base_image(self, message: Mapping[str, Any]) -> str:
        named = _FROM.match(self.instruction)
        if named and "$" not in named[1]:
            return named[1]
        name = str(message["status"]).removeprefix("Pulling from ").removeprefix("library/")
        return f"{name}:{message['id']}" if message.get("id") else name

    def _build(self, status: Status, at: float, text: str, message: Message | None = None) -> Event:
        return Event(
            id=self.id,
            kind=Kind.BUILD,
            status=status,
            at=at,
            name=self.service,
            service=self.service,
            text=text,
            message=message,
            number=min(self.number, self.of) or None,
            of=self.of or None,
        )

    def _step(self, status: Status, at: float, output: str = "") -> Event:
        return Event(
            id=f"{self.id}/{self.number}",
            parent=self.id,
            kind=Kind.STEP,
            status=status,
            at=at,
            name=self.instruction,
            service=self.service,
            text={Status.ERROR: "Failed", Status.WORKING: "Building"}.get(status, "Built"),
            number=self.number,
            of=self.of,
            cached=self._cached and status is Status.DONE,
            output=output,
        )
