"""What a project's files come to: the effective configuration, and the environment page. Both may hold secrets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from projects.access import Act, requires
from projects.compose.container_environment import ContainerVariable
from projects.compose.drift import Drift
from projects.compose.errors import ComposeError, Place
from projects.compose.messages import Message
from projects.compose.secrecy import looks_secret
from projects.compose.variables import Source, Use, Variable
from projects.configured import effective, environment_of
from projects.declared import Declared
from projects.fragments.looks import OK, QUIET, WARN, Look
from projects.fragments.places import ShownPlace, linked, shown_place
from projects.fragments.project import seen
from projects.models import Project
from projects.operations import live_picture
from projects.services.picture import ProjectPicture
from projects.views.requests import project_context

SHOWN_PLACES: Final = 5
LOOKS: Final[Mapping[Drift, tuple[Message, Look]]] = {
    Drift.SAME: (Message("as it was brought up"), OK),
    Drift.CHANGED: (Message("changed since it was brought up"), WARN),
    Drift.NOT_CREATED: (Message("not created yet"), QUIET),
    Drift.NOT_IN_FILES: (Message("not in the files any more"), WARN),
}

Link = Callable[[Place], ShownPlace | None]
Lines = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownSource:
    """Where a value comes from: a place in a file, or words where no file gave it."""

    place: ShownPlace | None = None
    given: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A variable on the environment page; `uses` are places by service, `compose` whether Compose itself reads it."""

    name: str
    value: str | None
    service: str = ""
    secret: bool = False
    unset: bool = False
    required: bool = False
    unused: bool = False
    compose: bool = False
    default: str = ""
    source: ShownSource
    overridden: Sequence[ShownSource] = ()
    uses: Sequence[tuple[str, Sequence[ShownPlace]]] = ()


@requires(Act.EDIT)
@require_safe
@never_cache
def effective_page(request: HttpRequest, project: Project) -> HttpResponse:
    """Show the resolved model, and which services differ from what runs."""
    picture = seen(live_picture(), project)
    return _page(request, project, "projects/configuration.html", lambda: _effective(project, picture))


def _effective(project: Project, picture: ProjectPicture | None) -> dict[str, Any]:
    """Return what the page shows; without an engine nobody knows what runs, and every service is told so."""
    shown = effective(project, picture.containers if picture else ())
    unknown = (Message("unknown"), QUIET)
    services = [
        (service, *(LOOKS[service.drift] if picture else unknown), shown.changes.get(service.name, ()))
        for service in shown.services
    ]
    return {"text": shown.text, "services": services}


@requires(Act.EDIT)
@require_safe
@never_cache
def environment_page(request: HttpRequest, project: Project) -> HttpResponse:
    """Show every variable with its value, the source that won, and what uses it."""

    def link(place: Place) -> ShownPlace | None:
        return linked(place, project, request.user)

    return _page(request, project, "projects/environment.html", lambda: _environment(project, link))


def _environment(project: Project, link: Link) -> dict[str, Any]:
    found = environment_of(project)
    content = {
        "variables": [_of_files(variable, found.lines, link) for variable in found.variables],
        "containers": [_of_container(variable, link) for variable in found.containers],
    }
    return content | _told(found.problem, link(found.problem.place)) if found.problem else content


def _page(
    request: HttpRequest, project: Project, template: str, content: Callable[[], Mapping[str, Any]]
) -> HttpResponse:
    """Answer with a page, or with what is wrong with the files."""
    try:
        told = content()
    except ComposeError as problem:
        told = _told(problem, shown_place(problem, project, request.user))
    status = 422 if "problem" in told else 200
    return render(request, template, {**project_context(request, project, "files"), **told}, status=status)


def _told(problem: ComposeError, place: ShownPlace | None) -> dict[str, Any]:
    return {"problem": problem, "files": Declared(problem=problem), "place": place}


def _of_files(variable: Variable, lines: Lines, link: Link) -> Row:
    return Row(
        name=variable.name,
        value=variable.value,
        secret=looks_secret(variable.name, variable.value),
        unset=variable.value is None,
        required=variable.required,
        unused=not variable.uses,
        compose=variable.name.startswith("COMPOSE_"),
        default=variable.default,
        source=_source(variable.source, variable, lines, link),
        overridden=[_source(source, variable, lines, link) for source in variable.overridden],
        uses=_by_service(variable.uses, link),
    )


def _source(source: Source | None, variable: Variable, lines: Lines, link: Link) -> ShownSource:
    if source is None:
        return ShownSource(given=gettext("default in the files") if variable.default else "")
    if not source.file:
        return ShownSource(given=gettext("the dashboard"))
    line = lines.get(source.file, {}).get(variable.name)
    return ShownSource(place=link(Place(file=source.file, line=line)))


def _by_service(uses: Iterable[Use], link: Link) -> list[tuple[str, Sequence[ShownPlace]]]:
    """Return the places of uses by service, some of them where there are many."""
    found: dict[str, dict[str, ShownPlace]] = {}
    for use in uses:
        place = link(use.place)
        places = found.setdefault(use.service, {})
        if place and len(places) < SHOWN_PLACES:
            places[place.text] = place
    return [(service, list(places.values())) for service, places in sorted(found.items())]


def _of_container(variable: ContainerVariable, link: Link) -> Row:
    value = variable.origin.value
    return Row(
        name=variable.name,
        value=value,
        service=variable.service,
        secret=looks_secret(variable.name, value),
        unset=value is None,
        source=ShownSource(place=link(variable.origin.place)),
        overridden=[ShownSource(place=link(origin.place)) for origin in variable.overridden],
    )
