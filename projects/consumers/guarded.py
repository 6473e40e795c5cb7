"""What every websocket has in common: a rule that is checked on opening and while it is open, and a language."""

from __future__ import annotations

import json
import time
from io import BytesIO
from typing import Any, ClassVar, Final

from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth.models import AnonymousUser
from django.core.handlers.asgi import ASGIRequest
from django.utils import translation

from projects.access import Act, Person, Refused, admit
from projects.compose.messages import Message
from projects.models import Project

RECHECK_SECONDS: Final = 2.0


class GuardedConsumer(AsyncWebsocketConsumer):
    """A websocket with a rule, `act`; `opened` runs for those who may, everybody else is sent away.

    It is closed *after* it was accepted, because only so does the page learn the reason: 4401 sign in first,
    4404 there is no such thing for you. `still_admitted` is to be asked before anything is sent later on.
    """

    act: ClassVar[Act]
    person: Person = AnonymousUser()
    project: Project
    language: str
    host: str
    is_open = False
    began = False

    async def connect(self) -> None:
        await self.accept()
        self.admitted_at = 0.0
        self.is_open, self.began = True, False
        self.language, self.host = language_of(self.scope), host_of(self.scope)
        if await self.still_admitted():
            self.began = True
            await self.opened()

    async def disconnect(self, code: int) -> None:
        self.is_open = False
        began, self.began = self.began, False
        if began:
            await self.closed()

    async def opened(self) -> None:
        """Begin: `person`, `project` (where the rule is about one), `language` and `host` are set."""
        raise NotImplementedError

    async def closed(self) -> None:
        """End: let go of everything that `opened` took."""

    async def still_admitted(self) -> bool:
        """Return whether the person may still have this websocket open, and close it where not."""
        if not self.is_open:
            return False
        if time.monotonic() - self.admitted_at < RECHECK_SECONDS:
            return True
        try:
            self.person, project = await admit(self.scope, self.act)
        except Refused as refused:
            # `closed` follows when the page has answered: it must not run in a task that it is to end.
            self.is_open = False
            await self.close(code=refused.code)
            return False
        if project is not None:
            self.project = project
        self.admitted_at = time.monotonic()
        return True

    async def say(self, html: str) -> None:
        """Send a fragment of HTML, if there is any."""
        if html and self.is_open:
            await self.send(text_data=html)

    async def tell(self, kind: str, **content: object) -> None:
        """Send a JSON object of type `kind`."""
        if self.is_open:
            await self.send(text_data=json.dumps({"type": kind, **content}, separators=(",", ":")))

    def worded(self, message: Message | None) -> str:
        """Return a sentence in the viewer's language; empty without one."""
        if message is None:
            return ""
        with translation.override(self.language):
            return message.say(translation.gettext)


def language_of(scope: Any) -> str:
    """Return the viewer's language as LocaleMiddleware finds it: the cookie, then the browser's preference."""
    request = ASGIRequest({**scope, "type": "http", "method": "GET"}, BytesIO())
    return translation.get_language_from_request(request)


def address_of(scope: Any) -> str:
    """Return where the websocket was opened from, for the audit record."""
    return str((scope.get("client") or [""])[0])


def host_of(scope: Any) -> str:
    """Return the host name under which the viewer reached the dashboard, without the port."""
    headers = dict(scope.get("headers", []))
    return str(headers.get(b"host", b"").decode("latin1").rsplit(":", 1)[0])
