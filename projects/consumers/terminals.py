"""``/ws/projects/<name>/terminal/``: a command in a container, with a terminal.

Query: ``session`` (the id of one that is open, to come back to), or ``container`` (a name) with ``command`` (words as a
shell has them; none: a shell) and ``user`` (none: the container's own) to open another, or with ``attached=1`` to join
the container's own process; ``rows`` and ``columns``.

To the page come text messages, JSON objects told apart by ``type``:

- ``opened``: ``session`` (its id), ``container``, ``command`` (words), ``user``, ``attached``, ``position`` (the
  number of the first byte that follows) and ``printed`` (that of the first byte that nobody has seen yet)
- ``ended``: the command is over, with its ``exit_code`` (null where nobody knows)
- ``taken``: the session is shown elsewhere now
- ``problem``: ``text`` says why it cannot be opened

and binary messages: what was printed. From the page come binary messages, what is typed, and text messages:
``{"rows", "columns"}`` (the terminal's new size), ``{"ack": position}`` (all before that byte was shown) and
``{"end": true}``.
"""

from __future__ import annotations

import asyncio
import logging
import shlex
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar, Final, ParamSpec, TypeVar
from urllib.parse import parse_qs

from asgiref.sync import sync_to_async

from projects import audit
from projects.access import Act
from projects.client_json import object_in
from projects.compose.errors import ComposeError, PlanError
from projects.compose.messages import Message
from projects.consumers.guarded import RECHECK_SECONDS, GuardedConsumer, address_of
from projects.consumers.projects import hand_over
from projects.operations import live_picture
from projects.operations.live_terminals import live_terminals
from projects.services.terminal_sessions import AHEAD, About, Session

DONE: Final = 1000
SERVER_ERROR: Final = 1011
LONGEST_MESSAGE: Final = 1024  # characters of what the page tells; what is typed may be longer
LONGEST_INPUT: Final = 64 * 1024
LARGEST: Final = 1000  # rows or columns

# Of their own: a command that does not read keeps whoever types waiting, and nobody else.
_threads = ThreadPoolExecutor(max_workers=32, thread_name_prefix="terminals")

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")


class TerminalConsumer(GuardedConsumer):
    """Opens a session or comes back to one, and shows it for as long as the person may."""

    act: ClassVar[Act] = Act.EXECUTE

    async def opened(self) -> None:
        self._session: Session | None = None
        self._changed = asyncio.Event()
        self._input: asyncio.Queue[bytes] = asyncio.Queue(maxsize=64)
        self._position = self._acknowledged = 0
        loop = asyncio.get_running_loop()
        self._wake = partial(hand_over, loop, self._changed.set)
        self._tasks = [loop.create_task(self._show()), loop.create_task(self._type())]

    async def closed(self) -> None:
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            self._session.detach(self._wake)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take what is typed, an acknowledgement, a size, or the wish to end."""
        if bytes_data and len(bytes_data) <= LONGEST_INPUT:
            await self._input.put(bytes_data)
        elif self._session is not None and (told := object_in(text_data or "", longest=LONGEST_MESSAGE)):
            await self._heed(self._session, told)

    async def _heed(self, session: Session, told: dict[str, Any]) -> None:
        if told.get("end") is True:
            await _on_thread(session.end)
        elif (position := _number(told.get("ack"), self._position)) is not None:
            self._acknowledged = position
            session.acknowledge(position)
            self._changed.set()
        elif size := _size(told.get("rows"), told.get("columns")):
            await _on_thread(session.resize, rows=size[0], columns=size[1])

    async def _show(self) -> None:
        try:
            session = self._session = await self._found()
            self._position = self._acknowledged = session.attach(self._wake)
            await self.tell(
                "opened",
                session=session.id,
                container=session.about.container,
                command=shlex.join(session.about.command),
                user=session.about.user,
                attached=session.about.attached,
                position=self._position,
                printed=session.printed,
            )
            await self._follow(session)
        except ComposeError as problem:
            await self.tell("problem", text=self.worded(problem.message))
            await self.close(code=DONE)
        except Exception:
            log.exception("A terminal was closed because it could not be shown")
            await self.close(code=SERVER_ERROR)

    async def _follow(self, session: Session) -> None:
        while await self.still_admitted():
            self._changed.clear()
            if not session.views(self._wake):
                await self._finish("taken")
                return
            if self._position - self._acknowledged < AHEAD and (data := session.take(self._position)):
                self._position += len(data)
                await self.send(bytes_data=data)
            elif session.ended and self._position >= session.printed:
                await self._finish("ended", exit_code=session.exit_code)
                return
            else:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), RECHECK_SECONDS)
        await _on_thread(session.end)  # whoever may no longer is to leave nothing running

    async def _type(self) -> None:
        """Hand what is typed to the command, in order; it may take it slowly."""
        while True:
            data = await self._input.get()
            if self._session is not None:
                await _on_thread(self._session.write, data)

    async def _found(self) -> Session:
        query = parse_qs(self.scope["query_string"].decode("latin1"), errors="replace")
        owner = self.person.pk or 0
        if "session" in query:
            found = live_terminals().find(query["session"][0], owner=owner, project=self.project.name)
            if found is None:
                raise PlanError(Message("This terminal has ended."))
            return found
        rows, columns = _size(*(_integer(query, name) for name in ("rows", "columns"))) or (24, 80)
        about = await _on_thread(self._asked, query, owner)
        session = await _on_thread(live_terminals().open, about, rows=rows, columns=columns)
        await sync_to_async(self._record)(session)
        return session

    def _asked(self, query: dict[str, list[str]], owner: int) -> About:
        container = query.get("container", [""])[0]
        picture = live_picture().projects.get(self.project.name)
        if container not in {each.name for each in (picture.containers if picture else ())}:
            raise PlanError(
                Message("%(project)s has no container “%(name)s”.", project=self.project.name, name=container)
            )
        try:
            command = tuple(shlex.split(query.get("command", [""])[0]))
        except ValueError as error:
            raise PlanError(Message("The command cannot be read: %(problem)s.", problem=str(error))) from error
        return About(
            owner=owner,
            project=self.project.name,
            container=container,
            command=command,
            user=query.get("user", [""])[0].strip(),
            attached=query.get("attached") == ["1"],
        )

    def _record(self, session: Session) -> None:
        about = session.about
        # The program alone: what follows it may hold a password.
        what = {} if about.attached else {"program": about.command[0], "user": about.user}
        audit.record(
            self.person,
            "terminal.attach" if about.attached else "terminal.open",
            self.project.name,
            address=address_of(self.scope),
            container=about.container,
            **what,
        )

    async def _finish(self, what: str, **facts: Any) -> None:
        await self.tell(what, **facts)
        await self.close(code=DONE)


async def _on_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, partial(call, *args, **kwargs))


def _number(value: object, most: int) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most else None


def _size(rows: object, columns: object) -> tuple[int, int] | None:
    """Return a size in characters, None where it is none."""
    numbers = [_number(value, LARGEST) for value in (rows, columns)]
    return (numbers[0], numbers[1]) if numbers[0] and numbers[1] else None


def _integer(query: dict[str, list[str]], name: str) -> int | None:
    text = query.get(name, [""])[0]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
