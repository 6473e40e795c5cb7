"""The page of what happened to a project on the engine; the events come over a websocket of their own."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from projects.access import Act, requires
from projects.models import Project
from projects.views.requests import project_context


@requires(Act.VIEW)
@require_safe
def page(request: HttpRequest, project: Project) -> HttpResponse:
    """Show the frame of the list."""
    return render(request, "projects/events.html", {**project_context(request, project, "history"), "subtab": "events"})
