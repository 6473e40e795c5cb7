"""What `up` and `down` would do, for people and before they do it: short, in order, with what stands in the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from projects.compose.differences import Difference
from projects.compose.given_files import problem_of
from projects.compose.identity import image_name
from projects.compose.messages import Message
from projects.compose.model import Application
from projects.compose.plan import Action, Do, Plan
from projects.compose.plan_up import orphans_of
from projects.compose.state import ObservedState

NAMED: Final = 5


class Fate(StrEnum):
    """What becomes of a service, the most drastic first."""

    RECREATED = "recreated"
    CREATED = "created"
    REMOVED = "removed"
    STARTED = "started"
    RESTARTED = "restarted"
    KEPT = "kept"


@dataclass(frozen=True, kw_only=True, slots=True)
class ServicePreview:
    """What becomes of a service and why; `changes` are the settings that differ, by name.

    `containers` are those to which it happens. `build` says that the image is built first, and `pull` that it is
    pulled though the engine has one: then a kept container is recreated if another image comes of it. `partly` says
    that other containers of the service stay as they are.
    """

    name: str
    fate: Fate
    causes: tuple[Message, ...] = ()
    containers: tuple[str, ...] = ()
    changes: tuple[Difference, ...] = ()
    build: bool = False
    pull: bool = False
    partly: bool = False

    @property
    def subjects(self) -> tuple[str, ...]:
        """The names of what this happens to: the service, or some of its containers."""
        return self.containers if self.partly else (self.name,)


@dataclass(frozen=True, kw_only=True, slots=True)
class ImagePreview:
    """An image that is pulled or built; `present` is the size in bytes of the one that the engine has, 0 for none."""

    name: str
    services: tuple[str, ...]
    cause: Message
    present: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class ResourcePreview:
    """A network or a volume that is made, made anew or removed."""

    name: str
    cause: Message


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A volume that `up` keeps as it is unless told to make it anew, which loses its data; `services` use it."""

    volume: str
    cause: Message
    services: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class UpPreview:
    """What `up` would do.

    `obstacles` are what would fail as things are: taken ports; `warnings` are worth knowing; `unset` are variables
    that the files use without a value or a default.
    """

    services: tuple[ServicePreview, ...] = ()
    pulls: tuple[ImagePreview, ...] = ()
    builds: tuple[ImagePreview, ...] = ()
    networks: tuple[ResourcePreview, ...] = ()
    recreated_networks: tuple[ResourcePreview, ...] = ()
    volumes: tuple[ResourcePreview, ...] = ()
    orphans: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    obstacles: tuple[Message, ...] = ()
    warnings: tuple[Message, ...] = ()
    unset: tuple[str, ...] = ()

    def named(self, fate: Fate) -> tuple[str, ...]:
        """Return the services that meet with this fate, or those of their containers that do."""
        return tuple(name for service in self.services if service.fate is fate for name in service.subjects)

    @property
    def changes_nothing(self) -> bool:
        """Whether everything is as the files say, apart from builds and pulls that may bring something new."""
        return not (self.networks or self.recreated_networks or self.volumes) and all(
            service.fate is Fate.KEPT for service in self.services
        )

    @property
    def does_nothing(self) -> bool:
        """Whether there is nothing to do at all."""
        return self.changes_nothing and not (self.pulls or self.builds)

    @property
    def summary(self) -> Message:
        """The whole in one sentence."""
        if not self.services:
            return Message("The files declare no services yet.")
        if self.does_nothing and self.questions:
            volumes = ", ".join(question.volume for question in self.questions)
            return Message("Up to date, apart from volume %(volumes)s.", volumes=volumes)
        if self.does_nothing:
            return Message("Up to date: nothing to do.")
        phrases = _phrases(self)
        if self.changes_nothing:
            return Message("Up to date; Up will %(what)s to see whether anything is new.", what=_joined(phrases))
        return Message("Up will %(what)s.", what=_joined([*phrases, *_kept(self)]))


@dataclass(frozen=True, kw_only=True, slots=True)
class DownPreview:
    """What `down` would remove; `volumes` go only where that is asked for, with their data.

    `anonymous` counts volumes without a name, which go with the named ones. `orphans` are containers that stay.
    """

    containers: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    anonymous: int = 0
    orphans: tuple[str, ...] = ()

    @property
    def summary(self) -> Message:
        """What goes in any case, in one sentence."""
        parts = _named(self.containers, Message("containers")) + _named(self.networks, Message("networks"))
        return Message("Removed: %(what)s.", what=_joined(parts)) if parts else Message("There is nothing to remove.")


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
    for name in names:
        own = [action for action in plan.actions if action.service == name]
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


def _fate(own: Sequence[Action]) -> Fate:
    done = {action.do for action in own}
    if {Do.CREATE_CONTAINER, Do.REMOVE_CONTAINER} <= done:
        return Fate.RECREATED
    return next((fate for do, fate in _FATES if do in done), Fate.KEPT)


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


def _phrases(preview: UpPreview) -> list[Message]:
    """Return what is done, the most drastic first."""
    volumes = [volume.name for volume in preview.volumes]
    return [
        *_named(preview.named(Fate.RECREATED), Message("recreate")),
        *_named(preview.named(Fate.CREATED), Message("create")),
        *_named(preview.named(Fate.REMOVED), Message("remove")),
        *_named(preview.named(Fate.STARTED), Message("start")),
        *_named(preview.named(Fate.RESTARTED), Message("restart")),
        *_named([image.name for image in preview.pulls], Message("pull")),
        *_named([name for image in preview.builds for name in image.services], Message("build")),
        *_named(volumes, Message("create volume")),
        *_named([network.name for network in preview.networks], Message("create network")),
        *_named([network.name for network in preview.recreated_networks], Message("recreate network")),
    ]


def _kept(preview: UpPreview) -> list[Message]:
    return _named(preview.named(Fate.KEPT), Message("keep"))


def _named(names: Sequence[str], verb: Message) -> list[Message]:
    """Return ``recreate a, b``, or nothing; of many names the first few are told."""
    if not names:
        return []
    shown = ", ".join(names[:NAMED])
    if len(names) > NAMED:
        more = Message("%(names)s and %(count)s more", names=shown, count=len(names) - NAMED)
        return [Message("%(verb)s %(names)s", verb=verb, names=more)]
    return [Message("%(verb)s %(names)s", verb=verb, names=shown)]


def _joined(parts: Sequence[Message]) -> Message:
    line = parts[-1]
    for part in reversed(parts[:-1]):
        line = Message("%(part)s, %(rest)s", part=part, rest=line)
    return line
