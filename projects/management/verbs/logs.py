"""``logs`` and ``events``: what containers have printed, and what happens to them."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Mapping
from typing import Final

from projects.compose import event_lines
from projects.compose.choosing import one_of
from projects.compose.identity import LABEL_PROJECT
from projects.compose.moments import moment
from projects.compose.state import ObservedContainer
from projects.management import parsing, terminal_here
from projects.management.log_lines import LogPrinter
from projects.management.parsing import FAILED, refused
from projects.management.session import Session
from projects.management.verbs import Verb
from projects.management.verbs.ps import containers_of


def _logs_flags(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("-f", "--follow", action="store_true", help="Follow log output")
    add("--index", type=int, default=0, help="index of the container if service has multiple replicas")
    add("--no-color", dest="monochrome", action="store_true", help="Produce monochrome output")
    add("--no-log-prefix", action="store_true", help="Don't print prefix in logs")
    add("--since", default="", help="Show logs since timestamp or relative (e.g. 42m for 42 minutes)")
    add("-n", "--tail", default="all", help="Number of lines to show from the end of the logs for each container")
    add("-t", "--timestamps", action="store_true", help="Show timestamps")
    add("--until", default="", help="Show logs before a timestamp or relative (e.g. 42m for 42 minutes)")
    parsing.services(parser)


def _logs(session: Session) -> int:
    asked, now = session.asked, time.time()
    if asked.index and len(asked.services) != 1:
        raise refused("--index requires one service to be selected")
    name, _application = session.project(asked.services)
    printer = LogPrinter(
        session.engine,
        session.out,
        prefix=not asked.no_log_prefix,
        timestamps=asked.timestamps,
        colour=not asked.monochrome and coloured(session),
        since=moment(asked.since, "since", now),
        until=moment(asked.until, "until", now),
    )
    printer.print(_chosen(session, name), tail=_lines(asked.tail), follow=asked.follow)
    return 0


def _chosen(session: Session, name: str) -> list[ObservedContainer]:
    found = containers_of(session, name, session.asked.services)
    return [one_of(found, session.asked.services[0], session.asked.index)] if session.asked.index else found


def _lines(text: str) -> int | None:
    """Return how many lines are wanted; all for what is no number, as the engine itself reads it."""
    return int(text) if text.isascii() and text.isdigit() else None


def coloured(session: Session) -> bool:
    """Return whether stdout shows colours: --ansi decides, else whether it is a terminal and NO_COLOR is not set."""
    if session.asked.ansi != "auto":
        return bool(session.asked.ansi == "always")
    return terminal_here.is_terminal(terminal_here.STDOUT) and not os.environ.get("NO_COLOR")


def _events_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="Output events as a stream of json objects")
    parser.add_argument("--since", default="", help="Show all events created since timestamp")
    parser.add_argument("--until", default="", help="Stream events until this timestamp")
    parsing.services(parser)


def _events(session: Session) -> int:
    asked, now = session.asked, time.time()
    since, until = moment(asked.since, "since", now), moment(asked.until, "until", now)
    name, _application = session.project(asked.services)
    filters = {"type": ["container"], "label": [f"{LABEL_PROJECT}={name}"]}
    for message in session.engine.events(since=since, until=until, filters=filters):
        event = event_lines.container_event(message)
        if event and (not asked.services or event.service in asked.services):
            session.out(event.as_json() if asked.json else event.as_line())
    session.err("EOF\n")  # the end of the stream, by --until, is a failure for the reference, too
    return FAILED


VERBS: Final[Mapping[str, Verb]] = {
    "logs": Verb(flags=_logs_flags, run=_logs),
    "events": Verb(flags=_events_flags, run=_events),
}
