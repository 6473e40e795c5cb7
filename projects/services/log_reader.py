"""One reader per container: it follows the log into a bounded ring that any number of viewers read from.

Everything here runs in one event loop.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Final, Protocol, TypeAlias

from projects.compose.errors import EngineError
from projects.compose.messages import Message
from projects.services import log_frames
from projects.services.log_frames import BrokenFrames, FrameCutter, Frames
from projects.services.log_gathering import READ_BYTES, gathered_now, in_a_thread
from projects.services.log_silence import Silence

BATCH_BYTES: Final = 256 * 1024
QUIET_SECONDS: Final = 0.002  # between batches while little comes
BUSY_SECONDS: Final = 0.025  # the same under load
BUSY_BYTES: Final = 4 * 1024
REOPEN_SECONDS: Final = 0.25
LAST_CHANCE_SECONDS: Final = 1.0  # for what was stored a moment ago to come
RETRY_SECONDS: Final = 2.0


class Readable(Protocol):
    """What an event loop can wait for."""

    def fileno(self) -> int:
        """Return the socket's file descriptor."""


class RawLog(Readable, Protocol):
    """What is needed of `streams.LogStream`."""

    tty: bool
    rotates: bool

    def read_available(self, size: int = ...) -> bytes | None:
        """Return what has come, ``b""`` at the end, None when there is nothing yet."""

    def setblocking(self, flag: bool) -> None:
        """Make the socket block or not."""

    def close(self) -> None:
        """End the stream."""


Newest: TypeAlias = Callable[[str], Awaitable[bytes]]
"""Gives the timestamp of the last line that is stored of a container, empty where it is not known."""
OpenLog: TypeAlias = Callable[[str, int | None, float | None], Awaitable[RawLog]]
"""Follows the log of a container: its last lines (None: all), since a Unix time. Raises `EngineError`."""


class Viewer(Protocol):
    """Who reads a ring: where it is, and how to tell it that there is more."""

    index: int

    def wake(self) -> None:
        """There is something new."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Whole frames; `first` counts the lines and `offset` the bytes that the reader had before them.

    `last` is the timestamp of their last message, empty where it is not known.
    """

    first: int
    offset: int
    lines: int
    data: bytes
    last: bytes = b""


