"""More verbs on containers that exist: kill, pause, unpause, rm."""

from __future__ import annotations

import threading

from projects.compose.model import Application
from projects.compose.planner import (
    KillOptions,
    PauseOptions,
    RemoveOptions,
    plan_kill,
    plan_pause,
    plan_remove,
    plan_unpause,
)
from projects.services.contract import Engine
from projects.services.executor import Emit
from projects.services.verbs import Outcome, Run


def kill(
    project: str,
    application: Application | None,
    engine: Engine,
    emit: Emit,
    cancel: threading.Event,
    options: KillOptions = KillOptions(),  # noqa: B008 - frozen
) -> Outcome:
    """Send a signal to the project's running containers."""
    run = Run(engine, project, application, emit, cancel)
    return run.through(lambda state: plan_kill(project, application, state, options))


def pause(
    project: str,
    application: Application | None,
    engine: Engine,
    emit: Emit,
    cancel: threading.Event,
    options: PauseOptions = PauseOptions(),  # noqa: B008 - frozen
) -> Outcome:
    """Freeze the project's running containers."""
    run = Run(engine, project, application, emit, cancel)
    return run.through(lambda state: plan_pause(project, application, state, options))


def unpause(
    project: str,
    application: Application | None,
    engine: Engine,
    emit: Emit,
    cancel: threading.Event,
    options: PauseOptions = PauseOptions(),  # noqa: B008 - frozen
) -> Outcome:
    """Thaw the project's containers."""
    run = Run(engine, project, application, emit, cancel)
    return run.through(lambda state: plan_unpause(project, application, state, options))


def remove(
    project: str,
    application: Application | None,
    engine: Engine,
    emit: Emit,
    cancel: threading.Event,
    options: RemoveOptions = RemoveOptions(),  # noqa: B008 - frozen
) -> Outcome:
    """Remove the project's stopped containers."""
    run = Run(engine, project, application, emit, cancel)
    return run.through(lambda state: plan_remove(project, application, state, options))
