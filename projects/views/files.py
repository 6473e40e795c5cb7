"""The files of a project: the page with the editor, and what the editor and the dialogs ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import PurePosixPath
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from projects import audit
from projects.access import Act, requires
from projects.client_json import object_in
from projects.compose.errors import FileChanged, ProjectDirectoryMissing, StorageFull, UnsafePath, WorkspaceError
from projects.compose.loader import Problem
from projects.declared import COMPOSE_FILES, problems_of
from projects.forms import UploadForm
from projects.fragments.places import without_file
from projects.models import Project
from projects.templatetags.pages import say
from projects.views.requests import address_of, project_context
from projects.views.vocabulary import VOCABULARY
from projects.workspace import FileContent, Workspace

LANGUAGES: Mapping[str, str] = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".py": "python",
    ".dockerfile": "dockerfile",
    ".json": "json",
    ".sh": "shell",
    ".conf": "nginx",
    ".toml": "toml",
    ".env": "properties",
}
STATUS_OF = {UnsafePath: 400, StorageFull: 507, ProjectDirectoryMissing: 410}

View = Callable[..., HttpResponseBase]


def language_of(path: str) -> str:
    """Return the editor's language for a file, by its name."""
    name = PurePosixPath(path).name.lower()
    if name == "dockerfile" or name.startswith("dockerfile."):
        return "dockerfile"
    if name == ".env" or name.startswith(".env."):
        return "properties"
    return LANGUAGES.get(PurePosixPath(name).suffix, "text")


@requires(Act.EDIT)
@require_safe
def page(request: HttpRequest, project: Project) -> HttpResponse:
    """Show the files and, in the editor, the chosen one or the Compose file."""
    workspace = Workspace(project.directory)
    context: dict[str, Any] = project_context(request, project, "files")
    try:
        listing = workspace.files()
    except WorkspaceError as problem:
        return render(request, "projects/files.html", context | {"problem": problem}, status=_status(problem))
    names = [entry.path for entry in listing.entries if entry.kind == "file"]
    wanted = request.GET.get("file") or _first(project, names)
    entries = [(entry, language_of(entry.path)) for entry in listing.entries]
    context |= {"entries": entries, "listing": listing, "path": wanted, "language": language_of(wanted)}
    context["vocabulary_url"] = VOCABULARY.address
    return render(request, "projects/files.html", context)


def _first(project: Project, names: list[str]) -> str:
    """Return the file to begin with: the Compose file, else the first."""
    preferred = [*map(str, project.config_files), *COMPOSE_FILES]
    return next((name for name in preferred if name in names), names[0] if names else "")


def answers_in_json(view: View) -> View:
    """Turn a `WorkspaceError` into ``{"error": sentence}`` with a fitting status."""

    @wraps(view)
    def answered(request: HttpRequest, project: Project, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, project, **kwargs)
        except WorkspaceError as problem:
            return JsonResponse({"error": say(problem.message)}, status=_status(problem))

    return answered


def _status(problem: WorkspaceError) -> int:
    return STATUS_OF.get(type(problem), 422)


@requires(Act.EDIT)
@require_http_methods(["GET", "POST"])
@answers_in_json
def content(request: HttpRequest, project: Project) -> HttpResponseBase:
    """Give a file to the editor; by POST, save it unless somebody else changed it meanwhile."""
    workspace = Workspace(project.directory)
    if request.method == "GET":
        return JsonResponse(_as_json(workspace.read(request.GET.get("path", ""))))
    asked = _asked(request, "path", "text")
    if asked is None:
        return _not_understood()
    version = asked.get("version") or None
    try:
        saved = workspace.write(asked["path"], asked["text"], version)
    except FileChanged as changed:
        return _changed(workspace, asked["path"], changed)
    audit.record(request.user, "file.save", project.name, address=address_of(request), path=asked["path"])
    return JsonResponse({"version": saved, "problems": _problems_as_json(problems_of(project))})


def _as_json(file: FileContent) -> dict[str, str]:
    return {"path": file.path, "text": file.text, "version": file.version, "language": language_of(file.path)}


