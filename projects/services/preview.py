"""Looks at the engine and tells what `up` and `down` would do, without doing any of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from projects.compose.errors import ComposeError, ComposeFileError, PlanError
from projects.compose.messages import Message
from projects.compose.model import Application
from projects.compose.payloads import volume_payload
from projects.compose.plan import Do, Plan
from projects.compose.plan_resources import changed_volumes
from projects.compose.planner import (
    DownOptions,
    UpOptions,
    plan_down,
    plan_images,
    plan_up,
    port_conflicts,
    wanted_services,
)
from projects.compose.platforms import with_default_platform
from projects.compose.preview import DownPreview, Question, UpPreview
from projects.compose.previewing import preview_down, preview_up
from projects.compose.resource_settings import changed_resource, volume_settings
from projects.compose.state import ObservedContainer, ObservedState
from projects.services.contract import Engine
from projects.services.explaining import explained
from projects.services.observation import observe, prepared

_RESTFUL: Final = frozenset({Do.KEEP, Do.WAIT_RUNNING, Do.WAIT_HEALTHY, Do.WAIT_COMPLETED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Previews:
    """What both verbs would do; `up` is None where it would refuse, with the reason in `problem`."""

    up: UpPreview | None = None
    problem: ComposeError | None = None
    down: DownPreview = field(default_factory=DownPreview)


def previews(
    engine: Engine, project: str, application: Application | None, options: UpOptions, unset: Sequence[str] = ()
) -> Previews:
    """Return what `up` with these options and `down` would do now.

    Without an application, whose files are broken or gone, only `down` can be told. Raises `EngineError`.
    """
    state = observe(engine, project, application)
    down = preview_down(application, state, plan_down(project, application, state, DownOptions(volumes=True)))
    if application is None:
        return Previews(down=down)
    try:
        application = prepared(with_default_platform(application), engine)
        up = _up(engine, application, state, options, unset)
    except (PlanError, ComposeFileError) as problem:
        return Previews(problem=problem, down=down)
    return Previews(up=up, down=down)


def _up(
    engine: Engine, application: Application, state: ObservedState, options: UpOptions, unset: Sequence[str]
) -> UpPreview:
    images = plan_images(application, state, options)
    plan = explained(plan_up(application, state, options), engine, state)
    return preview_up(
        application,
        state,
        images,
        plan.plan,
        changes=plan.changes,
        obstacles=_taken_ports(engine, application, options, plan.plan),
        questions=_questions(application, state),
        unset=unset,
    )


def _taken_ports(engine: Engine, application: Application, options: UpOptions, plan: Plan) -> list[Message]:
    """Return the host ports that others hold, of the services that would be created, recreated or started."""
    changing = {action.service for action in plan.actions if action.service and action.do not in _RESTFUL}
    wanted = wanted_services(application, options.services, no_deps=options.no_deps)
    services = [name for name in wanted if name in changing and application.services[name].ports]
    if not services:
        return []
    found = port_conflicts(application, _others(engine, application.name), services)
    return [conflict.message for conflict in found]


def _others(engine: Engine, project: str) -> list[ObservedContainer]:
    """Return what runs outside of the project; ports that its own containers hold may be set free by the plan."""
    return [container for container in engine.running() if container.project != project]


def _questions(application: Application, state: ObservedState) -> list[Question]:
    observed = {volume.name: volume for volume in state.volumes}
    keys = {volume.name: key for key, volume in application.volumes.items()}
    return [
        Question(
            volume=name,
            cause=changed_resource(observed[name].settings, volume_settings(volume_payload(application, keys[name]))),
            services=tuple(_users(state, name)),
        )
        for name in changed_volumes(application, state.volumes)
    ]


def _users(state: ObservedState, volume: str) -> list[str]:
    return sorted({c.service for c in state.containers if any(mount.name == volume for mount in c.mounts)})
