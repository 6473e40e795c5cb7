"""What `up` and `down` would do, for people and before they do it: short, in order, with what stands in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from projects.compose.differences import Difference
from projects.compose.messages import Message

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
