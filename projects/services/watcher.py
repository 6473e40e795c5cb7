"""Follows the engine's events and keeps the live picture of all projects; nothing polls."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from projects.compose.errors import EngineError
from projects.compose.identity import LABEL_PROJECT
from projects.compose.messages import Message
from projects.compose.state import ObservedContainer
from projects.compose.state_words import state_in_words
from projects.services.contract import Engine
from projects.services.picture import EngineStatus, Picture, ProjectPicture, by_project, project_picture
from projects.services.streams import Messages

__all__ = ["EngineStatus", "Picture", "ProjectPicture", "Watcher", "state_in_words"]

log = logging.getLogger(__name__)

Callback: TypeAlias = Callable[[frozenset[str]], None]

ENGINE: Final = ""  # stands for the engine itself among the names that changed
BURST_SECONDS: Final = 0.02  # at most one look at the engine in this time, however many events come
FIRST_PAUSE: Final = 0.5  # before connecting anew; doubled up to LONGEST_PAUSE
LONGEST_PAUSE: Final = 5.0
FIRST_LOOK_SECONDS: Final = 3.0
# The engine tells of a death or a pause before its list of containers knows of it: look again until it does.
LAG_PAUSES: Final = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
# What the list says of a container for as long as it does not know of the event yet.
STATE_BEFORE: Final[Mapping[str, str]] = MappingProxyType({"die": "running", "pause": "running", "unpause": "paused"})

# Filtered by the engine: health checks (exec_create, exec_start …) make most of its events and wake nobody.
FILTERS: Final[Mapping[str, list[str]]] = MappingProxyType(
    {
        "type": ["container"],
        "label": [LABEL_PROJECT],
        "event": ["create", "start", "die", "pause", "unpause", "rename", "update", "destroy", "health_status"],
    }
)


class Watcher:
    """Keeps the picture on a thread of its own and tells subscribers what changed.

    `connect` gives a new connection to the engine or raises EngineError; it is called again, with growing pauses,
    whenever the engine has gone.
    """

    def __init__(self, connect: Callable[[], Engine]) -> None:
        self._connect = connect
        self._picture = Picture()
        self._containers: dict[str, ObservedContainer] = {}
        self._subscribers: dict[object, Callback] = {}
        self._changes = _Changes()
        self._looked = threading.Event()
        self._stopped = threading.Event()
        self._stream: Messages | None = None
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End the watching and wait for it."""
        self._stopped.set()
        self._changes.interrupt()
        if self._stream is not None:
            self._stream.close()
        if self._thread.is_alive():
            self._thread.join(timeout=LONGEST_PAUSE)

    def picture(self) -> Picture:
        """Return what is known at this moment; only the first call may wait, for the first look at the engine."""
        if self._thread.is_alive():
            self._looked.wait(FIRST_LOOK_SECONDS)
        return self._picture

    def subscribe(self, callback: Callback) -> Callable[[], None]:
        """Call back from the watcher's thread with the names of changed projects, ``""`` for the engine.

        Returns the function that ends the subscription.
        """
        key = object()
        self._subscribers = {**self._subscribers, key: callback}

        def unsubscribe() -> None:
            self._subscribers = {other: kept for other, kept in self._subscribers.items() if other is not key}

        return unsubscribe

    def _run(self) -> None:
        pause, problem = FIRST_PAUSE / 2, Message("The Docker engine has closed the connection.")
        while not self._stopped.is_set():
            try:
                engine = self._connect()
                try:
                    self._watch(engine)
                finally:
                    engine.close()
            except EngineError as error:
                problem = error.message
            except Exception:
                log.exception("The watcher stumbled; it begins anew.")
                problem = Message("The live state cannot be read. See the log of this program.")
            pause = FIRST_PAUSE if self._picture.engine.available else min(pause * 2, LONGEST_PAUSE)
            self._lost(problem)
            self._stopped.wait(pause)

    def _watch(self, engine: Engine) -> None:
        """Follow one connection until it ends."""
        version = engine.version()
        changes = self._changes = _Changes()
        # Open before the look: what happens in between is among the events.
        self._stream = engine.events(filters=FILTERS)
        if self._stopped.is_set():
            self._stream.close()
        reader = threading.Thread(target=changes.read, args=(self._stream,), name="watcher-events", daemon=True)
        reader.start()
        try:
            self._found(engine.containers())
            status = EngineStatus(
                available=True, version=version.version, api_version=version.api_version, name=version.name
            )
            self._publish(status, self._all_changed())
            while names := changes.take():
                self._look(engine, names)
        finally:
            self._stream.close()
            reader.join()
        if not self._stopped.is_set():
            raise changes.error or EngineError(Message("The Docker engine has closed the connection."))

    def _look(self, engine: Engine, ids: frozenset[str]) -> None:
        """Ask the engine for the containers that changed, and tell whose they are."""
        now = {container.id: container for container in engine.containers(ids=ids)}
        changed = set()
        for container_id in ids:
            before, after = self._containers.pop(container_id, None), now.get(container_id)
            if after is not None:
                self._containers[container_id] = after
                self._changes.check_lag(after)
            if before != after:
                changed |= {container.project for container in (before, after) if container is not None}
        self._publish(self._picture.engine, changed)

    def _found(self, containers: Iterable[ObservedContainer]) -> None:
        self._containers = {container.id: container for container in containers}

    def _all_changed(self) -> set[str]:
        now = by_project(self._containers.values())
        before = self._picture.projects
        return {name for name in now.keys() | before.keys() if now.get(name) != before.get(name)}

    def _lost(self, problem: Message) -> None:
        if not self._stopped.is_set():
            self._publish(EngineStatus(problem=problem), set())

    def _publish(self, status: EngineStatus, projects: set[str]) -> None:
        changed = projects | ({ENGINE} if status != self._picture.engine else set())
        self._picture = replace(self._picture, engine=status, projects=self._with(projects))
        self._looked.set()
        if changed:
            self._tell(frozenset(changed))

    def _with(self, names: set[str]) -> Mapping[str, ProjectPicture]:
        """Return the projects with those in `names` drawn anew."""
        drawn = dict(self._picture.projects)
        for name in names:
            containers = [container for container in self._containers.values() if container.project == name]
            drawn.pop(name, None)
            if containers:
                drawn[name] = project_picture(name, containers)
        return MappingProxyType(dict(sorted(drawn.items())))

    def _tell(self, names: frozenset[str]) -> None:
        for callback in self._subscribers.values():
            try:
                callback(names)
            except Exception:
                log.exception("A subscriber of the live picture failed.")


