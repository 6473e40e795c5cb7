"""Where one viewer is in one container's log: in older lines first, perhaps, then in the reader's ring."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final

from projects.compose.errors import EngineError
from projects.compose.messages import Message
from projects.services import log_frames
from projects.services.log_frames import BrokenFrames, Frames
from projects.services.log_reader import Batch, Reader, problem_of

NOTE_PATIENCE: Final = 1.0  # seconds a note waits for the end of the log it belongs after


@dataclass(frozen=True, kw_only=True, slots=True)
class Lines:
    """Frames of one source (`log_frames`) and how many lines end in them."""

    source: int
    lines: int
    data: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """So many lines of a source were overtaken before the viewer took them."""

    source: int
    lines: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """What the viewer itself wanted to stand between the lines."""

    source: int
    value: object


@dataclass(frozen=True, kw_only=True, slots=True)
class End:
    """The viewer has everything of a source that has ended: its container stopped, or `problem` says why."""

    source: int
    problem: Message | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Waiting:
    value: object
    until: float


class Place:
    """One viewer's place; `wake` is called when there is more to take."""

    def __init__(self, source: int, reader: Reader, wake: Callable[[], None]) -> None:
        self.source = source
        self.reader = reader
        self.wake = wake
        self.leaving = False
        self.notes: deque[_Waiting] = deque()
        self.index = reader.ring.base
        self._next_line = reader.ring.first_line(self.index)
        self._wanted: int | None = None
        self._after = b""
        self._history: AsyncGenerator[Frames] | None = None
        self._told_end = False

    def begin(self, tail: int) -> bool:
        """Begin `tail` lines before the end; return False where the ring does not hold them."""
        ring = self.reader.ring
        if ring.kept_lines() >= tail:
            self.index, wanted = ring.back(tail)
            self._next_line = ring.lines - tail
            self._wanted = wanted if self.index < ring.end else None
            return True
        return ring.base == 0 and tail <= self.reader.tail

    def begin_with(self, history: AsyncGenerator[Frames], since: float | None, live: tuple[int, int]) -> None:
        """Begin with older lines; the live ones follow from an index of the ring on, with so many lines before it."""
        self._history = history
        self._after = log_frames.stamp(since) if since is not None else b""
        self.index, self._next_line = live

    def skip_to_end(self) -> None:
        """Go to the end of the ring: what is in it now is read elsewhere."""
        self.index, self._next_line = self.reader.ring.end, self.reader.ring.lines

    def overtaken(self) -> bool:
        """Whether the ring has lost something that was not taken yet."""
        return self.index < self.reader.ring.base

    def note(self, value: object, *, at_end: bool) -> None:
        """Give `value` back, at once or after all that the container printed."""
        self.notes.append(_Waiting(value=value, until=monotonic() + (NOTE_PATIENCE if at_end else 0.0)))

    def patience(self) -> float:
        """Seconds until the next note is due whatever else is to come."""
        return max(self.notes[0].until - monotonic(), 0.0)

    async def next(self) -> Lines | Gap | Note | End | None:
        """Return the next piece, or None if there is none yet."""
        if self.notes and (self._is_at_end() or self.patience() <= 0):
            return Note(source=self.source, value=self.notes.popleft().value)
        if self._history is not None and (older := await self._older()) is not None:
            return older
        return self._gap() or self._lines() or self._end()

    def _is_at_end(self) -> bool:
        return self.reader.drained and self._history is None and self.index >= self.reader.ring.end

    async def _older(self) -> Lines | End | None:
        assert self._history is not None
        try:
            async for frames in self._history:
                self._after = frames.last or self._after
                return Lines(source=self.source, lines=frames.lines, data=frames.data)
        except (EngineError, BrokenFrames) as error:
            self._history = None
            return End(source=self.source, problem=problem_of(error))
        self._history = None
        return None

    def _gap(self) -> Gap | None:
        if not self.overtaken():
            return None
        ring = self.reader.ring
        first = ring.first_line(ring.base)
        missed, self.index, self._next_line = first - self._next_line, ring.base, first
        return Gap(source=self.source, lines=missed) if missed else None

    def _lines(self) -> Lines | None:
        while batch := self.reader.ring.at(self.index):
            self.index += 1
            self._next_line = batch.first + batch.lines
            self._told_end = False
            self.reader.taken()
            if (frames := self._part(batch)).data:
                return Lines(source=self.source, lines=frames.lines, data=frames.data)
        return None

    def _part(self, batch: Batch) -> Frames:
        """Leave out what the viewer did not ask for, or has already."""
        frames = Frames(data=batch.data, lines=batch.lines)
        if self._wanted is not None:
            frames, self._wanted = log_frames.last_lines(batch.data, self._wanted), None
        if self._after and (frames := log_frames.after(frames.data, self._after)).data:
            self._after = b""
        return frames

    def _end(self) -> End | None:
        if not self.reader.ended or self._told_end:
            return None
        self._told_end = True
        return End(source=self.source, problem=self.reader.problem)

    async def close(self) -> None:
        """Let go of the history, if it is being read."""
        if self._history is not None:
            history, self._history = self._history, None
            await history.aclose()
