"""The websocket of one operation: its journal, as it grows."""

from __future__ import annotations

from typing import ClassVar

from projects import fragments
from projects.access import NOT_FOUND, Act
from projects.compose.progress import Progress
from projects.consumers.pushing import PushingConsumer
from projects.models import Operation
from projects.operations import bell, journal_after

DONE = 1000
LIVE = ("state", "cancel_requested", "started_at")  # what of an unfinished operation changes


class OperationConsumer(PushingConsumer):
    """``/ws/projects/<name>/operations/<number>/``: the whole panel, then what changes, then the end.

    It reads the journal and nothing else, so a reload, a second browser and another process all show the same. It is
    closed with code 1000 after the final state. With ``?complete`` the panel is that of the operation's own page.
    """

    act: ClassVar[Act] = Act.VIEW
    # As often as a person can follow: what is drawn takes processor time from what is being done.
    interval = 0.25

    def hears(self) -> tuple[str, ...]:
        return (bell.operation_group(int(self.scope["url_route"]["kwargs"]["number"])),)

    async def begin(self) -> None:
        # The operation's own page shows every step opened with all of its output, from beginning to end.
        self.complete = b"complete" in self.scope["query_string"]
        self.progress, self.seq = Progress(), 0
        await self._send_or_end(whole=True)

    async def push(self) -> None:
        await self._send_or_end(whole=False)

    async def _send_or_end(self, *, whole: bool) -> None:
        self.finished = False
        try:
            html = await self.rendered(self._panel if whole else self._changes)
        except Operation.DoesNotExist:
            await self.close(code=NOT_FOUND)
            return
        await self.say(html)
        if self.finished:
            await self.close(code=DONE)

    def _panel(self) -> str:
        self.operation = self._operation()
        self._read_on()
        self.finished = self.operation.finished
        return self._whole(self.operation)

    def _changes(self) -> str:
        # The state is read before the journal: where it is final, the journal that follows is complete.
        self.operation.refresh_from_db(fields=LIVE)
        changed = self._read_on()
        self.finished = self.operation.finished
        if self.finished:
            return self._whole(self._operation())
        if not changed:
            return ""
        return fragments.operation_changes(self.operation, self.progress, changed, user=self.person)

    def _whole(self, operation: Operation) -> str:
        facts = fragments.operation_facts(operation) if self.complete else ""
        panel = fragments.operation_panel(operation, self.progress, user=self.person, complete=self.complete)
        return facts + panel

    def _operation(self) -> Operation:
        number = int(self.scope["url_route"]["kwargs"]["number"])
        return self.project.operations.select_related("requested_by", "project").get(pk=number)

    def _read_on(self) -> list[str]:
        """Apply the entries after the last one read; return the ids of the tasks that changed."""
        changed: dict[str, None] = {}
        for seq, event in journal_after(int(self.scope["url_route"]["kwargs"]["number"]), self.seq):
            changed[self.progress.apply(event).id] = None
            self.seq = seq
        return list(changed)
