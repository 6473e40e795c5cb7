"""Verbs that list containers: ``ps``, ``ls``."""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from projects.compose import container_rows
from projects.compose.choosing import of_services
from projects.compose.go_template import formatted, go_json
from projects.compose.model import Application
from projects.compose.state import ObservedContainer
from projects.management import parsing
from projects.management.parsing import refused
from projects.management.session import Session
from projects.management.verbs import Verb

LIVE: Final = frozenset({"running", "restarting", "paused"})


def containers_of(
    session: Session, name: str, services: Sequence[str], *, hooks: bool = False
) -> list[ObservedContainer]:
    """Return the containers of a project's services (none named: of all), by name; one-offs are left out."""
    found = of_services(session.engine.containers(project=name), services, hooks=hooks)
    return sorted(found, key=lambda container: container.name)


def _ps_flags(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("-a", "--all", action="store_true", help="Show all stopped containers (including those created by run)")
    add("--filter", default="", help="Filter services by a property (supported filters: status)")
    add("--format", default="table", help="Format output using a custom template: table, json, or a Go template")
    add("--no-trunc", action="store_true", help="Don't truncate output")
    add("--orphans", action="store_true", default=True, help="Include orphaned services (not declared by project)")
    add("-q", "--quiet", action="store_true", help="Only display IDs")
    add("--services", dest="list_services", action="store_true", help="Display services")
    add("--status", action="append", default=[], help="Filter services by status")
    parsing.services(parser)


def _ps(session: Session) -> int:
    asked = session.asked
    states = [*asked.status, *_filtered_state(asked.filter)]
    name, application = session.project(asked.services)
    found = of_services(session.engine.containers(project=name), asked.services, oneoffs=asked.all)
    containers = sorted(_wanted(found, states, asked, application), key=lambda container: container.name)
    if asked.quiet:
        session.lines(container.id for container in containers)
    elif asked.list_services:
        # Of none the reference prints an empty line.
        session.lines(dict.fromkeys(container.service for container in containers) or [""])
    else:
        session.out(_shown(containers, asked))
    return 0


def _filtered_state(text: str) -> list[str]:
    if not text:
        return []
    name, equals, value = text.partition("=")
    if not equals:
        raise refused("arguments to --filter should be in form KEY=VAL")
    if name != "status":
        raise refused(f"unknown filter {name}")
    return [value]


def _wanted(
    found: Iterable[ObservedContainer],
    states: Sequence[str],
    asked: argparse.Namespace,
    application: Application | None,
) -> list[ObservedContainer]:
    if states:
        found = [each for each in found if each.state in states]
    elif not asked.all:
        found = [each for each in found if each.state in LIVE]
    if asked.orphans or application is None:
        return list(found)
    return [each for each in found if each.service in application.services]


def _shown(containers: Sequence[ObservedContainer], asked: argparse.Namespace) -> str:
    now = time.time()
    rows = [container_rows.ps_row(each, now, truncate=not asked.no_trunc) for each in containers]
    if asked.format == "json":
        return "".join(f"{go_json(row)}\n" for row in rows)
    template = container_rows.PS_TABLE if asked.format == "table" else asked.format
    return formatted(template, rows, container_rows.PS_FIELDS)


def _ls_flags(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("-a", "--all", action="store_true", help="Show all stopped Compose projects")
    add("--filter", action="append", default=[], help="Filter output based on conditions provided")
    add("--format", default="table", help="Format the output. Values: [table | json]")
    add("-q", "--quiet", action="store_true", help="Only display project names")


def _ls(session: Session) -> int:
    asked = session.asked
    patterns = [_name_filter(text) for text in asked.filter]
    parsing.format_is_known(asked.format)
    containers = session.engine.containers(all=asked.all)
    rows = [
        row
        for row in container_rows.ls_rows(containers)
        if not patterns or any(pattern.search(row["Name"]) for pattern in patterns)
    ]
    if asked.quiet:
        session.lines(row["Name"] for row in rows)
    else:
        session.out(container_rows.ls_table(rows) if asked.format == "table" else go_json(rows) + "\n")
    return 0


def _name_filter(text: str) -> re.Pattern[str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise refused(f"invalid argument {text!r}: bad format of filter (expected name=value)")
    if name != "name":
        raise refused(f"invalid filter '{name}'")
    try:
        return re.compile(value)
    except re.error:
        return re.compile(re.escape(value))


VERBS: Final[Mapping[str, Verb]] = {"ps": Verb(flags=_ps_flags, run=_ps), "ls": Verb(flags=_ls_flags, run=_ls)}
