"""What the services ask of a Docker engine; `DockerEngine` answers it, and the tests' fake."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from projects.compose.state import ObservedContainer, ObservedImage, ObservedNetwork, ObservedVolume
from projects.services.contract_inside import InsideEngine
from projects.services.registries import Login
from projects.services.streams import LogStream, Messages


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineVersion:
    """Who answers: `version` of the engine, highest `api_version`, `name` of its machine."""

    version: str
    api_version: str
    name: str = ""
    os: str = "linux"
    arch: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Executed:
    """What a command in a container came to; `output` is stdout and stderr, the last 64 KiB of them."""

    exit_code: int
    output: str


class Engine(InsideEngine, Protocol):
    """What services ask of a Docker engine; every method raises `EngineError`s and may be called from any thread."""

    @property
    def api_version(self) -> tuple[int, int]:
        """The version of the Engine API that is spoken, such as (1, 41); asks nothing."""

    @property
    def address(self) -> str:
        """Where the engine is reached, such as unix:///var/run/docker.sock; asks nothing."""

    @property
    def parallel(self) -> int:
        """How many actions are to be done at this engine at a time; 0: as many as can."""

    def all_logins(self) -> Mapping[str, Any]:
        """Return the registry logins of the person who runs this, by registry, as config.json keeps them."""

    def ping(self) -> None:
        """Return if the engine answers."""

    def version(self) -> EngineVersion:
        """Return who answers."""

    def containers(
        self, *, project: str | None = None, ids: Iterable[str] | None = None, all: bool = True
    ) -> tuple[ObservedContainer, ...]:
        """Return the containers with a project label, of `project` or with `ids` where given; `all`: stopped, too."""

    def running(self) -> tuple[ObservedContainer, ...]:
        """Return all running containers, also those of no project."""

    def inspect_container(self, container: str) -> ObservedContainer:
        """Return one container by id or name; raises `NotFound`."""

    def networks(self, project: str | None = None) -> tuple[ObservedNetwork, ...]:
        """Return the networks of a project, or all."""

    def volumes(self, project: str | None = None) -> tuple[ObservedVolume, ...]:
        """Return the volumes of a project, or all."""

    def image(self, reference: str) -> ObservedImage | None:
        """Return the image of that name or id, or None where the engine has none."""

    def digest(self, reference: str) -> str:
        """Return the digest that an image's registry has for its tag, such as ``sha256:…``; nothing is pulled."""

    def pull(self, reference: str, platform: str = "") -> Messages:
        """Return the messages of a pull, which begins with the first; raises `ImageNotFound`."""

    def push(self, reference: str) -> Messages:
        """Return the messages of a push, which begins with the first."""

    def build(
        self, context: Iterable[bytes], parameters: Mapping[str, Any], registries: Iterable[str] = ()
    ) -> Messages:
        """Return the messages of a classic build of a tar stream; `parameters` are those of ``POST /build``.

        The engine is given the logins for `registries`, hosts that the build may pull from.
        """

    def upgrade(self, path: str, headers: Iterable[tuple[str, str]] = ()) -> socket.socket:
        """Return a connection that the engine hands over for HTTP/2 (``/grpc``, ``/session``), as a plain socket."""

    def host_gateway(self) -> str:
        """Return the address by which containers reach the engine's machine."""

    def login(self, registry: str) -> Login | None:
        """Return the login for a registry by its host, or None."""

    def tag(self, image: str, reference: str) -> None:
        """Give an image another name."""

    def dangling_images(self, project: str) -> tuple[str, ...]:
        """Return the ids of a project's images that have no name any more."""

    def remove_image(self, reference: str, *, force: bool = False) -> None:
        """Remove an image's name, and the image with its last name."""

    def create_container(self, name: str, body: Mapping[str, Any], platform: str = "") -> str:
        """Create a container of the body of ``POST /containers/create`` and return its id."""

    def create_network(self, body: Mapping[str, Any]) -> str:
        """Create a network of the body of ``POST /networks/create`` and return its id."""

    def create_volume(self, body: Mapping[str, Any]) -> str:
        """Create a volume of the body of ``POST /volumes/create`` and return its name."""

    def connect_network(self, network: str, container: str, endpoint: Mapping[str, Any]) -> None:
        """Connect a container to a network with that EndpointConfig."""

    def disconnect_network(self, network: str, container: str, *, force: bool = False) -> None:
        """Disconnect a container from a network."""

    def start(self, container: str) -> None:
        """Start a container; one that runs is left alone; raises `PortTaken`, which names the port's owner."""

    def stop(self, container: str, timeout: int | None = None) -> None:
        """Stop a container; after `timeout` seconds (None: as the container was created) it is killed."""

    def restart(self, container: str, timeout: int | None = None) -> None:
        """Stop and start a container."""

    def kill(self, container: str, signal: str = "SIGKILL") -> None:
        """Send a signal to a container."""

    def pause(self, container: str) -> None:
        """Freeze a container."""

    def unpause(self, container: str) -> None:
        """Thaw a container."""

    def rename(self, container: str, name: str) -> None:
        """Give a container another name."""

    def remove_container(self, container: str, *, v: bool = False, force: bool = False) -> None:
        """Remove a container; with `v` its anonymous volumes, with `force` even while it runs."""

    def remove_network(self, network: str) -> None:
        """Remove a network; raises `EngineError` while it is in use."""

    def remove_volume(self, volume: str, *, force: bool = False) -> None:
        """Remove a volume; raises `Conflict` while it is in use."""

    def put_archive(self, container: str, path: str, data: bytes) -> None:
        """Unpack a tar archive into a directory of a container."""

    def execute(
        self,
        container: str,
        command: list[str],
        *,
        user: str = "",
        privileged: bool = False,
        working_dir: str = "",
        environment: list[str] | None = None,
    ) -> Executed:
        """Run a command in a running container and wait for its end."""

    def tail(self, container: str, lines: int) -> str:
        """Return the last lines of a container's log, for a sentence about what went wrong."""

    def open_log_stream(
        self,
        container: str,
        *,
        tail: int | None = None,
        since: float | None = None,
        until: float | None = None,
        follow: bool = True,
        timestamps: bool = False,
    ) -> LogStream:
        """Return the raw log of a container: the last `tail` lines (None: all) and, with `follow`, what comes.

        `since` and `until` are Unix times.
        """

    def events(
        self,
        *,
        since: float | None = None,
        until: float | None = None,
        filters: Mapping[str, list[str]] | None = None,
    ) -> Messages:
        """Return the engine's events, a stream that is open when this returns; without `until` it is endless."""

    def close(self) -> None:
        """Let go of the connections."""
