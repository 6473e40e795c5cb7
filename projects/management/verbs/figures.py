"""``stats``: what containers use."""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final

from projects.compose.choosing import of_services
from projects.compose.errors import EngineError
from projects.compose.figures import STATS_FIELDS, STATS_TABLE, Figures, figures_from, stats_row
from projects.compose.go_template import formatted, go_json
from projects.compose.state import ObservedContainer
from projects.management.session import Session
from projects.management.verbs import Verb

REDRAW_SECONDS: Final = 0.5
HOME, TO_LINE_END, TO_SCREEN_END = "\x1b[H", "\x1b[K", "\x1b[J"


def _stats_flags(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("-a", "--all", action="store_true", help="Show all containers (default shows just running)")
    add("--format", default="table", help="Format output using a custom template: table, json, or a Go template")
    add("--no-stream", action="store_true", help="Disable streaming stats and only pull the first result")
    add("--no-trunc", action="store_true", help="Do not truncate output")
    add("services", nargs="?", metavar="SERVICE")


def _stats(session: Session) -> int:
    name = session.name()
    if session.asked.no_stream:
        containers = _containers(session, name)
        with ThreadPoolExecutor(max(1, len(containers))) as pool:
            figures = pool.map(lambda container: _once(session, container), containers)
            if containers:
                session.out(_shown(session, list(zip(containers, figures, strict=True))))
        return 0
    live = _Live(session)
    try:
        while True:
            containers = _containers(session, name)
            told = _shown(session, live.of(containers))
            session.out(HOME + told.replace("\n", f"{TO_LINE_END}\n") + TO_SCREEN_END)
            time.sleep(REDRAW_SECONDS)
    finally:
        live.close()


def _containers(session: Session, name: str) -> list[ObservedContainer]:
    asked = session.asked
    found = session.engine.containers(project=name, all=asked.all)
    return of_services(found, [asked.services] if asked.services else [], oneoffs=True)


def _once(session: Session, container: ObservedContainer) -> Figures:
    with suppress(EngineError):
        for message in session.engine.stats(container.id, stream=False):
            return figures_from(message)
    return Figures()


class _Live:
    """The newest figures of containers, each read by a thread for as long as it is asked for."""

    def __init__(self, session: Session) -> None:
        self._engine = session.engine
        self._figures: dict[str, Figures] = {}
        self._streams: dict[str, Any] = {}

    def of(self, containers: Sequence[ObservedContainer]) -> list[tuple[ObservedContainer, Figures]]:
        for container in containers:
            if container.id not in self._streams:
                with suppress(EngineError):
                    self._streams[container.id] = stream = self._engine.stats(container.id)
                    threading.Thread(target=self._read, args=(container.id, stream), daemon=True).start()
        return [(container, self._figures.get(container.id, Figures())) for container in containers]

    def _read(self, container: str, stream: Any) -> None:
        with suppress(EngineError):
            for message in stream:
                self._figures[container] = figures_from(message)

    def close(self) -> None:
        for stream in self._streams.values():
            stream.close()


def _shown(session: Session, found: Sequence[tuple[ObservedContainer, Figures]]) -> str:
    asked = session.asked
    rows = [stats_row(each.id, each.name, figures, truncate=not asked.no_trunc) for each, figures in found]
    if asked.format == "json":
        return "".join(f"{go_json(row)}\n" for row in rows)
    return formatted(STATS_TABLE if asked.format == "table" else asked.format, rows, STATS_FIELDS)


VERBS: Final[Mapping[str, Verb]] = {"stats": Verb(flags=_stats_flags, run=_stats)}
