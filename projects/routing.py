"""Websocket routes, and the check of where a websocket was opened from."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.urls import path

from projects.consumers.events import EventsConsumer
from projects.consumers.log_search import LogSearchConsumer
from projects.consumers.log_volume import LogVolumeConsumer
from projects.consumers.logs import LogsConsumer
from projects.consumers.operations import OperationConsumer
from projects.consumers.previews import PreviewConsumer
from projects.consumers.projects import ProjectConsumer, ProjectListConsumer
from projects.consumers.stats import StatsConsumer
from projects.consumers.terminals import TerminalConsumer

# Django's `path` is typed for views; Channels routes to ASGI applications by the same patterns.
websocket_urlpatterns: list[Any] = [
    path("ws/projects/", cast(Any, ProjectListConsumer.as_asgi())),
    path("ws/projects/<str:name>/", cast(Any, ProjectConsumer.as_asgi())),
    path("ws/projects/<str:name>/preview/", cast(Any, PreviewConsumer.as_asgi())),
    path("ws/projects/<str:name>/operations/<int:number>/", cast(Any, OperationConsumer.as_asgi())),
    path("ws/projects/<str:name>/logs/", cast(Any, LogsConsumer.as_asgi())),
    path("ws/projects/<str:name>/logs/search/", cast(Any, LogSearchConsumer.as_asgi())),
    path("ws/projects/<str:name>/logs/volume/", cast(Any, LogVolumeConsumer.as_asgi())),
    path("ws/projects/<str:name>/terminal/", cast(Any, TerminalConsumer.as_asgi())),
    path("ws/projects/<str:name>/events/", cast(Any, EventsConsumer.as_asgi())),
    path("ws/projects/<str:name>/stats/", cast(Any, StatsConsumer.as_asgi())),
]


class SameOrigin:
    """Refuses a websocket that a page of another origin opens.

    Stricter than Channels' AllowedHostsOriginValidator, which compares names without ports: a page that a
    *container* serves on another port of this very host would pass there, with the person's cookies.
    """

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        headers = {name: value.decode("latin1") for name, value in scope.get("headers", [])}
        allowed = same_origin(headers.get(b"origin", ""), headers.get(b"host", ""))
        handler = self.application if allowed else WebsocketDenier()
        return await handler(scope, receive, send)


def same_origin(origin: str, host: str) -> bool:
    """Return whether `origin` (an Origin header) is the site at `host` (a Host header), an allowed one."""
    domain, _port = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    parts = urlsplit(origin)
    return parts.scheme in {"http", "https"} and parts.netloc.lower() == host.lower()
