"""``compose`` among Django's commands; `manage.py` itself goes to `program` without Django."""

from __future__ import annotations

import sys

from django.core.management.base import BaseCommand

from projects.management import program


class Command(BaseCommand):
    """Reads its own arguments: Django's flags are other things to the reference's verbs."""

    help = program.HELP

    def print_help(self, prog_name: str, subcommand: str) -> None:
        program.parser_of(prog_name, subcommand).print_help()

    def run_from_argv(self, argv: list[str]) -> None:
        sys.exit(program.main(argv))
