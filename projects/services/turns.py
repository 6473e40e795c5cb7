"""Turns at an engine that is slower the more is asked of it at once; what takes long does not keep the rest waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """At most `count` threads have a turn at a time; a turn ends with the work, or after so many `seconds`."""

    def __init__(self, count: int, seconds: float) -> None:
        self._count = count
        self._seconds = seconds
        self._began: dict[object, float] = {}
        self._changed = threading.Condition()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for a turn, and have it while the block runs."""
        turn = object()
        with self._changed:
            while (wait := self._until_free()) > 0:
                self._changed.wait(wait)
            self._began[turn] = time.monotonic()
        try:
            yield
        finally:
            with self._changed:
                del self._began[turn]
                self._changed.notify()

    def _until_free(self) -> float:
        now = time.monotonic()
        ends = sorted(end for began in self._began.values() if (end := began + self._seconds) > now)
        return ends[-self._count] - now if len(ends) >= self._count else 0.0
