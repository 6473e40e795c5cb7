"""``down``: stop and remove what a project has."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Final

from projects.management import parsing
from projects.management.parsing import refused
from projects.management.session import Session
from projects.management.verbs import Verb
from projects.management.verbs.converging import removing_orphans
from projects.management.verbs.lifecycle import by_labels
from projects.services import provided_verbs, verbs


def _down_flags(parser: argparse.ArgumentParser) -> None:
    parsing.switches(
        parser,
        [
            ("-v", "--volumes", "Remove named and anonymous volumes, too"),
            ("--remove-orphans", "Remove containers for services not defined in the Compose file"),
        ],
    )
    parser.add_argument("--rmi", default="", help="Remove images used by services")
    parsing.timeout(parser)
    parsing.services(parser)


def _down(session: Session) -> int:
    asked = session.asked
    if asked.rmi not in ("", "local", "all"):
        raise refused(f'invalid value for --rmi: "{asked.rmi}"')
    options = verbs.DownOptions(
        services=tuple(asked.services),
        volumes=asked.volumes,
        remove_orphans=removing_orphans(session),
        images=asked.rmi,
        timeout=asked.timeout,
    )
    return by_labels(session, options, provided_verbs.down)


VERBS: Final[Mapping[str, Verb]] = {"down": Verb(flags=_down_flags, run=_down)}
