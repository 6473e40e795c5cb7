"""``manage.py compose``: the reference CLI's verbs and flags over the dashboard's own services.

What is done to a project that the dashboard knows is an operation like any other: journalled, on record, and seen by
whoever has its page open. Nothing here imports Django: `dashboard` does where it is needed.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import PurePath
from typing import Final

from projects.compose.errors import ComposeError, ComposeFileError, Place
from projects.management.global_flags import add_global_flags, settle
from projects.management.parsing import FAILED, Parser, VerbParser
from projects.management.session import INTERRUPTED, Session
from projects.management.verbs import TABLE
from projects.management.wording import worded

HELP: Final = "Define and run multi-container applications with Docker."


def main(argv: Sequence[str]) -> int:
    """Do what ``[program, "compose", …]`` asks for.

    Returns the exit status: 0 done, 1 failed, 130 interrupted, and those of containers where the reference passes
    them on.
    """
    program, name, *arguments = argv
    if arguments[:1] == ["help"]:
        arguments = [*arguments[1:2], "--help"]
    # As the reference does: what it started attached is stopped, what it was about to do is not begun.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    parser = parser_of(program, name)
    asked = parser.parse_args(arguments)
    if asked.version:
        asked = parser.parse_args(["version"])
    if asked.verb is None:
        parser.print_help()
        return 0
    return run(asked)


def parser_of(program: str, name: str) -> Parser:
    """Return the parser of all verbs."""
    parser = Parser(prog=f"{PurePath(program).name} {name}", description=HELP)
    add_global_flags(parser)
    verbs = parser.add_subparsers(dest="verb", metavar="COMMAND", title="Commands", parser_class=VerbParser)
    for verb, entry in TABLE.items():
        verbs.add_parser(verb, help=entry.help, description=entry.help, verb=partial(entry.verb, verb))
    return parser


def run(asked: argparse.Namespace) -> int:
    """Do what was asked and return the exit status; an error is told on stderr."""
    session = None
    try:
        settle(asked)
        session = Session(asked, sys.stdout, sys.stderr)
        return TABLE[asked.verb].verb(asked.verb).run(session)
    except ComposeError as error:
        sys.stderr.write(f"{located(error)}\n")
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        if session is not None:
            session.close()


def located(error: ComposeError) -> str:
    """Return an error's sentence with its place, where it has one."""
    place = error.place if isinstance(error, ComposeFileError) else Place()
    where = ":".join(str(part) for part in (place.file, place.line, place.column) if part)
    said = worded(error.message)
    return f"{where}: {said}" if where and place.file not in said else said
