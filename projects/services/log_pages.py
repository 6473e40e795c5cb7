"""Pages of stored logs: the lines before and after a place, of one container or of several, merged by time."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, NamedTuple

from projects.compose.errors import EngineError
from projects.compose.messages import Message
from projects.services import log_frames
from projects.services.log_backwards import ROUNDING
from projects.services.log_frames import STAMP, BrokenFrames
from projects.services.log_matching import Line
from projects.services.log_reader import problem_of
from projects.services.log_store import OpenStored, line_batches

AROUND_SECONDS: Final = 1.0  # the first window in which the lines before a line are looked for
AROUND_GROWTH: Final = 16
LONGEST_AROUND: Final = 86400.0  # seconds; beyond, all that is older is looked at
SLACK: Final = 1000  # lines that may have been printed since the page counted
TAIL_GROWTH: Final = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """Where a page of a container's log ends; `stamp` empty: at the end of the log.

    `same` of the lines with that very stamp are on the other side of it. `depth` is how many lines follow it, about;
    0 where nobody knows.
    """

    container: str
    stamp: bytes = b""
    same: int = 0
    depth: int = 0


class Placed(NamedTuple):
    """A line of the container with this number among the edges."""

    source: int
    line: Line


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Lines in time order; `is_last`: in this direction there are no more. `problems` by source."""

    lines: tuple[Placed, ...]
    is_last: bool
    problems: tuple[tuple[int, Message], ...] = ()


async def older(open_log: OpenStored, edges: Sequence[Edge], *, lines: int) -> Page:
    """Return the newest `lines` lines before all `edges`."""
    return await _page(open_log, edges, lines, newest=True)


async def newer(open_log: OpenStored, edges: Sequence[Edge], *, lines: int) -> Page:
    """Return the oldest `lines` lines after all `edges`."""
    return await _page(open_log, edges, lines, newest=False)


async def _page(open_log: OpenStored, edges: Sequence[Edge], lines: int, *, newest: bool) -> Page:
    placed: list[Placed] = []
    problems: list[tuple[int, Message]] = []
    is_last = True
    for source, edge in enumerate(edges):
        try:
            found = await (before if newest else after)(open_log, edge, lines)
        except (EngineError, BrokenFrames) as error:
            problems.append((source, problem_of(error)))
            continue
        is_last = is_last and len(found) < lines
        placed += [Placed(source, line) for line in found]
    # Stable: the lines of one container stay in their order, whatever their stamps say.
    placed.sort(key=lambda each: each.line.stamp)
    kept = placed[-lines:] if newest else placed[:lines]
    return Page(lines=tuple(kept), is_last=is_last and len(kept) == len(placed), problems=tuple(problems))


async def before(open_log: OpenStored, edge: Edge, lines: int) -> list[Line]:
    """Return the newest `lines` lines before `edge`, fewer only where the log begins there."""
    attempts = _by_tail(open_log, edge, lines) if edge.depth or not edge.stamp else _by_time(open_log, edge, lines)
    found: list[Line] = []
    async with aclosing(attempts):
        async for found in attempts:
            if len(found) >= lines:
                break
    return found


async def after(open_log: OpenStored, edge: Edge, lines: int) -> list[Line]:
    """Return the oldest `lines` lines after `edge`, fewer only where the log ends there."""
    if not edge.stamp:
        return []
    found: list[Line] = []
    skip = edge.same
    stream = await open_log(edge.container, since=log_frames.unix_seconds(edge.stamp) - ROUNDING)
    async with aclosing(line_batches(stream)) as batches:
        async for batch in batches:
            for line in stamped(batch):
                if line.stamp == edge.stamp and skip:
                    skip -= 1
                elif line.stamp >= edge.stamp:
                    found.append(line)
            if len(found) >= lines:
                break
    return found[:lines]


async def around(open_log: OpenStored, container: str, stamp: bytes, *, lines: int) -> list[Line]:
    """Return up to `lines` lines up to `stamp` and as many after it; raises `EngineError`, `BrokenFrames`."""
    edge = Edge(container=container, stamp=stamp)
    at_edge = await after(open_log, edge, lines + 1)
    same = sum(line.stamp == stamp for line in at_edge)
    earlier = await before(open_log, edge, lines - min(same, lines))
    return [*earlier, *at_edge[: same + lines]]


async def _by_tail(open_log: OpenStored, edge: Edge, lines: int) -> AsyncGenerator[list[Line]]:
    """Look at more and more of the log's end: the engine finds that without reading what is before it."""
    tail = edge.depth + lines + (SLACK if edge.stamp else 0)
    for size in (tail, tail * TAIL_GROWTH, None):
        yield await _read(open_log, edge, lines, tail=size)


async def _by_time(open_log: OpenStored, edge: Edge, lines: int) -> AsyncGenerator[list[Line]]:
    """Look at longer and longer spans before the edge."""
    moment, back = log_frames.unix_seconds(edge.stamp), AROUND_SECONDS
    while back <= LONGEST_AROUND:
        yield await _read(open_log, edge, lines, since=moment - back)
        back *= AROUND_GROWTH
    yield await _read(open_log, edge, lines)


async def _read(
    open_log: OpenStored, edge: Edge, lines: int, *, tail: int | None = None, since: float | None = None
) -> list[Line]:
    kept = deque[Line](maxlen=lines + edge.same)
    until = log_frames.unix_seconds(edge.stamp) + ROUNDING if edge.stamp else None
    stream = await open_log(edge.container, tail=tail, since=since, until=until)
    async with aclosing(line_batches(stream)) as batches:
        async for batch in batches:
            kept.extend(line for line in stamped(batch) if not edge.stamp or _is_before(line, edge))
    at_edge = sum(line.stamp == edge.stamp for line in kept)
    found = list(kept)[: len(kept) - min(edge.same, at_edge)]
    return found[-lines:]


def _is_before(line: Line, edge: Edge) -> bool:
    # With lines of the very stamp on the other side, those before them may have it, too.
    return line.stamp < edge.stamp or (line.stamp == edge.stamp and edge.same > 0)


def stamped(batch: list[tuple[int, bytes]]) -> list[Line]:
    """Return the lines of a batch that have a stamp: the rest of a line that is too long is none."""
    return [
        Line(stamp=line[:STAMP], stream=number, text=line[STAMP + 1 :])
        for number, line in batch
        if line[STAMP - 1 : STAMP + 1] == b"Z "
    ]
