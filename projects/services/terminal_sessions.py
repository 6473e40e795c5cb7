"""People's terminals: commands in containers, or their own processes, that outlive the websocket that shows them.

A session keeps the last MiB that was printed. Whoever comes, or comes back after a reload, is given that, and then what
follows as fast as they take it; a command that prints faster waits, as it does at any slow terminal. A session that
nobody looks at ends after a while, and with it the command in the container.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from projects.compose.errors import ComposeError, EngineError, PlanError
from projects.compose.messages import Message
from projects.services.attached import Attached
from projects.services.contract import Engine
from projects.services.contract_inside import Command
from projects.services.terminals import Running

REMEMBERED: Final = 1024 * 1024  # bytes
AHEAD: Final = 256 * 1024  # bytes printed and not yet acknowledged by the viewer
AT_ONCE: Final = 32 * 1024  # bytes in one piece
GRACE_SECONDS: Final = 120.0  # without a viewer
MOST_OF_ONE: Final = 12  # sessions of one person
MOST: Final = 100
SHELLS: Final = ("bash", "ash", "sh")
NO_SUCH_PROGRAM: Final = (126, 127)
NO_SUCH_USER: Final = "unable to find user"  # the engine's words

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """What a session is: whose (`owner`, any key), in which container of which project, and what runs there as whom.

    One that is `attached` joins the container's own process instead of running a command.
    """

    owner: int
    project: str
    container: str
    command: tuple[str, ...]
    user: str = ""
    opened_at: float = 0.0
    attached: bool = False


class Session:
    """A command with a terminal; at most one viewer at a time, the latest.

    `attach`, `take`, `acknowledge`, `write` and `resize` are the viewer's, from any thread.
    """

    def __init__(self, engine: Engine, about: About, *, over: Callable[[Session], None], grace: float) -> None:
        self.id = secrets.token_urlsafe(16)
        self.about = about
        self.exit_code: int | None = None
        self._grace = grace
        self._over = over
        self._running: Running | Attached = (
            Attached(engine, about.container)
            if about.attached
            else Running(engine, about.container, _command(about), ending=True)
        )
        self._condition = threading.Condition()
        self._printed = bytearray()
        self._first = 0  # the number of the first byte that is still remembered
        self._acknowledged = 0
        self._viewer: Callable[[], None] | None = None
        self._left: threading.Timer | None = None
        self._ended = False

    def begin(self, *, rows: int, columns: int) -> None:
        """Start the command in a terminal of this size."""
        self._running.begin()
        self._running.resize(height=rows, width=columns)
        threading.Thread(target=self._read, name=f"terminal-{self.id[:6]}", daemon=True).start()

    @property
    def printed(self) -> int:
        """How many bytes were printed so far."""
        return self._first + len(self._printed)

    @property
    def ended(self) -> bool:
        """Whether the command is over."""
        return self._ended

    def attach(self, viewer: Callable[[], None]) -> int:
        """Make `viewer` the one who is called when there is something to take; return where it is to begin.

        Whoever was the viewer before is called a last time, and finds by `views` that it no longer is.
        """
        with self._condition:
            before, self._viewer = self._viewer, viewer
            self._acknowledged = self._first
            self._stay()
            self._condition.notify_all()
            begin = self._first
        if before is not None:
            before()
        return begin

    def views(self, viewer: Callable[[], None]) -> bool:
        """Return whether `viewer` is still the one."""
        return self._viewer is viewer

    def detach(self, viewer: Callable[[], None]) -> None:
        """Let the viewer go; where nobody else comes within the grace period, the session ends."""
        with self._condition:
            if self._viewer is not viewer:
                return
            self._viewer = None
            self._acknowledged = self.printed
            self._condition.notify_all()
            if not self._ended:
                self._left = threading.Timer(self._grace, self.end)
                self._left.daemon = True
                self._left.start()

    def take(self, position: int) -> bytes:
        """Return what was printed from byte number `position` on, at most `AT_ONCE`; what is forgotten is skipped."""
        with self._condition:
            start = max(position - self._first, 0)
            return bytes(self._printed[start : start + AT_ONCE])

    def acknowledge(self, position: int) -> None:
        """Note that the viewer has shown everything before byte number `position`: the command may print on."""
        with self._condition:
            self._acknowledged = max(self._acknowledged, min(position, self.printed))
            self._condition.notify_all()

    def write(self, data: bytes) -> None:
        """Type `data`."""
        if not self._ended:
            self._running.write(data)

    def resize(self, *, rows: int, columns: int) -> None:
        """Give the terminal another size, in characters."""
        if not self._ended:
            self._running.resize(height=rows, width=columns)

    def end(self) -> None:
        """End the command in the container, and what it began there, or let its process go; may take some seconds."""
        with self._condition:
            self._ended = True
            self._stay()
            self._condition.notify_all()
        self._running.end()

    def _stay(self) -> None:
        if self._left is not None:
            self._left.cancel()
            self._left = None

    def _read(self) -> None:
        try:
            while pieces := self._running.read():
                self._keep(b"".join(data for _, data in pieces))
            with suppress(EngineError):
                self.exit_code = self._running.exit_code()
        except Exception as error:
            # A stream that is closed from under it is the usual end.
            log.log(logging.DEBUG if self._ended else logging.WARNING, "A terminal's stream broke: %s", error)
        finally:
            self._finish()

    def _keep(self, data: bytes) -> None:
        with self._condition:
            self._printed += data
            if (forgotten := len(self._printed) - REMEMBERED) > 0:
                del self._printed[:forgotten]
                self._first += forgotten
            viewer = self._viewer
        if viewer is not None:
            viewer()
        with self._condition:
            self._condition.wait_for(lambda: self._ended or self._may_go_on())

    def _may_go_on(self) -> bool:
        """Return whether the viewer keeps up; without one, whether nothing has to be forgotten yet."""
        room = AHEAD if self._viewer is not None else REMEMBERED
        return self.printed - self._acknowledged < room

    def _finish(self) -> None:
        with self._condition:
            self._ended = True
            self._stay()
            viewer = self._viewer
        self._over(self)
        if viewer is not None:
            viewer()


class Sessions:
    """All sessions of this process; `connect` gives the engine that they are on."""

    def __init__(self, connect: Callable[[], Engine], *, grace: float = GRACE_SECONDS) -> None:
        self._connect = connect
        self._grace = grace
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}

    def open(self, about: About, *, rows: int = 24, columns: int = 80) -> Session:
        """Begin a command; without one, a shell that the container has; or join the container's own process.

        Raises `PlanError` where there are too many sessions, or no shell; `NotFound` and `Conflict` where the container
        is gone or does not run; `EngineError`.
        """
        engine = self._connect()
        command = () if about.attached else about.command or shell_of(engine, about.container, about.user)
        opened = replace(about, command=command, opened_at=time.time())
        session = Session(engine, opened, over=self._forget, grace=self._grace)
        with self._lock:
            self._check_number(about.owner)
            self._sessions[session.id] = session
        try:
            session.begin(rows=rows, columns=columns)
        except ComposeError:
            self._forget(session)
            raise
        return session

    def find(self, session_id: str, *, owner: int, project: str) -> Session | None:
        """Return a session of this person in this project."""
        session = self._sessions.get(session_id)
        mine = session is not None and (session.about.owner, session.about.project) == (owner, project)
        return session if mine else None

    def of(self, *, owner: int, project: str) -> tuple[Session, ...]:
        """Return the sessions of a person in a project, oldest first."""
        with self._lock:
            sessions = list(self._sessions.values())
        return tuple(each for each in sessions if (each.about.owner, each.about.project) == (owner, project))

    def close(self) -> None:
        """End all sessions."""
        with self._lock:
            sessions = list(self._sessions.values())
        threads = [threading.Thread(target=session.end) for session in sessions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _forget(self, session: Session) -> None:
        with self._lock:
            self._sessions.pop(session.id, None)

    def _check_number(self, owner: int) -> None:
        mine = sum(session.about.owner == owner for session in self._sessions.values())
        if mine >= MOST_OF_ONE or len(self._sessions) >= MOST:
            raise PlanError(
                Message("You have %(count)s terminals open. Close one of them, then open another.", count=mine)
                if mine >= MOST_OF_ONE
                else Message("Too many terminals are open on this server. Try again when some are closed.")
            )


def shell_of(engine: Engine, container: str, user: str = "") -> tuple[str, ...]:
    """Return the first of `SHELLS` that the container has; raises `PlanError` where it has none."""
    problem: EngineError | None = None
    for shell in SHELLS:
        try:
            found = engine.execute(container, [shell, "-c", ":"], user=user)
        except EngineError as error:
            problem = error
            continue
        if found.exit_code not in NO_SUCH_PROGRAM:
            return (shell,)
        if NO_SUCH_USER in found.output:
            raise PlanError(Message("%(container)s has no user “%(user)s”.", container=container, user=user))
    if problem is not None:
        raise problem
    raise PlanError(
        Message(
            "%(container)s has no shell (%(shells)s were tried). Give a command that it has.",
            container=container,
            shells=", ".join(SHELLS),
        )
    )


def _command(about: About) -> Command:
    environment: Mapping[str, str] = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    return Command(
        argv=about.command,
        tty=True,
        stdin=True,
        user=about.user,
        environment=tuple(f"{name}={value}" for name, value in environment.items()),
    )
