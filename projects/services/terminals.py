"""Commands in containers with a terminal or without: begun, spoken to, resized, and ended with whoever asked for them.

The engine lets a command run on when its connection is closed. Therefore a command that is to end with its viewer
carries a mark in its environment, by which it, and all that it began, is found and told to go.
"""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from dataclasses import replace
from typing import Final

from projects.compose.errors import EngineError
from projects.services.contract import Engine
from projects.services.contract_inside import Command
from projects.services.exec_ends import LOOK_SECONDS, exit_code_of
from projects.services.log_frames import FrameCutter, split
from projects.services.streams import Terminal

MARK: Final = "COMPOSE_UI_TERMINAL"
STDOUT: Final = 1
LAST_SECONDS: Final = 0.2  # for what was told to go, after the command has gone
# Only what every shell has itself: grep is the one program that is needed.
_END: Final = (
    'for e in /proc/[0-9]*/environ; do if grep -q "$1" "$e" 2>/dev/null; then p=${e#/proc/}; kill "-$2" "${p%/*}"; fi;'
    " done 2>/dev/null; true"
)


class Running:
    """A command that runs in a container.

    `read` gives pieces of output with the number of their stream (1 stdout, 2 stderr); `ending` marks the command so
    that `end` can end it. To be used from two threads at most: one reads, the other writes and resizes.
    """

    def __init__(self, engine: Engine, container: str, command: Command, *, ending: bool = False) -> None:
        self._engine = engine
        self._container = container
        self._mark = f"{MARK}={secrets.token_hex(8)}" if ending else ""
        marked = (*command.environment, self._mark) if ending else command.environment
        self._command = replace(command, environment=marked)
        self.exec_id = engine.create_exec(container, self._command)
        self._terminal: Terminal | None = None
        self._cutter = FrameCutter(tty=command.tty)

    def begin(self) -> Terminal:
        """Start the command and return the stream of its bytes, for a reader that is an event loop."""
        self._terminal = self._engine.start_exec(self.exec_id, self._command)
        return self._terminal

    def read(self) -> list[tuple[int, bytes]]:
        """Return what was printed next, waiting for it; nothing at the end."""
        while data := self._begun.read():
            if pieces := list(split(self._cutter.feed(data).data)):
                return pieces
        return []

    def write(self, data: bytes) -> None:
        """Send bytes to the command; they are lost once it is gone."""
        with suppress(OSError):
            self._begun.write(data)

    def end_input(self) -> None:
        """Close the command's standard input."""
        self._begun.end_input()

    def resize(self, *, height: int, width: int) -> None:
        """Give its terminal another size; a command that has ended is left alone."""
        with suppress(EngineError):
            self._engine.resize_exec(self.exec_id, height=height, width=width)

    def exit_code(self) -> int:
        """Return the exit code after the output has ended; the engine notes it a moment later."""
        return exit_code_of(lambda: self._engine.inspect_exec(self.exec_id))

    def end(self) -> None:
        """Let go of the stream and end the command, and what it began, in the container; raises no `EngineError`."""
        if self._terminal is not None:
            self._terminal.close()
        if not self._mark:
            return
        with suppress(EngineError):
            if not self._runs():
                return
            self._signal("HUP")
            deadline = time.monotonic() + 1
            while self._runs() and time.monotonic() < deadline:
                time.sleep(LOOK_SECONDS)
            # What the command has begun may outlive it, or have missed the signal between its fork and its exec.
            time.sleep(LAST_SECONDS)
            self._signal("KILL")

    def _signal(self, signal: str) -> None:
        self._engine.execute(self._container, ["sh", "-c", _END, "sh", self._mark, signal], user="0")

    def _runs(self) -> bool:
        return self._engine.inspect_exec(self.exec_id).running

    @property
    def _begun(self) -> Terminal:
        return self._terminal or self.begin()
