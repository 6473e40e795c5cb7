"""A stream in memory."""

from __future__ import annotations

import queue
from collections.abc import Iterable
from http.client import HTTPConnection
from typing import Any

from projects.services import refusals
from projects.services.streams import Exchange, Request


class FakeExchange(Exchange):
    """A stream whose bytes tests put in; it ends with `end`, or breaks with `fail`."""

    def __init__(self, chunks: Iterable[bytes] = (), *, ended: bool = True) -> None:
        super().__init__(lambda: HTTPConnection("fake"), Request(method="GET", url="/"), refusals.refused)
        self._chunks: queue.SimpleQueue[bytes | Exception] = queue.SimpleQueue()
        for chunk in chunks:
            self.put(chunk)
        if ended:
            self.end()

    def put(self, chunk: bytes) -> None:
        self._chunks.put(chunk)

    def end(self) -> None:
        self._chunks.put(b"")

    def fail(self, error: Exception) -> None:
        self._chunks.put(error)

    def read(self, size: int = 0) -> bytes:
        chunk = b"" if self.closed else self._chunks.get()
        if isinstance(chunk, Exception) and not self.closed:
            raise chunk
        return chunk if isinstance(chunk, bytes) and not self.closed else b""

    def open(self) -> Any:
        return self

    def close(self) -> None:
        super().close()
        self.end()
