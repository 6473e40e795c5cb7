"""The page of what a project's containers use; the figures come over a websocket of their own."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from projects.access import Act, requires
from projects.models import Project
from projects.views.logs import service_names
from projects.views.requests import project_context


@requires(Act.VIEW)
@require_safe
def page(request: HttpRequest, project: Project) -> HttpResponse:
    """Show the frame of the figures and charts."""
    context = {**project_context(request, project, "stats"), "service_names": service_names(project)}
    return render(request, "projects/stats.html", context)
