"""The page of the merged logs; they come over a websocket of their own."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from projects.access import Act, requires
from projects.declared import declared
from projects.models import Project
from projects.operations import live_picture
from projects.services.log_frames import is_stamp
from projects.views.preferences import log_preferences
from projects.views.requests import project_context


@requires(Act.VIEW)
@require_safe
def page(request: HttpRequest, project: Project) -> HttpResponse:
    """Show the logs of all services, or of the one that is asked for."""
    at = request.GET.get("at", "")
    context = {
        **project_context(request, project, "logs"),
        "log_preferences": log_preferences(request),
        "service_names": service_names(project),
        "service": request.GET.get("service", ""),
        "at": at if is_stamp(at.encode("ascii", "replace")) else "",
    }
    return render(request, "projects/logs.html", context)


def service_names(project: Project) -> list[str]:
    """Return the services of the files, then those that only the engine knows."""
    picture = live_picture().projects.get(project.name)
    names = [*declared(project).images, *sorted(c.service for c in (picture.containers if picture else ()))]
    return list(dict.fromkeys(names))
