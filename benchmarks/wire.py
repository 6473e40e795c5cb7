"""A websocket client as light as can be, so that what is measured is the server (RFC 6455, unfragmented messages)."""

from __future__ import annotations

import base64
import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

BINARY = 2
TEXT = 1
ACKNOWLEDGED = 64 * 1024  # bytes
BUFFER = 1024 * 1024  # bytes
HEAD = 8  # bytes before the lines of a message


class Websocket:
    """One open websocket; `messages` yields what comes, `say` sends a short text."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._dealt_with = self._told = 0

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
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += self._exactly(1)
        assert b" 101 " in answer.partition(b"\r\n")[0], answer

    def messages(self) -> Iterator[tuple[int, bytes]]:
        """Yield the kind and the content of each message until the server ends the connection."""
        reader = self._connection.makefile("rb", buffering=BUFFER)
        while head := reader.read(2):
            yield head[0] & 0x0F, reader.read(_length(head[1], reader.read))

    def acknowledged(self) -> Iterator[tuple[int, bytes]]:
        """Yield as `messages` does, and tell the server what has been dealt with, as the page's script does."""
        for kind, data in self.messages():
            yield kind, data
            self._acknowledge(len(data) if kind == BINARY else 0)

    def counted(self) -> Iterator[tuple[int, bytes]]:
        """Yield as `acknowledged` does, but of a binary message its first `HEAD` bytes only: the kernel drops the rest.

        Many who read the same lines would otherwise take the processors from the server that is measured. Not
        to be mixed with `messages`.
        """
        nowhere = bytearray(BUFFER)
        while head := self._exactly(2):
            kind, length = head[0] & 0x0F, _length(head[1], self._exactly)
            data = self._exactly(min(length, HEAD) if kind == BINARY else length)
            left = length - len(data)
            while left:
                left -= self._connection.recv_into(nowhere, min(left, BUFFER), socket.MSG_TRUNC)
            yield kind, data
            self._acknowledge(length if kind == BINARY else 0)

    def _acknowledge(self, size: int) -> None:
        """Count so many bytes more as dealt with, and say so from time to time."""
        self._dealt_with += size
        if self._dealt_with - self._told >= ACKNOWLEDGED:
            self._told = self._dealt_with
            self.say(json.dumps({"ack": self._told}))

    def _exactly(self, size: int) -> bytes:
        """Return so many bytes; fewer where the connection has ended."""
        data = b""
        while len(data) < size and (more := self._connection.recv(size - len(data))):
            data += more
        return data

    def say(self, text: str) -> None:
        """Send a text of at most 125 bytes, masked with zeros, which leave it as it is."""
        data = text.encode()
        self._connection.sendall(bytes([0x80 | TEXT, 0x80 | len(data), 0, 0, 0, 0]) + data)


def _length(told: int, read: Callable[[int], bytes]) -> int:
    """Return the length of a message: the second byte of its head, or what follows it."""
    length = told & 0x7F
    return length if length < 126 else int.from_bytes(read(2 if length == 126 else 8))


@contextmanager
def connected(port: int, path: str, cookies: Mapping[str, str]) -> Iterator[Websocket]:
    """Open a websocket of the dashboard on this machine."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        websocket = Websocket(connection)
        websocket.shake_hands(f"127.0.0.1:{port}", path, cookies)
        yield websocket
