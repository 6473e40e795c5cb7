"""``wait``: until containers stop."""

from __future__ import annotations

import argparse
import queue
import threading
from collections.abc import Mapping, Sequence
from typing import Final

from projects.compose.choosing import of_services
from projects.compose.errors import ComposeError
from projects.compose.state import ObservedContainer
from projects.management import parsing
from projects.management.parsing import refused
from projects.management.session import Session
from projects.management.verbs import Verb
from projects.management.verbs.lifecycle import by_labels
from projects.services import verbs

HEARING_SECONDS: Final = 0.2
USAGE: Final = """docker: 'docker compose wait' requires at least 1 argument

Usage:  docker compose wait SERVICE [SERVICE...] [OPTIONS]

See 'docker compose wait --help' for more information"""


def _wait_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--down-project", action="store_true", help="Drops project when the first container stops")
    parsing.services(parser)


def _wait(session: Session) -> int:
    asked = session.asked
    if not asked.services:
        raise refused(USAGE)
    name, _application = session.project()
    containers = of_services(session.engine.containers(project=name), asked.services)
    if not containers:
        raise refused(f'no containers for project "{name}"')
    status = _awaited(session, containers, only_first=asked.down_project)
    if asked.down_project:
        asked.verb = "down"
        by_labels(session, verbs.DownOptions(), verbs.down)
    return status


def _awaited(session: Session, containers: Sequence[ObservedContainer], *, only_first: bool) -> int:
    """Say of each container that it has stopped, as they do, and return the exit code of the last."""
    ended: queue.SimpleQueue[tuple[ObservedContainer, int | ComposeError]] = queue.SimpleQueue()
    for container in containers:
        threading.Thread(target=_one, args=(session, container, ended), daemon=True).start()
    status = 0
    for _ in containers[:1] if only_first else containers:
        container, came = _next(ended)
        if isinstance(came, ComposeError):
            raise came
        status = came
        session.out(f'container "{container.id}" exited with status code {status}\n')
    return status


def _next(
    ended: queue.SimpleQueue[tuple[ObservedContainer, int | ComposeError]],
) -> tuple[ObservedContainer, int | ComposeError]:
    while True:  # in pieces, so that Ctrl-C is heard
        try:
            return ended.get(timeout=HEARING_SECONDS)
        except queue.Empty:
            continue


def _one(
    session: Session,
    container: ObservedContainer,
    ended: queue.SimpleQueue[tuple[ObservedContainer, int | ComposeError]],
) -> None:
    try:
        for message in session.engine.wait(container.id):
            ended.put((container, int(message["StatusCode"])))
    except ComposeError as error:
        ended.put((container, error))


VERBS: Final[Mapping[str, Verb]] = {"wait": Verb(flags=_wait_flags, run=_wait)}
