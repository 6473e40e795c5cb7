"""The lines that containers print, as an attached ``up`` shows them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from projects.compose.errors import EngineError
from projects.services.log_frames import FrameCutter, split

if TYPE_CHECKING:
    from projects.services.contract import Engine

Write = Callable[[str], object]
STDOUT: Final = 1
STDERR: Final = 2
CLEAR_LINE: Final = "\r\x1b[K"


class LinePrinter:
    """Prints what containers print, each line behind the container's name; `width` is that of the longest name.

    What comes from a container's stderr goes to `err`, as with the reference.
    """

    def __init__(
        self, engine: Engine, out: Write, err: Write, *, prefix: bool = True, timestamps: bool = False
    ) -> None:
        self.width = 0
        self._engine, self._out, self._err = engine, out, err
        self._prefix, self._timestamps = prefix, timestamps
        self._lock = threading.Lock()

    def out(self, text: str) -> None:
        """Print a text of our own between the lines."""
        with self._lock:
            self._out(text)

    def follow(self, container: str, name: str, since: float | None) -> None:
        """Print what a container prints from a moment on (None: from its beginning) until it ends."""
        with suppress(EngineError):
            stream = self._engine.open_log_stream(container, since=since, timestamps=self._timestamps)
            cutter, rests = FrameCutter(tty=stream.tty), dict[int, bytes]()
            while data := stream.read():
                for number, payload in split(cutter.feed(data).data):
                    *lines, rests[number] = (rests.get(number, b"") + payload).split(b"\n")
                    self._say(number, name, lines)
            for number, rest in rests.items():
                self._say(number, name, [rest] if rest else [])

    def hook(self, name: str, output: str) -> None:
        """Print what a hook printed in a container."""
        told = f"{name} ->"
        self.width = max(self.width, len(told) + 1)
        now = f"{datetime.now(UTC).isoformat()[:-6]}000Z " if self._timestamps else ""
        self._say(STDOUT, told, [f"{now}{line}".encode() for line in output.splitlines()])

    def _say(self, number: int, name: str, lines: list[bytes]) -> None:
        if lines:
            prefix = f"{name:{self.width}} | ".encode() if self._prefix else b""
            text = b"".join(prefix + line.removesuffix(b"\r") + b"\n" for line in lines)
            with self._lock:
                (self._err if number == STDERR else self._out)(text.decode(errors="replace"))
