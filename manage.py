#!/usr/bin/env python
"""Compose UI's command line: ``serve``, ``compose``, ``migrate`` and Django's own commands."""

import gc
import os
import sys


def main() -> None:
    """Run one management command."""
    import projects.management.shell  # noqa: F401 - before Django changes the environment

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compose_ui.settings")
    if sys.argv[1:2] == ["compose"]:
        # Django's start takes as long as many a verb, and few of them need it; nor is there garbage in what is loaded.
        gc.disable()
        from projects.management import program

        sys.exit(program.main(sys.argv))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
