"""What an attached ``up`` shows: the output of containers from their starts on, and their ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from projects.compose.errors import EngineError
from projects.compose.identity import LABEL_ONEOFF, LABEL_PROJECT, LABEL_SERVICE
from projects.management.attached_lines import CLEAR_LINE, LinePrinter

if TYPE_CHECKING:
    from projects.services.contract import Engine
    from projects.services.streams import Messages

LAST_LINES_SECONDS: Final = 3.0  # for which the end of a container waits for the end of its output


@dataclass(slots=True)
class _Watched:
    """A container that is followed; `ended` is the time of its last end, `reader` reads what it prints."""

    name: str
    service: str
    ended: float | None = None
    reader: threading.Thread | None = None
    running: bool = True


@dataclass(kw_only=True)
class Attached:
    """Follows the containers of the services in `watched` and shows the output of those in `shown`.

    `cascade` says which end of a container is to end all: none, any (``exit``), or one with another code than 0
    (``failure``). `over` is set when that has come, or when none of them runs any more, unless it is `lasting`: what
    is watched is made anew from time to time. `complete` says whether all that is to be watched is there.
    """

    engine: Engine
    project: str
    watched: Collection[str]
    shown: Collection[str]
    printer: LinePrinter
    cascade: str = ""
    lasting: bool = False
    over: threading.Event = field(default_factory=threading.Event)
    ended_by: str = ""
    codes: dict[str, int] = field(default_factory=dict)
    complete: bool = False
    _began: float = 0.0
    _ran_before: dict[str, bool] = field(default_factory=dict)  # of each container that there was
    _containers: dict[str, _Watched] = field(default_factory=dict)
    _restarting: set[str] = field(default_factory=set)
    _announced: bool = False
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _events: Messages = field(init=False)

    def begin(self) -> None:
        """Listen from now on; nothing that starts later is missed."""
        self._began = time.time()
        self._ran_before = {c.id: c.state == "running" for c in self.engine.containers(project=self.project)}
        label = [f"{LABEL_PROJECT}={self.project}", f"{LABEL_ONEOFF}=False"]
        filters = {"type": ["container"], "label": label, "event": ["start", "die"]}
        self._events = self.engine.events(since=self._began, filters=filters)
        threading.Thread(target=self._listen, name="attached", daemon=True).start()

    def completed(self) -> None:
        """Take in what ran already: all containers are up now."""
        running = {c.id: c for c in self.engine.containers(project=self.project) if not c.oneoff}
        for container in sorted(running.values(), key=lambda container: container.name):
            if container.state == "running" and container.service in self.watched:
                self._started(container.id, container.name, container.service)
        with self._lock:
            self.complete = True
            self._look()

    def close(self) -> None:
        """Listen no more; what those that have ended printed is shown."""
        for container in list(self._containers.values()):
            if container.reader is not None and not container.running:
                container.reader.join(LAST_LINES_SECONDS)
        self._events.close()

    def wait_for_ends(self, services: Collection[str], seconds: float) -> None:
        """Wait until none of these services' containers runs, but no longer than that."""
        deadline = time.monotonic() + seconds
        while self._running() & set(services) and time.monotonic() < deadline:
            time.sleep(0.05)

    def hook_printed(self, container: str, output: str) -> None:
        """Show what a hook printed in a container, whether or not the container's own output is shown."""
        name = self.engine.inspect_container(container).name
        with self._lock:
            self._announce()
        self.printer.hook(self._short(name), output)

    def _running(self) -> set[str]:
        """Return the services of which a container still runs."""
        return {container.service for container in self._containers.values() if container.running}

    def began_to_run(self) -> bool:
        """Return whether one of the containers runs that did not run when this began."""
        there = self.engine.containers(project=self.project, all=False)
        return any(not self._ran_before.get(c.id) and c.service in self.watched for c in there if not c.oneoff)

    def _listen(self) -> None:
        with suppress(EngineError):
            for message in self._events:
                self._take(message)
        self.over.set()

    def _take(self, message: Mapping[str, Any]) -> None:
        actor = message.get("Actor") or {}
        said = actor.get("Attributes") or {}
        number, name, service = str(actor.get("ID")), str(said.get("name")), str(said.get(LABEL_SERVICE))
        if service not in self.watched:
            return
        if message.get("Action") == "start":
            self._started(number, name, service)
        elif number in self._containers:
            self._ended(number, int(said.get("exitCode") or 0), message.get("timeNano", 0) / 1e9)

    def _started(self, number: str, name: str, service: str) -> None:
        with self._lock:
            known = self._containers.get(number)
            if known is not None and known.running:
                return
            watched = self._containers[number] = _Watched(name=name, service=service)
            self._announce()
            if service in self.shown:
                old = self._began if number in self._ran_before else None
                start = known.ended if known is not None else old
                given = (number, self._short(name), start)
                watched.reader = threading.Thread(target=self.printer.follow, args=given, daemon=True)
                watched.reader.start()

    def _announce(self) -> None:
        if self._announced:
            return
        self._announced = True
        there = self.engine.containers(project=self.project)
        names = sorted(self._short(c.name) for c in there if not c.oneoff and c.service in self.shown)
        self.printer.width = max(map(len, names), default=0) + 1
        self.printer.out(f"Attaching to {', '.join(names)}\n")

    def _ended(self, number: str, code: int, at: float) -> None:
        container = self._containers[number]
        if container.reader is not None:
            container.reader.join(LAST_LINES_SECONDS)
        again = self._runs_again(number)
        with self._lock:
            container.running, container.ended = False, at
            # Of every container, as the reference does, not only of those whose output is shown.
            more = " (restarting)" if again else ""
            self.printer.out(f"{CLEAR_LINE}{self._short(container.name)} exited with code {code}{more}\n")
            if again:
                self._restarting.add(number)
                return
            self._restarting.discard(number)
            self.codes.setdefault(container.service, code)
            if not self.over.is_set() and (self.cascade == "exit" or (self.cascade == "failure" and code)):
                self.ended_by = container.service
                self.over.set()
            self._look()

    def _runs_again(self, number: str) -> bool:
        try:
            return self.engine.inspect_container(number).state in ("restarting", "running")
        except EngineError:
            return False

    def _look(self) -> None:
        if self.complete and not self.lasting and not self._restarting and not self._running():
            self.over.set()

    def _short(self, name: str) -> str:
        return name.removeprefix(f"{self.project}-")
