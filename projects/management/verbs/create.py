"""``create`` and ``scale``: containers as the files ask for them, not started, or in other numbers."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Final

from projects.management import parsing
from projects.management.parsing import refused
from projects.management.session import Session
from projects.management.verbs import Verb
from projects.management.verbs.converging import (
    check_flags,
    converging_flags,
    orphans,
    pull_policy,
    scales,
    volumes_to_recreate,
)
from projects.services import verbs


def _create_flags(parser: argparse.ArgumentParser) -> None:
    converging_flags(parser)
    parsing.services(parser)


def _create(session: Session) -> int:
    asked = session.asked
    check_flags(session.asked)
    application = session.application(asked.services)
    options = verbs.UpOptions(
        services=tuple(asked.services),
        build=asked.build,
        no_build=asked.no_build,
        pull=pull_policy(asked.pull),
        force_recreate=asked.force_recreate,
        no_recreate=asked.no_recreate,
        no_start=True,
        scale=scales(application, asked.scale),
        yes=asked.yes,
        recreate_volumes=volumes_to_recreate(session, application),
        all_resources=asked.all_resources,
        **orphans(session, application.environment),
    )
    return session.carry_out(
        application.name,
        options,
        lambda engine, emit, cancel: verbs.up(application, engine, emit, cancel, options),
    )


def _scale_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-deps", action="store_true", help="Don't start linked services")
    parser.add_argument("numbers", nargs="+", metavar="SERVICE=REPLICAS")


def _scale(session: Session) -> int:
    numbers = {}
    for entry in session.asked.numbers:
        name, sign, number = entry.partition("=")
        if not sign:
            raise refused(f"invalid scale specifier: {entry}")
        if not number.isdigit():
            raise refused(f"invalid scale specifier: can't parse replica value as int: {entry}")
        numbers[name] = int(number)
    application = session.application(tuple(numbers))
    options = verbs.UpOptions(
        services=tuple(numbers), no_deps=session.asked.no_deps, settle=False, scale=numbers, ignore_orphans=True
    )
    return session.carry_out(
        application.name,
        options,
        lambda engine, emit, cancel: verbs.up(application, engine, emit, cancel, options),
    )


VERBS: Final[Mapping[str, Verb]] = {
    "create": Verb(flags=_create_flags, run=_create),
    "scale": Verb(flags=_scale_flags, run=_scale),
}
