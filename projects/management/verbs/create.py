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
    bring_up,
    check_flags,
    converging_flags,
    converging_options,
    ignoring_orphans,
)
from projects.services import verbs


def _create_flags(parser: argparse.ArgumentParser) -> None:
    converging_flags(parser)
    parsing.services(parser)


def _create(session: Session) -> int:
    check_flags(session.asked)
    application = session.application(session.asked.services)
    return bring_up(session, application, verbs.UpOptions(no_start=True, **converging_options(session, application)))


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
        services=tuple(numbers),
        no_deps=session.asked.no_deps,
        settle=False,
        scale=numbers,
        ignore_orphans=ignoring_orphans(application.environment),
    )
    return bring_up(session, application, options)


VERBS: Final[Mapping[str, Verb]] = {
    "create": Verb(flags=_create_flags, run=_create),
    "scale": Verb(flags=_scale_flags, run=_scale),
}
