"""The engine's events as people read them: what happened, in words, and to which project it happened.

Only the events of containers bear the labels of a project. Networks and volumes are a project's by their own labels, or
because a container of it used them; images because its files or containers name them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from projects.compose.errors import ComposeFileError
from projects.compose.event_lines import NANO, container_event
from projects.compose.identity import LABEL_PROJECT
from projects.compose.image_reference import full_name
from projects.compose.messages import Message

HEALTH: Final = "health_status: "
USES: Final = frozenset({"connect", "disconnect", "mount", "unmount"})
SIGNALS: Final = {
    "1": "SIGHUP",
    "2": "SIGINT",
    "3": "SIGQUIT",
    "9": "SIGKILL",
    "10": "SIGUSR1",
    "12": "SIGUSR2",
    "15": "SIGTERM",
}
FATAL_SIGNALS: Final = {137: "SIGKILL", 143: "SIGTERM", 130: "SIGINT", 129: "SIGHUP", 131: "SIGQUIT"}
MOST_UNCLAIMED: Final = 500
HEXADECIMAL: Final = frozenset("0123456789abcdef")


class Topic(StrEnum):
    """What an event is about."""

    CONTAINER = "container"
    HEALTH = "health"
    NETWORK = "network"
    VOLUME = "volume"
    IMAGE = "image"


class Weight(StrEnum):
    """How an event is to be taken."""

    GOOD = "good"
    BAD = "bad"
    PLAIN = "plain"


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    """Something that happened: `subject` is the id of what it is about (an image's or a volume's name), `name` what
    people call it; `container` (an id), its name and its service are empty where no container has part in it.
    """

    nanoseconds: int
    topic: Topic
    action: str
    subject: str
    name: str = ""
    project: str = ""
    container: str = ""
    container_name: str = ""
    service: str = ""
    exit_code: int | None = None
    detail: str = ""

    @property
    def at(self) -> float:
        """When it was, in Unix seconds of the engine's clock."""
        return self.nanoseconds / NANO


def happening_from(message: Mapping[str, Any]) -> Happening | None:
    """Read an event of the engine; None for what is of no interest here."""
    actor = message.get("Actor") or {}
    told: Mapping[str, str] = actor.get("Attributes") or {}
    kind, action, subject = (
        str(value or "") for value in (message.get("Type"), message.get("Action"), actor.get("ID"))
    )
    if kind == "container":
        return _of_container(message, told.get(LABEL_PROJECT, ""))
    if kind not in (Topic.NETWORK, Topic.VOLUME, Topic.IMAGE) or not subject:
        return None
    return Happening(
        nanoseconds=int(message.get("timeNano") or int(message.get("time") or 0) * NANO),
        topic=Topic(kind),
        action=action,
        subject=subject,
        name=told.get("name", "") or subject,
        container=told.get("container", ""),
        detail=told.get("destination", ""),
    )


def _of_container(message: Mapping[str, Any], project: str) -> Happening | None:
    event = container_event(message)
    if event is None:
        return None
    told = event.attributes
    code = told.get("exitCode", "")
    is_health = event.action.startswith(HEALTH)
    return Happening(
        nanoseconds=event.nanoseconds,
        topic=Topic.HEALTH if is_health else Topic.CONTAINER,
        action=event.action.removeprefix(HEALTH),
        subject=event.container,
        name=told.get("name", ""),
        project=project,
        container=event.container,
        container_name=told.get("name", ""),
        service=event.service,
        exit_code=int(code) if event.action == "die" and code.isdigit() else None,
        detail=told.get("signal", "") or told.get("oldName", "").removeprefix("/"),
    )


class Claims:
    """Tells which events are a project's; it learns from them what belongs to the project."""

    def __init__(
        self,
        project: str,
        *,
        containers: Mapping[str, tuple[str, str]],
        resources: Iterable[str] = (),
        images: Iterable[str] = (),
    ) -> None:
        """`containers`: name and service by id; `resources`: ids of networks, names of volumes; `images`: names."""
        self._project = project
        self._containers = dict(containers)
        self._resources = set(resources)
        self._images = {name for image in images if (name := _full(image))}
        self._unclaimed: deque[Happening] = deque(maxlen=MOST_UNCLAIMED)

    def sorted(self, happenings: Iterable[Happening]) -> list[Happening]:
        """Return those that are the project's, also older ones of which that is known only now, in order of time."""
        found = [*self._unclaimed, *happenings]
        self._unclaimed.clear()
        for happening in found:
            self._learn(happening)
        mine = []
        for happening in found:
            if self._is_mine(happening):
                mine.append(self._placed(happening))
            elif happening.topic in (Topic.NETWORK, Topic.VOLUME) and happening.action not in USES:
                self._unclaimed.append(happening)
        return sorted(mine, key=lambda happening: happening.nanoseconds)

    def _learn(self, happening: Happening) -> None:
        if happening.project == self._project and happening.container:
            self._containers[happening.container] = (happening.container_name, happening.service)
        elif happening.action in USES and happening.container in self._containers:
            self._resources.add(happening.subject)

    def _is_mine(self, happening: Happening) -> bool:
        if happening.topic in (Topic.CONTAINER, Topic.HEALTH):
            return happening.project == self._project
        if happening.topic is Topic.IMAGE:
            # A pull is told by what was asked for; else the subject is the image's id.
            return _full(happening.subject if happening.action == "pull" else happening.name) in self._images
        return (
            happening.container in self._containers
            if happening.action in USES
            else happening.subject in self._resources
        )

    def _placed(self, happening: Happening) -> Happening:
        """Say the name and the service of the container that has part in it."""
        if happening.service or happening.container not in self._containers:
            return happening
        name, service = self._containers[happening.container]
        return replace(happening, container_name=name, service=service)


