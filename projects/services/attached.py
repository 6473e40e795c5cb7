"""A container's own process, joined from a terminal: what it prints from now on, and what is typed for it."""

from __future__ import annotations

from contextlib import suppress

from projects.compose.errors import EngineError
from projects.services.contract import Engine
from projects.services.log_frames import FrameCutter, split
from projects.services.streams import Terminal


class Attached:
    """Has the methods of `projects.services.terminals.Running`; `end` lets the process go and leaves it running.

    What is typed reaches it where the service keeps its standard input open (``stdin_open``).
    """

    def __init__(self, engine: Engine, container: str) -> None:
        self._engine = engine
        self._container = container
        self._terminal = engine.attach(container)
        self._cutter = FrameCutter(tty=self._terminal.tty)

    def begin(self) -> Terminal:
        """Return the stream of its bytes, which is open already."""
        return self._terminal

    def read(self) -> list[tuple[int, bytes]]:
        """Return what was printed next, waiting for it; nothing at the end."""
        while data := self._terminal.read():
            if pieces := [(number, self._shown(piece)) for number, piece in split(self._cutter.feed(data).data)]:
                return pieces
        return []

    def _shown(self, piece: bytes) -> bytes:
        # Without a terminal of its own the process ends its lines as files do.
        return piece if self._terminal.tty else piece.replace(b"\n", b"\r\n")

    def write(self, data: bytes) -> None:
        """Send bytes to the process; they are lost where it does not read."""
        with suppress(OSError):
            self._terminal.write(data)

    def resize(self, *, height: int, width: int) -> None:
        """Give its terminal another size, if it has one."""
        if self._terminal.tty:
            with suppress(EngineError):
                self._engine.resize_container(self._container, height=height, width=width)

    def exit_code(self) -> int | None:
        """Return the exit code where the process has ended."""
        found = self._engine.inspect_container(self._container)
        return None if found.state == "running" else found.exit_code

    def end(self) -> None:
        """Let go of the stream."""
        self._terminal.close()
