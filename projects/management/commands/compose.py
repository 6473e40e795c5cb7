"""``manage.py compose``: the reference CLI's verbs and flags over the dashboard's own services.

What is done to a project that the dashboard knows is an operation like any other: journalled, on record, and seen by
whoever has its page open.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from projects.compose.errors import ComposeError, ComposeFileError, Place
from projects.management.global_flags import add_global_flags, settle
from projects.management.parsing import FAILED, Parser, VerbParser
from projects.management.session import INTERRUPTED, Session
from projects.management.verbs import TABLE
from projects.management.wording import worded


class Command(BaseCommand):
    """Exit status: 0 done, 1 failed, 130 interrupted, and those of containers where the reference passes them on."""

    help = "Define and run multi-container applications with Docker."
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Return a parser of our own: Django's has flags that the reference's verbs use for other things."""
        parser: Any = Parser(prog=f"{prog_name.rpartition('/')[2]} {subcommand}", description=self.help)
        add_global_flags(parser)
        verbs = parser.add_subparsers(dest="verb", metavar="COMMAND", title="Commands", parser_class=VerbParser)
        for name, entry in TABLE.items():
            verbs.add_parser(name, help=entry.help, description=entry.help, verb=partial(entry.verb, name))
        parser.set_defaults(print_help=parser.print_help)
        return parser  # type: ignore[no-any-return]

    def handle(self, *args: Any, **options: Any) -> None:
        asked = argparse.Namespace(**options)
        if asked.verb is None:
            asked.print_help()
            return
        self.stderr.style_func = None
        status = self.run(asked)
        if status:
            sys.exit(status)

    def run(self, asked: argparse.Namespace) -> int:
        """Do what was asked and return the exit status; an error is told on stderr."""
        session = None
        try:
            settle(asked)
            session = Session(asked, self.stdout, self.stderr)
            return TABLE[asked.verb].verb(asked.verb).run(session)
        except ComposeError as error:
            self.stderr.write(located(error))
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
