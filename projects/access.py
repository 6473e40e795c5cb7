"""Who may do what: `may` is the one function that answers, views and websockets ask through `requires` and `admit`.

In a project a person is viewer, operator, editor or owner, by themselves or through a group; the highest counts.
Administrators (superusers) may all. A project that one may not see does not exist for them: 404.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import wraps
from typing import Any, Final
from urllib.parse import quote

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Max, Q, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url

from projects.models import Project, Role

Person = User | AnonymousUser
View = Callable[..., HttpResponseBase]


class Act(StrEnum):
    """What a person wants to do; every URL and websocket route has one as its rule."""

    PUBLIC = "public"
    LIST = "list"
    CREATE = "create"
    ADMINISTER = "administer"
    VIEW = "view"
    OPERATE = "operate"
    EDIT = "edit"
    EXECUTE = "execute"
    OWN = "own"


RANK: Final[Mapping[str, int]] = {Role.VIEWER: 1, Role.OPERATOR: 2, Role.EDITOR: 3, Role.OWNER: 4}
SIGN_IN_FIRST: Final = 4401
NOT_FOUND: Final = 4404
NEEDED: Final[Mapping[Act, int]] = {Act.VIEW: 1, Act.OPERATE: 2, Act.EDIT: 3, Act.EXECUTE: 3, Act.OWN: 4}


def may(user: Person, act: Act, project: Project | None = None) -> bool:
    """Return whether `user` may do `act`, to `project` where the act is about one."""
    if act is Act.PUBLIC:
        return True
    if not user.is_authenticated or not user.is_active:
        return False
    if user.is_superuser:
        return True
    if act is Act.LIST:
        return True
    if act is Act.CREATE:
        return bool(user.has_perm("projects.add_project"))
    return act in NEEDED and project is not None and _rank(user, project) >= NEEDED[act]


def visible_projects(user: Person) -> QuerySet[Project]:
    """Return the projects `user` may see; each knows their role, so that `may` asks the database nothing more."""
    if not user.is_authenticated or not user.is_active:
        return Project.objects.none()
    if user.is_superuser:
        return Project.objects.all()
    ranks = [When(memberships__role=role, then=Value(rank)) for role, rank in RANK.items()]
    mine = Q(memberships__user=user.pk) | Q(memberships__group__user=user.pk)
    return Project.objects.filter(mine).annotate(role_rank=Max(Case(*ranks, default=0)), ranked_for=Value(user.pk))


def role_of(user: Person, project: Project) -> Role | None:
    """Return the highest role of `user` in `project`; an administrator is an owner everywhere."""
    if user.is_authenticated and user.is_active and user.is_superuser:
        return Role.OWNER
    rank = _rank(user, project)
    return next((Role(role) for role, value in RANK.items() if value == rank), None)


def _rank(user: Person, project: Project) -> int:
    if getattr(project, "ranked_for", None) == user.pk and user.pk is not None:
        return int(project.role_rank)  # type: ignore[attr-defined]
    found = visible_projects(user).filter(pk=project.pk).first()
    return int(found.role_rank) if found else 0  # type: ignore[attr-defined]


def requires(act: Act) -> Callable[[View], View]:
    """Guard a view with the rule `act`.

    For acts about a project the URL's ``name`` becomes the view's `project`: 404 where one may not see it, 403
    where one sees it but may not. People who are not signed in are sent to sign in.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if act is not Act.PUBLIC and not request.user.is_authenticated:
                return _to_sign_in(request)
            if act in NEEDED:
                kwargs["project"] = _find(request.user, kwargs.pop("name"))
            if not may(request.user, act, kwargs.get("project")):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.act = act  # type: ignore[attr-defined]
        # The guard itself sends people to sign in; LoginRequiredMiddleware stays for views without a guard.
        guarded.login_required = False  # type: ignore[attr-defined]
        return guarded

    return decorate


def _find(user: Person, name: str) -> Project:
    project = visible_projects(user).filter(name=name).first()
    if project is None:
        raise Http404
    return project


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """Redirect a page; tell htmx to load the sign-in page whole; answer a script with 401."""
    sign_in = resolve_url(settings.LOGIN_URL)
    if request.headers.get("HX-Request") == "true":
        back = request.headers.get("HX-Current-URL-Path", "/")
        return HttpResponse(status=401, headers={"HX-Redirect": f"{sign_in}?next={quote(back)}"})
    if "application/json" in request.headers.get("Accept", "") or request.content_type == "application/json":
        return HttpResponse(status=401)
    return redirect_to_login(request.get_full_path(), sign_in)


class Refused(Exception):
    """A websocket may not be opened, or no longer be kept open; `code` is its close code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def person_of(scope: Mapping[str, Any]) -> Person:
    """Return who holds the session of a websocket *now*: nobody after sign-out, a changed password or deactivation."""
    request = HttpRequest()
    request.session = SessionStore(scope["session"].session_key)
    return get_user(request)


def admit_now(scope: Mapping[str, Any], act: Act) -> tuple[Person, Project | None]:
    """Return the person and the project of a websocket whose rule is `act`, or raise `Refused`."""
    person = person_of(scope)
    project = None
    if act in NEEDED:
        name = scope["url_route"]["kwargs"]["name"]
        project = visible_projects(person).filter(name=name).first()
    # Whoever may everything may not watch what does not exist.
    missing = act in NEEDED and project is None
    if missing or not may(person, act, project):
        raise Refused(NOT_FOUND if person.is_authenticated else SIGN_IN_FIRST)
    return person, project


admit = database_sync_to_async(admit_now)
