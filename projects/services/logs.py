"""Live logs of many containers for many viewers.

A `LogView` is one viewer's place in the logs of the containers it looks at. Viewers of the same container share its
`Reader` and cost no copies. Nothing is dropped silently: a viewer that a ring has overtaken is given a `Gap`. Older
lines than the reader's ring holds are read for those who ask for them at that time, and joined to the live ones by
their timestamps.

Everything here runs in one event loop; only opening a stream, which blocks, is done in threads of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from dataclasses import replace
from functools import partial
from time import time
from typing import Final, TypeAlias
from weakref import WeakValueDictionary

from projects.compose.errors import EngineError
from projects.compose.state import ObservedContainer
from projects.services.contract import Engine
from projects.services.log_frames import BrokenFrames
from projects.services.log_history import History
from projects.services.log_place import End, Gap, Lines, Note, Place
from projects.services.log_reader import RawLog, Reader
from projects.services.log_store import stored_frames

RING_BYTES: Final = 8 * 1024 * 1024
LONGEST_SHARED_TAIL: Final = 1000  # lines a reader begins with at most
GRACE_SECONDS: Final = 5.0
OPENING_THREADS: Final = 8


Piece: TypeAlias = Lines | Gap | Note | End


class Logs:
    """All readers of one process; make it in the event loop's thread and use it there only."""

    def __init__(
        self, connect: Callable[[], Engine], *, ring_bytes: int = RING_BYTES, grace: float = GRACE_SECONDS
    ) -> None:
        self._connect = connect
        self._ring_bytes = ring_bytes
        self._grace = grace
        self._threads = ThreadPoolExecutor(OPENING_THREADS, thread_name_prefix="open-log")
        self._readers: dict[str, Reader] = {}
        self._histories: WeakValueDictionary[tuple[str, int | None, float | None], History] = WeakValueDictionary()

    def reader(self, container: str, *, tail: int) -> Reader:
        """Return the container's reader; a new one begins `tail` lines before the end."""
        reader = self._readers.get(container)
        if reader is None:
            tail = min(tail, LONGEST_SHARED_TAIL)
            reader = Reader(container, self._follow, self._newest, tail=tail, ring_bytes=self._ring_bytes)
            self._readers[container] = reader
        return reader

    def history(self, reader: Reader, *, tail: int | None, since: float | None) -> History:
        """Return the stored lines before the reader's; who asks for the same in time shares them."""
        key = (reader.container, tail, since)
        history = self._histories.get(key)
        if history is None or history.reader is not reader or not history.can_be_joined():
            history = History(self.open, reader, tail=tail, since=since, limit=self._ring_bytes)
            self._histories[key] = history
        return history

    def left(self, reader: Reader) -> None:
        """A viewer has left: a reader that stays without viewers is stopped after a while."""
        reader.taken()
        if not reader.viewers:
            asyncio.get_running_loop().call_later(self._grace, self._stop_if_unwatched, reader)

    def _stop_if_unwatched(self, reader: Reader) -> None:
        if not reader.viewers and self._readers.get(reader.container) is reader:
            del self._readers[reader.container]
            reader.stop()

    def followed(self) -> frozenset[str]:
        """Return the ids of the containers that are being read."""
        return frozenset(self._readers)

    def resume(self, container: str) -> None:
        """The container was started: follow its log again."""
        if reader := self._readers.get(container):
            reader.resume()

    def stopped(self, container: str) -> None:
        """The container does not run any more: once its log has ended, nothing is expected before its next start."""
        if reader := self._readers.get(container):
            reader.running = False

    async def _follow(self, container: str, tail: int | None, since: float | None) -> RawLog:
        return await self.open(container, tail=tail, since=since, follow=True)

    async def _newest(self, container: str) -> bytes:
        last = b""
        with suppress(EngineError, BrokenFrames):
            async with aclosing(stored_frames(await self.open(container, tail=1))) as pieces:
                async for frames in pieces:
                    last = frames.last or last
        return last

    async def open(
        self,
        container: str,
        *,
        tail: int | None = None,
        since: float | None = None,
        until: float | None = None,
        follow: bool = False,
    ) -> RawLog:
        """Open a log, ready to be read in the event loop. Raises `EngineError`."""
        opened = asyncio.get_running_loop().run_in_executor(
            self._threads, partial(self._open, container, tail, since, until, follow)
        )
        try:
            return await asyncio.shield(opened)
        except asyncio.CancelledError:
            opened.add_done_callback(_close_unwanted)
            raise

    def _open(self, container: str, tail: int | None, since: float | None, until: float | None, follow: bool) -> RawLog:
        stream = self._connect().open_log_stream(
            container, tail=tail, since=since, until=until, follow=follow, timestamps=True
        )
        stream.setblocking(False)
        return stream

    async def inspected(self, container: ObservedContainer) -> ObservedContainer:
        """Return the container with the times of its last start and exit, which the engine's lists do not tell."""
        loop = asyncio.get_running_loop()
        with suppress(EngineError):
            found = await loop.run_in_executor(self._threads, lambda: self._connect().inspect_container(container.id))
            return replace(container, started_at=found.started_at, finished_at=found.finished_at)
        return container

    async def close(self) -> None:
        """Stop everything."""
        for reader in self._readers.values():
            reader.stop()
        self._readers.clear()
        self._threads.shutdown(wait=False, cancel_futures=True)


