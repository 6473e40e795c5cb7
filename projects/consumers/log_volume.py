"""``/ws/projects/<name>/logs/volume/``: how much the stored logs of a project hold, by time and level.

Query: ``service`` (may be repeated; none: all). The count begins at once, the newest lines first, stops after
`SECONDS`, and is given up when the page closes the websocket. All messages are JSON objects, told apart by ``type``:

- ``deploys``: ``deploys`` are the latest operations that changed what runs, each with ``at`` (Unix seconds), ``text``
  and ``url``
- ``volume``: ``slots`` (lists of the Unix time at which `SLOT_SECONDS` begin, a level, and how many lines to add),
  ``back_to`` (every line since that stamp is counted), ``lines`` in all, and in the last message ``done`` and whether
  all that is stored was counted, ``complete``
- ``problem``: ``text`` says why nothing can be counted
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, ClassVar, Final
from urllib.parse import parse_qs

from asgiref.sync import sync_to_async
from django.urls import reverse
from django.utils import translation

from projects.access import Act
from projects.compose.messages import Message
from projects.consumers.guarded import GuardedConsumer
from projects.models import Operation, Project, State, Verb
from projects.operations import live_picture
from projects.operations.live_logs import live_logs
from projects.operations.sentences import VERBS
from projects.services.log_volume import Counted, LogVolume

SECONDS: Final = 60.0
MOST_AT_ONCE: Final = 4  # counts that run in this process
MOST_DEPLOYS: Final = 100
DEPLOYS: Final = (Verb.UP, Verb.DOWN, Verb.RESTART, Verb.SCALE, Verb.START, Verb.STOP)
DONE: Final = 1000
SERVER_ERROR: Final = 1011

log = logging.getLogger(__name__)


class LogVolumeConsumer(GuardedConsumer):
    """Counts once, for one page."""

    act: ClassVar[Act] = Act.VIEW
    running: ClassVar[set[LogVolumeConsumer]] = set()

    async def opened(self) -> None:
        self._counting = asyncio.get_running_loop().create_task(self._guarded())

    async def closed(self) -> None:
        if self._counting is not asyncio.current_task():
            self._counting.cancel()
            await asyncio.gather(self._counting, return_exceptions=True)
        self.running.discard(self)

    async def _guarded(self) -> None:
        try:
            await self._run()
        except Exception:
            log.exception("Counting logs failed")
            await self.close(code=SERVER_ERROR)

    async def _run(self) -> None:
        if len(self.running) >= MOST_AT_ONCE:
            await self._problem(Message("Too many searches run at present. Try again in a moment."))
            return
        self.running.add(self)
        try:
            await self.tell("deploys", deploys=await sync_to_async(deploys)(self.project, self.language))
            await self._count()
        finally:
            self.running.discard(self)
        await self.close(code=DONE)

    async def _count(self) -> None:
        picture = await sync_to_async(live_picture, thread_sensitive=False)()
        if not picture.engine.available:
            await self._problem(picture.engine.problem or Message("The Docker engine does not answer."))
            return
        services = parse_qs(self.scope["query_string"].decode("latin1")).get("service", ())
        volume = LogVolume(live_logs().open)
        mine = picture.projects.get(self.project.name)
        for container in mine.containers if mine else ():
            if not services or container.service in services:
                volume.add(container.id)
        steps = volume.run(seconds=SECONDS)
        try:
            async for step in steps:
                if not await self.still_admitted():
                    return
                await self.tell("volume", **described(step))
        finally:
            await steps.aclose()

    async def _problem(self, message: Message) -> None:
        await self.tell("problem", text=self.worded(message))


def described(step: Counted) -> dict[str, object]:
    """Return what the page is told of a step."""
    slots = [(begin, level, lines) for (begin, level), lines in step.slots.items()]
    return {
        "slots": slots,
        "back_to": step.back_to,
        "lines": step.lines,
        "done": step.done,
        "complete": step.complete,
    }


def deploys(project: Project, language: str) -> list[dict[str, Any]]:
    """Return the latest operations that changed what runs, the newest first, in words."""
    done = project.operations.filter(verb__in=DEPLOYS, state__in=(State.SUCCEEDED, State.FAILED))
    latest = done.exclude(started_at=None).select_related("requested_by").order_by("-pk")[:MOST_DEPLOYS]
    with translation.override(language):
        return [_deploy(operation, project) for operation in latest]


def _deploy(operation: Operation, project: Project) -> dict[str, Any]:
    words = VERBS[operation.verb].say(translation.gettext)
    person = operation.requested_by.get_username() if operation.requested_by else ""
    return {
        "at": operation.started_at.timestamp() if operation.started_at else 0,
        "text": f"{words} · {person}" if person else words,
        "url": reverse("projects:operation", args=[project.name, operation.pk]),
    }