def _changed(workspace: Workspace, path: str, changed: FileChanged) -> JsonResponse:
    """Answer a save that came too late with what is on disk now; a file that was removed has no version."""
    theirs = {"text": "", "version": ""}
    if workspace.exists(path):
        now = workspace.read(path)
        theirs = {"text": now.text, "version": now.version}
    return JsonResponse({"changed": True, "error": say(changed.message), **theirs}, status=409)


@requires(Act.EDIT)
@require_POST
@answers_in_json
def validate(request: HttpRequest, project: Project) -> HttpResponseBase:
    """Tell what is wrong with the project's files while one of them has an unsaved text."""
    asked = _asked(request, "path", "text")
    if asked is None:
        return _not_understood()
    found = problems_of(project, unsaved={asked["path"]: asked["text"]})
    return JsonResponse({"problems": _problems_as_json(found)})


def _problems_as_json(problems: tuple[Problem, ...]) -> list[dict[str, Any]]:
    return [
        {
            "message": say(without_file(problem)),
            "severity": problem.severity,
            "file": problem.place.file,
            "line": problem.place.line,
            "column": problem.place.column,
            "end_line": problem.place.end_line,
            "end_column": problem.place.end_column,
            "path": problem.place.path,
        }
        for problem in problems
    ]


def _asked(request: HttpRequest, *names: str) -> dict[str, Any] | None:
    """Return the request's JSON object where `names` are strings in it."""
    asked = object_in(request.body)
    return asked if all(isinstance(asked.get(name), str) for name in names) else None


def _not_understood() -> JsonResponse:
    return JsonResponse({"error": gettext("The request cannot be understood. Reload the page.")}, status=400)


def _changes_files(action: str) -> Callable[[Callable[[HttpRequest, Workspace, Project], str]], View]:
    """Make a view of a function that changes files and returns the path to show next."""

    def decorate(change: Callable[[HttpRequest, Workspace, Project], str]) -> View:
        @wraps(change)
        def view(request: HttpRequest, project: Project) -> HttpResponse:
            path = request.POST.get("path", "")
            try:
                shown = change(request, Workspace(project.directory), project)
            except WorkspaceError as problem:
                messages.error(request, say(problem.message))
                shown = path
            else:
                audit.record(request.user, action, project.name, address=address_of(request), path=path, shown=shown)
            query = f"?{urlencode({'file': shown})}" if shown else ""
            return redirect(reverse("projects:files", kwargs={"name": project.name}) + query)

        return requires(Act.EDIT)(require_POST(view))

    return decorate


@_changes_files("file.create")
def create(request: HttpRequest, workspace: Workspace, project: Project) -> str:
    """Create an empty file, with the directories on its way."""
    path = request.POST.get("path", "").strip()
    workspace.create(path)
    return path


@_changes_files("file.rename")
def rename(request: HttpRequest, workspace: Workspace, project: Project) -> str:
    """Rename or move a file."""
    to = request.POST.get("to", "").strip()
    workspace.rename(request.POST.get("path", ""), to)
    return to


@_changes_files("file.delete")
def delete(request: HttpRequest, workspace: Workspace, project: Project) -> str:
    """Move a file to the trash."""
    path = request.POST.get("path", "")
    workspace.delete(path, project_name=project.name)
    messages.success(request, gettext("%(path)s was moved to the trash.") % {"path": path})
    return ""


@_changes_files("file.upload")
def upload(request: HttpRequest, workspace: Workspace, project: Project) -> str:
    """Add files; a zip archive is unpacked. What has the same name is replaced."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, gettext("Choose at least one file."))
        return ""
    names: list[str] = []
    for file in form.cleaned_data["uploads"]:
        if str(file.name).lower().endswith(".zip"):
            names += workspace.import_zip(file.file)
        else:
            workspace.upload(str(file.name), file.chunks())
            names.append(str(file.name))
    messages.success(request, gettext("Uploaded: %(names)s") % {"names": ", ".join(names[:20])})
    return names[0] if names else ""
