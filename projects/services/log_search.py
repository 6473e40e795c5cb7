"""Searching the stored logs of some containers backwards, the newest lines first.

Matching is done on threads of its own, some lines at a time: the event loop never waits for it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic
from typing import Final, TypeAlias

from projects.compose.errors import EngineError
from projects.compose.messages import Message
from projects.services.log_backwards import LogBackwards
from projects.services.log_frames import STAMP, BrokenFrames
from projects.services.log_matching import LONGEST_MATCHED, Hit, Line, Matcher
from projects.services.log_reader import problem_of
from projects.services.log_store import OpenStored

MATCHING_THREADS: Final = 2
PROGRESS_SECONDS: Final = 0.2

matching_threads: Final = ThreadPoolExecutor(MATCHING_THREADS, thread_name_prefix="search-log")


class Reason(StrEnum):
    """Why a search has stopped."""

    ALL = "all"  # everything that is stored was looked at
    HITS = "hits"  # as many were found as were asked for
    TIME = "time"  # it took too long


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """Hits of one source, the newest first."""

    source: int
    hits: tuple[Hit, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reached:
    """How far a search has come: all lines since `back_to` (a stamp) were looked at, `lines` in all.

    Of `long_lines` only the first `LONGEST_MATCHED` bytes were; `reason` says why it stopped, None while it goes on.
    """

    back_to: str
    lines: int
    long_lines: int
    reason: Reason | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Unreadable:
    """The log of a source cannot be searched, or not on."""

    source: int
    problem: Message


Step: TypeAlias = Found | Reached | Unreadable


async def matching(matcher: Matcher, batch: Sequence[tuple[int, bytes]]) -> list[bytes]:
    """Return the lines of a batch (see `line_batches`) that are looked for, each with its timestamp."""
    lines = [Line(stamp=line[:STAMP], stream=number, text=line[STAMP + 1 :]) for number, line in batch]
    found = await asyncio.get_running_loop().run_in_executor(matching_threads, matcher.wanted, lines)
    return [line.stamp + b" " + line.text for line in found]


class LogSearch:
    """One search; `run` goes on where it stopped."""

    def __init__(self, open_log: OpenStored, matcher: Matcher) -> None:
        self._open_log = open_log
        self._matcher = matcher
        self._ways: dict[int, LogBackwards] = {}
        self._lines = self._long_lines = 0
        self._told_at = 0.0

    def add(self, source: int, container: str) -> None:
        """Search a container too; `source` is the number by which its hits are told."""
        self._ways[source] = LogBackwards(self._open_log, container)

    async def run(self, *, hits: int, seconds: float) -> AsyncGenerator[Step]:
        """Search until there are so many hits, for about so long, or to the beginning; the last step says which."""
        deadline, missing = monotonic() + seconds, hits
        while missing > 0 and monotonic() < deadline and (source := self._newest()) is not None:
            async with aclosing(self._window(source, missing, deadline)) as steps:
                async for step in steps:
                    missing -= len(step.hits) if isinstance(step, Found) else 0
                    yield step
        reason = Reason.ALL if self._newest() is None else Reason.HITS if missing <= 0 else Reason.TIME
        yield self._reached(reason)

    def _newest(self) -> int | None:
        """Return the source that was read the least far back."""
        left = [source for source, way in self._ways.items() if not way.done]
        return max(left, key=lambda source: self._ways[source].edge or b"~", default=None)

    async def _window(self, source: int, most: int, deadline: float) -> AsyncGenerator[Step]:
        way, found = self._ways[source], deque[Hit](maxlen=most)
        overfull = False
        try:
            async with aclosing(way.window()) as batches:
                async for lines in batches:
                    hits = await self._match(lines)
                    overfull = overfull or len(found) + len(hits) > most
                    found.extend(hits)
                    if self._is_time_to_tell():
                        yield self._reached()
        except (EngineError, BrokenFrames) as error:
            way.done = True
            yield Unreadable(source=source, problem=problem_of(error))
        if overfull:
            way.back_to(found[0].stamp)
        if found:
            yield Found(source=source, hits=tuple(reversed(found)))
        yield self._reached()

    async def _match(self, lines: list[Line]) -> list[Hit]:
        self._lines += len(lines)
        self._long_lines += sum(len(line.text) > LONGEST_MATCHED for line in lines)
        return await asyncio.get_running_loop().run_in_executor(matching_threads, self._matcher.hits, lines)

    def _is_time_to_tell(self) -> bool:
        return monotonic() - self._told_at >= PROGRESS_SECONDS

    def _reached(self, reason: Reason | None = None) -> Reached:
        self._told_at = monotonic()
        edges = [way.edge for way in self._ways.values() if not way.done or reason is Reason.ALL]
        back_to = (min if reason is Reason.ALL else max)(edges, default=b"") if all(edges) else b""
        return Reached(back_to=back_to.decode("ascii"), lines=self._lines, long_lines=self._long_lines, reason=reason)
