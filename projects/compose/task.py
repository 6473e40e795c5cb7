"""One task of an operation as its events have left it: state, times, bytes, output, children."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from projects.compose.events import FINAL, Event, Kind, Status
from projects.compose.messages import Message
from projects.compose.output import OutputTail
from projects.compose.progress_words import FINISHED, WORDS

INTERRUPTED = "Interrupted"
_SPEED_WINDOW = 3.0  # seconds
_DOWNLOAD_SHARE = 0.75  # of the work for a layer; the rest is its extraction
_FETCHED = frozenset({"Verifying Checksum", "Download complete", "Extracting", "Pull complete"})
_FIELDS = ("status", "service", "text", "message", "cause", "current", "total", "number", "of", "cached")
# Said once, and true of all that follows.
_KEPT = frozenset({"service", "number", "of", "cause"})


@dataclass(eq=False, kw_only=True, slots=True)
class Task:
    """One line of the progress: the latest state of its events, its children and its times (Unix seconds)."""

    id: str
    kind: Kind
    parent: str = ""
    name: str = ""
    status: Status = Status.PENDING
    service: str = ""
    text: str = ""
    message: Message | None = None
    cause: Message | None = None
    current: int | None = None
    total: int | None = None
    number: int | None = None
    of: int | None = None
    cached: bool = False
    started_at: float | None = None
    finished_at: float | None = None
    children: list[Task] = field(default_factory=list)
    output: OutputTail = field(default_factory=OutputTail)
    _spent: float = 0.0
    _since: float | None = None
    _samples: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=64))

    @property
    def final(self) -> bool:
        """Whether nothing more is expected of the task, for now; what was interrupted may still go on."""
        return self.status in FINAL and not (self.status is Status.WARNING and self.text == INTERRUPTED)

    @property
    def word(self) -> Message:
        """The progress word in a form that can be translated."""
        return WORDS.get(self.text) or Message("%(text)s", text=self.text)

    def elapsed(self, now: float) -> float:
        """Return the seconds that were worked on the task, its running stretch up to `now` included."""
        return self._spent + (max(now - self._since, 0.0) if self._since is not None else 0.0)

    @property
    def speed(self) -> float | None:
        """Bytes a second over the last seconds of the journal; of an image, the sum of its layers'."""
        if self.children:
            speeds = [child.speed for child in self.children]
            return sum(s for s in speeds if s is not None) if any(s is not None for s in speeds) else None
        if self.final or len(self._samples) < 2:
            return None
        (first_at, first), (last_at, last) = self._samples[0], self._samples[-1]
        return (last - first) / (last_at - first_at) if last_at > first_at else None

    @property
    def fetched(self) -> int:
        """Bytes of the layer, or of all layers of the image, that have come over the network."""
        if self.children:
            return sum(child.fetched for child in self.children)
        if self.kind is not Kind.LAYER:
            return 0
        return (self.total or 0) if self.text in _FETCHED else (self.current or 0)

    @property
    def size(self) -> int:
        """Bytes of the layer, or of all layers of the image, as far as they are known."""
        return sum(child.size for child in self.children) if self.children else self.total or 0

    @property
    def percent(self) -> float | None:
        """0 to 100, or None while the task is worked on and says nothing of how far it is."""
        if self.status in (Status.DONE, Status.WARNING) and self.final:
            return 100.0
        if self.kind is Kind.IMAGE and self.children:
            return self._layers_percent()
        if self.kind is Kind.BUILD and self.number and self.of:
            return 100.0 * (self.number - 1) / self.of
        if self.total and self.current is not None:
            return min(100.0 * self.current / self.total, 100.0)
        return None if self.status is Status.WORKING else 0.0

    def _layers_percent(self) -> float:
        whole = sum(max(layer.size, 1) for layer in self.children)
        return 100.0 * sum(max(layer.size, 1) * _layer_share(layer) for layer in self.children) / whole

    def apply(self, event: Event) -> None:
        """Take in one event of this task."""
        self._keep_time(event)
        if event.text != self.text:
            self._samples.clear()
        for name in _FIELDS:
            value = getattr(event, name)
            if value or name not in _KEPT:
                setattr(self, name, value)
        self.name = event.name or self.name
        self._sample(event)
        if event.output:
            self.output.append(event.output)

    def _keep_time(self, event: Event) -> None:
        if event.status is Status.PENDING:
            self._begin_anew()
            return
        if self.started_at is None:
            self.started_at = event.at
        if event.status is Status.WORKING:
            self.finished_at = None
            self._since = event.at if self._since is None else self._since
        else:
            self._stop(event.at)

    def _begin_anew(self) -> None:
        self.started_at = self.finished_at = self._since = None
        self._spent = 0.0
        self.cause = None
        self.output = OutputTail()
        self.children.clear()

    def _stop(self, at: float) -> None:
        if self._since is not None:
            self._spent += max(at - self._since, 0.0)
        self._since = None
        self.finished_at = at

    def _sample(self, event: Event) -> None:
        if event.current is None or event.kind is not Kind.LAYER:
            return
        if self._samples and event.current < self._samples[-1][1]:
            self._samples.clear()
        self._samples.append((event.at, event.current))
        while len(self._samples) > 2 and event.at - self._samples[0][0] > _SPEED_WINDOW:
            self._samples.popleft()

    def close(self, status: Status, at: float) -> None:
        """End the task and all below it, where they have not ended yet."""
        for child in self.children:
            child.close(status, at)
        if not self.final:
            self.status = status
            if status is Status.DONE:
                self.text = FINISHED.get(self.text, self.text)
            self._stop(at)


def _layer_share(layer: Task) -> float:
    if layer.status is Status.DONE:
        return 1.0
    done = min((layer.current or 0) / layer.total, 1.0) if layer.total else 0.0
    if layer.text == "Extracting":
        return _DOWNLOAD_SHARE + (1 - _DOWNLOAD_SHARE) * done
    return _DOWNLOAD_SHARE * (1.0 if layer.text in _FETCHED else done)
