"""Follows the engine's events on a thread of its own for as long as somebody listens; nothing follows otherwise."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, TypeAlias

from projects.compose.errors import EngineError
from projects.services.contract import Engine
from projects.services.streams import Messages

log = logging.getLogger(__name__)

Heard: TypeAlias = Callable[[], None]

FIRST_PAUSE: Final = 0.5  # before connecting anew; doubled up to LONGEST_PAUSE
LONGEST_PAUSE: Final = 10.0


class EventFollower:
    """What follows `open` an event stream and `take` its events in; an engine that goes away is waited for."""

    name: ClassVar[str]

    def __init__(self, connect: Callable[[], Engine]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._listeners: dict[object, Heard] = {}
        self._ending = threading.Event()
        self._stream: Messages | None = None

    def open(self, engine: Engine) -> Messages:
        """Return the events to be followed. Raises `EngineError`."""
        raise NotImplementedError

    def take(self, message: Mapping[str, Any]) -> None:
        """Take an event in, before the listeners are told."""

    def listen(self, heard: Heard) -> Callable[[], None]:
        """Call `heard` from a thread whenever something happens; return the function that ends it."""
        key = object()
        with self._lock:
            first = not self._listeners
            self._listeners = {**self._listeners, key: heard}
            if first:
                self._ending = threading.Event()
                threading.Thread(target=self._follow, args=(self._ending,), name=self.name, daemon=True).start()
        return lambda: self._leave(key)

    def _leave(self, key: object) -> None:
        with self._lock:
            self._listeners = {other: heard for other, heard in self._listeners.items() if other is not key}
            if not self._listeners:
                self._ending.set()
                if self._stream is not None:
                    self._stream.close()

    def _follow(self, ending: threading.Event) -> None:
        pause = FIRST_PAUSE
        while not ending.is_set():
            try:
                engine = self._connect()
                try:
                    self._read(engine, ending)
                finally:
                    engine.close()
                pause = FIRST_PAUSE
            except EngineError:
                pause = min(pause * 2, LONGEST_PAUSE)
            except Exception:
                log.exception("The engine's events (%s) cannot be followed; it is tried again.", self.name)
                pause = LONGEST_PAUSE
            ending.wait(pause)

    def _read(self, engine: Engine, ending: threading.Event) -> None:
        stream = self.open(engine)
        with self._lock:
            if ending.is_set():
                stream.close()
                return
            self._stream = stream
        try:
            self._tell()  # of what may have happened while nobody followed
            for message in stream:
                self.take(message)
                self._tell()
        finally:
            stream.close()

    def _tell(self) -> None:
        for heard in self._listeners.values():
            heard()
