"""The list of projects, and adopting those that were found on the machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from projects import audit
from projects.access import Act, may, requires, visible_projects
from projects.discovery import found_projects
from projects.fragments.project import row_context, seen
from projects.models import Operation, Project
from projects.operations import live_picture
from projects.views.requests import address_of, host_of, person_of


@requires(Act.LIST)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show the projects one may see; the websocket keeps the rows as they are."""
    picture = live_picture()
    projects = with_last_operations(visible_projects(request.user))
    rows = [row_context(project, seen(picture, project), host=host_of(request)) for project in projects]
    context = {
        "nav": "list",
        "rows": rows,
        "engine": picture.engine,
        "may_create": may(request.user, Act.CREATE),
        "may_administer": may(request.user, Act.ADMINISTER),
    }
    return render(request, "projects/list.html", context)


def with_last_operations(projects: Any) -> Sequence[Project]:
    """Return the projects, each with its `last_operation`, in two queries however many they are."""
    found = list(projects)
    latest = Operation.objects.filter(project__in=found).values("project").annotate(last=Max("pk"))
    operations = (
        Operation.objects.select_related("requested_by").defer("options").in_bulk([row["last"] for row in latest])
    )
    by_project = {operation.project_id: operation for operation in operations.values()}
    for project in found:
        project.last_operation = by_project.get(project.pk)
    return found


@requires(Act.ADMINISTER)
@require_safe
def found(request: HttpRequest) -> HttpResponse:
    """Give the section of the projects that could be adopted; looking for them on disk may take a moment."""
    return render(request, "projects/found.html", {"found": found_projects(live_picture())})


@requires(Act.ADMINISTER)
@require_POST
def adopt(request: HttpRequest) -> HttpResponse:
    """Take in a project that was found, where it is."""
    wanted = (request.POST.get("name"), request.POST.get("directory"))
    chosen = next((f for f in found_projects(live_picture()) if (f.name, f.directory) == wanted), None)
    if chosen is None or not chosen.present:
        messages.error(request, gettext("This project is no longer there, or was adopted already."))
        return redirect("projects:list")
    project = Project.objects.create(
        name=chosen.name,
        directory=chosen.directory,
        config_files=list(chosen.config_files),
        adopted=True,
        created_by=person_of(request),
    )
    audit.record(request.user, "project.adopt", project.name, address=address_of(request), directory=chosen.directory)
    messages.success(request, gettext("%(name)s is adopted. Its files stay where they are.") % {"name": project.name})
    return redirect("projects:overview", name=project.name)
