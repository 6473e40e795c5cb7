"""How much is logged when: the stored lines of some containers, counted by time and level, the newest first."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import lru_cache
from time import monotonic
from typing import Final

from projects.compose.errors import EngineError
from projects.services.log_backwards import LogBackwards
from projects.services.log_frames import BrokenFrames, unix_seconds
from projects.services.log_levels import level_of
from projects.services.log_matching import LONGEST_MATCHED, Line, plain
from projects.services.log_search import matching_threads
from projects.services.log_store import OpenStored

SLOT_SECONDS: Final = 10
_TO_TENS: Final = 18  # characters of a stamp up to the tens of its seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """What was counted since the last one: lines by the Unix time at which their slot begins and their level.

    All lines since `back_to` (a stamp; empty: not known yet) are counted, `lines` in all. `done` says that nothing
    follows, `complete` that everything stored was counted.
    """

    slots: Mapping[tuple[int, str], int]
    back_to: str
    lines: int
    done: bool = False
    complete: bool = False


class LogVolume:
    """One count; a container whose log cannot be read counts as far as it could be."""

    def __init__(self, open_log: OpenStored) -> None:
        self._open_log = open_log
        self._ways: list[LogBackwards] = []
        self._lines = 0

    def add(self, container: str) -> None:
        """Count the lines of a container too."""
        self._ways.append(LogBackwards(self._open_log, container))

    async def run(self, *, seconds: float) -> AsyncGenerator[Counted]:
        """Count for about so long, or to the beginning; one step a window, and a last one."""
        deadline = monotonic() + seconds
        while monotonic() < deadline and (way := self._newest()) is not None:
            slots = Counter[tuple[int, str]]()
            try:
                async with aclosing(way.window()) as batches:
                    async for lines in batches:
                        slots.update(await self._count(lines))
            except (EngineError, BrokenFrames):
                way.done = True
            yield self._counted(slots)
        yield self._counted({}, done=True)

    def _newest(self) -> LogBackwards | None:
        return max((way for way in self._ways if not way.done), key=lambda way: way.edge or b"~", default=None)

    async def _count(self, lines: Sequence[Line]) -> Counter[tuple[int, str]]:
        self._lines += len(lines)
        return await asyncio.get_running_loop().run_in_executor(matching_threads, counted, lines)

    def _counted(self, slots: Mapping[tuple[int, str], int], *, done: bool = False) -> Counted:
        complete = done and self._newest() is None
        edges = [way.edge for way in self._ways if complete or not way.done]
        back_to = max(edges, default=b"") if all(edges) else b""
        return Counted(slots=slots, back_to=back_to.decode("ascii"), lines=self._lines, done=done, complete=complete)


def counted(lines: Sequence[Line]) -> Counter[tuple[int, str]]:
    """Return how many of `lines` there are of each slot and level."""
    return Counter(
        (_slot(line.stamp[:_TO_TENS]), level_of(plain(line.text[:LONGEST_MATCHED]).decode(errors="replace")))
        for line in lines
        if line.stamp  # without one it is the rest of a line that is counted in an older window
    )


@lru_cache(maxsize=1024)
def _slot(begin: bytes) -> int:
    return int(unix_seconds(begin + b"0.000000000Z"))
