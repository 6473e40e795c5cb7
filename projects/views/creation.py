"""Creating a project: from the template, blank, from pasted YAML, or from uploaded files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from projects import audit
from projects.access import Act, requires
from projects.compose.errors import WorkspaceError
from projects.forms import NewProjectForm, PastedProjectForm, UploadedProjectForm
from projects.models import Membership, Project, Role
from projects.starters import BLANK, COMPOSE_FILE, template_files
from projects.templatetags.pages import say
from projects.views.requests import address_of, person_of
from projects.workspace import Workspace, create_project_directory, trash_project

TEMPLATE_NAME: Final = "hitcounter"
FORMS: Mapping[str, type[NewProjectForm]] = {
    "template": NewProjectForm,
    "blank": NewProjectForm,
    "paste": PastedProjectForm,
    "upload": UploadedProjectForm,
}


@requires(Act.CREATE)
def new(request: HttpRequest) -> HttpResponse:
    """Show the form of the chosen way, and create the project."""
    way = request.GET.get("from", "template")
    way = way if way in FORMS else "template"
    bound = request.method == "POST"
    form = (
        FORMS[way](request.POST, request.FILES)
        if bound
        else FORMS[way](initial={"name": _first_name(way, request.GET.get("name", ""))})
    )
    if bound and form.is_valid():
        try:
            project = create(request, way, form.cleaned_data)
        except WorkspaceError as problem:
            form.add_error(None, say(problem.message))
        else:
            return redirect("projects:overview" if way == "template" else "projects:files", name=project.name)
    context = {
        "form": form,
        "way": way,
        "nav": "new",
        "root": settings.PROJECTS_ROOT,
        "starter": template_files().items(),
    }
    return render(request, "projects/new.html", context, status=422 if bound else 200)


def _first_name(way: str, typed: str) -> str:
    """Return the name to begin with: what was typed before another way was chosen, else the template's own."""
    if typed and typed != TEMPLATE_NAME:
        return typed
    return TEMPLATE_NAME if way == "template" else ""


def create(request: HttpRequest, way: str, data: Mapping[str, Any]) -> Project:
    """Make the directory, write the files and record the project, whose owner is who made it.

    Raises `WorkspaceError`; then nothing is left but what the trash keeps.
    """
    directory = create_project_directory(settings.PROJECTS_ROOT, data["name"])
    try:
        WRITERS[way](Workspace(directory), data)
    except WorkspaceError:
        trash_project(directory, data["name"])
        raise
    person = person_of(request)
    project = Project.objects.create(name=data["name"], directory=str(directory), created_by=person)
    Membership.objects.create(project=project, user=person, role=Role.OWNER)
    audit.record(person, "project.create", project.name, address=address_of(request), way=way)
    return project


def _write_template(workspace: Workspace, data: Mapping[str, Any]) -> None:
    for path, text in template_files().items():
        workspace.create(path, text)


def _write_blank(workspace: Workspace, data: Mapping[str, Any]) -> None:
    workspace.create(COMPOSE_FILE, BLANK)


def _write_pasted(workspace: Workspace, data: Mapping[str, Any]) -> None:
    workspace.create(COMPOSE_FILE, data["text"].replace("\r\n", "\n"))


def _write_uploaded(workspace: Workspace, data: Mapping[str, Any]) -> None:
    files: list[UploadedFile[bytes]] = data["uploads"]
    if len(files) == 1 and str(files[0].name).lower().endswith(".zip"):
        workspace.import_zip(files[0].file)  # type: ignore[arg-type]
        return
    for file in files:
        workspace.upload(str(file.name), file.chunks())


WRITERS: Mapping[str, Callable[[Workspace, Mapping[str, Any]], None]] = {
    "template": _write_template,
    "blank": _write_blank,
    "paste": _write_pasted,
    "upload": _write_uploaded,
}
