"""The verbs of a person at a terminal, where programs may provide services; the dashboard's own go without.

Programs come first where things are made and last where they are taken away.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeAlias, TypeVar

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
Options = TypeVar("Options", StopOptions, DownOptions)
ByLabels: TypeAlias = Callable[[str, Application | None, Engine, Emit, threading.Event, Options], Outcome]


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


def _withdrawing(verb: ByLabels[Options], asked: Asked) -> ByLabels[Options]:
    """Return the verb with what is asked of programs after it."""

    def carried(
        project: str,
        application: Application | None,
        engine: Engine,
        emit: Emit,
        cancel: threading.Event,
        options: Options,
    ) -> Outcome:
        outcome = verb(project, application, engine, emit, cancel, options)
        if application is None or outcome.state != "succeeded":
            return outcome
        services = providers_of(application, options.services, no_deps=True)
        programs = Programs(application, emit, cancel, isinstance(engine, DryRun))
        return _after(lambda: programs.withdraw(services, asked), lambda _: outcome)

    return carried


def _after(ask: Callable[[], Found], verb: Callable[[Found], Outcome]) -> Outcome:
    """Return how it came out, also where a program failed or was stopped."""
    try:
        found = ask()
    except Cancelled:
        return Outcome(state="cancelled")
    except PlanError as error:
        return Outcome(state="failed", failures=(error,))
    return verb(found)


# As `verbs.stop`, and the programs that want to know of it are told; as `verbs.down`, and what they provide goes too.
stop = _withdrawing(verbs.stop, "stop")
down = _withdrawing(verbs.down, "down")
