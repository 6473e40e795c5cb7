"""The page of the terminals in a project's containers; each comes over a websocket of its own."""

from __future__ import annotations

import json
import shlex

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from projects.access import Act, requires
from projects.fragments.project import containers_of, seen
from projects.models import Project
from projects.operations import live_picture
from projects.operations.live_terminals import live_terminals
from projects.services.terminal_sessions import Session
from projects.views.requests import person_of, project_context


@requires(Act.EXECUTE)
@require_safe
def page(request: HttpRequest, project: Project) -> HttpResponse:
    """Show the person's terminals in this project, and a form that opens another."""
    picture = live_picture()
    running = [each.name for each in containers_of(seen(picture, project)) if each.state == "running"]
    sessions = live_terminals().of(owner=person_of(request).pk, project=project.name)
    context = {
        **project_context(request, project, "terminal"),
        "containers": sorted(running),
        "wanted": request.GET.get("container", ""),
        "sessions": json.dumps([_told(each) for each in sessions]),
    }
    return render(request, "projects/terminal.html", context)


def _told(session: Session) -> dict[str, str | bool]:
    about = session.about
    return {
        "session": session.id,
        "container": about.container,
        "command": shlex.join(about.command),
        "user": about.user,
        "attached": about.attached,
    }
