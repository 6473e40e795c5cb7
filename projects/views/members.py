"""The members of a project: people and groups with roles."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from projects import audit
from projects.access import Act, may, requires
from projects.forms import MembershipForm, RoleForm
from projects.models import Membership, Project, Role
from projects.views.requests import address_of, project_context


@requires(Act.OWN)
@require_http_methods(["GET", "HEAD", "POST"])
def members(request: HttpRequest, project: Project) -> HttpResponseBase:
    """Show the members; by POST, add one, change a role or remove one."""
    action = request.POST.get("action") if request.method == "POST" else None
    if action in ("change", "remove"):
        return _change(request, project, action)
    form = MembershipForm(request.POST if action else None, project=project)
    if action and form.is_valid():
        member = form.save()
        _record(request, project, "member.add", member)
        return redirect("projects:members", name=project.name)
    found = project.memberships.select_related("user", "group").order_by("group__name", "user__username")
    context = {**project_context(request, project, "members"), "members": found, "form": form, "roles": Role.choices}
    return render(request, "projects/members.html", context, status=422 if action else 200)


def _change(request: HttpRequest, project: Project, action: str) -> HttpResponse:
    member = get_object_or_404(project.memberships, pk=request.POST.get("member"))
    form = RoleForm(request.POST)
    if action == "remove":
        _record(request, project, "member.remove", member)
        member.delete()
    elif form.is_valid():
        member.role = form.cleaned_data["role"]
        member.save(update_fields=["role"])
        _record(request, project, "member.change", member)
    else:
        messages.error(request, gettext("There is no such role."))
    # Who has just given up the ownership may not see this page any more.
    still_owner = may(request.user, Act.OWN, Project.objects.get(pk=project.pk))
    return redirect("projects:members", name=project.name) if still_owner else redirect("projects:list")


def _record(request: HttpRequest, project: Project, action: str, member: Membership) -> None:
    who = str(member.user or member.group)
    audit.record(request.user, action, project.name, address=address_of(request), member=who, role=member.role)
