"""Stored logs: the lines before the live ones, for one viewer, and downloads."""

from __future__ import annotations

import heapq
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from projects.compose.errors import EngineError, EngineUnavailable
from projects.compose.messages import Message
from projects.services import log_frames
from projects.services.log_frames import STAMP, FrameCutter, Frames
from projects.services.log_gathering import gathered, in_a_thread
from projects.services.log_place import Place
from projects.services.log_reader import RawLog

LONGEST_PIECE: Final = 1024 * 1024  # bytes of an unfinished line that are kept before they are given on
DOWNLOAD_CHUNK: Final = 64 * 1024


Batch: TypeAlias = Sequence[tuple[int, bytes]]
"""Stream numbers and whole lines with their timestamps."""
Choose: TypeAlias = Callable[[Batch], Awaitable[Sequence[bytes]]]
"""Returns the lines of a batch that are wanted."""


class OpenStored(Protocol):
    """Opens a log that ends (see `Logs.open`)."""

    async def __call__(
        self,
        container: str,
        *,
        tail: int | None = None,
        since: float | None = None,
        until: float | None = None,
        follow: bool = False,
    ) -> RawLog: ...


async def stored_frames(stream: RawLog) -> AsyncGenerator[Frames]:
    """Read a log that ends (not followed) as whole frames; closes the stream."""
    cutter = FrameCutter(tty=stream.tty)
    coming = in_a_thread(gathered, stream)
    try:
        while data := await coming:
            # Read on while these are dealt with: an engine whose socket is full does nothing.
            coming = in_a_thread(gathered, stream)
            if (frames := cutter.feed(data)).data:
                yield frames
    finally:
        stream.close()


async def stored(
    open_log: OpenStored, place: Place, *, tail: int | None, since: float | None, after: bytes = b""
) -> AsyncGenerator[Frames]:
    """Yield the lines before those that `place` will find in its reader's ring; raises `EngineError`.

    Where a viewer has lines already, `after` is the timestamp of its last one.
    """
    # What is printed between the two requests is in both or in the reader's, never in neither.
    await place.reader.opened.wait()
    last = after
    while True:
        if last:
            tail, since = None, log_frames.unix_seconds(last) - 0.001
        if place.overtaken():
            place.skip_to_end()
        repeated = last
        stream = await open_log(place.reader.container, tail=tail, since=since)
        async with aclosing(stored_frames(stream)) as pieces:
            async for frames in pieces:
                newer = log_frames.after(frames.data, repeated) if repeated else frames
                if newer.data:
                    last, repeated = frames.last or last, b""
                    yield Frames(data=newer.data, lines=newer.lines, last=last)
        if not place.overtaken():
            return


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A container and what its lines begin with in a download, such as ``demo-web-1  | ``."""

    container: str
    prefix: str = ""


async def all_of(batch: Batch) -> Sequence[bytes]:
    """Choose every line."""
    return [line for _number, line in batch]


async def download(
    open_log: OpenStored,
    sources: Sequence[Source],
    *,
    since: float | None = None,
    tail: int | None = None,
    choose: Choose = all_of,
    tell: Callable[[Message], str] = str,
) -> AsyncGenerator[bytes]:
    """Yield the stored lines of `sources` merged by time, each with its timestamp, in chunks.

    Of a log that cannot be read `tell` words why, before the lines of the others. Raises `EngineError`.
    """
    chunk = bytearray()
    async with aclosing(_merged(open_log, sources, choose, tell, since=since, tail=tail)) as lines:
        async for line in lines:
            chunk += line
            if len(chunk) >= DOWNLOAD_CHUNK:
                yield bytes(chunk)
                chunk.clear()
    if chunk:
        yield bytes(chunk)


async def _merged(
    open_log: OpenStored,
    sources: Sequence[Source],
    choose: Choose,
    tell: Callable[[Message], str],
    *,
    since: float | None,
    tail: int | None,
) -> AsyncGenerator[bytes]:
    logs: list[AsyncGenerator[bytes]] = []
    prefixes: list[bytes] = []
    async with AsyncExitStack() as opened:
        for source in sources:
            try:
                stream = await open_log(source.container, tail=tail, since=since)
            except EngineUnavailable:
                raise
            except EngineError as error:  # the others are worth having
                yield f"{source.prefix}{tell(error.message)}\n".encode()
                continue
            opened.callback(stream.close)  # what was never begun closes nothing
            logs.append(stored_lines(stream, choose))
            opened.push_async_callback(logs[-1].aclose)
            prefixes.append(source.prefix.encode())
        heads = [(line[:STAMP], number, line) for number, log in enumerate(logs) if (line := await anext(log, b""))]
        heapq.heapify(heads)
        while heads:
            _stamp, number, line = heads[0]
            yield prefixes[number] + line
            if following := await anext(logs[number], b""):
                heapq.heapreplace(heads, (following[:STAMP], number, following))
            else:
                heapq.heappop(heads)


async def stored_lines(stream: RawLog, choose: Choose = all_of) -> AsyncGenerator[bytes]:
    """Yield whole lines with timestamp and line end, as `line_batches` puts them together, those that are chosen."""
    async with aclosing(line_batches(stream)) as batches:
        async for batch in batches:
            for line in await choose(batch):
                yield line + b"\n"


async def line_batches(stream: RawLog) -> AsyncGenerator[list[tuple[int, bytes]]]:
    """Yield stream numbers and whole lines with their timestamp, many at a time; closes the stream.

    A line that the engine cut into messages is put together again, up to `LONGEST_PIECE`; what follows in it comes
    as lines without a timestamp.
    """
    unfinished = {1: bytearray(), 2: bytearray()}
    async with aclosing(stored_frames(stream)) as pieces:
        async for frames in pieces:
            whole: list[tuple[int, bytes]] = []
            for number, payload in log_frames.split(frames.data):
                rest = unfinished.setdefault(number, bytearray())
                if not rest and payload.count(b"\n") == 1 and payload.endswith(b"\n"):
                    whole.append((number, payload[:-1]))
                    continue
                rest += payload[STAMP + 1 :] if rest and not stream.tty else payload
                *lines, last = bytes(rest).split(b"\n")
                whole += [(number, line) for line in lines]
                rest[:] = last
                if len(rest) > LONGEST_PIECE:
                    whole.append((number, bytes(rest)))
                    rest.clear()
            if whole:
                yield whole
    if left := [(number, bytes(rest)) for number, rest in unfinished.items() if rest]:
        yield left
