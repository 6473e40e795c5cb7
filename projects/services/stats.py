"""What containers use, live and over the last hour, for all who look on.

One stream a container, however many viewers: begun with the first of them and ended soon after the last has left.
What was measured by then is kept for an hour, in short and in memory; what was not measured is not there.

Everything here runs in one event loop; only opening a stream, which blocks, is done in threads of its own.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import time
from typing import Final

from projects.compose.errors import EngineError
from projects.compose.figures import Figures
from projects.compose.usage import SPAN_SECONDS, History, Reading, Usage, reading_from, usage_between
from projects.services.contract import Engine
from projects.services.log_reader import readable
from projects.services.streams import MAX_MESSAGE, RawStream

log = logging.getLogger(__name__)

GRACE_SECONDS: Final = 10.0  # long enough to go from one page to another
REOPEN_SECONDS: Final = 1.0
OPENING_THREADS: Final = 8
MOST_HISTORIES: Final = 400  # about 60 kB each


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """The newest of a container: what it uses, and the engine's own figures."""

    usage: Usage
    figures: Figures


class Meter:
    """Follows what one container uses for as long as it has viewers."""

    def __init__(self, container: str, stats: Stats, history: History) -> None:
        self.container = container
        self.history = history
        self.newest: Measured | None = None
        self.viewers: set[StatsView] = set()
        self._stats = stats
        self._task = asyncio.ensure_future(self._run())

    def stop(self) -> None:
        """Let go of the engine's stream."""
        self._task.cancel()

    async def _run(self) -> None:
        while True:
            try:
                await self._read(await self._stats.open(self.container))
            except EngineError:
                pass  # it is gone, or the engine is: whoever looks is told by the watcher
            except Exception:
                log.exception("What container %s uses cannot be measured; it is tried again.", self.container)
            self.newest = None
            await asyncio.sleep(REOPEN_SECONDS)

    async def _read(self, stream: RawStream) -> None:
        before: Reading | None = None
        try:
            async for line in _lines(stream):
                now = reading_from(json.loads(line))
                if now is None:
                    self.newest = before = None
                    continue
                self._take(usage_between(before, now), now)
                before = now
        finally:
            stream.close()

    def _take(self, usage: Usage, reading: Reading) -> None:
        self.newest = Measured(usage=usage, figures=reading.figures)
        self.history.add(usage)
        for viewer in self.viewers:
            viewer.wake()


async def _lines(stream: RawStream) -> AsyncIterator[bytes]:
    """Yield what comes line by line; raises ValueError where there is no end to a line."""
    rest = b""
    while True:
        if (data := stream.read_available()) is None:
            await readable(stream, None)
            continue
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            yield line
        if not data:
            return
        if len(rest) > MAX_MESSAGE:
            raise ValueError("a message of the engine is too long")


class Stats:
    """All meters of one process; make it in the event loop's thread and use it there only."""

    def __init__(self, connect: Callable[[], Engine], *, grace: float = GRACE_SECONDS) -> None:
        self._connect = connect
        self._grace = grace
        self._threads = ThreadPoolExecutor(OPENING_THREADS, thread_name_prefix="open-stats")
        self._meters: dict[str, Meter] = {}
        self._histories: dict[str, History] = {}

    def meter(self, container: str) -> Meter:
        """Return the container's meter, which begins with its first viewer."""
        if container not in self._meters:
            self._forget_old()
            history = self._histories.pop(container, None) or History()
            self._histories[container] = history  # to the end: the oldest are forgotten first
            self._meters[container] = Meter(container, self, history)
        return self._meters[container]

    def left(self, meter: Meter) -> None:
        """A viewer has left: a meter that stays without viewers is stopped after a while."""
        if not meter.viewers:
            asyncio.get_running_loop().call_later(self._grace, self._stop_if_unwatched, meter)

    def _stop_if_unwatched(self, meter: Meter) -> None:
        if not meter.viewers and self._meters.get(meter.container) is meter:
            del self._meters[meter.container]
            meter.stop()

    def _forget_old(self) -> None:
        idle = [container for container in self._histories if container not in self._meters]
        oldest = time() - SPAN_SECONDS
        spare = len(self._histories) - MOST_HISTORIES + 1
        for number, container in enumerate(idle):
            if number < spare or self._histories[container].newest < oldest:
                del self._histories[container]

    def history(self, container: str) -> History | None:
        """Return what is kept of a container's past, None where nothing was measured."""
        return self._histories.get(container)

    def followed(self) -> frozenset[str]:
        """Return the ids of the containers that are being measured."""
        return frozenset(self._meters)

    async def open(self, container: str) -> RawStream:
        """Open the stream of a container's figures, ready to be read in the event loop. Raises `EngineError`."""
        opened = asyncio.get_running_loop().run_in_executor(self._threads, self._open, container)
        try:
            return await asyncio.shield(opened)
        except asyncio.CancelledError:
            opened.add_done_callback(_close_unwanted)
            raise

    def _open(self, container: str) -> RawStream:
        stream = self._connect().open_stats_stream(container)
        stream.setblocking(False)
        return stream

    def close(self) -> None:
        """Stop everything."""
        for meter in self._meters.values():
            meter.stop()
        self._meters.clear()
        self._threads.shutdown(wait=False, cancel_futures=True)


def _close_unwanted(opened: asyncio.Future[RawStream]) -> None:
    if not opened.cancelled() and opened.exception() is None:
        opened.result().close()


class StatsView:
    """One viewer of some containers; `wake` is called whenever there is something new."""

    def __init__(self, stats: Stats, wake: Callable[[], None]) -> None:
        self._stats = stats
        self.wake = wake
        self.meters: dict[str, Meter] = {}

    def show(self, containers: Iterable[str]) -> None:
        """Look at these containers and at no others."""
        wanted = list(containers)
        for container in self.meters.keys() - set(wanted):
            self._leave(container)
        for container in wanted:
            if container not in self.meters:
                meter = self.meters[container] = self._stats.meter(container)
                meter.viewers.add(self)

    def _leave(self, container: str) -> None:
        meter = self.meters.pop(container)
        meter.viewers.discard(self)
        self._stats.left(meter)

    def close(self) -> None:
        """Look at nothing any more."""
        self.show(())
