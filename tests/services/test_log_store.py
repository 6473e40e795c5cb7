"""Stored logs are read many lines at a time, and let go of at once."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from projects.services.log_gathering import gathered
from projects.services.log_store import stored_frames

FRAME = b"\x01\0\0\0\0\0\0\x06line \n"


class Log:
    """The reading end of a socket that a test writes to as an engine does."""

    tty = False
    rotates = False

    def __init__(self) -> None:
        self.engine, self._mine = socket.socketpair()
        self._mine.setblocking(False)
        self.closed = False

    def read_available(self, size: int = 65536) -> bytes | None:
        try:
            return b"" if self.closed else self._mine.recv(size)
        except BlockingIOError:
            return None

    def fileno(self) -> int:
        return self._mine.fileno()

    def setblocking(self, flag: bool) -> None:
        self._mine.setblocking(flag)

    def close(self) -> None:
        self.closed = True
        self._mine.shutdown(socket.SHUT_RDWR)
        self._mine.close()


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    yield log
    if not log.closed:
        log.close()
    log.engine.close()


def test_what_the_engine_writes_line_by_line_comes_in_one_piece(log: Log) -> None:
    for _ in range(100):
        log.engine.send(FRAME)
    assert gathered(log) == FRAME * 100


def test_a_slow_engine_is_waited_for_and_not_asked_for_more_than_it_has(log: Log) -> None:
    threading.Timer(0.05, log.engine.send, [FRAME]).start()
    assert gathered(log) == FRAME


def test_the_end_is_told_after_the_last_piece(log: Log) -> None:
    log.engine.send(FRAME)
    log.engine.close()
    assert gathered(log) == FRAME
    assert gathered(log) == b""


def test_a_log_that_is_closed_while_the_engine_is_silent_is_let_go_of_at_once(log: Log) -> None:
    async def look_away() -> None:
        log.engine.send(FRAME)
        async with aclosing(stored_frames(log)) as pieces:
            assert (await anext(pieces)).lines == 1
            await asyncio.sleep(0.05)  # by now the next piece is being waited for

    asyncio.run(look_away())
    assert log.closed
    deadline = time.monotonic() + 5
    while any(thread.name.startswith("read-log") and _is_busy(thread) for thread in threading.enumerate()):
        assert time.monotonic() < deadline, "a thread still waits for the engine"
        time.sleep(0.01)


def _is_busy(thread: threading.Thread) -> bool:
    frame = sys._current_frames().get(thread.ident or 0)
    while frame is not None:
        if frame.f_code.co_name == "gathered":
            return True
        frame = frame.f_back
    return False
