"""The verbs on images alone: pull, push, build."""

from __future__ import annotations

import threading

from projects.compose.model import Application
from projects.compose.planner import BuildOptions, PullOptions, PushOptions, plan_build, plan_pull, plan_push
from projects.compose.platforms import with_default_platform
from projects.services.contract import Engine
from projects.services.executor import Emit
from projects.services.verbs import Outcome, Run


def pull(
    application: Application,
    engine: Engine,
    emit: Emit,
    cancel: threading.Event,
    options: PullOptions = PullOptions(),  # noqa: B008 - frozen
) -> Outcome:
    """Pull the services' images."""
    run = Run(engine, application.name, application, emit, cancel)
    return run.through(lambda state: plan_pull(application, state, options))


def push(
    application: Application,
    engine: Engine,
    emit: Emit,
    cancel: threading.Event,
    options: PushOptions = PushOptions(),  # noqa: B008 - frozen
) -> Outcome:
    """Push the images that the services build."""
    run = Run(engine, application.name, application, emit, cancel)
    return run.through(lambda state: plan_push(application, state, options))


def build(
    application: Application,
    engine: Engine,
    emit: Emit,
    cancel: threading.Event,
    options: BuildOptions = BuildOptions(),  # noqa: B008 - frozen
) -> Outcome:
    """Build the services' images; raises `ComposeFileError` for one that is not built for the default platform."""
    application = with_default_platform(application)
    run = Run(engine, application.name, application, emit, cancel)
    return run.through(lambda state: plan_build(application, state, options))
