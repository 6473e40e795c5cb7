"""``manage.py makemessages``: Django's own, which also collects the sentences of `Message`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands import makemessages

ELSEWHERE = ("node_modules/*", "static/dist/*", "static/collected/*", "data/*", "tests/*", "benchmarks/*", "scripts/*")


class Command(makemessages.Command):
    """Collects what is to be translated from Python, templates and, with ``-d djangojs``, from scripts."""

    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=Message"]

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(no_location=True)

    def handle(self, *args: Any, **options: Any) -> None:
        options["ignore_patterns"] += ELSEWHERE
        super().handle(*args, **options)
