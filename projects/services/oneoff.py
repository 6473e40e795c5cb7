"""The verb `run`: a one-off container of a service, with what the service depends on."""

from __future__ import annotations

import threading

from projects.compose.model import Application
from projects.compose.plan import Plan
from projects.compose.plan_oneoff import dependencies_up, images_of, plan_hooks, plan_oneoff
from projects.compose.plan_options import RunOptions
from projects.compose.planner import plan_images, plan_orphans, plan_up, wanted_services
from projects.compose.platforms import with_default_platform
from projects.compose.state import ObservedState
from projects.services.contract import Engine
from projects.services.executor import Emit
from projects.services.verbs import Outcome, Run


def prepare(
    application: Application, engine: Engine, emit: Emit, cancel: threading.Event, options: RunOptions
) -> Outcome:
    """Have the images, bring up what the service depends on, and make the container.

    Raises `PlanError`, and `ComposeFileError` for a build that is not for the default platform.
    """
    wanted = wanted_services(application, (options.service,), no_deps=options.no_deps)
    application = with_default_platform(application, wanted)
    before = dependencies_up(application, options)

    def dependencies(state: ObservedState) -> Plan:
        return (plan_up if before.services else plan_orphans)(application, state, before)

    run = Run(engine, application.name, application, emit, cancel)
    ready = run.through(
        lambda state: plan_images(application, state, images_of(application, options)),
        dependencies,
    )
    if ready.state != "succeeded":
        return ready
    return run.through(lambda state: plan_oneoff(application, state, options))


def run_hooks(application: Application, engine: Engine, options: RunOptions, container: str) -> Outcome:
    """Run the hooks after the start of a one-off that was attached to first; without a word of progress."""
    if not application.services[options.service].post_start:
        return Outcome(state="succeeded")
    run = Run(engine, application.name, application, lambda event: None, threading.Event())
    return run.through(lambda state: plan_hooks(application, options, container))
