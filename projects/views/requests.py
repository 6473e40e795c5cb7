"""What the views ask of a request, and the two answers that several give."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from projects.access import Act, may
from projects.compose.errors import ComposeError
from projects.fragments.places import shown_place
from projects.fragments.project import seen, state_context
from projects.models import Project
from projects.operations import live_picture


def address_of(request: HttpRequest) -> str:
    """Return where the request came from, for the audit record."""
    return str(request.META.get("REMOTE_ADDR", ""))


def host_of(request: HttpRequest) -> str:
    """Return the host name by which the person reached the dashboard, for links to published ports."""
    host = request.get_host()
    return host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host


def person_of(request: HttpRequest) -> User:
    """Return who asks; the guard let nobody else in."""
    assert isinstance(request.user, User)
    return request.user


def is_htmx(request: HttpRequest) -> bool:
    """Whether htmx asks, which takes fragments."""
    return request.headers.get("HX-Request") == "true"


def project_context(request: HttpRequest, project: Project, tab: str) -> dict[str, Any]:
    """Return what every page of a project needs: its head with the state, and the tabs."""
    picture = live_picture()
    return {
        **state_context(project, seen(picture, project), host=host_of(request)),
        "engine": picture.engine,
        "tab": tab,
        "may_operate": may(request.user, Act.OPERATE, project),
        "may_edit": may(request.user, Act.EDIT, project),
        "may_execute": may(request.user, Act.EXECUTE, project),
        "may_own": may(request.user, Act.OWN, project),
    }


def notice(request: HttpRequest, problem: ComposeError, project: Project, *, status: int) -> HttpResponse:
    """Return the fragment ``#notices`` that tells of `problem`, with its place in the files."""
    context = {"problem": problem, "place": shown_place(problem, project, request.user)}
    return HttpResponse(render_to_string("fragments/notices.html", context), status=status)
