"""Builds by the engine's BuildKit, over gRPC on connections that ``POST /grpc`` and ``POST /session`` hand over.

``POST /build?version=2`` would build as well, but takes neither named contexts nor a choice of stages not to cache,
and no directory that is sent only as far as it has changed.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from grpclib.client import Channel
from grpclib.const import Cardinality, Status
from grpclib.exceptions import GRPCError, ProtocolError, StreamTerminatedError
from grpclib.protocol import H2Protocol
from grpclib.server import Server

from projects.compose.buildkit_status import Output, Transfer, Update, Vertex
from projects.compose.errors import BuildFailed, Cancelled, EngineError, EngineUnavailable
from projects.compose.messages import Message
from projects.services import buildkit_messages as wire
from projects.services.buildkit_session import Provision, Session
from projects.services.contract import Engine

# What it calls an application error is told to a person by us, or is the end of a cancelled build.
logging.getLogger("grpclib").setLevel(logging.CRITICAL)

Told: TypeAlias = Callable[[Update], None]

LAST_WORD_SECONDS: Final = 3.0  # for which a build that cannot be followed may tell why, and its progress end after it
_SOLVE, _STATUS = "/moby.buildkit.v1.Control/Solve", "/moby.buildkit.v1.Control/Status"


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildRequest:
    """What BuildKit is asked for: options of its Dockerfile frontend, names for the image, caches.

    `shared_key` stands for the directories that are sent: what an earlier build with the same key sent is not sent
    again. Caches are ``{"type": …, …}``.
    """

    names: tuple[str, ...]
    options: Mapping[str, str]
    shared_key: str = ""
    cache_from: tuple[Mapping[str, str], ...] = ()
    cache_to: tuple[Mapping[str, str], ...] = ()
    entitlements: tuple[str, ...] = ()
    provision: Provision = field(default_factory=Provision)


class Solve:
    """One build. `close`, which any thread may call at any time, ends it: the engine drops what it was doing."""

    def __init__(self, engine: Engine, request: BuildRequest) -> None:
        self._engine = engine
        self._request = request
        self._session = Session(request.provision)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._connections: list[socket.socket] = []
        self._id = secrets.token_hex(12)
        self.cut = False

    def close(self) -> None:
        """End the build at once."""
        self.cut = True
        if self._loop is not None and self._task is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._task.cancel)

    def connect(self) -> bool:
        """Open the connections; False where the engine has no BuildKit. Raises `EngineUnavailable`."""
        headers = [
            ("X-Docker-Expose-Session-Uuid", self._id),
            ("X-Docker-Expose-Session-Name", "compose-ui"),
            ("X-Docker-Expose-Session-Sharedkey", self._request.shared_key),
            *(("X-Docker-Expose-Session-Grpc-Method", method) for method in self._session.__mapping__()),
        ]
        try:
            for path, given in (("/grpc", ()), ("/session", headers)):
                self._connections.append(self._engine.upgrade(path, given))
        except EngineUnavailable:
            self._disconnect()
            raise
        except EngineError:
            self._disconnect()
            return False
        return True

    def _disconnect(self) -> None:
        for connection in self._connections:
            connection.close()

    def run(self, told: Told) -> str:
        """Build, telling of every update; return the engine's words where it failed, else an empty text.

        Raises `Cancelled`, `EngineUnavailable`, `BuildFailed`, and what went wrong on our side of the session.
        """
        try:
            return asyncio.run(self._run(told))
        except asyncio.CancelledError:
            raise Cancelled(Message("Cancelled")) from None
        except (OSError, StreamTerminatedError, ProtocolError) as error:
            if self.cut:
                raise Cancelled(Message("Cancelled")) from error
            self._engine.ping()
            raise _connection_lost() from error
        finally:
            self._disconnect()

    async def _run(self, told: Told) -> str:
        control, session = self._connections
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        if self.cut:
            raise asyncio.CancelledError
        server = Server([self._session])
        serving, protocol = await self._loop.connect_accepted_socket(server._protocol_factory, session)
        try:
            async with _Channel(control) as channel:
                return await self._solve(channel, told)
        finally:
            protocol.processor.handler.close()
            serving.close()

    async def _solve(self, channel: Channel, told: Told) -> str:
        reference = secrets.token_hex(12)
        solving = asyncio.create_task(self._ask(channel, reference))
        following = asyncio.create_task(_follow(channel, reference, told))
        try:
            await _end(solving, following)
        except GRPCError as error:
            if self._session.problem is not None:
                raise self._session.problem from error
            if error.status is Status.UNAVAILABLE:
                raise ConnectionResetError(error.message) from error
            return error.message or error.status.name
        finally:
            for task in (solving, following):
                task.cancel()
            await asyncio.gather(solving, following, return_exceptions=True)
        return ""

    async def _ask(self, channel: Channel, reference: str) -> None:
        request = self._request
        message = wire.SolveRequest(
            ref=reference,
            session=self._id,
            exporter="moby",
            exporter_options={"name": ",".join(request.names)},
            frontend="dockerfile.v0",
            options=request.options,
            cache=_caches(request),
            entitlements=request.entitlements,
        )
        async with channel.request(_SOLVE, Cardinality.UNARY_UNARY, wire.SolveRequest, wire.SolveResponse) as stream:
            await stream.send_message(message, end=True)
            await stream.recv_message()


async def _end(solving: asyncio.Task[None], following: asyncio.Task[None]) -> None:
    """Wait for the end of a build, whose progress is being followed; raise why it failed.

    A build that is refused at once may be over before it can be followed: newer engines then keep the one who follows
    waiting for ever, older ones turn them away. What the build says itself counts.
    """
    await asyncio.wait({solving, following}, return_when=asyncio.FIRST_COMPLETED)
    followed = following.done() and following.exception() is None
    await asyncio.wait({solving, following}, timeout=None if followed else LAST_WORD_SECONDS)
    await (solving if solving.done() else following)


async def _follow(channel: Channel, reference: str, told: Told) -> None:
    async with channel.request(_STATUS, Cardinality.UNARY_STREAM, wire.StatusRequest, wire.StatusResponse) as stream:
        await stream.send_message(wire.StatusRequest(ref=reference), end=True)
        async for message in stream:
            told(_update(message))


class _Channel(Channel):
    """A channel on a connection that is open already."""

    def __init__(self, connected: socket.socket) -> None:
        super().__init__()
        self._connected_socket = connected

    async def _create_connection(self) -> H2Protocol:
        loop = asyncio.get_running_loop()
        _, protocol = await loop.create_connection(self._protocol_factory, sock=self._connected_socket)
        return protocol


def _caches(request: BuildRequest) -> dict[str, Any]:
    return {
        name: [{"type": each["type"], "options": {k: v for k, v in each.items() if k != "type"}} for each in caches]
        for name, caches in (("imports", request.cache_from), ("exports", request.cache_to))
    }


def _update(message: Any) -> Update:
    return Update(
        vertices=tuple(
            Vertex(
                digest=each.digest,
                name=each.name,
                cached=each.cached,
                started=_time(each, "started"),
                completed=_time(each, "completed"),
                error=each.error,
            )
            for each in message.vertices
        ),
        transfers=tuple(
            Transfer(
                vertex=each.vertex,
                id=each.id,
                current=each.current,
                total=each.total,
                completed=each.HasField("completed"),
            )
            for each in message.statuses
        ),
        outputs=tuple(Output(vertex=each.vertex, text=each.text.decode("utf-8", "replace")) for each in message.logs),
    )


def _time(message: Any, name: str) -> float | None:
    if not message.HasField(name):
        return None
    time = getattr(message, name)
    return float(time.seconds + time.nanos / 1e9)


def _connection_lost() -> BuildFailed:
    return BuildFailed(
        Message("The connection to the builder was cut. Build again; look at the engine's log where it happens again.")
    )
