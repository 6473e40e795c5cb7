"""A project as the list and its own page show it: state in words, ports, services, and the engine's own state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string

from projects.access import Act, Person, may
from projects.compose.messages import Message
from projects.compose.state import ObservedContainer
from projects.compose.state_words import state_in_words
from projects.declared import Declared, declared
from projects.fragments.looks import BAD, BUSY, OK, OPERATION_LOOKS, QUIET, WARN, Look
from projects.fragments.places import shown_place, shown_problem
from projects.models import UNFINISHED, Operation, Project
from projects.services.picture import EngineStatus, Picture, ProjectPicture

UNFINISHED_STATES = frozenset({"restarting", "removing"})
LINKED_PROTOCOL = "tcp"
STATE_WORDS = {
    "created": Message("created"),
    "running": Message("running"),
    "paused": Message("paused"),
    "restarting": Message("restarting"),
    "removing": Message("removing"),
    "exited": Message("exited"),
    "dead": Message("dead"),
}
HEALTH_WORDS = {
    "starting": Message("running, health not known yet"),
    "healthy": Message("running, healthy"),
    "unhealthy": Message("running, unhealthy"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Port:
    """A published port; `url` leads to it where a browser can."""

    published: int
    target: int
    protocol: str
    url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerLine:
    """A container in the services table."""

    container: ObservedContainer
    words: Message
    look: Look
    ports: Sequence[Port]


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceLine:
    """A service with its containers; a service without any was not created yet, or is in the files no more."""

    name: str
    image: str
    declared: bool
    built: bool
    containers: Sequence[ContainerLine]

    @property
    def running(self) -> bool:
        """Whether any container of it runs."""
        return any(line.container.state in ("running", "restarting", "paused") for line in self.containers)

    @property
    def states(self) -> frozenset[str]:
        """The engine's words for the states of its containers."""
        return frozenset(line.container.state for line in self.containers)


UNKNOWN = Message("unknown while no engine answers")


def seen(picture: Picture, project: Project) -> ProjectPicture | None:
    """Return what the engine holds of a project, perhaps nothing; None where no engine answers, so nobody knows."""
    if not picture.engine.available:
        return None
    return picture.projects.get(project.name) or ProjectPicture(name=project.name, containers=())


def project_row(project: Project, picture: ProjectPicture | None, *, user: Person, host: str = "") -> str:
    """Return the list's row ``#project-ID``."""
    context = row_context(project, picture, host=host) | {"user": user, "oob": True}
    return render_to_string("fragments/project_row.html", context)


def project_state(project: Project, picture: ProjectPicture | None, *, user: Person, host: str = "") -> str:
    """Return ``#project-state``: the state in words and the published ports."""
    context = state_context(project, picture, host=host) | {"user": user, "oob": True}
    return render_to_string("fragments/project_state.html", context)


def services_table(
    project: Project, latest: Operation | None, picture: ProjectPicture | None, *, user: Person, host: str = ""
) -> str:
    """Return ``#services``, each with its containers and what may be done with it, while `latest` is the latest."""
    context = services_context(project, latest, picture, user=user, host=host) | {"oob": True}
    return render_to_string("fragments/services.html", context)


def engine_banner(status: EngineStatus) -> str:
    """Return ``#engine-banner``: empty while an engine answers, else what is missing and how to mend it."""
    return render_to_string("fragments/engine_banner.html", {"engine": status, "oob": True})


def row_context(project: Project, picture: ProjectPicture | None, *, host: str) -> dict[str, Any]:
    """Return what a row shows; a list that loaded `project.last_operation` for all rows saves the query."""
    last = project.last_operation if hasattr(project, "last_operation") else last_operation(project)
    return state_context(project, picture, host=host) | {
        "last": last,
        "last_look": OPERATION_LOOKS[last.state] if last else None,
        "services": sorted({c.service for c in containers_of(picture)}),
    }


