"""The logs of a project as a text file, streamed from the engine as it is read."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from functools import partial
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_safe

from projects.access import Act, requires
from projects.compose.errors import EngineError
from projects.compose.state import ObservedContainer
from projects.models import Project
from projects.operations import live_picture
from projects.operations.live_logs import live_logs
from projects.services.log_matching import BadQuery, Matcher, Query, query_of
from projects.services.log_search import matching
from projects.services.log_store import Choose, Source, all_of, download
from projects.templatetags.pages import say


@requires(Act.VIEW)
@require_safe
def page(request: HttpRequest, project: Project) -> HttpResponseBase:
    """Send all stored lines, merged by time; ``service`` (may be repeated) and ``container`` choose among them.

    With what a search is asked for (see `projects.consumers.log_search`) only the lines that match.
    """
    try:
        choose = chooser(query_of(dict(request.GET.lists())))
    except BadQuery as error:
        return HttpResponse(say(error.message), status=HTTPStatus.BAD_REQUEST, content_type="text/plain; charset=utf-8")
    picture = live_picture().projects.get(project.name)
    containers = chosen(picture.containers if picture else (), request)
    response = StreamingHttpResponse(text_of(containers, choose), content_type="text/plain; charset=utf-8")
    name = f"{project.name}-{time.strftime('%Y%m%d-%H%M%S')}.log"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def chosen(containers: Sequence[ObservedContainer], request: HttpRequest) -> list[ObservedContainer]:
    """Return the containers that the query asks for."""
    services, name = request.GET.getlist("service"), request.GET.get("container", "")
    return [
        container
        for container in containers
        if (not services or container.service in services) and name in ("", container.name)
    ]


def chooser(query: Query) -> Choose:
    """Return what chooses the lines that match; all of them where nothing is looked for. Raises `BadQuery`."""
    return all_of if query == Query() else partial(matching, Matcher(query))


async def text_of(containers: Sequence[ObservedContainer], choose: Choose) -> AsyncIterator[bytes]:
    """Yield the lines of the containers, each behind its container's name where there are several."""
    width = max((len(container.name) for container in containers), default=0)
    several = len(containers) > 1
    sources = [
        Source(container=container.id, prefix=f"{container.name:{width}}  | " if several else "")
        for container in containers
    ]
    try:
        async for chunk in download(live_logs().open, sources, choose=choose, tell=say):
            yield chunk
    except EngineError as error:
        # The answer has begun: a sentence at its end is all that can still be said.
        yield f"{say(error.message)}\n".encode()