class Ring:
    """The newest batches of one log, at most `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._batches: deque[Batch] = deque()
        self._size = 0
        self.base = 0  # index of the oldest batch that is kept
        self.lines = 0
        self.bytes = 0

    @property
    def end(self) -> int:
        """Index of the batch that comes next."""
        return self.base + len(self._batches)

    def push(self, data: bytes, lines: int, last: bytes = b"") -> None:
        """Add a batch; the oldest make room."""
        self._batches.append(Batch(first=self.lines, offset=self.bytes, lines=lines, data=data, last=last))
        self.lines += lines
        self.bytes += len(data)
        self._size += len(data)
        while self._size > self._limit and len(self._batches) > 1:
            self._size -= len(self._batches.popleft().data)
            self.base += 1

    def clear(self) -> None:
        """Keep nothing: whoever still holds a ring that nobody fills any more must not hold its bytes."""
        self.base = self.end
        self._batches.clear()
        self._size = 0

    def at(self, index: int) -> Batch | None:
        """Return the batch at `index` (not below `base`), or None if it has not come yet."""
        return self._batches[index - self.base] if index < self.end else None

    def behind(self, index: int) -> int:
        """Return how many bytes come from `index` on."""
        batch = self.at(max(index, self.base))
        return self.bytes - batch.offset if batch else 0

    def kept_lines(self) -> int:
        """Return how many lines are kept."""
        return self.lines - self._batches[0].first if self._batches else 0

    def first_line(self, index: int) -> int:
        """Return how many lines came before the batch at `index`."""
        batch = self.at(index)
        return batch.first if batch else self.lines

    def back(self, lines: int) -> tuple[int, int]:
        """Return where the last `lines` lines begin: the index of a batch, and how many lines at its end count."""
        index, missing = self.end, lines
        while missing > 0 and index > self.base:
            index -= 1
            if (has := self._batches[index - self.base].lines) >= missing:
                return index, missing
            missing -= has
        return index, missing


class Reader:
    """Follows one container's log into a ring for as long as it has viewers."""

    def __init__(self, container: str, open_log: OpenLog, newest: Newest, *, tail: int, ring_bytes: int) -> None:
        self.container = container
        self.ring = Ring(ring_bytes)
        self.tail = tail
        self.viewers: set[Viewer] = set()
        self.opened = asyncio.Event()
        self.drained = False  # all was read that the container had printed when it stopped
        self.ended = False
        self.running = False  # whether more is to be expected however the engine's stream ends
        self.problem: Message | None = None
        self._open_log = open_log
        self._silence = Silence(lambda: newest(container))
        self._far_behind = ring_bytes * 3 // 4
        self._last = b""
        self._resume = asyncio.Event()
        self._room = asyncio.Event()
        self._pending = bytearray()
        self._pending_lines = 0
        self._pushed_at = 0.0
        self._busy = False
        self._task = asyncio.ensure_future(self._run())

    def resume(self) -> None:
        """The container runs (again): follow it if its log had ended."""
        self.running = True
        self._resume.set()

    def stop(self) -> None:
        """Let go of the engine's stream and of what was read."""
        self._task.cancel()
        self.ring.clear()

    def taken(self) -> None:
        """A viewer went on: the reader may."""
        self._room.set()

    async def _run(self) -> None:
        while True:
            self._resume.clear()
            await self._follow()
            self._drained()
            # The engine ends the stream at every exit; a container that restarts by itself is running again at once.
            await asyncio.sleep(REOPEN_SECONDS)
            if not await self._follow():
                self.ended = True
                self._wake()
                await self._wait_for_more()
            self.ended = False

    async def _wait_for_more(self) -> None:
        """Wait for the container's start; where it runs already the engine has gone, or stumbled over its own file."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._resume.wait(), RETRY_SECONDS if self.running and not self.problem else None)

    def _drained(self) -> None:
        self.drained = True
        self._wake()

    async def _follow(self) -> bool:
        """Read the log to its end; return whether anything came."""
        before = self.ring.bytes
        try:
            self.problem = None
            await self._read(await self._open())
        except (EngineError, BrokenFrames) as error:
            self.problem = None if self._last else problem_of(error)
        self.opened.set()
        return self.ring.bytes > before

    async def _open(self) -> RawLog:
        since = log_frames.unix_seconds(self._last) - 0.001 if self._last else None
        tail = None if self._last else self.tail
        return await self._open_log(self.container, tail, since)

    async def _read(self, stream: RawLog) -> None:
        cutter = FrameCutter(tty=stream.tty, followed=True)
        repeated = self._last
        self.opened.set()
        try:
            while data := await self._next(stream):
                frames = cutter.feed(data)
                if repeated:
                    last, frames = frames.last, log_frames.after(frames.data, repeated)
                    repeated = b"" if frames.data else repeated
                    frames = Frames(data=frames.data, lines=frames.lines, last=last if frames.data else b"")
                self._take(frames)
        finally:
            self._push()
            stream.close()

    async def _next(self, stream: RawLog) -> bytes:
        await self._wait_for_viewers()
        while (data := await self._available(stream)) is None:
            if self._pending and self._due() <= 0:
                self._push()
            if stream.rotates and self._silence.trusted_for() <= 0 and await self._silence.hides(self._last):
                await readable(stream, LAST_CHANCE_SECONDS)
                return await self._available(stream) or b""
            await readable(stream, self._patience(stream))
        self._silence.broken()
        self._busy = len(data) >= BUSY_BYTES
        return data

    def _patience(self, stream: RawLog) -> float | None:
        """Seconds until something is to be done though nothing has come."""
        waits = [self._due()] if self._pending else []
        return min([*waits, self._silence.trusted_for()] if stream.rotates else waits, default=None)

    async def _available(self, stream: RawLog) -> bytes | None:
        if self._busy:
            return await in_a_thread(gathered_now, stream)
        await asyncio.sleep(0)  # a stream must not keep the event loop to itself
        return stream.read_available(READ_BYTES)

    def _due(self) -> float:
        """Seconds until what is pending is to be pushed: at once when the stream is quiet."""
        pause = BUSY_SECONDS if len(self._pending) > BUSY_BYTES else QUIET_SECONDS
        return self._pushed_at + pause - monotonic()

    def _take(self, frames: Frames) -> None:
        self.drained = False
        self._last = frames.last or self._last
        self._pending += frames.data
        self._pending_lines += frames.lines
        if len(self._pending) >= BATCH_BYTES or (self._pending and self._due() <= 0):
            self._push()

    def _push(self) -> None:
        if self._pending:
            self.ring.push(bytes(self._pending), self._pending_lines)
            self._pending, self._pending_lines = bytearray(), 0
            self._pushed_at = monotonic()
            self._wake()

    def _wake(self) -> None:
        for viewer in self.viewers:
            viewer.wake()

    async def _wait_for_viewers(self) -> None:
        while self.viewers and min(self.ring.behind(viewer.index) for viewer in self.viewers) > self._far_behind:
            self._push()
            self._room.clear()
            await self._room.wait()


def problem_of(error: EngineError | BrokenFrames) -> Message:
    """Return the sentence about a log that cannot be read."""
    if isinstance(error, EngineError):
        return error.message
    return Message("The engine sent a log that cannot be read. Look at it on the machine itself.")


async def readable(stream: Readable, timeout: float | None) -> None:
    """Wait until the stream's socket has something, or for `timeout` seconds."""
    if timeout is not None and timeout <= 0:
        await asyncio.sleep(0)
        return
    loop = asyncio.get_running_loop()
    waiter = loop.create_future()
    descriptor = stream.fileno()

    def came() -> None:
        if not waiter.done():
            waiter.set_result(None)

    loop.add_reader(descriptor, came)
    try:
        with suppress(TimeoutError):
            await asyncio.wait_for(waiter, timeout)
    finally:
        loop.remove_reader(descriptor)
