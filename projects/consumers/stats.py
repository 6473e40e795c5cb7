"""``/ws/projects/<name>/stats/``: what the containers of a project use, once a second, and what is kept of the past.

Query: ``seconds``, how much of the past is wanted (default and most: an hour).

To the page come text messages, JSON objects told apart by ``type``:

- ``engine``: whether the engine is ``available``, and what is wrong in ``text``
- ``containers``: all containers there are now: ``id`` (twelve characters, as below), ``name``, ``service``, ``running``
- ``figures``, numbered by ``n``: by container, ``points`` of the past that were not sent yet, each
  ``[at, cpu, memory, received, sent, read, written]``, the means of five seconds from ``at`` on; and what is so
  ``now``: the same seven and ``[memory limit, received, sent, read, written, processes]`` since the container's start

Times are Unix seconds of the engine's clock; CPU is in percent, of which 100 are one processor; memory is in bytes,
the others in bytes a second; null is what is not known. The page answers with ``{"ack": n}``; a page that does not is
sent no more, and later what it has missed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import islice
from time import time
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import parse_qs

from asgiref.sync import sync_to_async

from projects.access import Act
from projects.compose.usage import SPAN_SECONDS, Point
from projects.consumers.acknowledged import AcknowledgedConsumer
from projects.consumers.projects import ENGINE, WatchingConsumer
from projects.operations import bell, live_picture
from projects.operations.live_stats import live_stats
from projects.services.stats import Measured, StatsView

if TYPE_CHECKING:
    from projects.compose.state import ObservedContainer
    from projects.services.picture import Picture

SHORT_ID: Final = 12
TOGETHER_SECONDS: Final = 0.05  # the engine tells of all containers at about the same moment, once a second
MOST_POINTS: Final = 5000  # in one message
MEASURED: Final = frozenset({"running", "paused"})


class StatsConsumer(AcknowledgedConsumer, WatchingConsumer):
    """Sends what a `StatsView` shows; with it begins and ends what it costs the engine."""

    act: ClassVar[Act] = Act.VIEW
    interval = 0.5

    def hears(self) -> tuple[str, ...]:
        return (bell.project_group(self.project),)

    def concerns(self, names: frozenset[str]) -> bool:
        return self.project.name in names or ENGINE in names

    async def begin(self) -> None:
        self._view = StatsView(live_stats(), self.ask)
        self._window = wanted_seconds(self.scope["query_string"].decode("latin1"))
        self._points_sent: dict[str, float] = {}
        self._shown: object = None
        self._containers: Sequence[str] = ()
        self._available: bool | None = None
        await super().begin()
        await sync_to_async(live_picture, thread_sensitive=False)()
        await self.push()

    async def end(self) -> None:
        await super().end()
        if hasattr(self, "_view"):
            self._view.close()

    async def bell(self, event: dict[str, Any]) -> None:
        # It rings when the project was deleted or somebody's role changed, too: then this page is at its end.
        self.admitted_at = 0.0
        self.ask()

    async def push(self) -> None:
        await asyncio.sleep(TOGETHER_SECONDS)
        self._asked.clear()
        await self._show(live_picture())
        if self.has_room:
            await self._send_figures()

    async def _show(self, picture: Picture) -> None:
        engine = picture.engine
        if engine.available is not self._available:
            self._available = engine.available
            await self.tell("engine", available=engine.available, text=self.worded(engine.problem))
        if not engine.available:
            self._view.show(())
            return
        mine = picture.projects.get(self.project.name)
        containers = [container for container in (mine.containers if mine else ()) if not container.is_hook]
        self._view.show(container.id for container in containers if container.state in MEASURED)
        self._containers = [container.id for container in containers]
        described = [described_container(container) for container in containers]
        if described != self._shown:
            self._shown = described
            await self.tell("containers", containers=described)

    async def _send_figures(self) -> None:
        points = self._unsent_points()
        now = {
            container[:SHORT_ID]: current(meter.newest)
            for container, meter in self._view.meters.items()
            if meter.newest is not None
        }
        if points or now:
            await self.tell_numbered("figures", points=points, now=now)

    def _unsent_points(self) -> dict[str, list[list[float | None]]]:
        room, found = MOST_POINTS, {}
        oldest = time() - self._window
        for container in self._containers:
            since = self._points_sent.get(container, oldest)
            history = live_stats().history(container)
            points = list(islice(history.after(since), room)) if history else []
            if points:
                found[container[:SHORT_ID]] = [row(point.at, point.values) for point in points]
                self._points_sent[container] = points[-1].at
                room -= len(points)
            if not room:
                self.ask()
                break
        return found


def described_container(container: ObservedContainer) -> dict[str, object]:
    """Return what the page shows of a container."""
    return {
        "id": container.id[:SHORT_ID],
        "name": container.name,
        "service": container.service,
        "running": container.state in MEASURED,
    }


def row(at: float, values: Sequence[float | None]) -> list[float | None]:
    """Return a time and the values of a `Point`, rounded to what can be seen."""
    cpu, *others = values
    rounded = [None if value is None else round(value) for value in others]
    return [round(at, 1), None if cpu is None else round(cpu, 2), *rounded]


def current(measured: Measured) -> list[float | None]:
    """Return the newest of a container as it goes to the page."""
    figures = measured.figures
    usage = Point(at=measured.usage.at, values=measured.usage.values)
    totals = (figures.memory_limit, figures.received, figures.sent, figures.read, figures.written, figures.processes)
    return [*row(usage.at, usage.values), *(round(total) for total in totals)]


def wanted_seconds(query: str) -> int:
    """Return how much of the past a page asks for; what makes no sense counts as not given."""
    given = parse_qs(query).get("seconds", [""])[-1]
    return min(int(given), SPAN_SECONDS) if given.isascii() and given.isdigit() and len(given) < 10 else SPAN_SECONDS
