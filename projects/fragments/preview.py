"""What Up and Down would do, beside their buttons before they are pressed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.template.loader import render_to_string

from projects.access import Act, Person, may
from projects.compose.differences import Difference
from projects.compose.errors import ComposeFileError, PlanError
from projects.compose.messages import Message
from projects.compose.preview import Fate, ImagePreview, ResourcePreview, ServicePreview, UpPreview
from projects.fragments.looks import BAD, OK, QUIET, WARN, Look
from projects.fragments.places import shown_place
from projects.models import Project
from projects.operations.forecast import Forecast

VERBS: Final[Mapping[Fate, Message]] = {
    Fate.RECREATED: Message("recreate"),
    Fate.CREATED: Message("create"),
    Fate.REMOVED: Message("remove"),
    Fate.STARTED: Message("start"),
    Fate.RESTARTED: Message("restart"),
    Fate.KEPT: Message("keep"),
}
KINDS: Final[Mapping[Fate, str]] = {Fate.RECREATED: "change", Fate.REMOVED: "loss", Fate.KEPT: "same"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One thing that Up would do: a verb with the `kind` that colours it, to what, why, and what differs.

    `present` is the size of the image that the engine has already, 0 for none.
    """

    verb: Message
    name: str
    kind: str = "new"
    present: int = 0
    causes: Sequence[Message] = ()
    changes: Sequence[Difference] = ()


def up_preview(project: Project, forecast: Forecast | None, *, user: Person) -> str:
    """Return ``#up-preview``: what Up would do, or why that cannot be told; empty for None, while something runs."""
    up = forecast.previews.up if forecast and forecast.previews else None
    problem = forecast and (forecast.problem or (forecast.previews and forecast.previews.problem))
    context = {
        "project": project,
        "preview": up,
        "lines": _lines(up) if up else (),
        "problem": problem,
        "refused": isinstance(problem, PlanError),
        "told_below": isinstance(problem, ComposeFileError),
        "place": shown_place(problem or None, project, user),
        "look": _look(up),
        "may_operate": may(user, Act.OPERATE, project),
        "may_edit": may(user, Act.EDIT, project),
        "oob": True,
    }
    return render_to_string("fragments/up_preview.html", context)


def down_preview(forecast: Forecast | None) -> str:
    """Return ``#down-preview``: exactly what Down would remove, and which data would be lost."""
    down = forecast.previews.down if forecast and forecast.previews else None
    return render_to_string("fragments/down_preview.html", {"down": down, "oob": True})


def _look(preview: UpPreview | None) -> Look:
    if preview is None:
        return BAD
    if preview.obstacles or preview.questions or preview.unset:
        return WARN
    return OK if preview.changes_nothing else QUIET


def _lines(preview: UpPreview) -> list[Line]:
    order = [Fate.RECREATED, Fate.REMOVED, Fate.CREATED, Fate.STARTED, Fate.RESTARTED, Fate.KEPT]
    services = sorted(preview.services, key=lambda service: order.index(service.fate))
    return [
        *map(_service, services),
        *(_image(Message("pull"), image) for image in preview.pulls),
        *(_image(Message("build"), image) for image in preview.builds),
        *_resources(Message("recreate network"), "change", preview.recreated_networks),
        *_resources(Message("create network"), "new", preview.networks),
        *_resources(Message("create volume"), "new", preview.volumes),
    ]


def _service(service: ServicePreview) -> Line:
    return Line(
        verb=VERBS[service.fate],
        kind=KINDS.get(service.fate, "new"),
        name=", ".join(service.subjects),
        causes=[*service.causes, *_notes(service)],
        changes=service.changes,
    )


def _notes(service: ServicePreview) -> list[Message]:
    if service.fate is not Fate.KEPT:
        return []
    if service.build:
        return [Message("recreated if the build brings another image")]
    if service.pull:
        return [Message("recreated if the pull brings another image")]
    return [Message("up to date")]


def _image(verb: Message, image: ImagePreview) -> Line:
    return Line(verb=verb, name=image.name, causes=[image.cause], present=image.present)


def _resources(verb: Message, kind: str, resources: Iterable[ResourcePreview]) -> list[Line]:
    return [Line(verb=verb, kind=kind, name=each.name, causes=[each.cause]) for each in resources]
