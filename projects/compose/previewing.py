"""What the plans of an `up` and of a `down` come to, told as a preview."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Final

from projects.compose.differences import Difference
from projects.compose.given_files import problem_of
from projects.compose.identity import image_name
from projects.compose.messages import Message
from projects.compose.model import Application
from projects.compose.plan import Action, Do, Plan
from projects.compose.plan_orphans import orphans_of
from projects.compose.plan_pre_start import hook_name
from projects.compose.plan_resources import ACTIVE
from projects.compose.preview import (
    DownPreview,
    Fate,
    ImagePreview,
    Question,
    ResourcePreview,
    ServicePreview,
    UpPreview,
)
from projects.compose.state import ObservedState


def preview_up(
    application: Application,
    state: ObservedState,
    images: Plan,
    up: Plan,
    *,
    changes: Mapping[str, tuple[Difference, ...]] | None = None,
    obstacles: Sequence[Message] = (),
    questions: Sequence[Question] = (),
    unset: Sequence[str] = (),
) -> UpPreview:
    """Return what the two plans of an `up` come to; `changes` are by the names of containers."""
    pulls = _images(images, Do.PULL_IMAGE, application, state)
    builds = _images(images, Do.BUILD_IMAGE, application, state)
    made = {action.target for action in up.actions if action.do in (Do.REMOVE_NETWORK, Do.REMOVE_VOLUME)}
    networks = _resources(up, Do.CREATE_NETWORK)
    again = {name for image in pulls if image.present for name in image.services}
    built = {name for image in builds for name in image.services}
    return UpPreview(
        services=tuple(_services(application, state, up, changes or {}, built, again)),
        pulls=pulls,
        builds=builds,
        networks=tuple(network for network in networks if network.name not in made),
        recreated_networks=tuple(network for network in networks if network.name in made),
        volumes=_resources(up, Do.CREATE_VOLUME),
        orphans=tuple(orphan.name for orphan in orphans_of(application, state)),
        questions=tuple(questions),
        unset=tuple(unset),
        obstacles=(*obstacles, *_cannot_be_given(up)),
        warnings=tuple(warning for warning in up.warnings if not _is_told(warning)),
    )


def preview_down(application: Application | None, state: ObservedState, plan: Plan) -> DownPreview:
    """Return what a `down` with volumes would remove, of which people may keep the volumes."""
    removed = {action.container_id for action in plan.actions if action.do is Do.REMOVE_CONTAINER}
    named = {volume.name for volume in state.volumes}
    gone = [container for container in state.containers if container.id in removed]
    anonymous = {
        m.name for c in gone for m in c.mounts if m.type == "volume" and m.name not in named and len(m.name) == 64
    }
    return DownPreview(
        containers=tuple(sorted(container.name for container in gone)),
        networks=tuple(a.target for a in plan.actions if a.do is Do.REMOVE_NETWORK and "in_use" not in a.payload),
        volumes=tuple(action.target for action in plan.actions if action.do is Do.REMOVE_VOLUME),
        anonymous=len(anonymous),
        orphans=tuple(o.name for o in orphans_of(application, state) if o.id not in removed) if application else (),
    )


def _cannot_be_given(plan: Plan) -> Iterable[Message]:
    """Yield why services will not be given their secrets and configs."""
    for action in plan.actions:
        if action.do is Do.PUT_FILES and (problem := problem_of(action.payload["files"])):
            yield Message('Service "%(service)s": %(problem)s', service=action.service, problem=problem)


def _images(plan: Plan, do: Do, application: Application, state: ObservedState) -> tuple[ImagePreview, ...]:
    found: dict[str, ImagePreview] = {}
    for action in plan.actions:
        if action.do is do and action.target not in found:
            present = state.images.get(action.target)
            users = [n for n, s in application.services.items() if image_name(application, s) == action.target]
            found[action.target] = ImagePreview(
                name=action.target,
                services=tuple(users),
                cause=action.cause,
                present=present.size if present else 0,
            )
    return tuple(found.values())


def _resources(plan: Plan, do: Do) -> tuple[ResourcePreview, ...]:
    return tuple(ResourcePreview(name=a.target, cause=a.cause) for a in plan.actions if a.do is do)


_FATES: Final = (
    (Do.CREATE_CONTAINER, Fate.CREATED),
    (Do.REMOVE_CONTAINER, Fate.REMOVED),
    (Do.STOP_CONTAINER, Fate.RESTARTED),
    (Do.START_CONTAINER, Fate.STARTED),
    (Do.UNPAUSE_CONTAINER, Fate.STARTED),
)


def _services(
    application: Application,
    state: ObservedState,
    plan: Plan,
    changes: Mapping[str, tuple[Difference, ...]],
    built: set[str],
    again: set[str],
) -> Iterable[ServicePreview]:
    names = dict.fromkeys([*application.services, *(action.service for action in plan.actions if action.service)])
    running = {container.name for container in state.containers if container.state in ACTIVE}
    hooks = _hooks(application, state)
    for name in names:
        of_service = [action for action in plan.actions if action.service == name and action.target not in hooks]
        own = [action for action in of_service if not _stops_nothing(action, running)]
        if not own:
            continue
        fate = _fate(own)
        decisive = _decisive(own, fate)
        containers = tuple(dict.fromkeys(action.group or action.target for action in decisive))
        found = {change.name: change for container in containers for change in changes.get(container, ())}
        yield ServicePreview(
            name=name,
            fate=fate,
            causes=_causes(decisive),
            containers=containers,
            changes=tuple(found.values()),
            build=name in built,
            pull=name in again,
            partly=fate is not Fate.KEPT and any(action.do is Do.KEEP for action in own),
        )


def _hooks(application: Application, state: ObservedState) -> set[str]:
    """Return the names of the containers of hooks before the start, which come and go with every start."""
    left = {container.name for container in state.containers if container.is_hook}
    counts = {name: len(service.pre_start) for name, service in application.services.items()}
    return left | {hook_name(application, name, index) for name, count in counts.items() for index in range(count)}


def _fate(own: Sequence[Action]) -> Fate:
    done = {action.do for action in own}
    if {Do.CREATE_CONTAINER, Do.REMOVE_CONTAINER} <= done:
        return Fate.RECREATED
    return next((fate for do, fate in _FATES if do in done), Fate.KEPT)


def _stops_nothing(action: Action, running: Container[str]) -> bool:
    return action.do is Do.STOP_CONTAINER and action.target not in running


def _decisive(own: Sequence[Action], fate: Fate) -> list[Action]:
    """Return the actions that make the fate: one for each container to which it happens."""
    if fate is Fate.RECREATED:
        return [action for action in own if action.do in (Do.CREATE_CONTAINER, Do.REMOVE_CONTAINER)]
    wanted = {do for do, each in _FATES if each is fate} or {Do.KEEP}
    return [action for action in own if action.do in wanted]


def _causes(actions: Iterable[Action]) -> tuple[Message, ...]:
    causes: list[Message] = []
    for action in actions:
        if action.cause not in causes and action.do is not Do.KEEP:
            causes.append(action.cause)
    return tuple(causes)


_TOLD: Final = ("Found orphan containers", "Volume %(volume)s does not match")


def _is_told(warning: Message) -> bool:
    """Whether a part of the preview of its own tells of it already."""
    return warning.text.startswith(_TOLD)