class _Changes:
    """The ids of containers that events told of, gathered by one thread until another one looks."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._due: dict[str, float] = {}
        self._told: dict[str, tuple[str, int]] = {}  # the last event the list may lag behind, and looks since
        self._ended = False
        self._taken = 0.0
        self.error: Exception | None = None

    def read(self, stream: Messages) -> None:
        """Gather from the stream until it ends."""
        try:
            for message in stream:
                self._note(message)
        except EngineError as error:
            self.error = error
        finally:
            self.interrupt()

    def interrupt(self) -> None:
        """Let `take` return nothing from now on."""
        with self._condition:
            self._ended = True
            self._condition.notify()

    def _note(self, message: Mapping[str, Any]) -> None:
        container_id, action = message["Actor"]["ID"], message["Action"]
        with self._condition:
            self._due[container_id] = 0.0
            if action in STATE_BEFORE:
                self._told[container_id] = (action, 0)
            elif action in ("start", "destroy"):
                self._told.pop(container_id, None)
            self._condition.notify()

    def take(self) -> frozenset[str]:
        """Wait for changes and return their ids, all of a burst at once; nothing when the stream has ended."""
        with self._condition:
            while not self._ended:
                now = time.monotonic()
                wait = max(min(self._due.values(), default=float("inf")), self._taken + BURST_SECONDS) - now
                if wait <= 0:
                    return self._take_due(now)
                with suppress(OverflowError):
                    self._condition.wait(wait if wait != float("inf") else None)
            return frozenset()

    def _take_due(self, now: float) -> frozenset[str]:
        due = frozenset(container_id for container_id, at in self._due.items() if at <= now)
        for container_id in due:
            del self._due[container_id]
        self._taken = now
        return due

    def check_lag(self, container: ObservedContainer) -> None:
        """Look once more, and soon, at a container that is listed in the state it was in before its last event."""
        with self._condition:
            action, tries = self._told.pop(container.id, ("", 0))
            if container.state != STATE_BEFORE.get(action) or tries >= len(LAG_PAUSES):
                return
            self._told[container.id] = (action, tries + 1)
            self._due.setdefault(container.id, time.monotonic() + LAG_PAUSES[tries])
