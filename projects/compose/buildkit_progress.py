"""What BuildKit tells of a build, made into Events: the Dockerfile's own steps with their output, pulled layers, bytes.

BuildKit tells of vertices of a graph. Those of instructions are named like ``[stage 2/5] RUN …`` and counted within
their stage, without what only changes the image's description; here they get the numbers they have in the Dockerfile.
Source: BuildKit ``StatusResponse``, seen on engines 20.10 and 28.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from projects.compose.buildkit_pulls import Pulls
from projects.compose.buildkit_status import Output, Transfer, Update, Vertex
from projects.compose.dockerfile import Dockerfile, Step
from projects.compose.events import Event, Kind, Status
from projects.compose.messages import Message
from projects.compose.output import PlainText

_STEP = re.compile(r"\[\s*(?:(?P<stage>\S.*?)\s+)?(?P<number>\d+)/(?P<of>\d+)\] (?P<text>.*)", re.DOTALL)
_METADATA = re.compile(r"\[internal\] load metadata for (\S+)")
_BASE = re.compile(r"FROM (?:--\S+ )*(\S+?)(?:@sha256:[0-9a-f]{64})?(?: .*)?", re.IGNORECASE | re.DOTALL)
_CONTEXT = "[internal] load build context"
_GIVEN_UP = ("context canceled", "Canceled")  # errors of vertices that others' failure ended
_LAST_LINES = 20
_LONGEST_LINE = 1000


@dataclass(eq=False, slots=True)
class _Progressing:
    """One step on its way; `number` is None where it cannot be told."""

    key: str
    text: str
    stage: int = 0
    number: int | None = None
    status: Status = Status.PENDING
    cached: bool = False
    vertex: str = ""
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=_LAST_LINES))
    half_line: str = ""
    plain: PlainText = field(default_factory=PlainText)


class BuildkitProgress:
    """The updates of one build of `service` by BuildKit; its tasks are named as those of a classic build.

    After a failure `number`, `of`, `instruction` and `last_lines` tell of the step that failed, `base_image` of the
    image that could not be had, `error` holds the engine's words.
    """

    def __init__(self, service: str, dockerfile: Dockerfile | None = None) -> None:
        self.service = service
        self.id = f"build:{service}"
        self.error = ""
        self.base_image = ""
        self._dockerfile = dockerfile or Dockerfile()
        self._steps = [
            _Progressing(key=str(step.number), text=step.text, stage=step.stage, number=step.number)
            for step in self._dockerfile.steps
        ]
        self._by_vertex: dict[str, _Progressing] = {}
        self._vertices: dict[str, Vertex] = {}
        self._failed: _Progressing | None = None
        self._announced = False
        self._pulls = Pulls(service)

    @property
    def of(self) -> int:
        """How many steps there are."""
        return len(self._steps)

    @property
    def _done(self) -> int:
        return sum(step.status is Status.DONE for step in self._steps)

    @property
    def number(self) -> int:
        """The number of the step that failed, or 0."""
        return (self._failed.number or self._steps.index(self._failed) + 1) if self._failed else 0

    @property
    def instruction(self) -> str:
        """The step that failed."""
        return self._failed.text if self._failed else ""

    @property
    def last_lines(self) -> tuple[str, ...]:
        """The last lines that the failed step has printed."""
        if self._failed is None:
            return ()
        half = self._failed.half_line
        return (*self._failed.lines, half) if half.strip() else tuple(self._failed.lines)

    def begin(self, at: float) -> list[Event]:
        """Return the events with which the build begins; what an earlier, interrupted attempt showed is forgotten."""
        return [self._build(Status.PENDING, at), self._build(Status.WORKING, at)]

    def feed(self, update: Update, at: float) -> list[Event]:
        """Return the events that one update amounts to."""
        events: list[Event] = []
        self._map(update.vertices)
        if self._by_vertex and not self._announced:
            self._announced = True
            events += [self._step(step, at) for step in self._steps]
        before = self._done
        for vertex in update.vertices:
            events += self._vertex(vertex, at)
        if self._done > before:
            events.append(self._build(Status.WORKING, at))
        for transfer in update.transfers:
            events += self._transfer(transfer, at)
        for output in update.outputs:
            events += self._output(output, at)
        return events

    def end(self, at: float) -> list[Event]:
        """Return the events with which the build has succeeded."""
        pulled = self._pulls.end_all(at)
        left = [e for s in self._steps if s.status is not Status.DONE for e in self._to(s, Status.DONE, at)]
        return [*pulled, *left, self._build(Status.DONE, at, "Built")]

    def fail(self, message: Message, at: float) -> list[Event]:
        """Return the events with which the build has failed."""
        pulls = self._pulls.fail_all(message, at)
        step = self._to(self._failed, Status.ERROR, at) if self._failed else []
        return [*pulls, *step, self._build(Status.ERROR, at, "Error", message)]

    # Which vertex is which step

    def _map(self, vertices: Iterable[Vertex]) -> None:
        found = [(v, m) for v in vertices if v.digest not in self._by_vertex and (m := _STEP.fullmatch(v.name))]
        if not found:
            return
        if not self._by_vertex and not all(self._own(match) for _, match in found):
            self._steps = []  # not what the Dockerfile says (ONBUILD, a remote context): BuildKit's own steps count
        for vertex, match in found:
            step = self._own(match) or self._added(vertex, match)
            step.vertex = vertex.digest
            self._by_vertex[vertex.digest] = step

    def _own(self, match: re.Match[str]) -> _Progressing | None:
        """Return the step of the Dockerfile that a vertex is about."""
        names = self._dockerfile.stages
        stage = match["stage"].split()[-1] if match["stage"] else ""
        index = 0 if not stage and len(names) == 1 else next((n for n, s in enumerate(names) if s == stage), -1)
        counted = [step for step, told in zip(self._steps, self._dockerfile.steps, strict=False) if _is(told, index)]
        number, of = int(match["number"]), int(match["of"])
        there = counted[number - 1] if of == len(counted) and 0 < number <= of else None
        # A base image that is an additional context is not counted, so that the text says more than the number.
        alike = [step for step in counted if " ".join(step.text.split()) == " ".join(match["text"].split())]
        if there in alike or not alike:
            return there if there is not None and _keyword(there.text) == _keyword(match["text"]) else None
        return alike[0]

    def _added(self, vertex: Vertex, match: re.Match[str]) -> _Progressing:
        stage = hash(match["stage"])
        step = _Progressing(key=vertex.digest[7:19], text=match["text"], stage=stage, number=len(self._steps) + 1)
        self._steps.append(step)
        return step

    # What is told of it

    def _vertex(self, vertex: Vertex, at: float) -> Iterator[Event]:
        self._vertices[vertex.digest] = vertex
        if vertex.error and not vertex.error.endswith(_GIVEN_UP):
            self._note_error(vertex)
        step = self._by_vertex.get(vertex.digest)
        if step is None:
            return
        step.cached = step.cached or vertex.cached
        if vertex.completed is not None and not vertex.error:
            yield from self._pulls.end(self._reference(step), at)
            yield from self._before(step, at)
            if step.status is not Status.DONE:
                if vertex.started is not None and step.status is Status.PENDING and not vertex.cached:
                    yield from self._to(step, Status.WORKING, vertex.started)
                yield from self._to(step, Status.DONE, at)
            yield from self._after(step, at)
        elif vertex.started is not None and step.status is Status.PENDING:
            yield from self._before(step, at)
            yield from self._to(step, Status.WORKING, at)
            yield self._build(Status.WORKING, at)

    def _note_error(self, vertex: Vertex) -> None:
        self.error = self.error or vertex.error
        step = self._by_vertex.get(vertex.digest)
        if step is not None and self._failed is None:
            self._failed = step
            if _is_base(step.text):
                self.base_image = self._reference(step)
        elif base := _METADATA.fullmatch(vertex.name):
            self.base_image = self._written(base[1])
            self._failed = self._failed or next((s for s in self._steps if self.base_image in s.text.split()), None)

    def _before(self, step: _Progressing, at: float) -> Iterator[Event]:
        """Yield the ends of steps that have no vertex and come before one of the same stage that has begun."""
        for other in self._steps[: self._steps.index(step)]:
            mute = not other.vertex and other.status is not Status.DONE
            if mute and other.stage in (step.stage, -1):
                yield from self._to(other, Status.DONE, at)

    def _after(self, step: _Progressing, at: float) -> Iterator[Event]:
        """Yield the ends of steps that have no vertex and follow one that is done."""
        for other in self._steps[self._steps.index(step) + 1 :]:
            if other.vertex or other.stage != step.stage:
                return
            if other.status is not Status.DONE:
                other.cached = step.cached
                yield from self._to(other, Status.DONE, at)

    def _transfer(self, transfer: Transfer, at: float) -> Iterator[Event]:
        vertex = self._vertices.get(transfer.vertex)
        if vertex is None:
            return
        if vertex.name == _CONTEXT:
            text = "Building" if transfer.completed else "Sending build context"
            yield self._build(Status.WORKING, at, text, current=transfer.current or None)
        step = self._by_vertex.get(transfer.vertex)
        if step is not None and _is_base(step.text):
            yield from self._pulls.feed(self._reference(step), transfer, vertex.name, at)

    def _output(self, output: Output, at: float) -> Iterator[Event]:
        step = self._by_vertex.get(output.vertex)
        plain = step.plain.feed(output.text) if step else ""
        if step is None or not plain:
            return
        *lines, step.half_line = (step.half_line + plain).split("\n")
        step.lines.extend(line.rstrip("\r").rpartition("\r")[2][:_LONGEST_LINE] for line in lines if line.strip())
        step.half_line = step.half_line[-4096:]
        if step.status is not Status.DONE:
            step.status = Status.WORKING
        yield self._step(step, at, output=plain)

    def _to(self, step: _Progressing, status: Status, at: float) -> list[Event]:
        step.status = status
        return [self._step(step, at)]

    def _reference(self, step: _Progressing) -> str:
        base = _BASE.fullmatch(step.text)
        named = self._vertices.get(step.vertex)
        told = _BASE.fullmatch(named.name.partition("] ")[2]) if named else None
        reference = told[1] if told else base[1] if base else ""
        return self._written(reference)

    def _written(self, reference: str) -> str:
        """Return the image's name as the Dockerfile has it, or in its familiar form."""
        familiar = reference.removeprefix("docker.io/").removeprefix("library/")
        short = familiar.removesuffix(":latest")
        return next((base for base in self._dockerfile.bases if base in (reference, familiar, short)), familiar)

    def _build(
        self,
        status: Status,
        at: float,
        text: str = "Building",
        message: Message | None = None,
        current: int | None = None,
    ) -> Event:
        number = (self.number or min(self._done + 1, self.of)) if self._announced else 0
        return Event(
            id=self.id,
            kind=Kind.BUILD,
            status=status,
            at=at,
            name=self.service,
            service=self.service,
            text=text,
            message=message,
            current=current,
            number=number or None,
            of=self.of or None if self._announced else None,
        )

    def _step(self, step: _Progressing, at: float, output: str = "") -> Event:
        words = {Status.ERROR: "Failed", Status.DONE: "Built", Status.PENDING: "Waiting"}
        return Event(
            id=f"{self.id}/{step.key}",
            parent=self.id,
            kind=Kind.STEP,
            status=step.status,
            at=at,
            name=step.text,
            service=self.service,
            text=words.get(step.status, "Building"),
            number=step.number,
            of=self.of,
            cached=step.cached and step.status is Status.DONE,
            output=output,
        )


def _is(step: Step, stage: int) -> bool:
    return step.counted and step.stage == stage


def _keyword(text: str) -> str:
    return text.partition(" ")[0].upper()


def _is_base(text: str) -> bool:
    return text[:5].upper() == "FROM "
