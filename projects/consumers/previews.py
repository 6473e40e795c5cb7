"""The websocket of what Up and Down would do: computed when all is quiet, never while something is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ClassVar, Final

from asgiref.sync import sync_to_async

from projects import fragments
from projects.access import Act
from projects.consumers.projects import ENGINE, WatchingConsumer, hand_over
from projects.models import UNFINISHED
from projects.operations import bell
from projects.operations.forecast import Forecast, around, forecast

QUIET_SECONDS: Final = 0.3  # without news, before anything is computed
LONGEST_WAIT: Final = 3.0  # though news keep coming
FILES_SECONDS: Final = 2.0  # between looks at the times of the files

# One at a time, whoever looks on: forecasts are never worth slowing anything down.
_forecasts = ThreadPoolExecutor(1, "forecast")


class PreviewConsumer(WatchingConsumer):
    """``/ws/projects/<name>/preview/``: ``#up-preview`` and ``#down-preview``, made anew when they may differ."""

    act: ClassVar[Act] = Act.VIEW
    interval = 1.0

    def hears(self) -> tuple[str, ...]:
        return (bell.project_group(self.project),)

    def concerns(self, names: frozenset[str]) -> bool:
        return self.project.name in names or ENGINE in names

    async def begin(self) -> None:
        await super().begin()
        loop = asyncio.get_running_loop()
        self.latest: Forecast | None = None
        self._leave: Callable[[], None] = around(lambda: hand_over(loop, self.ask))
        self._files = loop.create_task(self._watch_files())
        await self.push()

    async def end(self) -> None:
        await super().end()
        self._leave()
        self._files.cancel()

    async def bell(self, event: dict[str, str]) -> None:
        # It rings when the project was deleted or somebody's role changed, too: then this page is at its end.
        self.admitted_at = 0.0
        self.ask()

    async def push(self) -> None:
        await self._until_quiet()
        busy = await sync_to_async(self._is_busy)()
        run = partial(asyncio.get_running_loop().run_in_executor, _forecasts)
        self.latest = None if busy else await run(forecast, self.project)
        await self.say(await self.rendered(self._html))

    async def _until_quiet(self) -> None:
        """Wait until nothing has been heard for a moment."""
        deadline = asyncio.get_running_loop().time() + LONGEST_WAIT
        while asyncio.get_running_loop().time() < deadline:
            self._asked.clear()
            await asyncio.sleep(QUIET_SECONDS)
            if not self._asked.is_set():
                return

    def _is_busy(self) -> bool:
        return self.project.operations.filter(state__in=UNFINISHED).exists()

    def _html(self) -> str:
        parts = {
            "up": fragments.up_preview(self.project, self.latest, user=self.person),
            "down": fragments.down_preview(self.latest),
        }
        return "".join(self.news(key, html) for key, html in parts.items())

    async def _watch_files(self) -> None:
        """Ask when a file that the forecast follows from has changed, by whatever program."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(FILES_SECONDS)
            known = self.latest
            if known is not None and await loop.run_in_executor(_forecasts, known.is_outdated):
                self.ask()
