"""The page of the processes in a project's containers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from projects.access import Act, requires
from projects.fragments.project import containers_of, seen
from projects.models import Project
from projects.operations import live_picture
from projects.operations.processes import processes_in
from projects.views.requests import project_context


@requires(Act.OPERATE)
@require_safe
def page(request: HttpRequest, project: Project) -> HttpResponse:
    """Show what runs in each container of all services, or of the one that is asked for."""
    service = request.GET.get("service", "")
    containers = [
        each for each in containers_of(seen(live_picture(), project)) if not service or each.service == service
    ]
    context = {
        **project_context(request, project, "overview"),
        "service": service,
        "containers": processes_in(sorted(containers, key=lambda each: each.name)),
    }
    return render(request, "projects/processes.html", context)
