"""Logs of containers as lines on stdout, in the reference's layout."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from projects.compose.errors import EngineError
from projects.compose.identity import LABEL_PROJECT
from projects.compose.state import ObservedContainer
from projects.management.attached_lines import CLEAR_LINE
from projects.services.log_frames import FrameCutter, split

if TYPE_CHECKING:
    from projects.services.contract import Engine
    from projects.services.streams import Messages

Write = Callable[[str], object]

COLOURS: Final = ("36", "33", "32", "35", "34", "36;1", "33;1", "32;1", "35;1", "34;1")
STAYING: Final = frozenset({"running", "restarting", "paused"})
HEARING_SECONDS: Final = 0.2  # in pieces, so that Ctrl-C is heard


class LogPrinter:
    """Prints the logs of containers, each line behind the name of its container, in colours if `colour`.

    `since` and `until` are Unix times.
    """

    def __init__(
        self,
        engine: Engine,
        write: Write,
        *,
        prefix: bool,
        timestamps: bool,
        colour: bool = False,
        since: float | None = None,
        until: float | None = None,
    ) -> None:
        self._engine, self._write = engine, write
        self._prefix, self._colour = prefix, colour
        self._asked: dict[str, Any] = {"timestamps": timestamps, "until": until}
        self._since = since
        self._width = 0
        self._colours: Iterator[str] = itertools.cycle(COLOURS)
        self._given: dict[str, str] = {}
        self._jobs: list[threading.Thread] = []
        self._lock = threading.Lock()

    def print(self, containers: Sequence[ObservedContainer], *, tail: int | None, follow: bool) -> None:
        """Print until the logs end; with `follow` until the containers do, those that start meanwhile too.

        Where none of them runs, `follow` waits until one does.
        """
        began = time.time()
        chosen = sorted(containers, key=lambda container: container.name)
        for container in chosen:
            self._know(container)
        for container in chosen:
            self._begin(container, self._since, tail, follow)
            if not follow:
                self._jobs[-1].join()
        if follow and chosen:
            self._follow(chosen, began)

    def _follow(self, containers: Sequence[ObservedContainer], began: float) -> None:
        project, services = containers[0].project, {container.service for container in containers}
        filters = {"type": ["container"], "event": ["start", "die"], "label": [f"{LABEL_PROJECT}={project}"]}
        told = self._engine.events(since=began, filters=filters)
        threading.Thread(target=self._join_new, args=(told, services), daemon=True).start()
        waits = not any(container.state in STAYING for container in containers)
        try:
            while self._busy() or self._staying(project, services) or (waits and len(self._jobs) == len(containers)):
                time.sleep(HEARING_SECONDS)
        finally:
            told.close()

    def _busy(self) -> bool:
        return any(job.is_alive() for job in self._jobs)

    def _staying(self, project: str, services: set[str]) -> bool:
        return any(
            each.state in STAYING and each.service in services and not each.oneoff
            for each in self._engine.containers(project=project, all=False)
        )

    def _join_new(self, told: Messages, services: set[str]) -> None:
        ended: dict[str, float] = {}
        with suppress(EngineError):
            for message in told:
                container_id = message["Actor"]["ID"]
                if message["Action"] == "die":
                    ended[container_id] = message["timeNano"] / 1e9
                else:
                    self._join(container_id, services, ended.get(container_id))

    def _join(self, container_id: str, services: set[str], ended: float | None) -> None:
        """Print what a container prints since its last end: the first lines may be older than the word of its start."""
        with suppress(EngineError):
            container = self._engine.inspect_container(container_id)
            if container.service in services and not container.oneoff:
                self._know(container)
                self._begin(container, ended or container.finished_at or None, None, True)

    def _know(self, container: ObservedContainer) -> None:
        with self._lock:
            self._width = max(self._width, len(short_name(container)) + 1)
            if container.name not in self._given:
                self._given[container.name] = next(self._colours)

    def _begin(self, container: ObservedContainer, since: float | None, tail: int | None, follow: bool) -> None:
        job = threading.Thread(target=self._one, args=(container, since, tail, follow), daemon=True)
        self._jobs.append(job)
        job.start()

    def _one(self, container: ObservedContainer, since: float | None, tail: int | None, follow: bool) -> None:
        with suppress(EngineError):  # a container that is gone by now has nothing to print
            stream = self._engine.open_log_stream(container.id, tail=tail, since=since, follow=follow, **self._asked)
            cutter, rests = FrameCutter(tty=stream.tty), dict[int, bytes]()
            while data := stream.read():
                for number, payload in split(cutter.feed(data).data):
                    *lines, rests[number] = (rests.get(number, b"") + payload).split(b"\n")
                    self._say(container, lines)
            self._say(container, [rest for rest in rests.values() if rest])
            if follow and container.state in STAYING:
                self._say_exit(container)

    def _say_exit(self, container: ObservedContainer) -> None:
        now = self._engine.inspect_container(container.id)
        if self._prefix and now.exit_code is not None:
            restarting = " (restarting)" if now.state == "restarting" else ""
            with self._lock:
                self._write(f"{CLEAR_LINE}{short_name(container)} exited with code {now.exit_code}{restarting}\n")

    def _say(self, container: ObservedContainer, lines: Sequence[bytes]) -> None:
        if lines:
            prefix = self._prefix_of(container)
            text = b"".join(prefix + line.removesuffix(b"\r") + b"\n" for line in lines)
            with self._lock:
                self._write(text.decode(errors="replace"))

    def _prefix_of(self, container: ObservedContainer) -> bytes:
        if not self._prefix:
            return b""
        plain = f"{short_name(container):{self._width}} | "
        return (f"\x1b[{self._given[container.name]}m{plain}\x1b[0m" if self._colour else plain).encode()


def short_name(container: ObservedContainer) -> str:
    """Return the container's name without its project, such as ``web-1``."""
    return container.name.removeprefix(f"{container.project}-")
