"""The page of a project: state, actions, the running or latest operation, services, logs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from projects import fragments
from projects.access import Act, requires
from projects.fragments.actions import action_context
from projects.fragments.project import last_operation, services_context
from projects.models import Project
from projects.operations import live_picture, progress_of
from projects.views.preferences import log_preferences
from projects.views.requests import host_of, project_context


@requires(Act.VIEW)
@require_safe
def overview(request: HttpRequest, project: Project) -> HttpResponse:
    """Show the project as it is; the websockets keep it so."""
    mine, host = fragments.seen(live_picture(), project), host_of(request)
    latest = last_operation(project)
    services = services_context(project, latest, mine, user=request.user, host=host)
    context = {
        **project_context(request, project, "overview"),
        **services,
        "actions": action_context(project, latest, mine, user=request.user),
        "log_preferences": log_preferences(request),
        "service_names": [line.name for line in services["services"]],
        "current": fragments.operation_current(
            latest, progress_of(latest.pk) if latest else None, user=request.user, oob=False
        ),
    }
    return render(request, "projects/overview.html", context)
