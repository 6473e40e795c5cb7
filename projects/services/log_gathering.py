"""Reading an engine's log in large pieces, on threads.

The engine writes every line by itself, and its socket is full with some hundred of them: then it does nothing. It is
fastest where it is read often and wakes nobody: hence short sleeps, in which many lines come together, in place of
waiting for the socket; and threads, since an event loop that sends to many viewers does not come back in time.
"""

from __future__ import annotations

import asyncio
import select
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from projects.services.log_reader import RawLog

READ_BYTES: Final = 64 * 1024
GATHERED_BYTES: Final = 256 * 1024
GATHERING_SECONDS: Final = 0.0003
READERS: Final = 32

# Apart from all other threads: however slow an engine reads its logs, pages do not wait for it.
_reading = ThreadPoolExecutor(READERS, thread_name_prefix="read-log")
Result = TypeVar("Result")


def in_a_thread(read: Callable[[RawLog], Result], stream: RawLog) -> asyncio.Future[Result]:
    """Begin to read the stream on a thread; a log that is silent must not keep one for long."""
    return asyncio.get_running_loop().run_in_executor(_reading, read, stream)


def gathered(stream: RawLog) -> bytes:
    """Return what comes until the engine pauses, at most about `GATHERED_BYTES`, ``b""`` at the end."""
    while (data := gathered_now(stream)) is None:
        _wait(stream)
    return data


def gathered_now(stream: RawLog) -> bytes | None:
    """Return as `gathered` does, None where nothing is there yet."""
    pieces: list[bytes] = []
    size = 0
    while size < GATHERED_BYTES and (piece := stream.read_available(READ_BYTES)):
        pieces.append(piece)
        size += len(piece)
        time.sleep(GATHERING_SECONDS)
    return b"".join(pieces) or piece


def _wait(stream: RawLog) -> None:
    waiting = select.poll()
    with suppress(ValueError):  # closed meanwhile: then the next read tells
        waiting.register(stream.fileno(), select.POLLIN)
        waiting.poll()
