"""Deleting a project from the dashboard; its files are kept unless the person wants them in the trash."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from projects import audit
from projects.access import Act, requires
from projects.compose.errors import ComposeError, OperationInProgress
from projects.compose.messages import Message
from projects.forms import DeleteForm
from projects.models import UNFINISHED, Project
from projects.operations import live_picture
from projects.templatetags.pages import say
from projects.views.requests import address_of, project_context
from projects.workspace import trash_project


@requires(Act.OWN)
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, project: Project) -> HttpResponse:
    """Say exactly what goes, and delete the project once its name is typed."""
    bound = request.method == "POST"
    form = DeleteForm(request.POST if bound else None, project=project)
    if bound and form.is_valid():
        try:
            _delete(request, project, trash=form.cleaned_data["what_of_files"] == "trash")
        except ComposeError as problem:
            form.add_error(None, say(problem.message))
        else:
            return redirect("projects:list")
    picture = live_picture().projects.get(project.name)
    context = {
        **project_context(request, project, "delete"),
        "form": form,
        "containers": picture.containers if picture else (),
    }
    return render(request, "projects/delete.html", context, status=422 if bound else 200)


@transaction.atomic
def _delete(request: HttpRequest, project: Project, *, trash: bool) -> None:
    """Remove the record, then the files where wanted; raises `OperationInProgress` or `WorkspaceError`."""
    if project.operations.filter(state__in=UNFINISHED).exists():
        raise OperationInProgress(
            Message("An operation of %(project)s is running. Wait for it, or cancel it.", project=project.name)
        )
    name, directory = project.name, project.directory
    audit.record(request.user, "project.delete", name, address=address_of(request), directory=directory, trash=trash)
    project.delete()
    if trash:
        trash_project(directory, name)
        messages.success(request, gettext("%(name)s is deleted; its files are in the trash.") % {"name": name})
    else:
        told = gettext("%(name)s is deleted; its files are still in %(directory)s.")
        messages.success(request, told % {"name": name, "directory": directory})
