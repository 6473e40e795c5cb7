"""A way to a real engine that a test can block and open again, as if the engine went and came back."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path

from tests.engine_door import ENGINE


class Passage:
    """A Unix socket at `path` that passes everything on to the engine's socket."""

    def __init__(self, path: Path, engine: str = ENGINE) -> None:
        self.path = path
        self.address = f"unix://{path}"
        self._engine = engine
        self._ends: set[socket.socket] = set()
        self._listener: socket.socket | None = None

    def open(self) -> None:
        """Let connections through."""
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen(64)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def block(self) -> None:
        """Cut all connections and let none through."""
        if self._listener is not None:
            self.path.unlink()
            _shut(self._listener)
            self._listener = None
        while self._ends:
            _shut(self._ends.pop())

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                ours, _ = listener.accept()
                theirs = socket.socket(socket.AF_UNIX)
                theirs.connect(self._engine)
                self._ends |= {ours, theirs}
                for source, target in ((ours, theirs), (theirs, ours)):
                    threading.Thread(target=_pass_on, args=(source, target), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    _shut(target)


def _shut(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