def _close_unwanted(opened: asyncio.Future[RawLog]) -> None:
    if not opened.cancelled() and opened.exception() is None:
        opened.result().close()


class LogView:
    """One viewer of some containers; `next` gives what comes, in order for each of them, fairly among them."""

    def __init__(self, logs: Logs) -> None:
        self._logs = logs
        self._places: dict[int, Place] = {}
        self._news = asyncio.Event()
        self._count = 0

    def add(self, container: str, *, tail: int | None = 200, since: float | None = None) -> int:
        """Look at a container too, from its last `tail` lines (None: all), since a Unix time.

        Returns the number by which the pieces tell their source.
        """
        self._count += 1
        if tail == 0 and since is None:
            tail, since = None, time()
        wanted = LONGEST_SHARED_TAIL if tail is None or since is not None else tail
        reader = self._logs.reader(container, tail=wanted)
        place = Place(self._count, reader, self._news.set)
        if tail is None or since is not None or not place.begin(tail):
            history = self._logs.history(reader, tail=tail, since=since)
            place.begin_with(history.frames(place), since, history.live)
        reader.viewers.add(place)
        self._places[place.source] = place
        self._news.set()
        return place.source

    def note(self, source: int, value: object, *, at_end: bool = False) -> None:
        """Give `value` back between the lines of a source; `at_end`: when all was taken that the container printed."""
        if place := self._places.get(source):
            place.note(value, at_end=at_end)
            self._news.set()

    def drop(self, source: int) -> None:
        """Look away from a container once everything of it was taken."""
        if place := self._places.get(source):
            place.leaving = True
            self._news.set()

    async def close(self) -> None:
        """Leave all containers."""
        for source in list(self._places):
            await self._remove(source)

    async def _remove(self, source: int) -> None:
        place = self._places.pop(source)
        place.reader.viewers.discard(place)
        self._logs.left(place.reader)
        await place.close()

    async def next(self) -> Piece:
        """Wait for the next piece of any source."""
        while True:
            self._news.clear()
            for source, place in list(self._places.items()):
                if (piece := await place.next()) is not None:
                    # To the end of the queue, so that a busy container does not starve the others.
                    self._places[source] = self._places.pop(source)
                    return piece
                if place.leaving and not place.notes:
                    await self._remove(source)
            await self._wait()

    async def _wait(self) -> None:
        waits = [place.patience() for place in self._places.values() if place.notes]
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), min(waits, default=None))