def _full(image: str) -> str:
    try:
        return full_name(image)
    except ComposeFileError:
        return ""


def in_words(happening: Happening) -> Message:
    """Return what happened as a sentence."""
    if happening.topic is Topic.CONTAINER:
        return _container_in_words(happening)
    if happening.topic is Topic.HEALTH:
        return _HEALTH.get(happening.action) or Message("The container's health: %(health)s", health=happening.action)
    return _resource_in_words(happening)


_HEALTH: Final[Mapping[str, Message]] = {
    "healthy": Message("The container is healthy"),
    "unhealthy": Message("The container is unhealthy: its health check fails"),
    "starting": Message("The container's health is being checked"),
}
_CONTAINER: Final[Mapping[str, Message]] = {
    "create": Message("Container created"),
    "start": Message("Container started"),
    "restart": Message("Container restarted"),
    "stop": Message("Container stopped"),
    "pause": Message("Container paused"),
    "unpause": Message("Container resumed"),
    "oom": Message("Out of memory: the kernel ended a process of the container"),
    "destroy": Message("Container removed"),
    "update": Message("The container's limits were changed"),
}


def _container_in_words(happening: Happening) -> Message:
    code, detail = happening.exit_code, happening.detail
    if happening.action == "die" and code in FATAL_SIGNALS:
        return Message("Container ended by %(signal)s (code %(code)s)", signal=FATAL_SIGNALS[code], code=code)
    if happening.action == "die" and code is not None:
        return Message("Container exited with code %(code)s", code=code)
    if happening.action == "kill" and detail:
        return Message("%(signal)s sent to the container", signal=SIGNALS.get(detail, detail))
    if happening.action == "rename":
        return Message("Container renamed, formerly %(name)s", name=detail)
    return _CONTAINER.get(happening.action) or Message("Container: %(action)s", action=happening.action)


def _resource_in_words(happening: Happening) -> Message:
    name, where = _short(happening.name), happening.detail
    known: Mapping[tuple[Topic, str], Message] = {
        (Topic.NETWORK, "create"): Message("Network %(name)s created", name=name),
        (Topic.NETWORK, "destroy"): Message("Network %(name)s removed", name=name),
        (Topic.NETWORK, "connect"): Message("Connected to network %(name)s", name=name),
        (Topic.NETWORK, "disconnect"): Message("Disconnected from network %(name)s", name=name),
        (Topic.VOLUME, "create"): Message("Volume %(name)s created", name=name),
        (Topic.VOLUME, "destroy"): Message("Volume %(name)s removed", name=name),
        (Topic.VOLUME, "mount"): Message("Volume %(name)s mounted at %(where)s", name=name, where=where),
        (Topic.VOLUME, "unmount"): Message("Volume %(name)s unmounted", name=name),
        (Topic.IMAGE, "pull"): Message("Image %(name)s pulled", name=happening.subject),
        (Topic.IMAGE, "tag"): Message("Image %(name)s tagged", name=name),
        (Topic.IMAGE, "untag"): Message("Image %(name)s untagged", name=name),
        (Topic.IMAGE, "delete"): Message("Image %(name)s removed", name=name),
    }
    said = known.get((happening.topic, happening.action))
    return said or Message("%(name)s: %(action)s", name=name, action=happening.action)


def _short(name: str) -> str:
    """Return a name of which nobody reads more than its beginning, an anonymous volume's or an image's id, in short."""
    plain = name.removeprefix("sha256:")
    return plain[:12] if len(plain) == 64 and set(plain) <= HEXADECIMAL else name


def weight_of(happening: Happening) -> Weight:
    """Return how an event is to be taken: an end by a signal that somebody sent is no failure."""
    if happening.action in ("oom", "unhealthy"):
        return Weight.BAD
    if happening.action == "die" and happening.exit_code and happening.exit_code not in FATAL_SIGNALS:
        return Weight.BAD
    return Weight.GOOD if happening.action in ("start", "healthy") else Weight.PLAIN
