#!/usr/bin/env python
"""Compose UI's command line: ``serve``, ``compose``, ``migrate`` and Django's own commands."""

import os
import sys


def main() -> None:
    """Run one management command."""
    import projects.management.shell  # noqa: F401 - before Django changes the environment

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compose_ui.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
