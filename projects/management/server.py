"""The server of pages and websockets: Daphne, which ends within seconds of a signal whatever it is at."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable
from typing import Any, Final

from channels.routing import get_default_application
from daphne import server as daphne_server
from daphne.http_protocol import WebRequest
from django.conf import settings
from twisted.internet import defer, reactor

from projects.operations import bell

# What a page is in the middle of may be a save: it is answered, if that does not take longer.
SECONDS_FOR_REQUESTS: Final = 3.0
SECONDS_FOR_WEBSOCKETS: Final = 2.0  # for letting go of what they follow
SECONDS_FOR_SOCKETS: Final = 0.05  # for taking what was answered last


class Server(daphne_server.Server):  # type: ignore[misc]
    """Daphne's server with an end: requests are answered, websockets closed, and nothing is waited for without end."""

    def kill_all_applications(self) -> defer.Deferred[None]:
        """Return when all has ended that ends in time; the reactor stops then."""
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._wind_down(), loop=daphne_server.twisted_loop))

    async def _wind_down(self) -> None:
        for listener in self.listeners:
            listener.addCallback(lambda port: port.stopListening())
        pages, websockets = self._applications(of_requests=True), self._applications(of_requests=False)
        _cancel(websockets)
        await _wait(pages, SECONDS_FOR_REQUESTS)
        _cancel(pages)
        await _wait(pages | websockets, SECONDS_FOR_WEBSOCKETS)
        await asyncio.sleep(SECONDS_FOR_SOCKETS)

    def _applications(self, *, of_requests: bool) -> set[asyncio.Future[Any]]:
        running = (
            details.get("application_instance")
            for protocol, details in self.connections.items()
            if isinstance(protocol, WebRequest) is of_requests
        )
        return {application for application in running if application and not application.done()}


def _cancel(applications: Iterable[asyncio.Future[Any]]) -> None:
    for application in applications:
        application.cancel()


async def _wait(applications: set[asyncio.Future[Any]], seconds: float) -> None:
    if applications:
        await asyncio.wait(applications, timeout=seconds)


def serve_until_signal(listening: socket.socket, on_start: Callable[[], None]) -> None:
    """Serve on a listening socket until a signal ends it; threads of requests may still be at work afterwards."""
    bell.answer_on(daphne_server.twisted_loop)
    server = Server(
        application=get_default_application(),
        endpoints=[_endpoint(listening)],
        verbosity=0,
        server_name="Compose UI",
        ping_interval=settings.PING_SECONDS,
        ping_timeout=settings.PONG_SECONDS,
        proxy_forwarded_address_header="X-Forwarded-For" if settings.HTTPS else None,
        proxy_forwarded_proto_header="X-Forwarded-Proto" if settings.HTTPS else None,
    )
    reactor.callWhenRunning(on_start)
    server.run()
    listening.close()


def _endpoint(listening: socket.socket) -> str:
    """Return the socket as Twisted describes it."""
    if listening.family == socket.AF_INET:
        return f"fd:fileno={listening.fileno()}"
    # Daphne takes over IPv4 sockets only: this one has shown that the port is free.
    host, port = listening.getsockname()[:2]
    listening.close()
    return f"tcp:port={port}:interface={host}".replace(host, host.replace(":", r"\:"))
