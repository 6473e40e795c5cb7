"""A dry run: what a verb would do is told as if it were done, and nothing is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from projects.compose.events import Status
from projects.compose.plan import Action, Do, Plan
from projects.compose.state import ObservedContainer, ObservedImage, ObservedNetwork, ObservedVolume
from projects.services.contract import Engine
from projects.services.executor import Emit, ExecutionResult
from projects.services.telling import Teller, task_of

_WORDS: Mapping[Do, tuple[str, str]] = MappingProxyType(
    {
        Do.PULL_IMAGE: ("Pulling", "Pulled"),
        Do.PUSH_IMAGE: ("Pushing", "Pushed"),
        Do.BUILD_IMAGE: ("Building", "Built"),
    }
)


class DryRun:
    """The part of an engine that only looks; a verb that is given one tells what it would do."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def api_version(self) -> tuple[int, int]:
        """The version of the Engine API."""
        return self._engine.api_version

    def ping(self) -> None:
        """Return if the engine answers."""
        self._engine.ping()

    def containers(
        self, *, project: str | None = None, ids: Iterable[str] | None = None, all: bool = True
    ) -> tuple[ObservedContainer, ...]:
        """Return the containers there are."""
        return self._engine.containers(project=project, ids=ids, all=all)

    def running(self) -> tuple[ObservedContainer, ...]:
        """Return all running containers."""
        return self._engine.running()

    def networks(self, project: str | None = None) -> tuple[ObservedNetwork, ...]:
        """Return the networks there are."""
        return self._engine.networks(project)

    def volumes(self, project: str | None = None) -> tuple[ObservedVolume, ...]:
        """Return the volumes there are."""
        return self._engine.volumes(project)

    def image(self, reference: str) -> ObservedImage | None:
        """Return an image, or None."""
        return self._engine.image(reference)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"a dry run does not {name}")


def rehearse(plan: Plan, emit: Emit) -> ExecutionResult:
    """Tell of every action of the plan, in its order, as begun and done."""
    teller = Teller(plan, emit)
    teller.announce()
    for action in plan.actions:
        if words := _WORDS.get(action.do):
            _streamed(action, words, emit)
        teller.begun(action)
        teller.done(action)
    return ExecutionResult(done=len(plan.actions))


def _streamed(action: Action, words: tuple[str, str], emit: Emit) -> None:
    task = task_of(action)
    emit(task.event(Status.WORKING, words[0]))
    emit(task.event(Status.DONE, words[1]))
