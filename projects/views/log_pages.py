"""A page of stored lines before or after those that a viewer shows, as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

from django.http import HttpRequest, StreamingHttpResponse
from django.http.request import QueryDict
from django.views.decorators.http import require_safe

from projects.access import Act, requires
from projects.compose.state import ObservedContainer
from projects.models import Project
from projects.operations import live_picture
from projects.operations.live_logs import live_logs
from projects.services.log_frames import is_stamp
from projects.services.log_pages import Edge, Page, newer, older
from projects.services.log_sources import shown_name
from projects.templatetags.pages import say
from projects.views.log_download import chosen

LINES: Final = 400
LONGEST_LINE: Final = 256 * 1024  # bytes
_EDGE: Final = re.compile(r"([0-9a-f]{12,64})~([^~]{30})~(\d{1,6})~(\d{1,8})")


@requires(Act.VIEW)
@require_safe
def page(request: HttpRequest, project: Project) -> StreamingHttpResponse:
    """Send ``way=older`` or ``way=newer`` lines than each container's ``edge``.

    An edge is ``container~stamp~same~depth`` (see `Edge`); containers without one have theirs at ``at``, a stamp.
    ``service`` chooses. The answer: ``sources`` (container, name, service), ``lines`` (source, stream, stamp, text) in
    time order, ``last`` (there are no more in this direction), ``problems`` in words.
    """
    picture = live_picture().projects.get(project.name)
    containers = chosen(picture.containers if picture else (), request)
    edges = edges_of(containers, request.GET)
    body = _answer(containers, edges, newest=request.GET.get("way") != "newer")
    return StreamingHttpResponse(body, content_type="application/json")


def edges_of(containers: Sequence[ObservedContainer], query: QueryDict) -> list[Edge]:
    """Return an edge for each container; what makes no sense in the query counts as not given."""
    at = query.get("at", "").encode("ascii", "replace")
    common = at if is_stamp(at) else b""
    known: Mapping[str, Edge] = {edge.container: edge for edge in map(_edge, query.getlist("edge")) if edge}
    return [known.get(each.id) or Edge(container=each.id, stamp=common) for each in containers]


def _edge(text: str) -> Edge | None:
    match = _EDGE.fullmatch(text)
    stamp = match[2].encode("ascii", "replace") if match else b""
    if not match or not is_stamp(stamp):
        return None
    return Edge(container=match[1], stamp=stamp, same=int(match[3]), depth=int(match[4]))


async def _answer(
    containers: Sequence[ObservedContainer], edges: Sequence[Edge], *, newest: bool
) -> AsyncIterator[bytes]:
    # In the event loop, where the logs are read.
    found = await (older if newest else newer)(live_logs().open, edges, lines=LINES)
    yield json.dumps(_told(containers, found)).encode()


def _told(containers: Sequence[ObservedContainer], page: Page) -> dict[str, object]:
    return {
        "sources": [{"container": each.id, "name": shown_name(each), "service": each.service} for each in containers],
        "lines": [
            (placed.source, placed.line.stream, placed.line.stamp.decode("ascii"), _text(placed.line.text))
            for placed in page.lines
        ],
        "last": page.is_last,
        "problems": [str(say(problem)) for _source, problem in page.problems],
    }


def _text(text: bytes) -> str:
    return text[:LONGEST_LINE].removesuffix(b"\r").decode(errors="replace")
