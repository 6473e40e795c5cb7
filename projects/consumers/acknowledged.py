"""A websocket of numbered messages that sends ahead of its page only so far: Daphne itself would keep all of it."""

from __future__ import annotations

from typing import ClassVar, Final

from projects.client_json import object_in
from projects.consumers.pushing import PushingConsumer

LONGEST_MESSAGE: Final = 100  # characters of an acknowledgement


class AcknowledgedConsumer(PushingConsumer):
    """Messages of `tell_numbered` bear a number ``n``, which the page answers with ``{"ack": n}``.

    A `push` is asked for when there is room again; what it does without is for it to send later.
    """

    most_ahead: ClassVar[int] = 3
    _number = _acknowledged = 0

    @property
    def has_room(self) -> bool:
        """Whether the page has dealt with what it was sent, but for a few messages."""
        return self._number - self._acknowledged < self.most_ahead

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take an acknowledgement; anything else is no business of the page."""
        acknowledged = acknowledged_number(text_data or "")
        if self.began and acknowledged is not None and self._acknowledged < acknowledged <= self._number:
            was_full = not self.has_room
            self._acknowledged = acknowledged
            if was_full:
                self.ask()

    async def tell_numbered(self, kind: str, **content: object) -> None:
        """Send one that is to be acknowledged."""
        self._number += 1
        await self.tell(kind, n=self._number, **content)


def acknowledged_number(text: str, *, longest: int = LONGEST_MESSAGE) -> int | None:
    """Return up to where the page says it has dealt with what it was sent, or None if it says nothing of the kind."""
    acknowledged = object_in(text, longest=longest).get("ack")
    return acknowledged if isinstance(acknowledged, int) else None
