"""What a viewer of logs is given, taken piece by piece."""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

from projects.services import log_frames
from projects.services.log_place import End, Gap, Lines, Note
from projects.services.logs import LogView
from tests.services.log_double import LogEngine


class Seen:
    """What a viewer was given."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.lines = self.gaps = 0
        self.notes: list[tuple[object, int]] = []
        self.ends: list[End] = []

    def take(self, piece: Lines | Gap | Note | End) -> None:
        match piece:
            case Lines():
                self.lines += piece.lines
                payloads = b"".join(payload for _stream, payload in log_frames.split(piece.data))
                self.texts += [line[31:] for line in payloads.decode().splitlines()]
            case Gap():
                self.gaps += piece.lines
            case Note():
                self.notes.append((piece.value, len(self.texts)))
            case End():
                self.ends.append(piece)


waiting: WeakKeyDictionary[LogView, asyncio.Task[Lines | Gap | Note | End]] = WeakKeyDictionary()


async def see(view: LogView, seen: Seen | None = None, *, quiet: float = 0.1) -> Seen:
    """Take everything until nothing comes for `quiet` seconds; what is being waited for then is not given up."""
    seen = seen or Seen()
    while True:
        if view not in waiting:
            waiting[view] = asyncio.ensure_future(view.next())
        task = waiting[view]
        await asyncio.wait([task], timeout=quiet)
        if not task.done():
            return seen
        seen.take(waiting.pop(view).result())


def print_lines(engine: LogEngine, count: int, *, container: str = "web", first: int = 0) -> list[str]:
    texts = [f"line {number}" for number in range(first, first + count)]
    for text in texts:
        engine.containers[container].print(text)
    return texts
