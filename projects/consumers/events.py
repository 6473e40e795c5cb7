"""``/ws/projects/<name>/events/``: what happened to a project on the engine in the last hour, and what happens.

To the page come JSON objects of type ``events``, numbered by ``n``: ``events``, each with ``at`` (Unix seconds of the
engine's clock), ``topic`` and ``weight`` (`projects.compose.happenings`), ``words`` in the viewer's language, and
``service`` and ``container`` (a name), empty where none has part in it. They come in order of time, save for some that
are known only later to be the project's. The page answers with ``{"ack": n}``; a page that does not is sent no more,
and later what it has missed of the last hour.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, Final

from asgiref.sync import sync_to_async

from projects.access import Act
from projects.compose.happenings import Claims, Happening, in_words, weight_of
from projects.consumers.acknowledged import AcknowledgedConsumer
from projects.consumers.projects import hand_over
from projects.operations import bell
from projects.operations.live_events import claims_of, events_after, listen

MOST_AT_ONCE: Final = 500  # of those that the page is sent at first: it shows no more


class EventsConsumer(AcknowledgedConsumer):
    """Sends what the `Claims` of the project find among the engine's events."""

    act: ClassVar[Act] = Act.VIEW
    interval = 0.2

    _leave: Callable[[], None] | None = None
    _claims: Claims

    def hears(self) -> tuple[str, ...]:
        return (bell.project_group(self.project),)

    async def begin(self) -> None:
        self._seen = 0
        # On a thread: it asks the engine, and the first call connects to it.
        self._claims = await sync_to_async(claims_of, thread_sensitive=False)(self.project)
        self._leave = listen(partial(hand_over, asyncio.get_running_loop(), self.ask))
        await self.push()

    async def end(self) -> None:
        if self._leave is not None:
            self._leave()

    async def bell(self, event: dict[str, Any]) -> None:
        # It rings when the project was deleted or somebody's role changed, too: then this page is at its end.
        self.admitted_at = 0.0
        self.ask()

    async def push(self) -> None:
        if not self.has_room:
            return
        self._seen, new = events_after(self._seen)
        mine = self._claims.sorted(new)[-MOST_AT_ONCE:]
        if mine or not self._number:
            await self.tell_numbered("events", events=[self._told(happening) for happening in mine])

    def _told(self, happening: Happening) -> dict[str, object]:
        return {
            "at": round(happening.at, 3),
            "topic": happening.topic,
            "weight": weight_of(happening),
            "words": self.worded(in_words(happening)),
            "service": happening.service,
            "container": happening.container_name,
        }
