"""The verbs of Compose: observe, plan, execute; each may be run again at any time and then does what is left."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from projects.compose.errors import Cancelled, ComposeError, ContainerLost, EngineUnavailable
from projects.compose.identity import image_name
from projects.compose.messages import Message
from projects.compose.model import Application
from projects.compose.plan import Action, Do, Plan
from projects.compose.plan_early import with_early
from projects.compose.planner import (
    DownOptions,
    RestartOptions,
    StartOptions,
    StopOptions,
    UpOptions,
    plan_down,
    plan_images,
    plan_restart,
    plan_start,
    plan_stop,
    plan_up,
    port_conflicts,
    wanted_services,
)
from projects.compose.platforms import with_default_platform
from projects.compose.state import ObservedState
from projects.compose.unsupported import check_supported
from projects.services import failures
from projects.services.contract import Engine
from projects.services.executor import Emit, ExecutionResult, execute
from projects.services.explaining import explained
from projects.services.observation import observe, prepared
from projects.services.patience import Patience
from projects.services.rehearsal import DryRun, rehearse
from projects.services.telling import found_done

__all__ = [
    "DownOptions",
    "Outcome",
    "RestartOptions",
    "Run",
    "StartOptions",
    "StopOptions",
    "UpOptions",
    "down",
    "observe",
    "restart",
    "start",
    "stop",
    "up",
]

Phase: TypeAlias = Callable[[ObservedState], Plan]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a verb came to; `done` and `skipped` count actions, `failures` and `warnings` are whole sentences."""

    state: Literal["succeeded", "failed", "cancelled"]
    failures: tuple[ComposeError, ...] = ()
    warnings: tuple[Message, ...] = ()
    done: int = 0
    skipped: int = 0


def up(
    application: Application,
    engine: Engine,
    emit: Emit,
    cancel: threading.Event,
    options: UpOptions = UpOptions(),  # noqa: B008 - frozen
) -> Outcome:
    """Bring the project's containers to what its files ask for.

    A service whose image cannot be had is left as it is, with those that depend on it; the others come up.
    Raises `PlanError`, `ComposeFileError` for a build that is not for the default platform, or `EngineUnavailable`
    where the engine stays away.
    """
    wanted = wanted_services(application, options.services, no_deps=options.no_deps)
    application = prepared(with_default_platform(application, wanted), engine)
    run = Run(engine, application.name, application, emit, cancel, publishing=wanted, makes_anew=True)
    # Two snapshots: an image that was just pulled or built decides what is recreated.
    return run.through(
        lambda state: _images_first(application, state, options),
        lambda state: plan_up(application, state, options),
    )


def down(
    project: str,
    application: Application | None,
    engine: Engine,
    emit: Emit,
    cancel: threading.Event,
    options: DownOptions = DownOptions(),  # noqa: B008 - frozen
) -> Outcome:
    """Stop and remove what the project has; without `application` by the labels alone."""
    run = Run(engine, project, application, emit, cancel)
    return run.through(lambda state: plan_down(project, application, state, options))


def stop(
    project: str,
    application: Application | None,
    engine: Engine,
    emit: Emit,
    cancel: threading.Event,
    options: StopOptions = StopOptions(),  # noqa: B008 - frozen
) -> Outcome:
    """Stop the project's containers."""
    run = Run(engine, project, application, emit, cancel)
    return run.through(lambda state: plan_stop(project, application, state, options))


def start(
    project: str,
    application: Application | None,
    engine: Engine,
    emit: Emit,
    cancel: threading.Event,
    options: StartOptions = StartOptions(),  # noqa: B008 - frozen
) -> Outcome:
    """Start the containers that exist."""
    run = Run(engine, project, application, emit, cancel)
    return run.through(lambda state: plan_start(project, application, state, options))


def restart(
    project: str,
    application: Application | None,
    engine: Engine,
    emit: Emit,
    cancel: threading.Event,
    options: RestartOptions = RestartOptions(),  # noqa: B008 - frozen
) -> Outcome:
    """Restart the containers that exist."""
    run = Run(engine, project, application, emit, cancel)
    return run.through(lambda state: plan_restart(project, application, state, options))


def _images_first(application: Application, state: ObservedState, options: UpOptions) -> Plan:
    check_supported(application, options)
    images = plan_images(application, state, options)
    return with_early(images, plan_up(application, state, options)) if images.actions else images


