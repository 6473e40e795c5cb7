"""``/ws/projects/<name>/logs/search/``: one search through all stored lines of a project, the newest first.

Query: ``service`` (may be repeated; none: all), ``find``, ``without``, ``regex=1``, ``case=1`` (see
`projects.services.log_matching.Query`), ``level`` and ``stream`` (``stdout``, ``stderr``), both may be repeated.
The search begins at once, stops by itself after `HITS` hits or `SECONDS`, and is given up when the page closes the
websocket. All messages are JSON objects. The page may send

- ``{"more": true}``: search on from where it stopped
- ``{"around": stamp, "source": number}``: the lines around a hit

and gets, told apart by ``type``,

- ``source``: ``source`` is the number of a container here, with ``container`` (id), ``name`` and ``service``
- ``hits``: ``hits`` of a ``source``, the newest first, each with ``stamp``, ``stream``, ``level``, ``parts`` (what
  matched at the odd places) and ``cut`` (the line is longer)
- ``reached``: every line since ``back_to`` (a stamp; empty: not known yet) was looked at, ``lines`` in all, of
  ``long_lines`` only the beginning; ``reason`` says why the search stopped: ``all``, ``hits`` or ``time``
- ``problem``: ``text`` says why the log of a ``source`` cannot be searched, or without one why nothing can
- ``around``: the ``lines`` around ``stamp`` of ``source``, each with ``stamp``, ``stream`` and ``text``
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, ClassVar, Final
from urllib.parse import parse_qs

from asgiref.sync import sync_to_async

from projects.access import Act
from projects.client_json import object_in
from projects.compose.errors import ComposeError, EngineError
from projects.compose.messages import Message
from projects.consumers.guarded import GuardedConsumer
from projects.operations import live_picture
from projects.operations.live_logs import live_logs
from projects.services.log_frames import BrokenFrames, is_stamp
from projects.services.log_matching import LONGEST_MATCHED, Hit, Line, Matcher, query_of
from projects.services.log_pages import around
from projects.services.log_reader import problem_of
from projects.services.log_search import Found, LogSearch, Reached, Step, Unreadable
from projects.services.log_sources import shown_name

HITS: Final = 300
SECONDS: Final = 60.0
AROUND_LINES: Final = 20
MOST_AT_ONCE: Final = 8  # searches that run in this process
LONGEST_MESSAGE: Final = 1024  # characters of what the page asks
SERVER_ERROR: Final = 1011

log = logging.getLogger(__name__)


class LogSearchConsumer(GuardedConsumer):
    """Runs one search for one page."""

    act: ClassVar[Act] = Act.VIEW
    running: ClassVar[set[LogSearchConsumer]] = set()

    async def opened(self) -> None:
        self._search: LogSearch | None = None
        self._containers: dict[int, str] = {}
        self._asked: dict[str, asyncio.Task[None]] = {}
        self._do("search", self._begin())

    async def closed(self) -> None:
        # Whoever finds that the person may no longer look calls this from within.
        tasks = [task for task in self._asked.values() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.running.discard(self)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take what the page asks for; anything else is no business of it."""
        if not await self.still_admitted():
            return
        match object_in(text_data or "", longest=LONGEST_MESSAGE):
            case {"more": True} if self._search is not None and self._asked["search"].done():
                self._do("search", self._run(self._search))
            case {"around": str(stamp), "source": int(source)} if source in self._containers:
                if is_stamp(stamp.encode()) and ("around" not in self._asked or self._asked["around"].done()):
                    self._do("around", self._around(source, stamp))

    def _do(self, what: str, work: Any) -> None:
        self._asked[what] = asyncio.get_running_loop().create_task(self._guarded(work))

    async def _guarded(self, work: Any) -> None:
        try:
            await work
        except Exception:
            log.exception("Searching logs failed")
            await self.close(code=SERVER_ERROR)

    async def _begin(self) -> None:
        query = parse_qs(self.scope["query_string"].decode("latin1"))
        try:
            search = LogSearch(live_logs().open, Matcher(query_of(query)))
        except ComposeError as error:
            await self._problem(error.message)
            return
        picture = await sync_to_async(live_picture, thread_sensitive=False)()
        if not picture.engine.available:
            await self._problem(picture.engine.problem or Message("The Docker engine does not answer."))
            return
        mine, services = picture.projects.get(self.project.name), query.get("service", ())
        for container in mine.containers if mine else ():
            if not services or container.service in services:
                source = len(self._containers) + 1
                self._containers[source] = container.id
                search.add(source, container.id)
                names = {"name": shown_name(container), "service": container.service}
                await self.tell("source", source=source, container=container.id, **names)
        self._search = search
        await self._run(search)

    async def _run(self, search: LogSearch) -> None:
        if len(self.running) >= MOST_AT_ONCE:
            await self._problem(Message("Too many searches run at present. Try again in a moment."))
            return
        self.running.add(self)
        steps = search.run(hits=HITS, seconds=SECONDS)
        try:
            async for step in steps:
                if not await self.still_admitted():
                    return
                await self._show(step)
        finally:
            self.running.discard(self)
            await steps.aclose()

    async def _show(self, step: Step) -> None:
        match step:
            case Found():
                await self.tell("hits", source=step.source, hits=[described(hit) for hit in step.hits])
            case Reached():
                far = {"back_to": step.back_to, "lines": step.lines, "long_lines": step.long_lines}
                await self.tell("reached", **far, reason=step.reason)
            case Unreadable():
                await self._problem(step.problem, source=step.source)

    async def _around(self, source: int, stamp: str) -> None:
        try:
            found = await around(live_logs().open, self._containers[source], stamp.encode(), lines=AROUND_LINES)
        except (EngineError, BrokenFrames) as error:
            await self._problem(problem_of(error), source=source)
            return
        if await self.still_admitted():
            await self.tell("around", source=source, stamp=stamp, lines=[told(line) for line in found])

    async def _problem(self, message: Message, **about: object) -> None:
        await self.tell("problem", text=self.worded(message), **about)


def described(hit: Hit) -> dict[str, object]:
    """Return what the page shows of a hit."""
    stamp = hit.stamp.decode("ascii", errors="replace")
    return {"stamp": stamp, "stream": hit.stream, "level": hit.level, "parts": hit.parts, "cut": hit.is_cut}


def told(line: Line) -> dict[str, object]:
    """Return what the page shows of a line around a hit."""
    text = line.text[:LONGEST_MATCHED].decode(errors="replace")
    return {"stamp": line.stamp.decode("ascii", errors="replace"), "stream": line.stream, "text": text}
