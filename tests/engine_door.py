"""A door in front of the real engine that tests may shut: as when the engine goes away, and comes back."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress
from pathlib import Path

ENGINE = os.environ.get("DOCKER_HOST", "").removeprefix("unix://") or "/var/run/docker.sock"
CHUNK = 64 * 1024


class EngineDoor:
    """A Unix socket at `path` that leads to the engine while it is open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._listener: socket.socket | None = None
        self._through: set[socket.socket] = set()
        self._requests: dict[socket.socket, bytes] = {}
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        return f"unix://{self.path}"

    def open(self) -> None:
        """Let clients through."""
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen(64)
        threading.Thread(target=self._welcome, args=(self._listener,), daemon=True).start()

    def shut(self) -> None:
        """Refuse new clients and cut off those that are through."""
        if self._listener is None:
            return
        self._listener.close()
        self._listener = None
        self.path.unlink()
        with self._lock:
            cut, self._through = self._through, set()
        for connection in cut:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def asking_for(self, path: str) -> int:
        """Return how many clients are through whose last request was for a path that holds `path`."""
        with self._lock:
            return sum(path.encode() in self._requests.get(client, b"") for client in self._through)

    def _welcome(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            engine = socket.socket(socket.AF_UNIX)
            engine.connect(ENGINE)
            with self._lock:
                self._through |= {client, engine}
            for source, target in ((client, engine), (engine, client)):
                threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        """Copy one direction until its end, and hand the end on."""
        with suppress(OSError):
            while chunk := source.recv(CHUNK):
                self._requests[source] = chunk.partition(b"\r\n")[0]
                target.sendall(chunk)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)
        with self._lock:
            self._through.discard(source)
            self._requests.pop(source, None)
