"""An engine's logs in memory: what `open_log_stream` gives, for tests of readers and viewers without an engine.

It is held to the real engine by `tests/engine/test_log_stream.py`, which runs the same cases on both.
"""

from __future__ import annotations

import contextlib
import socket
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from struct import pack

from projects.compose.errors import NotFound
from projects.compose.messages import Message
from projects.compose.state import ObservedContainer

EPOCH = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
MESSAGE_BYTES = 16 * 1024


class Stream:
    """One open log; the socket pair is only the bell that an event loop waits for."""

    def __init__(self, *, tty: bool, rotates: bool, on_close: Callable[[Stream], None]) -> None:
        self.tty = tty
        self.rotates = rotates
        self.ended = False
        self.closed = False
        self.read_calls = 0
        self._on_close = on_close
        self._data = bytearray()
        self._mine, self._bell = socket.socketpair()
        self.setblocking(False)

    def put(self, data: bytes) -> None:
        self._data += data
        self._ring()

    def end(self) -> None:
        self.ended = True
        self._ring()

    def _ring(self) -> None:
        if not self.closed:
            with contextlib.suppress(BlockingIOError):  # it rings already
                self._bell.send(b"!")

    def read_available(self, size: int = 65536) -> bytes | None:
        self.read_calls += 1
        with contextlib.suppress(OSError):
            self._mine.recv(65536)
        if self._data:
            taken = bytes(self._data[:size])
            del self._data[:size]
            return taken
        return b"" if self.ended or self.closed else None

    def fileno(self) -> int:
        return self._mine.fileno()

    def setblocking(self, flag: bool) -> None:
        self._mine.setblocking(flag)
        self._bell.setblocking(flag)

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self._mine.close()
            self._bell.close()
            self._on_close(self)


class Container:
    """A container that prints when told to; its clock moves one millisecond with every message."""

    def __init__(self, *, tty: bool = False) -> None:
        self.tty = tty
        self.rotates = False
        self.running = True
        self.messages: list[tuple[str, int, bytes]] = []
        self.open: list[Stream] = []  # those that follow
        self.streams: list[Stream] = []
        self.opened = 0

    def print(self, text: str | bytes, *, stream: int = 1) -> None:
        """Print a line; one longer than 16 KiB is logged in several messages, as the engine does it."""
        line = (text.encode() if isinstance(text, str) else text) + b"\n"
        for start in range(0, len(line), MESSAGE_BYTES):
            message = (self._now(), stream, line[start : start + MESSAGE_BYTES])
            self.messages.append(message)
            for follower in self.open:
                follower.put(self._frame(message))

    def _now(self) -> str:
        moment = EPOCH + timedelta(milliseconds=len(self.messages))
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%f000Z")

    def _frame(self, message: tuple[str, int, bytes]) -> bytes:
        stamp, stream, text = message
        payload = f"{stamp} ".encode() + text
        return payload if self.tty else pack(">BxxxI", stream, len(payload)) + payload

    def exit(self) -> None:
        self.running = False
        for stream in list(self.open):
            stream.end()

    def start(self) -> None:
        self.running = True

    def stream(self, *, tail: int | None, since: float | None, until: float | None, follow: bool) -> Stream:
        self.opened += 1
        stream = Stream(tty=self.tty, rotates=self.rotates, on_close=self._closed)
        self.streams.append(stream)
        first = 0 if tail is None else max(len(self.messages) - tail, 0)
        for message in self.messages[first:]:
            moment = datetime.fromisoformat(message[0]).timestamp()
            if until is not None and moment > until:
                break
            if since is None or moment >= since:
                stream.put(self._frame(message))
        if follow and self.running:
            self.open.append(stream)
        else:
            stream.end()
        return stream

    def _closed(self, stream: Stream) -> None:
        if stream in self.open:
            self.open.remove(stream)


class LogEngine:
    """The part of the `Engine` protocol that logs need."""

    def __init__(self) -> None:
        self.containers: dict[str, Container] = defaultdict(Container)

    def open_log_stream(
        self,
        container: str,
        *,
        tail: int | None = None,
        since: float | None = None,
        until: float | None = None,
        follow: bool = True,
        timestamps: bool = False,
    ) -> Stream:
        if container not in self.containers:
            raise NotFound(Message("There is no container %(name)s.", name=container))
        return self.containers[container].stream(tail=tail, since=since, until=until, follow=follow)

    def inspect_container(self, container: str) -> ObservedContainer:
        raise NotFound(Message("The times of %(name)s are not known.", name=container))
