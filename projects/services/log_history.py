"""Stored lines that viewers ask for at the same time: read from the engine once, taken by each at its own pace.

Everything here runs in one event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from time import monotonic
from typing import Final

from projects.compose.errors import EngineError
from projects.services.log_frames import BrokenFrames, Frames
from projects.services.log_place import Place
from projects.services.log_reader import Reader, Ring
from projects.services.log_store import OpenStored, stored, stored_frames

GATHERING_SECONDS: Final = 0.25  # for which one more is waited for, where several came
LONGEST_GATHERING: Final = 2.0


@dataclass(eq=False, slots=True)
class _Cursor:
    index: int = 0


class History:
    """The last `tail` lines (None: all) of a container's log since a Unix time, up to those of its reader's ring.

    It begins to be read when the first viewer takes from it. The newest `limit` bytes are kept: a viewer whom they
    overtake reads on alone, and keeps nobody waiting.
    """

    def __init__(
        self, open_log: OpenStored, reader: Reader, *, tail: int | None, since: float | None, limit: int
    ) -> None:
        self.reader = reader
        self.live = (reader.ring.end, reader.ring.lines)  # where the reader's lines follow
        self._open_log = open_log
        self._tail, self._since = tail, since
        self._ring = Ring(limit)
        self._full = limit * 3 // 4
        self._cursors: set[_Cursor] = set()
        self._came, self._room = asyncio.Event(), asyncio.Event()
        self._reading: asyncio.Task[None] | None = None
        self._ended = self._abandoned = False
        self._problem: EngineError | BrokenFrames | None = None
        self._gathers_until = self._gathers_at_most_until = 0.0

    def can_be_joined(self) -> bool:
        """Whether it still has its first line and goes on."""
        return self._ring.base == 0 and not self._ended and not self._abandoned

    async def frames(self, place: Place) -> AsyncGenerator[Frames]:
        """Yield the lines before those that `place` will find in its reader's ring; raises `EngineError`."""
        cursor, last, lost = _Cursor(), b"", False
        self._enter(cursor)
        try:
            while not (lost := self._is_lost_to(cursor)):
                if batch := self._ring.at(cursor.index):
                    cursor.index += 1
                    self._room.set()
                    last = batch.last or last
                    yield Frames(data=batch.data, lines=batch.lines, last=last)
                elif self._ended:
                    break
                else:
                    await self._came.wait()
        finally:
            self._leave(cursor)
        if not lost and self._problem is not None:
            raise self._problem
        if lost or place.overtaken():
            alone = stored(self._open_log, place, tail=self._tail, since=self._since, after=last)
            async with aclosing(alone) as pieces:
                async for frames in pieces:
                    yield frames

    def _is_lost_to(self, cursor: _Cursor) -> bool:
        return cursor.index < self._ring.base or self._abandoned

    def _enter(self, cursor: _Cursor) -> None:
        now = monotonic()
        if self._reading is None:
            self._gathers_at_most_until = now + LONGEST_GATHERING
            self._reading = asyncio.ensure_future(self._read())
        else:
            self._gathers_until = min(now + GATHERING_SECONDS, self._gathers_at_most_until)
        self._cursors.add(cursor)

    def _leave(self, cursor: _Cursor) -> None:
        self._cursors.discard(cursor)
        self._room.set()
        if not self._cursors and self._reading is not None:
            self._abandoned = True
            self._reading.cancel()
            self._ring.clear()

    async def _read(self) -> None:
        try:
            # What is printed between the two requests is in both or in the reader's, never in neither.
            await self.reader.opened.wait()
            stream = await self._open_log(self.reader.container, tail=self._tail, since=self._since)
            async with aclosing(stored_frames(stream)) as pieces:
                async for frames in pieces:
                    await self._wait_for_room()
                    self._ring.push(frames.data, frames.lines, frames.last)
                    self._wake()
        except (EngineError, BrokenFrames) as error:
            self._problem = error
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        came, self._came = self._came, asyncio.Event()
        came.set()

    async def _wait_for_room(self) -> None:
        while (pause := self._pause()) != 0:
            self._room.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._room.wait(), pause)

    def _pause(self) -> float | None:
        """Return for how many seconds to wait; None: until a viewer has taken something."""
        if min((self._ring.behind(cursor.index) for cursor in self._cursors), default=0) > self._full:
            return None
        if self._ring.base == 0 and self._ring.bytes > self._full:
            return max(self._gathers_until - monotonic(), 0.0)
        return 0.0