def state_context(project: Project, picture: ProjectPicture | None, *, host: str) -> dict[str, Any]:
    """Return the state in words, how it looks, and the ports."""
    containers = containers_of(picture)
    return {
        "project": project,
        "words": state_in_words(containers) if picture else UNKNOWN,
        "look": state_look(containers),
        "ports": ports_of(containers, host),
    }


def services_context(
    project: Project, latest: Operation | None, picture: ProjectPicture | None, *, user: Person, host: str
) -> dict[str, Any]:
    """Return the services of the files and of the engine together."""
    files = declared(project)
    return {
        "project": project,
        "files": files,
        "place": shown_place(files.problem, project, user),
        "notes": [shown_problem(warning, project, user) for warning in files.warnings],
        "known": picture is not None,
        "busy": latest is not None and latest.state in UNFINISHED,
        "may_edit": may(user, Act.EDIT, project),
        "services": service_lines(files, containers_of(picture), host),
        "may_operate": may(user, Act.OPERATE, project),
        "may_execute": may(user, Act.EXECUTE, project),
        "user": user,
    }


def last_operation(project: Project) -> Operation | None:
    """Return the latest operation, finished or not."""
    return project.operations.select_related("requested_by").first()


def service_lines(files: Declared, containers: Sequence[ObservedContainer], host: str) -> list[ServiceLine]:
    """Return a line for each service of the files, then for those that only the engine knows."""
    names = [*files.images, *sorted({c.service for c in containers} - set(files.images))]
    return [_service_line(name, files, [c for c in containers if c.service == name], host) for name in names]


def _service_line(name: str, files: Declared, containers: Sequence[ObservedContainer], host: str) -> ServiceLine:
    ordered = sorted(containers, key=lambda c: (c.number, c.name))
    return ServiceLine(
        name=name,
        image=files.images.get(name) or next((c.image for c in ordered if c.image), ""),
        declared=name in files.images,
        built=name in files.built,
        containers=[
            ContainerLine(container=c, words=container_words(c), look=container_look(c), ports=ports_of([c], host))
            for c in ordered
        ],
    )


def container_words(container: ObservedContainer) -> Message:
    """Return the state of one container in words."""
    if container.state == "running" and container.health:
        return HEALTH_WORDS.get(container.health, STATE_WORDS["running"])
    if container.state == "exited" and container.exit_code:
        return Message("exited (%(code)s)", code=container.exit_code)
    return STATE_WORDS.get(container.state) or Message("%(text)s", text=container.state)


def container_look(container: ObservedContainer) -> Look:
    """Return how a container's state looks: an unhealthy or failed one is bad, one that completed is quiet."""
    if container.state == "running":
        return {"unhealthy": BAD, "starting": BUSY}.get(container.health, OK)
    if container.state in UNFINISHED_STATES:
        return BUSY
    if container.state == "paused":
        return WARN
    return BAD if container.state == "dead" or container.exit_code else QUIET


def state_look(containers: Sequence[ObservedContainer]) -> Look:
    """Return how the whole looks: its worst part, but quiet while nothing runs."""
    looks = {container_look(container) for container in containers}
    return next((look for look in (BAD, BUSY, WARN, OK) if look in looks), QUIET)


def ports_of(containers: Iterable[ObservedContainer], host: str) -> list[Port]:
    """Return each published port once, with a link for TCP."""
    seen = {(p.published, p.target, p.protocol) for c in containers for p in c.ports if p.published}
    return [
        Port(published=published, target=target, protocol=protocol, url=_url(host, published, protocol))
        for published, target, protocol in sorted(seen)
    ]


def _url(host: str, published: int, protocol: str) -> str:
    if protocol != LINKED_PROTOCOL:
        return ""
    name = f"[{host}]" if ":" in host and not host.startswith("[") else host or "localhost"
    return f"{'https' if published == 443 else 'http'}://{name}:{published}"


def containers_of(picture: ProjectPicture | None) -> Sequence[ObservedContainer]:
    """Return the containers of a project's services, without those of one-off runs and of ``pre_start`` hooks."""
    return [c for c in picture.containers if not c.oneoff and not c.is_hook] if picture else ()
