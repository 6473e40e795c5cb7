"""Websockets of the list page and of a project's page: they follow the engine's events, and nothing polls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Final, ParamSpec

from asgiref.sync import sync_to_async
from django.db.models import Max

from projects import fragments
from projects.access import Act, visible_projects
from projects.consumers.pushing import PushingConsumer
from projects.models import Operation, Project
from projects.operations import bell, live_picture, live_watcher, progress_of

if TYPE_CHECKING:
    from projects.services.watcher import Picture

P = ParamSpec("P")
# Who pressed a button was answered with what the bell tells; what others see must not slow down what was begun.
BELL_SECONDS: Final = 0.15
ENGINE = ""  # among the names that the watcher calls: the engine came or went


class WatchingConsumer(PushingConsumer):
    """Gathers the names of projects that the watcher calls changed."""

    _unsubscribe: Callable[[], None] | None = None

    async def begin(self) -> None:
        self.changed: set[str] = set()
        self.sent: dict[str, str] = {}
        # On a thread: the first call connects to the engine.
        watcher = await sync_to_async(live_watcher, thread_sensitive=False)()
        loop = asyncio.get_running_loop()
        self._unsubscribe = watcher.subscribe(lambda names: hand_over(loop, self._noticed, names))

    async def end(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()

    def _noticed(self, names: frozenset[str]) -> None:
        if self.concerns(names):
            self.changed |= names
            self.ask()

    def concerns(self, names: frozenset[str]) -> bool:
        """Return whether one of the changed projects is shown here."""
        raise NotImplementedError

    def news(self, key: str, html: str) -> str:
        """Return a fragment, or nothing where it was sent as it is already."""
        seen, self.sent[key] = self.sent.get(key), str(hash(html))
        return "" if seen == self.sent[key] else html


def hand_over(loop: asyncio.AbstractEventLoop, call: Callable[P, None], *args: P.args, **_none: P.kwargs) -> None:
    """Call on the event loop, from a thread; where the loop is gone, nobody is left to hear."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(call, *args)


class ProjectListConsumer(WatchingConsumer):
    """``/ws/projects/``: a row for each project that one may see."""

    act: ClassVar[Act] = Act.LIST
    interval = 0.25

    def hears(self) -> tuple[str, ...]:
        return (bell.LIST,)

    def concerns(self, names: frozenset[str]) -> bool:
        return True

    async def begin(self) -> None:
        await super().begin()
        await self.say(await self.rendered(self._rows, None))

    async def bell(self, event: dict[str, str]) -> None:
        self.changed_operations = True
        self.ask()

    async def push(self) -> None:
        changed, self.changed = self.changed, set()
        rung, self.changed_operations = self.changed_operations, False
        await self.say(await self.rendered(self._rows, None if rung else changed))

    changed_operations = False

    def _rows(self, names: set[str] | None) -> str:
        """Return the rows of the projects of these names, or of all; what was sent already is left out."""
        picture = live_picture()
        projects = visible_projects(self.person)
        shown = list(projects if names is None else projects.filter(name__in=names))
        _with_last_operation(shown)
        html = [self.news(f"project-{project.pk}", self._row(project, picture)) for project in shown]
        if names is None:
            html += self._gone({f"project-{project.pk}" for project in shown})
        if names is None or ENGINE in names:
            html.append(self.news("engine", fragments.engine_banner(picture.engine)))
        return "".join(html)

    def _gone(self, shown: set[str]) -> list[str]:
        """Return what takes away the rows of projects that were deleted, or that one may see no more."""
        gone = [key for key in self.sent if key.startswith("project-") and key not in shown]
        for key in gone:
            del self.sent[key]
        return [f'<div id="{key}" hx-swap-oob="delete"></div>' for key in gone]

    def _row(self, project: Project, picture: Picture) -> str:
        return fragments.project_row(project, fragments.seen(picture, project), user=self.person, host=self.host)


def _with_last_operation(projects: list[Project]) -> None:
    """Give each project its `last_operation`, with one query for all."""
    latest = Operation.objects.filter(project__in=projects).values("project").annotate(latest=Max("pk"))
    operations = Operation.objects.filter(pk__in=[row["latest"] for row in latest]).select_related("requested_by")
    by_project = {operation.project_id: operation for operation in operations}
    for project in projects:
        project.last_operation = by_project.get(project.pk)  # type: ignore[attr-defined]


class ProjectConsumer(WatchingConsumer):
    """``/ws/projects/<name>/``: the state, the services, and the operation that is under way."""

    act: ClassVar[Act] = Act.VIEW
    # The watcher gathers bursts already; a badge that waits for a second gathering is told late.
    interval = 0.02

    def hears(self) -> tuple[str, ...]:
        return (bell.project_group(self.project),)

    def concerns(self, names: frozenset[str]) -> bool:
        return self.project.name in names or ENGINE in names

    _ringing: asyncio.TimerHandle | None = None

    async def begin(self) -> None:
        await super().begin()
        await self.push()

    async def bell(self, event: dict[str, str]) -> None:
        # It rings when the project was deleted or somebody's role changed, too: then this page is at its end.
        self.admitted_at = 0.0
        if self._ringing is None:
            self._ringing = asyncio.get_running_loop().call_later(BELL_SECONDS, self._rung)

    def _rung(self) -> None:
        self._ringing = None
        self.ask()

    async def push(self) -> None:
        # Apart, because what people wait for are the badges: they need not wait for the rest to be drawn.
        await self.say(await self.rendered(self._badges))
        await self.say(await self.rendered(self._rest))

    def _badges(self) -> str:
        self.latest = self.project.operations.select_related("requested_by", "project").first()
        self.picture = live_picture()
        project, latest, mine = self.project, self.latest, fragments.seen(self.picture, self.project)
        return self._news(
            {
                "services": fragments.services_table(project, latest, mine, user=self.person, host=self.host),
                "state": fragments.project_state(project, mine, user=self.person, host=self.host),
            }
        )

    def _rest(self) -> str:
        mine = fragments.seen(self.picture, self.project)
        panel = self._panel(self.latest)
        if panel:
            # The answer to a click may have shown another bar than the one that was sent last.
            self.sent.pop("actions", None)
        return panel + self._news(
            {
                "engine": fragments.engine_banner(self.picture.engine),
                "actions": fragments.action_bar(self.project, self.latest, mine, user=self.person),
            }
        )

    def _news(self, parts: dict[str, str]) -> str:
        return "".join(self.news(key, html) for key, html in parts.items())

    def _panel(self, latest: Operation | None) -> str:
        """Return the latest operation's panel when it is another one, or when it has come to its end."""
        if latest is None or self.sent.get("operation") == f"{latest.pk} {latest.finished}":
            return ""
        self.sent["operation"] = f"{latest.pk} {latest.finished}"
        return fragments.operation_current(latest, progress_of(latest.pk), user=self.person)
