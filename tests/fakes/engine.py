"""An engine in memory; `tests/engine/test_contract.py` holds it to what the real one does.

Its containers "run" the little shell scripts that tests give them: ``echo``, ``sleep`` (runs on) and ``exit``.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from projects.compose.engine_answers import container_from_list, network_from_list, volume_from_list
from projects.compose.errors import Conflict, EngineError, NotFound
from projects.compose.messages import Message
from projects.compose.state import ObservedContainer, ObservedImage, ObservedNetwork, ObservedVolume
from projects.services import refusals, registry_refusals
from projects.services.contract import EngineVersion, Executed
from projects.services.registries import Login
from projects.services.streams import Exchange, LogStream, Messages
from tests.fakes.exchange import FakeExchange as FakeExchange
from tests.fakes.inside import FakeInside


@dataclass(kw_only=True)
class FakeContainer:
    """What the fake keeps of a container; `item` is the form of ``GET /containers/json``."""

    item: dict[str, Any]
    body: Mapping[str, Any]
    log: str = ""
    ports: list[dict[str, Any]] = field(default_factory=list)

    @property
    def id(self) -> str:
        return str(self.item["Id"])

    @property
    def name(self) -> str:
        return str(self.item["Names"][0]).removeprefix("/")

    @property
    def state(self) -> str:
        return str(self.item["State"])


class FakeEngine(FakeInside):
    """Implements `Engine` in memory.

    `images` are on the engine, `registry` can be pulled (reference → messages; an Exception breaks the connection);
    `builds` are the messages of builds by reference. `away` makes it unreachable. `calls` tells what was asked.
    """

    def __init__(self, *images: str) -> None:
        super().__init__()
        self.images: dict[str, ObservedImage] = {}
        self.registry: dict[str, list[dict[str, Any] | Exception]] = {}
        self.builds: dict[str, list[dict[str, Any] | Exception]] = {}
        self.held: dict[str, FakeExchange] = {}  # pulls that a test lets go on by itself
        self.logins: dict[str, Login] = {}
        self.away = False
        self.calls: list[str] = []
        self.platforms: list[str] = []  # of the containers that were created
        self.before: Callable[[str, str], None] = lambda call, subject: None
        self._containers: dict[str, FakeContainer] = {}
        self._networks: dict[str, dict[str, Any]] = {}
        self._volumes: dict[str, dict[str, Any]] = {}
        self._listeners: list[FakeExchange] = []
        self._lock = threading.RLock()
        self._numbers = 0
        for reference in images:
            self.add_image(reference)

    def add_image(self, reference: str) -> None:
        """Have an image, under a new id."""
        self.images[reference] = ObservedImage(id=f"sha256:{self._new_id()}", reference=reference)

    @property
    def address(self) -> str:
        return "unix:///var/run/docker.sock"

    def all_logins(self) -> Mapping[str, Any]:
        return {}

    def go_away(self) -> None:
        """Stop answering, and break all streams."""
        self.away = True
        for listener in [*self._listeners, *self.held.values()]:
            listener.fail(ConnectionResetError())
        self._listeners.clear()

    def come_back(self) -> None:
        """Answer again."""
        self.away = False

    def _new_id(self) -> str:
        with self._lock:
            self._numbers += 1
            return f"{self._numbers:064x}"

    @contextmanager
    def _call(self, call: str, subject: str = "") -> Any:
        self.before(call, subject)
        with self._lock:
            if self.away:
                raise refusals.unavailable(ConnectionRefusedError(), "fake://")
            self.calls.append(f"{call} {subject}".strip())
            yield

    def _notify(self, container: FakeContainer, action: str) -> None:
        event = {"Type": "container", "Action": action, "Actor": {"ID": container.id}}
        for listener in self._listeners:
            listener.put(json.dumps(event).encode() + b"\n")

    def _find(self, container: str) -> FakeContainer:
        for known in self._containers.values():
            if container in (known.id, known.name) or known.id == container:
                return known
        raise refusals.refused(404, f"No such container: {container}")

    # what is asked

    parallel = 0

    @property
    def api_version(self) -> tuple[int, int]:
        return (1, 41)

    def ping(self) -> None:
        with self._call("ping"):
            pass

    def version(self) -> EngineVersion:
        with self._call("version"):
            return EngineVersion(version="fake", api_version="1.41", name="fake")

    def close(self) -> None:
        """Nothing is held."""

    def containers(
        self, *, project: str | None = None, ids: Iterable[str] | None = None, all: bool = True
    ) -> tuple[ObservedContainer, ...]:
        wanted = None if ids is None else set(ids)
        with self._call("containers"):
            found = [
                container_from_list(c.item)
                for c in self._containers.values()
                if (wanted is None or c.id in wanted) and (all or c.state == "running")
            ]
        return tuple(c for c in found if c.project and project in (None, c.project))

    def running(self) -> tuple[ObservedContainer, ...]:
        with self._call("running"):
            return tuple(self._running())

    def inspect_container(self, container: str) -> ObservedContainer:
        with self._call("inspect", container):
            return container_from_list(self._find(container).item)

    def networks(self, project: str | None = None) -> tuple[ObservedNetwork, ...]:
        with self._call("networks"):
            found = [network_from_list(network) for network in self._networks.values()]
        return tuple(n for n in found if project in (None, n.project))

    def volumes(self, project: str | None = None) -> tuple[ObservedVolume, ...]:
        with self._call("volumes"):
            found = [volume_from_list(volume) for volume in self._volumes.values()]
        return tuple(v for v in found if project in (None, v.project))

    def image(self, reference: str) -> ObservedImage | None:
        with self._call("image", reference):
            return self.images.get(reference)

    # images

    def digest(self, reference: str) -> str:
        with self._call("digest", reference):
            if reference not in self.registry:
                raise refusals.refused(500, "manifest unknown: manifest unknown")
            return f"sha256:{sha256(reference.encode()).hexdigest()}"

    def pull(self, reference: str, platform: str = "") -> Messages:
        with self._call("pull", reference):
            if reference in self.held:
                return self._messages(self.held[reference])
            if reference not in self.registry:
                # As the real one does, the stream fails when it is read.
                return self._failing(registry_refusals.pull_refused(reference, 404, "manifest unknown"))
            exchange = self._stream(self.registry[reference])
            self.add_image(reference)
            return self._messages(exchange)

    def push(self, reference: str) -> Messages:
        with self._call("push", reference):
            return self._messages(self._stream([{"status": "Pushed", "id": "3f4ab1"}]))

    def upgrade(self, path: str, headers: Iterable[tuple[str, str]] = ()) -> socket.socket:
        """Refuse: this engine has the classic builder only."""
        with self._call("upgrade", path):
            raise refusals.refused(404, "page not found")

    def host_gateway(self) -> str:
        return "172.17.0.1"

    def login(self, registry: str) -> Login | None:
        return self.logins.get(registry)

    def build(
        self, context: Iterable[bytes], parameters: Mapping[str, Any], registries: Iterable[str] = ()
    ) -> Messages:
        reference = parameters["t"][0]
        with self._call("build", reference):
            for _ in context:
                pass
            messages = self.builds.get(reference, [{"stream": "Step 1/1 : FROM scratch"}])
            if not any("error" in message for message in messages if isinstance(message, dict)):
                self.add_image(reference)
            return self._messages(self._stream(messages))

    def _stream(self, messages: Iterable[dict[str, Any] | Exception]) -> FakeExchange:
        exchange = FakeExchange(ended=False)
        for message in messages:
            if isinstance(message, Exception):
                exchange.fail(message)
            else:
                exchange.put(json.dumps(message).encode() + b"\r\n")
        exchange.end()
        return exchange

    def _messages(self, exchange: Exchange) -> Messages:
        return Messages(exchange, broken=lambda error: refusals.unavailable(error, "fake://"))

    def _failing(self, error: EngineError) -> Messages:
        exchange = FakeExchange(ended=False)
        exchange.fail(error)
        return self._messages(exchange)

    def tag(self, image: str, reference: str) -> None:
        with self._call("tag", reference):
            self.images[reference] = replace(self.images[image], reference=reference)

    def dangling_images(self, project: str) -> tuple[str, ...]:
        with self._call("dangling_images", project):
            return ()

    def remove_image(self, reference: str, *, force: bool = False) -> None:
        with self._call("remove_image", reference):
            if self.images.pop(reference, None) is None:
                raise refusals.refused(404, f"No such image: {reference}")

    # containers

    def create_container(self, name: str, body: Mapping[str, Any], platform: str = "") -> str:
        with self._call("create", name):
            if any(name == other.name for other in self._containers.values()):
                raise Conflict(Message('The container name "/%(name)s" is already in use', name=name))
            image = self.images.get(body["Image"])
            if image is None:
                raise refusals.refused(404, f"No such image: {body['Image']}")
            container = FakeContainer(body=body, item=self._item(name, body, image.id))
            self._containers[container.id] = container
            self.platforms.append(platform)
            self._notify(container, "create")
            return container.id

    def _item(self, name: str, body: Mapping[str, Any], image_id: str) -> dict[str, Any]:
        host = body.get("HostConfig") or {}
        endpoints = (body.get("NetworkingConfig") or {}).get("EndpointsConfig") or {}
        named = endpoints or {host.get("NetworkMode") or "bridge": {}}
        return {
            "Id": self._new_id(),
            "Names": [f"/{name}"],
            "Image": body["Image"],
            "ImageID": image_id,
            "Labels": dict(body.get("Labels") or {}),
            "State": "created",
            "Status": "Created",
            "Created": time.time(),
            "Ports": [],
            "Mounts": _mounts(host),
            "NetworkSettings": {"Networks": {key: {"NetworkID": self._network_id(key)} for key in named}},
        }

    def _network_id(self, name: str) -> str:
        found = (n for n in self._networks.values() if name in (n["Name"], n["Id"]))
        return str(next((n["Id"] for n in found), ""))

    def start(self, container: str) -> None:
        with self._call("start", container):
            target = self._find(container)
            if target.state == "running":
                return
            target.item["Ports"] = self._bind_ports(target)
            self._set(target, "running", "Up Less than a second")
            self._notify(target, "start")
            self._run(target)

    def _bind_ports(self, target: FakeContainer) -> list[dict[str, Any]]:
        bindings = (target.body.get("HostConfig") or {}).get("PortBindings") or {}
        ports = []
        for key, bound in bindings.items():
            private, _, protocol = key.partition("/")
            for binding in bound:
                public = int(binding["HostPort"])
                owner = next((c for c in self._running() if public in {p.published for p in c.ports}), None)
                if owner is not None:
                    raise refusals.port_taken(public, owner)
                ports.append({"IP": "0.0.0.0", "PrivatePort": int(private), "PublicPort": public, "Type": protocol})
        return ports

    def _running(self) -> list[ObservedContainer]:
        return [container_from_list(c.item) for c in self._containers.values() if c.state == "running"]

    def _run(self, target: FakeContainer) -> None:
        """Carry out the script of the container, as far as the fake understands it."""
        script = str((list(target.body.get("Cmd") or []) or [""])[-1])
        for command in (part.strip() for part in script.split(";")):
            word, _, rest = command.partition(" ")
            if word == "echo":
                target.log += rest + "\n"
            elif word == "exit":
                self._die(target, int(rest or 0))
                return
            elif word == "sleep":
                break
        if "Healthcheck" in target.body:
            health = "healthy" if target.body["Healthcheck"]["Test"][-1] == "true" else "unhealthy"
            self._set(target, "running", f"Up 1 second ({health})")
            self._notify(target, f"health_status: {health}")

    def _set(self, target: FakeContainer, state: str, status: str) -> None:
        target.item["State"], target.item["Status"] = state, status

    def _die(self, target: FakeContainer, code: int) -> None:
        target.item["Ports"] = []
        self._set(target, "exited", f"Exited ({code}) Less than a second ago")
        self._notify(target, "die")

    def stop(self, container: str, timeout: int | None = None) -> None:
        with self._call("stop", container):
            target = self._find(container)
            if target.state in ("running", "paused"):
                self._die(target, 137)

    def restart(self, container: str, timeout: int | None = None) -> None:
        self.stop(container, timeout)
        self.start(container)

    def exit(self, container: str, code: int) -> None:
        """Have a container's process end by itself or by what others do."""
        self._die(self._find(container), code)

    def kill(self, container: str, signal: str = "SIGKILL") -> None:
        with self._call("kill", container):
            target = self._find(container)
            if target.state != "running":
                raise refusals.refused(409, f"Container {container} is not running")
            self._die(target, 137)

    def pause(self, container: str) -> None:
        with self._call("pause", container):
            target = self._find(container)
            self._set(target, "paused", "Up 1 second (Paused)")
            self._notify(target, "pause")

    def unpause(self, container: str) -> None:
        with self._call("unpause", container):
            target = self._find(container)
            self._set(target, "running", "Up 1 second")
            self._notify(target, "unpause")

    def rename(self, container: str, name: str) -> None:
        with self._call("rename", f"{container} {name}"):
            self._find(container).item["Names"] = [f"/{name}"]

    def remove_container(self, container: str, *, v: bool = False, force: bool = False) -> None:
        with self._call("remove", container):
            target = self._find(container)
            if target.state == "running" and not force:
                raise refusals.refused(409, "You cannot remove a running container")
            del self._containers[target.id]
            self._notify(target, "destroy")

    def put_archive(self, container: str, path: str, data: bytes) -> None:
        with self._call("put_archive", f"{container} {path}"):
            self._find(container)

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
        with self._call("execute", container):
            if self._find(container).state != "running":
                raise refusals.refused(409, f"Container {container} is not running")
            script = command[-1]
            output = "".join(part.strip().removeprefix("echo ") + "\n" for part in script.split(";") if "echo " in part)
            code = int(script.rpartition("exit ")[2]) if "exit " in script else 0
            return Executed(exit_code=code, output=output)

    def tail(self, container: str, lines: int) -> str:
        with self._call("tail", container):
            return "".join(self._find(container).log.splitlines(keepends=True)[-lines:])

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
        with self._call("logs", container):
            payload = self._find(container).log.encode()
            frame = b"\x01\x00\x00\x00" + len(payload).to_bytes(4) + payload
            return LogStream(FakeExchange([frame] if payload else [], ended=not follow), tty=False)

    # networks and volumes

    def create_network(self, body: Mapping[str, Any]) -> str:
        with self._call("create_network", body["Name"]):
            if any(body["Name"] == other["Name"] for other in self._networks.values()):
                raise refusals.refused(409, f"network with name {body['Name']} already exists")
            network_id = self._new_id()
            self._networks[network_id] = {"Id": network_id, **body}
            return network_id

    def remove_network(self, network: str) -> None:
        with self._call("remove_network", network):
            network_id = self._network_id(network)
            if not network_id:
                raise NotFound(Message("network %(name)s not found", name=network))
            attached = [c for c in self._running() if network_id in c.networks.values()]
            if attached:
                raise EngineError(Message("network %(name)s has active endpoints", name=network))
            del self._networks[network_id]

    def connect_network(self, network: str, container: str, endpoint: Mapping[str, Any]) -> None:
        with self._call("connect", f"{network} {container}"):
            networks = self._find(container).item["NetworkSettings"]["Networks"]
            networks[network] = {"NetworkID": self._network_id(network)}

    def disconnect_network(self, network: str, container: str, *, force: bool = False) -> None:
        with self._call("disconnect", f"{network} {container}"):
            self._find(container).item["NetworkSettings"]["Networks"].pop(network, None)

    def create_volume(self, body: Mapping[str, Any]) -> str:
        with self._call("create_volume", body["Name"]):
            self._volumes.setdefault(body["Name"], dict(body))
            return str(body["Name"])

    def remove_volume(self, volume: str, *, force: bool = False) -> None:
        with self._call("remove_volume", volume):
            if volume not in self._volumes:
                raise NotFound(Message("no such volume: %(name)s", name=volume))
            mounts = [mount["Name"] for c in self._containers.values() for mount in c.item["Mounts"]]
            if volume in mounts:
                raise refusals.refused(409, "volume is in use")
            del self._volumes[volume]

    def events(
        self,
        *,
        since: float | None = None,
        until: float | None = None,
        filters: Mapping[str, list[str]] | None = None,
    ) -> Messages:
        with self._call("events"):
            exchange = FakeExchange(ended=False)
            self._listeners.append(exchange)
            return self._messages(exchange)


def _mounts(host: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the volumes among `Binds` and `Mounts` of a HostConfig in the form of a list of containers."""
    given = [(mount["Source"], mount["Target"]) for mount in host.get("Mounts") or () if mount["Type"] == "volume"]
    given += [(source, target) for source, target, *_ in (bind.split(":") for bind in host.get("Binds") or ())]
    return [{"Type": "volume", "Name": name, "Destination": target} for name, target in given if "/" not in name]
