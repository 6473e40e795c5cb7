"""A websocket that shows something live: it sends the whole state on opening, and again what changed when asked to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, ClassVar, ParamSpec

from asgiref.sync import sync_to_async
from django.utils import translation

from projects.consumers.guarded import GuardedConsumer
from projects.operations import bell

log = logging.getLogger(__name__)
P = ParamSpec("P")
SERVER_ERROR = 1011


class PushingConsumer(GuardedConsumer):
    """Asks (`ask`) are gathered: one `push` runs at a time, at most every `interval` seconds, however many ask."""

    interval: ClassVar[float] = 0.15

    async def opened(self) -> None:
        loop = asyncio.get_running_loop()
        bell.answer_on(loop)
        self._asked = asyncio.Event()
        for group in self.hears():
            await self.channel_layer.group_add(group, self.channel_name)
        self._pushing = loop.create_task(self._push_when_asked())

    async def closed(self) -> None:
        self._pushing.cancel()
        await asyncio.gather(self._pushing, return_exceptions=True)
        for group in self.hears():
            await self.channel_layer.group_discard(group, self.channel_name)
        await self.end()

    def hears(self) -> tuple[str, ...]:
        """Return the groups of the doorbell that this websocket listens to."""
        raise NotImplementedError

    async def begin(self) -> None:
        """Send the whole state."""
        raise NotImplementedError

    async def push(self) -> None:
        """Send what changed; called only while the person may see it."""
        raise NotImplementedError

    async def end(self) -> None:
        """Let go of what `begin` took."""

    def ask(self) -> None:
        """Ask for a push; only from the event loop."""
        self._asked.set()

    async def bell(self, event: dict[str, Any]) -> None:
        """Hear the doorbell."""
        self.ask()

    async def rendered(self, render: Callable[P, str], /, *args: P.args, **kwargs: P.kwargs) -> str:
        """Run what queries and renders on a thread, in the viewer's language."""

        def in_language() -> str:
            with translation.override(self.language):
                return render(*args, **kwargs)

        # Not Channels' own way to query, which opens the database anew each time: that takes longer than what is asked.
        return await sync_to_async(in_language)()

    async def _push_when_asked(self) -> None:
        try:
            await self.begin()
            while self.is_open:
                await self._asked.wait()
                self._asked.clear()
                if await self.still_admitted():
                    await self.push()
                    await asyncio.sleep(self.interval)
        except Exception:
            # The page reconnects by itself and is sent the whole state.
            log.exception("A websocket was closed because its state could not be sent")
            await self.close(code=SERVER_ERROR)
