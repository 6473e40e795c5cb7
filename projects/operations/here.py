"""An operation that this very process carries out, and waits for: the command line's way."""

from __future__ import annotations

import getpass
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db import transaction

from projects.models import Operation, Project
from projects.operations.beginning import begin, request_cancel
from projects.operations.carry import Carry
from projects.operations.runner import Runner

LOOK_SECONDS: Final = 0.05


def run_here(
    project: Project, verb: str, services: Sequence[str], options: Mapping[str, Any], carry: Carry
) -> Operation:
    """Carry a verb out in the way given and return the finished operation; Ctrl-C cancels it.

    Raises `OperationInProgress` where another one is unfinished. Should this process die, the server goes on.
    """
    runner = Runner({verb: carry}, claim=False)
    runner.start()
    try:
        with transaction.atomic():  # no other runner can claim it in between
            operation = begin(project, verb, None, services, options, system_user=system_user())
            runner.take(operation)
        try:
            return _finished(operation)
        except KeyboardInterrupt:
            request_cancel(operation, None)
            return _finished(operation)
    finally:
        runner.stop()


def system_user() -> str:
    """Return the name of the operating system's user who runs this process, or the number of one without a name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _finished(operation: Operation) -> Operation:
    while not operation.finished:
        time.sleep(LOOK_SECONDS)
        operation.refresh_from_db()
    return operation
