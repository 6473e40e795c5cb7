"""One container's stored log, read backwards in growing windows.

The engine counts a window's lines from the end of the log (`tail`) and stops at `until`, both without sending
anything: each window costs about what is in it. Where it holds less than expected (the log ends here, was rotated, or
much was printed meanwhile) the next one is all that is left.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from projects.services import log_frames
from projects.services.log_frames import STAMP
from projects.services.log_matching import Line
from projects.services.log_store import OpenStored, line_batches

FIRST_WINDOW: Final = 4000  # lines
GROWTH: Final = 2
ROUNDING: Final = 2e-6  # seconds: Unix times are rounded to microseconds and then to what a float can hold
_Z: Final = b"Z "


class LogBackwards:
    """How far back the log of a container was read; `edge` is the stamp of the oldest line (empty: none yet)."""

    def __init__(self, open_log: OpenStored, container: str) -> None:
        self._open_log = open_log
        self._container = container
        self._tail: int | None = FIRST_WINDOW
        self._same = 0  # lines with the edge's very stamp that were given already
        self.edge = b""
        self.done = False

    async def window(self) -> AsyncGenerator[list[Line]]:
        """Yield the lines of the next older window from its oldest on; raises `EngineError`, `BrokenFrames`."""
        first, at_first, count = b"", 0, 0
        async with aclosing(self._older()) as batches:
            async for lines in batches:
                first = first or lines[0].stamp
                at_first += sum(line.stamp == first for line in lines) if lines[0].stamp == first else 0
                count += len(lines)
                yield lines
        self._went_back(first, at_first, count)

    def back_to(self, stamp: bytes) -> None:
        """What is older than `stamp` is to be read again."""
        self.edge, self._same, self.done = stamp, 1, False

    async def _older(self) -> AsyncGenerator[list[Line]]:
        until = log_frames.unix_seconds(self.edge) + ROUNDING if self.edge else None
        stream = await self._open_log(self._container, tail=self._tail, until=until)
        at_edge: list[Line] = []
        async with aclosing(line_batches(stream)) as batches:
            stamp = b""
            async for batch in batches:
                lines = []
                for number, line in batch:
                    if line[STAMP - 1 : STAMP + 1] == _Z:
                        stamp, text = line[:STAMP], line[STAMP + 1 :]
                    else:
                        text = line  # the rest of a line that was too long to be put together
                    if not self.edge or stamp < self.edge:
                        lines.append(Line(stamp=stamp, stream=number, text=text))
                    elif stamp == self.edge:
                        at_edge.append(Line(stamp=stamp, stream=number, text=text))
                if lines:
                    yield lines
        if newly := at_edge[: max(len(at_edge) - self._same, 0)]:
            yield newly

    def _went_back(self, first: bytes, at_first: int, count: int) -> None:
        if first:
            self._same = self._same + at_first if first == self.edge else at_first
            self.edge = first
        self.done = self._tail is None
        if self._tail is not None:
            expected = self._tail if self._tail == FIRST_WINDOW else self._tail - self._tail // GROWTH
            self._tail = self._tail * GROWTH if count >= expected else None
