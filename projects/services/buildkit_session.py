"""The session of a build: the services that BuildKit calls back for files, secrets, logins and the SSH agent."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from grpclib.const import Cardinality, Handler, Status
from grpclib.exceptions import GRPCError

from projects.compose.errors import ComposeError
from projects.services import buildkit_files
from projects.services import buildkit_messages as wire
from projects.services.buildkit_files import Directory
from projects.services.registries import Credentials, Login, no_credentials
from projects.services.ssh_keys import LARGEST_REQUEST, KeyAgent

_PATTERN = re.compile(r"[*?\[\\!/]")
_TOKENS = ("FetchToken", "GetTokenAuthority", "VerifyTokenAuthority")
Stream: TypeAlias = Any  # of grpclib, whose message types are made at run time


@dataclass(frozen=True, kw_only=True, slots=True)
class Provision:
    """What a build may ask for: directories, secrets and SSH agents (or sockets of one) by name, logins by registry."""

    directories: Mapping[str, Directory] = field(default_factory=dict)
    secrets: Mapping[str, Callable[[], bytes]] = field(default_factory=dict)
    agents: Mapping[str, str | KeyAgent] = field(default_factory=dict)
    credentials: Credentials = no_credentials


class Session:
    """The services of one session, in the form that grpclib's server takes."""

    def __init__(self, provision: Provision) -> None:
        self._provision = provision
        self.problem: ComposeError | None = None  # what went wrong on this side

    def __mapping__(self) -> dict[str, Handler]:
        one, both = Cardinality.UNARY_UNARY, Cardinality.STREAM_STREAM
        return {
            "/grpc.health.v1.Health/Check": Handler(self._health, one, wire.Empty, wire.HealthResponse),
            "/moby.filesync.v1.FileSync/DiffCopy": Handler(self._files, both, wire.Packet, wire.Packet),
            "/moby.buildkit.secrets.v1.Secrets/GetSecret": Handler(
                self._secret, one, wire.SecretRequest, wire.SecretResponse
            ),
            "/moby.filesync.v1.Auth/Credentials": Handler(
                self._credentials, one, wire.CredentialsRequest, wire.CredentialsResponse
            ),
            **{f"/moby.filesync.v1.Auth/{name}": Handler(_not_here, one, wire.Empty, wire.Empty) for name in _TOKENS},
            "/moby.sshforward.v1.SSH/CheckAgent": Handler(self._check_agent, one, wire.AgentRequest, wire.Empty),
            "/moby.sshforward.v1.SSH/ForwardAgent": Handler(self._forward_agent, both, wire.Bytes, wire.Bytes),
        }

    async def _health(self, stream: Stream) -> None:
        await stream.recv_message()
        await stream.send_message(wire.HealthResponse(status=1))

    async def _files(self, stream: Stream) -> None:
        directory = self._provision.directories.get(stream.metadata.get("dir-name", ""))
        if directory is None:
            raise GRPCError(Status.NOT_FOUND, "no such directory in this session")
        try:
            await buildkit_files.send(directory, stream, _asked_for(stream.metadata))
        except ComposeError as error:
            self.problem = error
            raise GRPCError(Status.INTERNAL, "the build context cannot be read") from error

    async def _secret(self, stream: Stream) -> None:
        request = await stream.recv_message()
        read = self._provision.secrets.get(request.id)
        if read is None:
            raise GRPCError(Status.NOT_FOUND, f"no secret {request.id}")
        await stream.send_message(wire.SecretResponse(data=read()))

    async def _credentials(self, stream: Stream) -> None:
        request = await stream.recv_message()
        # A helper program may be asked, which takes its time.
        try:
            login = await asyncio.to_thread(self._provision.credentials, request.host) or Login()
        except ComposeError as error:
            self.problem = error
            raise GRPCError(Status.INTERNAL, "the login cannot be read") from error
        await stream.send_message(wire.CredentialsResponse(username=login.username, secret=login.secret))

    async def _check_agent(self, stream: Stream) -> None:
        request = await stream.recv_message()
        self._agent(request.id)
        await stream.send_message(wire.Empty())

    def _agent(self, name: str) -> str | KeyAgent:
        agent = self._provision.agents.get(name or "default")
        if agent is None:
            raise GRPCError(Status.NOT_FOUND, f"unset ssh forward key {name or 'default'}")
        return agent

    async def _forward_agent(self, stream: Stream) -> None:
        agent = self._agent(stream.metadata.get("buildkit.ssh.id", ""))
        await (_answer(agent, stream) if isinstance(agent, KeyAgent) else _forward(agent, stream))


async def _answer(agent: KeyAgent, stream: Stream) -> None:
    received = b""
    async for message in stream:
        answers, received = agent.answers(received + message.data)
        for answer in answers:
            await stream.send_message(wire.Bytes(data=answer))
        if len(received) > LARGEST_REQUEST:
            return


async def _forward(path: str, stream: Stream) -> None:
    reader, writer = await asyncio.open_unix_connection(path)
    answering = asyncio.create_task(_pass_on(reader, stream))
    try:
        async for message in stream:
            writer.write(message.data)
            await writer.drain()
    finally:
        answering.cancel()
        writer.close()


async def _not_here(stream: Stream) -> None:
    """Decline to fetch tokens: the engine does so itself with the login."""
    raise GRPCError(Status.UNIMPLEMENTED, "logins only")


def _asked_for(metadata: Any) -> tuple[str, ...]:
    """Return the names that are asked for; empty where that is everything, or what only the engine can match."""
    names = (*metadata.getall("include-patterns", ()), *metadata.getall("followpaths", ()))
    return names if not any(_PATTERN.search(name) for name in names) else ()


async def _pass_on(reader: asyncio.StreamReader, stream: Stream) -> None:
    while data := await reader.read(buildkit_files.CHUNK_SIZE):
        await stream.send_message(wire.Bytes(data=data))
