"""``/ws/projects/<name>/logs/``: the merged logs of a project, of some services or of one container.

Query: ``service`` (may be repeated; none: all), ``container`` (a name), ``tail`` (lines of each container, default
200, or ``all``), ``since`` (Unix time).

To the page come text messages, JSON objects told apart by ``type``:

- ``source``: a container joins; ``source`` is its number here, with ``container`` (id), ``name``, ``service``,
  ``number``, ``state``, ``exit_code``, ``started_at`` and ``finished_at`` (Unix seconds, 0 for never)
- ``ready``: all containers that were there at the beginning have joined
- ``event``: something ``what`` happened to a source: the engine's word for a state or a health, or ``removed``;
  ``exit_code`` with an exit, ``at`` and ``finished_at`` (the last exit) in Unix seconds
- ``gap``: so many ``lines`` of a source were skipped because the page did not keep up
- ``problem``: ``text`` says why the log of a source cannot be shown
- ``engine``: whether the engine is ``available``, and what is wrong in ``text``

and binary messages: one byte 1 (the kind), one byte 0, two bytes source, four bytes count of the lines that end in
it, then the frames of the engine (`projects.services.log_frames`), all numbers big endian. The page answers with
``{"ack": bytes}``, all bytes of binary messages it has dealt with so far; nothing is sent while `WINDOW` or more are
under way.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from struct import Struct
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import parse_qs

from asgiref.sync import sync_to_async

from projects.access import Act
from projects.compose.messages import Message
from projects.consumers.acknowledged import acknowledged_number
from projects.consumers.guarded import GuardedConsumer
from projects.operations import live_picture, live_watcher
from projects.operations.live_logs import live_logs
from projects.services.log_place import End, Gap, Lines, Note
from projects.services.log_sources import Happened, Joined, LogSources, shown_name
from projects.services.logs import LogView, Piece

if TYPE_CHECKING:
    from projects.services.watcher import Picture

WINDOW: Final = 1024 * 1024
DEFAULT_TAIL: Final = 200
LONGEST_MESSAGE: Final = 1024  # characters of an acknowledgement
SERVER_ERROR: Final = 1011

_header = Struct(">BxHI")
log = logging.getLogger(__name__)


class LogsConsumer(GuardedConsumer):
    """Sends what a `LogView` gives, as fast as the page acknowledges it."""

    act: ClassVar[Act] = Act.VIEW

    async def opened(self) -> None:
        self._sent = self._acknowledged = 0
        self._room, self._changed = asyncio.Event(), asyncio.Event()
        self._watching: asyncio.Task[None] | None = None
        self._available: bool | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self._view = LogView(live_logs())
        self._pumping = asyncio.get_running_loop().create_task(self._pump())

    async def closed(self) -> None:
        # Whoever finds that the person may no longer look calls this from within.
        tasks = [task for task in (self._pumping, self._watching) if task not in (None, asyncio.current_task())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._unsubscribe is not None:
            self._unsubscribe()
        await self._view.close()

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Take acknowledgements at once: Channels would look after the database on a thread for each of them."""
        if message["type"] == "websocket.receive":
            await self.receive(message.get("text"))
        else:
            await super().dispatch(message)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take an acknowledgement; anything else is no business of the page."""
        acknowledged = acknowledged_bytes(text_data or "")
        if acknowledged is not None and self._acknowledged < acknowledged <= self._sent:
            self._acknowledged = acknowledged
            self._room.set()

    async def _pump(self) -> None:
        try:
            await self._begin()
            while await self.still_admitted():
                await self._deal_with(await self._view.next())
        except Exception:
            # The page reconnects by itself.
            log.exception("Sending logs failed")
            await self.close(code=SERVER_ERROR)

    async def _begin(self) -> None:
        query = parse_qs(self.scope["query_string"].decode("latin1"))
        self._sources = LogSources(live_logs(), self._view, **wanted(query))
        # On a thread: the first call connects to the engine and waits for its answer.
        watcher = await sync_to_async(live_watcher, thread_sensitive=False)()
        loop = asyncio.get_running_loop()

        def hand_over(names: frozenset[str]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._noticed, names)

        self._unsubscribe = watcher.subscribe(hand_over)
        await self._look(await sync_to_async(live_picture, thread_sensitive=False)())
        await self.tell("ready")
        self._watching = loop.create_task(self._watch())

    def _noticed(self, names: frozenset[str]) -> None:
        if self.project.name in names or "" in names:
            self._changed.set()

    async def _watch(self) -> None:
        while self.is_open:
            await self._changed.wait()
            self._changed.clear()
            await self._look(live_picture())

    async def _look(self, picture: Picture) -> None:
        engine, before = picture.engine, self._available
        if engine.available is not before:
            self._available = engine.available
            await self.tell("engine", available=engine.available, text=self.worded(engine.problem))
        if engine.available:
            mine = picture.projects.get(self.project.name)
            await self._sources.show(mine.containers if mine else (), again=before is False)

    async def _deal_with(self, piece: Piece) -> None:
        match piece:
            case Lines():
                await self._send_lines(piece)
            case Gap():
                await self.tell("gap", source=piece.source, lines=piece.lines)
            case Note(value=Joined() as joined):
                await self.tell("source", source=piece.source, **described(joined))
            case Note(value=Happened() as happened):
                await self.tell("event", source=piece.source, **told(happened))
            case End(problem=Message()):
                await self.tell("problem", source=piece.source, text=self.worded(piece.problem))

    async def _send_lines(self, piece: Lines) -> None:
        while self._sent - self._acknowledged >= WINDOW:
            self._room.clear()
            await self._room.wait()
        message = _header.pack(1, piece.source, piece.lines) + piece.data
        self._sent += len(message)
        await self.send(bytes_data=message)


def acknowledged_bytes(text: str) -> int | None:
    """Return what the page says it has dealt with, or None if it says nothing of the kind."""
    return acknowledged_number(text, longest=LONGEST_MESSAGE)


def wanted(query: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return the arguments of `LogSources` for a query; what makes no sense counts as not given."""
    tail = query.get("tail", [""])[-1]
    since = query.get("since", [""])[-1]
    return {
        "services": frozenset(query.get("service", ())),
        "container": query.get("container", [""])[-1],
        "tail": None if tail == "all" else int(tail) if tail.isdecimal() and len(tail) < 10 else DEFAULT_TAIL,
        "since": float(since) if since.replace(".", "", 1).isdecimal() and len(since) < 25 else None,
    }


def described(joined: Joined) -> dict[str, object]:
    """Return what the page shows of a container."""
    container = joined.container
    return {
        "container": container.id,
        "name": shown_name(container),
        "service": container.service,
        "number": container.number,
        "state": container.state,
        "exit_code": container.exit_code,
        "started_at": container.started_at,
        "finished_at": container.finished_at,
    }


def told(happened: Happened) -> dict[str, object]:
    """Return what the page shows of something that happened."""
    container = happened.container
    return {
        "what": happened.what,
        "exit_code": container.exit_code,
        "at": happened.at,
        "finished_at": container.finished_at,
    }
