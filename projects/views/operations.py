"""Beginning and cancelling operations, their history, and what one of them said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from projects import fragments
from projects.access import Act, requires
from projects.compose.errors import ComposeError, OperationInProgress, PlanError
from projects.compose.messages import Message
from projects.declared import declared
from projects.forms import OperationForm
from projects.fragments.looks import OPERATION_LOOKS
from projects.models import Operation, Project, Verb
from projects.operations import begin, journal_after, progress_of, request_cancel
from projects.operations.variants import up_options
from projects.templatetags.pages import say
from projects.transcript import transcript
from projects.views.requests import address_of, is_htmx, notice, person_of, project_context

PAGE_LENGTH = 50
# The verbs that do what the files say, with the options they are given; those of `up` depend on its way.
BY_FILES: Mapping[str, Mapping[str, Any]] = {Verb.UP: {}, Verb.PULL: {"ignore_buildable": True}, Verb.BUILD: {}}


@requires(Act.VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def operations(request: HttpRequest, project: Project) -> HttpResponseBase:
    """Show the history; by POST, begin an operation, which asks for more than looking does."""
    if request.method == "POST":
        return begin_operation(request, name=project.name)
    found = project.operations.select_related("requested_by")
    page = Paginator(found, PAGE_LENGTH).get_page(request.GET.get("page"))
    rows = [(operation, OPERATION_LOOKS[operation.state]) for operation in page.object_list]
    context = {**project_context(request, project, "history"), "subtab": "operations", "operations": rows, "page": page}
    return render(request, "projects/history.html", context)


@requires(Act.OPERATE)
def begin_operation(request: HttpRequest, project: Project) -> HttpResponse:
    """Begin a verb, and answer with its panel; a mistake in the files is told at once, with its place."""
    form = OperationForm(request.POST)
    if not form.is_valid():
        return _refused(request, PlanError(Message("There is no such operation.")), project)
    services = request.POST.getlist("service")
    try:
        options = _options(project, form.cleaned_data, services, request.POST.getlist("recreate_volume"))
        operation = begin(
            project, form.cleaned_data["verb"], person_of(request), services, options, address=address_of(request)
        )
    except ComposeError as problem:
        return _refused(request, problem, project)
    return _begun(request, operation)


def _options(project: Project, data: dict[str, Any], services: list[str], volumes: list[str]) -> dict[str, Any]:
    """Return the verb's options, and let `up` fail early where the files are wrong."""
    if data["verb"] == Verb.DOWN:
        return {"volumes": True} if data["volumes"] else {}
    if data["verb"] not in BY_FILES:
        return {}
    files = declared(project)
    if files.problem:
        raise files.problem
    for service in services:
        if service not in files.images:
            raise PlanError(
                Message("The files declare no service “%(service)s” (any more). Reload the page.", service=service)
            )
    if data["verb"] != Verb.UP:
        return dict(BY_FILES[data["verb"]])
    for volume in volumes:
        if volume not in files.volumes:
            raise PlanError(
                Message("The files declare no volume “%(volume)s” (any more). Reload the page.", volume=volume)
            )
    options = up_options(data["way"], services, data["count"])
    return {**options, **({"recreate_volumes": volumes} if volumes else {})}


def _refused(request: HttpRequest, problem: ComposeError, project: Project) -> HttpResponse:
    if not is_htmx(request):  # a button that was pressed before the page's scripts had come
        messages.error(request, say(problem.message))
        return redirect("projects:overview", name=project.name)
    return notice(request, problem, project, status=409 if isinstance(problem, OperationInProgress) else 422)


def _begun(request: HttpRequest, operation: Operation) -> HttpResponse:
    if not is_htmx(request):
        return redirect("projects:overview", name=operation.project.name)
    person = person_of(request)
    panel = fragments.operation_current(operation, progress_of(operation.pk), user=person)
    return HttpResponse(panel + fragments.waiting_bar(operation, user=person) + fragments.no_notices())


@requires(Act.VIEW)
@require_safe
def operation(request: HttpRequest, project: Project, number: int) -> HttpResponse:
    """Show one operation with every step."""
    found = _find(project, number)
    panel = fragments.operation_panel(found, progress_of(found.pk), user=request.user, oob=False, complete=True)
    context = {**project_context(request, project, "history"), "operation": found, "panel": panel}
    return render(request, "projects/operation.html", context)


@requires(Act.VIEW)
@require_safe
def output(request: HttpRequest, project: Project, number: int) -> HttpResponse:
    """Give the complete output of one operation as text."""
    found = _find(project, number)
    text = "".join(transcript(event for _, event in journal_after(found.pk, 0)))
    name = f"{project.name}-{found.verb}-{found.pk}.txt"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=headers)


@requires(Act.OPERATE)
@require_POST
def cancel(request: HttpRequest, project: Project, number: int) -> HttpResponse:
    """Ask an operation to stop, and answer with its panel."""
    found = _find(project, number)
    request_cancel(found, person_of(request), address=address_of(request))
    if not is_htmx(request):
        return redirect("projects:operation", name=project.name, number=number)
    return HttpResponse(fragments.operation_panel(found, progress_of(found.pk), user=request.user))


def _find(project: Project, number: int) -> Operation:
    found = project.operations.select_related("project", "requested_by").filter(pk=number).first()
    if found is None:
        raise Http404
    return found
