"""Verbs that tell of a project: ``images``, ``volumes``, ``top``, ``port``, and ``version``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from typing import Any, Final

from projects.compose import container_rows, resource_rows
from projects.compose.choosing import of_services
from projects.compose.go_template import formatted, go_json
from projects.compose.identity import COMPOSE_VERSION
from projects.compose.state import ObservedImage
from projects.management import parsing
from projects.management.parsing import refused
from projects.management.session import Session
from projects.management.verbs import Verb
from projects.management.verbs.inside import index_flag, running_container
from projects.management.verbs.ps import containers_of

HIGHEST_PORT: Final = 65535


def _images_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", default="table", help="Format the output. Values: [table | json]")
    parser.add_argument("-q", "--quiet", action="store_true", help="Only display IDs")
    parsing.services(parser)


def _images(session: Session) -> int:
    asked = session.asked
    parsing.format_is_known(asked.format)
    name = session.name()
    known: dict[str, ObservedImage | None] = {}
    rows: list[dict[str, Any]] = []
    for container in containers_of(session, name, asked.services, hooks=True):
        if container.image_id not in known:
            known[container.image_id] = session.engine.image(container.image_id)
        if image := known[container.image_id]:
            rows.append(resource_rows.image_row(container, image))
    if asked.quiet:
        session.lines(dict.fromkeys(row["ID"].removeprefix("sha256:") for row in rows))
    elif asked.format == "json":
        session.out(f"{go_json(rows) if rows else 'null'}\n\n")
    else:
        session.out(resource_rows.images_table(rows, time.time()))
    return 0


def _volumes_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", default="table", help="Format output: table, json, or a Go template")
    parser.add_argument("-q", "--quiet", action="store_true", help="Only display volume names")
    parsing.services(parser)


def _volumes(session: Session) -> int:
    asked = session.asked
    name, _application = session.project(asked.services)
    volumes = session.engine.volumes(name)
    if asked.services:
        found = of_services(session.engine.containers(project=name, all=False), asked.services, oneoffs=True)
        used = {mount.name for container in found for mount in container.mounts}
        volumes = tuple(volume for volume in volumes if volume.name in used)
    rows = [resource_rows.volume_row(volume) for volume in volumes]
    if asked.quiet:
        session.lines(row["Name"] for row in rows)
    elif asked.format == "json":
        session.lines(go_json(row) for row in rows)
    else:
        template = resource_rows.VOLUMES_TABLE if asked.format == "table" else asked.format
        session.out(formatted(template, rows, resource_rows.VOLUME_FIELDS))
    return 0


def _top(session: Session) -> int:
    name = session.name()
    running = of_services(session.engine.containers(project=name, all=False), session.asked.services)
    running.sort(key=lambda container: (container.service, container.number))
    told = [(container, session.engine.top(container.id)) for container in running]
    session.out(resource_rows.top_table([(each, found.titles, found.rows) for each, found in told]))
    return 0


def _port_flags(parser: argparse.ArgumentParser) -> None:
    index_flag(parser)
    parser.add_argument("--protocol", default="tcp", help="tcp or udp")
    parser.add_argument("service", metavar="SERVICE")
    parser.add_argument("port", metavar="PRIVATE_PORT", nargs="?")


def _port(session: Session) -> int:
    asked = session.asked
    number = _port_number(asked.port) if asked.port is not None else None
    container = running_container(session)
    known = container_rows.all_ports(container)
    if number is None:
        session.lines(f"{port.target}/{port.protocol} -> {container_rows.address(port)}" for port in known)
        return 0
    for port in known:
        if port.published and (port.target, port.protocol) == (number, asked.protocol.lower()):
            session.out(f"{container_rows.address(port)}\n")
            return 0
    told = ", ".join(f"{port.target}/{port.protocol}" for port in known)
    raise refused(f"no port {number}/{asked.protocol} for container {container.name}: {told}")


def _port_number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise refused(f'strconv.ParseUint: parsing "{text}": invalid syntax')
    if int(text) > HIGHEST_PORT:
        raise refused(f'strconv.ParseUint: parsing "{text}": value out of range')
    return int(text)


def _version_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-f", "--format", default="pretty", help="Format the output. Values: [pretty | json]")
    parser.add_argument("--short", action="store_true", help="Shows only Compose's version number")


def _version(session: Session) -> int:
    if session.asked.short:
        session.out(f"{COMPOSE_VERSION}\n")
    elif session.asked.format == "json":
        session.out(f"{go_json({'version': f'v{COMPOSE_VERSION}'})}\n")
    else:
        session.out(f"Docker Compose version v{COMPOSE_VERSION}\n")
    return 0


VERBS: Final[Mapping[str, Verb]] = {
    "images": Verb(flags=_images_flags, run=_images),
    "volumes": Verb(flags=_volumes_flags, run=_volumes),
    "top": Verb(flags=parsing.services, run=_top),
    "port": Verb(flags=_port_flags, run=_port),
    "version": Verb(flags=_version_flags, run=_version),
}