class Run:
    """One verb on its way through its phases; `publishing` are the services whose ports must be free.

    One that `makes_anew` does so with containers that the engine turns out to have lost hold of, once.
    """

    def __init__(
        self,
        engine: Engine,
        project: str,
        application: Application | None,
        emit: Emit,
        cancel: threading.Event,
        *,
        publishing: tuple[str, ...] = (),
        makes_anew: bool = False,
    ) -> None:
        self._engine = engine
        self._project = project
        self._application = application
        self._emit = emit
        self._cancel = cancel
        self._patience = Patience(engine, project, emit, cancel)
        self._publishing = publishing
        self._makes_anew = makes_anew
        self._lost: frozenset[str] = frozenset()  # names of containers
        self._snapshot: ObservedState | None = None

    def through(self, *phases: Phase) -> Outcome:
        """Observe, plan and execute, once for each phase."""
        results: list[ExecutionResult] = []
        warnings: list[Message] = []
        try:
            for phase in phases:
                results.append(self._patiently(phase, self._without_image(results), warnings))
        except Cancelled:
            results.append(ExecutionResult(cancelled=True))
        return _outcome(results, warnings)

    def _patiently(self, phase: Phase, given_up: frozenset[str], warnings: list[Message]) -> ExecutionResult:
        """Run one phase; where the engine goes away, wait for it and begin the phase anew with what is left of it."""
        unfinished: tuple[Action, ...] = ()
        while True:
            if self._cancel.is_set():
                raise Cancelled(Message("Cancelled"))
            try:
                state = self._observed()
                plan = explained(phase(state), self._engine, state).plan
                for message in plan.warnings:
                    self._patience.tell(message)
                warnings += plan.warnings
                for event in found_done(unfinished, plan):
                    self._emit(event)
                refused = self._without_port(plan)
                if isinstance(self._engine, DryRun):
                    return rehearse(plan, self._emit)
                result = execute(plan, self._engine, self._emit, self._cancel, given_up=given_up, refused=refused)
            except EngineUnavailable as error:
                self._patience.wait(error)
                continue
            gone = result.interrupted or self._patience.gone_after(result)
            if gone is None and not self._finds_lost(result):
                self._snapshot = None if plan.actions else state
                return result
            unfinished = (*result.failed, *result.unfinished)
            if gone is not None:
                self._patience.wait(gone)

    def _finds_lost(self, result: ExecutionResult) -> bool:
        """Return whether containers were lost that can be made anew."""
        services = {failure.service for failure in result.failures if isinstance(failure, ContainerLost)}
        if not services or not self._makes_anew:
            return False
        self._makes_anew = False
        starts = [each for each in result.failed if each.do is Do.START_CONTAINER and each.service in services]
        self._lost = frozenset(action.target for action in starts)
        names = ", ".join(sorted(self._lost))
        self._patience.tell(Message("The engine has lost hold of %(names)s in a restart: made anew.", names=names))
        return True

    def _observed(self) -> ObservedState:
        """Return a new snapshot, or the last one where nothing was done since."""
        state, self._snapshot = self._snapshot, None
        state = state or observe(self._engine, self._project, self._application)
        lost, self._lost = self._lost, frozenset()
        return state.with_lost(lost) if lost else state

    def _without_port(self, plan: Plan) -> dict[str, ComposeError]:
        """Return the services that would be started in vain, so that a container that runs is not replaced for it.

        Ports that the project's own containers hold are left to the engine: the plan may set them free.
        """
        starting = any(action.do is Do.START_CONTAINER for action in plan.actions)
        if self._application is None or not starting or not any(map(self._ports, self._publishing)):
            return {}
        found = port_conflicts(self._application, self._engine.running(), self._publishing)
        foreign = [conflict for conflict in found if conflict.owner.project != self._project]
        return {each.service: failures.port_taken(each.service, each.port, each.owner) for each in foreign}

    def _ports(self, service: str) -> bool:
        return bool(self._application and self._application.services[service].ports)

    def _without_image(self, results: list[ExecutionResult]) -> frozenset[str]:
        """Return the services whose image could not be pulled or built."""
        failed = {action.target for result in results for action in result.failed}
        application = self._application
        if application is None:
            return frozenset()
        services = application.services.values()
        return frozenset(service.name for service in services if image_name(application, service) in failed)


def _outcome(results: list[ExecutionResult], warnings: list[Message]) -> Outcome:
    failures = tuple(failure for result in results for failure in result.failures)
    cancelled = any(result.cancelled for result in results)
    return Outcome(
        state="cancelled" if cancelled else "failed" if failures else "succeeded",
        failures=failures,
        warnings=(*warnings, *(message for result in results for message in result.warnings)),
        done=sum(result.done for result in results),
        skipped=sum(result.skipped for result in results),
    )
