"""The bar with the project's verbs: each is offered, or says why not."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string

from projects.access import Act, Person, may
from projects.declared import declared
from projects.fragments.offered import NOTHING_CREATED, offers
from projects.fragments.project import containers_of
from projects.models import UNFINISHED, Operation, Project, Verb
from projects.services.picture import ProjectPicture

BUTTONS = (Verb.UP, Verb.STOP, Verb.START, Verb.RESTART, Verb.DOWN)  # the others are in the menu beside them


def action_bar(project: Project, latest: Operation | None, picture: ProjectPicture | None, *, user: Person) -> str:
    """Return ``#project-actions`` as it is while `latest` is the project's latest operation."""
    context = action_context(project, latest, picture, user=user) | {"oob": True}
    return render_to_string("fragments/action_bar.html", context)


def action_context(
    project: Project, latest: Operation | None, picture: ProjectPicture | None, *, user: Person
) -> dict[str, Any]:
    """Return what the action bar needs: who may, what runs, and what would do nothing."""
    containers = None if picture is None else containers_of(picture)
    running = bool(latest and latest.state in UNFINISHED)
    files = declared(project)
    offered = offers(containers, latest, volumes=bool(files.volumes), files=files)
    return {
        "project": project,
        "running": running,
        "offers": offered,
        "nothing_created": NOTHING_CREATED if containers is not None and not containers else None,
        "reasons": list(dict.fromkeys(offered[verb].why_not for verb in BUTTONS if offered[verb].why_not)),
        "may_operate": may(user, Act.OPERATE, project),
    }
