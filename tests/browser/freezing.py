"""A way to the server that can freeze: as a network that is cut, which ends no connection and passes nothing on."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class FreezingRelay:
    """A port of 127.0.0.1 that passes everything on to another one until it freezes."""

    def __init__(self, port: int) -> None:
        self._server = port
        self._frozen = threading.Event()
        self._ends: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def freeze(self) -> None:
        """Pass nothing on any more; all connections stay open."""
        self._frozen.set()

    def close(self) -> None:
        """End everything."""
        self._frozen.set()
        for end in (self._listener, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                ours, _ = self._listener.accept()
                theirs = socket.create_connection(("127.0.0.1", self._server))
                self._ends += [ours, theirs]
                for source, target in ((ours, theirs), (theirs, ours)):
                    threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if self._frozen.is_set():
                    return
                target.sendall(data)
        if not self._frozen.is_set():
            with suppress(OSError):
                target.shutdown(socket.SHUT_WR)
