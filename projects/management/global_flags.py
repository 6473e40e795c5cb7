"""The flags that stand before the verb, and the variables that stand for them."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping
from typing import Final

from projects.management.parsing import refused

PROGRESS: Final = ("auto", "tty", "plain", "json", "quiet")


def add_global_flags(parser: argparse.ArgumentParser) -> None:
    """Declare them."""
    add = parser.add_argument
    add("--all-resources", action="store_true", help="Include all resources, even those not used by services")
    add("--ansi", help='Control when to print ANSI control characters ("never"|"always"|"auto")')
    add("--compatibility", action="store_true", help="Run compose in backward compatibility mode")
    add("--dry-run", action="store_true", help="Execute command in dry run mode")
    add("--env-file", action="append", default=[], help="Specify an alternate environment file")
    add("-f", "--file", action="append", default=[], help="Compose configuration files")
    add("--parallel", type=int, help="Control max parallelism, -1 for unlimited")
    add("--profile", action="append", default=[], help="Specify a profile to enable")
    add("--progress", help="Set type of progress output (auto, tty, plain, json, quiet)")
    add("--project-directory", "--workdir", help="Specify an alternate working directory")
    add("-p", "--project-name", help="Project name")
    add("-v", "--version", action="store_true", help="Show the Docker Compose version information")
    add("--verbose", action="store_true", help=argparse.SUPPRESS)
    add("--no-ansi", action="store_true", help=argparse.SUPPRESS)


def settle(asked: argparse.Namespace, environment: Mapping[str, str] = os.environ) -> None:
    """Fill in what was not given from ``COMPOSE_…`` variables; raises `ComposeError` for values there are not."""
    asked.progress = asked.progress or environment.get("COMPOSE_PROGRESS") or "auto"
    asked.ansi = "never" if asked.no_ansi else asked.ansi or environment.get("COMPOSE_ANSI") or "auto"
    if asked.progress not in PROGRESS:
        raise refused(f'unsupported --progress value "{asked.progress}"')
    if asked.parallel is None:
        asked.parallel = whole_number(environment.get("COMPOSE_PARALLEL_LIMIT", ""), -1)


def whole_number(text: str, otherwise: int) -> int:
    """Return the number that a variable holds; raises `ComposeError` where it is none."""
    try:
        return int(text) if text else otherwise
    except ValueError:
        raise refused(f"COMPOSE_PARALLEL_LIMIT must be an integer (found: {json.dumps(text)})") from None
