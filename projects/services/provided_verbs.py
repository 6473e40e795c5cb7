"""The verbs of a person at a terminal, where programs may provide services; the dashboard's own go without.

Programs come first where things are made and last where they are taken away.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from projects.compose.errors import Cancelled, PlanError
from projects.compose.model import Application
from projects.compose.planner import DownOptions, RunOptions, StopOptions, UpOptions
from projects.compose.provided import Asked, providers_of
from projects.services import oneoff, verbs
from projects.services.contract import Engine
from projects.services.executor import Emit
from projects.services.providers import Programs
from projects.services.rehearsal import DryRun
from projects.services.verbs import Outcome

Found = TypeVar("Found")


def up(application: Application, engine: Engine, emit: Emit, cancel: threading.Event, options: UpOptions) -> Outcome:
    """Do as `verbs.up`, once programs have provided what they are to."""
    services = providers_of(application, options.services, no_deps=options.no_deps)
    programs = Programs(application, emit, cancel, isinstance(engine, DryRun))
    return _after(lambda: programs.provide(services), lambda found: verbs.up(found, engine, emit, cancel, options))


def prepare(
    application: Application, engine: Engine, emit: Emit, cancel: threading.Event, options: RunOptions
) -> Outcome:
    """Do as `oneoff.prepare`, once programs have provided what the service depends on."""
    services = providers_of(application, (options.service,), no_deps=options.no_deps)
    programs = Programs(application, emit, cancel, isinstance(engine, DryRun))
    return _after(
        lambda: programs.provide(services), lambda found: oneoff.prepare(found, engine, emit, cancel, options)
    )


def stop(
    project: str,
    application: Application | None,
    engine: Engine,
    emit: Emit,
    cancel: threading.Event,
    options: StopOptions,
) -> Outcome:
    """Do as `verbs.stop`, and tell the programs that want to know of it."""
    outcome = verbs.stop(project, application, engine, emit, cancel, options)
    return _withdrawn(outcome, "stop", application, engine, emit, cancel, options.services)


def down(
    project: str,
    application: Application | None,
    engine: Engine,
    emit: Emit,
    cancel: threading.Event,
    options: DownOptions,
) -> Outcome:
    """Do as `verbs.down`, and have taken down what programs provide."""
    outcome = verbs.down(project, application, engine, emit, cancel, options)
    return _withdrawn(outcome, "down", application, engine, emit, cancel, options.services)


def _withdrawn(
    outcome: Outcome,
    asked: Asked,
    application: Application | None,
    engine: Engine,
    emit: Emit,
    cancel: threading.Event,
    services: tuple[str, ...],
) -> Outcome:
    if application is None or outcome.state != "succeeded":
        return outcome
    wanted = providers_of(application, services, no_deps=True)
    programs = Programs(application, emit, cancel, isinstance(engine, DryRun))
    return _after(lambda: programs.withdraw(wanted, asked), lambda _: outcome)


def _after(ask: Callable[[], Found], verb: Callable[[Found], Outcome]) -> Outcome:
    """Return how it came out, also where a program failed or was stopped."""
    try:
        found = ask()
    except Cancelled:
        return Outcome(state="cancelled")
    except PlanError as error:
        return Outcome(state="failed", failures=(error,))
    return verb(found)
