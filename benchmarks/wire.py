"""A websocket client as light as can be, so that what is measured is the server (RFC 6455, unfragmented messages)."""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

BINARY = 2
TEXT = 1
ACKNOWLEDGED = 64 * 1024  # bytes


class Websocket:
    """One open websocket; `messages` yields what comes, `say` sends a short text."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._reader = connection.makefile("rb", buffering=1024 * 1024)

    def shake_hands(self, host: str, path: str, cookies: Mapping[str, str]) -> None:
        """Become a websocket."""
        head = {
            "Host": host,
            "Origin": f"http://{host}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        }
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
        self._connection.sendall("\r\n".join(lines).encode())
        status = self._reader.readline()
        assert b" 101 " in status, status
        while self._reader.readline() != b"\r\n":
            pass

    def messages(self) -> Iterator[tuple[int, bytes]]:
        """Yield the kind and the content of each message until the server ends the connection."""
        while head := self._reader.read(2):
            length = head[1] & 0x7F
            if length == 126:
                (length,) = struct.unpack(">H", self._reader.read(2))
            elif length == 127:
                (length,) = struct.unpack(">Q", self._reader.read(8))
            yield head[0] & 0x0F, self._reader.read(length)

    def acknowledged(self) -> Iterator[tuple[int, bytes]]:
        """Yield as `messages` does, and tell the server what has been dealt with, as the page's script does."""
        size = told = 0
        for kind, data in self.messages():
            yield kind, data
            size += len(data) if kind == BINARY else 0
            if size - told >= ACKNOWLEDGED:
                told = size
                self.say(json.dumps({"ack": size}))

    def say(self, text: str) -> None:
        """Send a text of at most 125 bytes, masked with zeros, which leave it as it is."""
        data = text.encode()
        self._connection.sendall(bytes([0x80 | TEXT, 0x80 | len(data), 0, 0, 0, 0]) + data)


@contextmanager
def connected(port: int, path: str, cookies: Mapping[str, str]) -> Iterator[Websocket]:
    """Open a websocket of the dashboard on this machine."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        websocket = Websocket(connection)
        websocket.shake_hands(f"127.0.0.1:{port}", path, cookies)
        yield websocket
