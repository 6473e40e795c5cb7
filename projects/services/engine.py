"""The real Docker engine behind the `Engine` protocol of `contract`.

The only module that imports `docker`; its parts are in `engine_*`. Bodies of creates are posted as the planner wrote
them, because the SDK's keyword arguments lag behind the Engine API. Every failure comes out as an `EngineError`.
"""

from __future__ import annotations

import functools
import json
import socket
from base64 import b64encode
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from ipaddress import ip_network
from typing import Any

import docker
from docker import auth
from docker.credentials.errors import StoreError
from docker.errors import DockerException
from docker.transport import UnixHTTPAdapter
from docker.utils import kwargs_from_env, parse_repository_tag

from projects.compose import identity
from projects.compose.engine_answers import (
    container_from_inspect,
    container_from_list,
    image_from_inspect,
    network_from_list,
    volume_from_list,
)
from projects.compose.state import ObservedContainer, ObservedImage, ObservedNetwork, ObservedVolume
from projects.services import refusals, registry_refusals
from projects.services.contract import Engine, EngineVersion, Executed
from projects.services.engine_calls import ACT_TIMEOUT, ASK_TIMEOUT, EngineCalls, seconds, translated
from projects.services.engine_containers import ContainerCalls
from projects.services.engine_files import FileCalls
from projects.services.engine_inside import InsideCalls
from projects.services.registries import (
    DOCKER_HUB,
    Credentials,
    Login,
    config_key,
    encoded,
    from_auth_config,
    image_host,
    no_credentials,
    registry_host,
)
from projects.services.streams import Messages
from projects.services.transport import Transport, default_address

__all__ = ["DockerEngine", "Engine", "EngineVersion", "Executed"]

PULL_PATIENCE = 300  # seconds without a sign of life from a registry
CHECKS_NETWORK_NAMES = (1, 44)
POOL_SIZE = 64  # connections kept for the threads of all operations


class _OnePool(UnixHTTPAdapter):
    """One pool of connections for the whole socket.

    The SDK keeps a pool for each URL and closes the oldest of 25, even while another thread is about to use it.
    """

    def get_connection(self, url: str | bytes, proxies: object = None) -> Any:
        return super().get_connection(self.socket_path, proxies)


class _Client(docker.APIClient):
    """The SDK's client; what the engine speaks it learns from a ping.

    For ``/version`` an engine runs its parts as programs to have their versions, which takes longer than many a call.
    """

    def _retrieve_server_version(self) -> str:
        calls: Any = super()  # what is the SDK's own is in no stub
        answer = calls._get(calls._url("/_ping", versioned_api=False))
        return str(answer.headers.get("Api-Version") or calls._retrieve_server_version())


class DockerEngine(ContainerCalls, InsideCalls, FileCalls):
    """A real engine, reached through the Docker SDK.

    `base_url` such as ``unix:///var/run/docker.sock``; None: DOCKER_HOST (with DOCKER_TLS_VERIFY and
    DOCKER_CERT_PATH), else the first socket found where Docker, Docker Desktop or a rootless engine puts it.
    `credentials` are asked for a registry's login before ``~/.docker/config.json`` and its helpers.
    `parallel` bounds how many actions of a plan are done at a time. Raises `EngineUnavailable` where none answers.
    """

    failures = (DockerException, *EngineCalls.failures)

    def __init__(
        self, base_url: str | None = None, credentials: Credentials = no_credentials, *, parallel: int = 0
    ) -> None:
        settings: dict[str, Any] = {"base_url": base_url} if base_url else dict(kwargs_from_env())
        settings.setdefault("base_url", default_address())
        self.address: str = settings["base_url"]
        self.parallel = parallel
        self._ask: Any = self._client(settings, ASK_TIMEOUT)
        self._act: Any = self._client({**settings, "version": self._ask.api_version}, ACT_TIMEOUT)
        self._transport = Transport(self._ask)
        self._credentials = credentials

    @translated
    def _client(self, settings: dict[str, Any], timeout: int) -> docker.APIClient:
        client = _Client(timeout=timeout, max_pool_size=POOL_SIZE, **settings)
        if client.base_url.startswith("http+docker://") and self.address.startswith("unix"):
            client.mount(
                "http+docker://",
                _OnePool(self.address.replace("unix://", "http+unix://"), timeout, max_pool_size=POOL_SIZE),
            )
        return client

    @translated
    def all_logins(self) -> Mapping[str, Any]:
        configured: Any = auth.load_config()
        known: Mapping[str, Mapping[str, str] | None] = configured.get_all_credentials()
        return {registry: _kept(login) for registry, login in known.items() if login}

    @property
    def api_version(self) -> tuple[int, int]:
        major, _, minor = str(self._ask.api_version).partition(".")
        return int(major), int(minor)

    @translated
    def ping(self) -> None:
        self._ask.ping()

    @translated
    def version(self) -> EngineVersion:
        told, info = self._ask.version(), self._ask.info()
        return EngineVersion(
            version=str(told.get("Version", "")),
            api_version=str(told.get("ApiVersion", "")),
            name=str(info.get("Name", "")),
            os=str(told.get("Os", "")),
            arch=str(told.get("Arch", "")),
        )

    @translated
    def containers(
        self, *, project: str | None = None, ids: Iterable[str] | None = None, all: bool = True
    ) -> tuple[ObservedContainer, ...]:
        label = identity.LABEL_PROJECT
        filters: dict[str, Any] = {"label": [label if project is None else f"{label}={project}"]}
        if ids is not None:
            filters["id"] = list(ids)
        return tuple(container_from_list(item) for item in self._ask.containers(all=all, filters=filters))

    @translated
    def inspect_container(self, container: str) -> ObservedContainer:
        return container_from_inspect(self._ask.inspect_container(container))

    @translated
    def networks(self, project: str | None = None) -> tuple[ObservedNetwork, ...]:
        return tuple(network_from_list(item) for item in self._ask.networks(filters=_of(project)))

    @translated
    def volumes(self, project: str | None = None) -> tuple[ObservedVolume, ...]:
        return tuple(volume_from_list(item) for item in self._ask.volumes(filters=_of(project)).get("Volumes") or ())

    @translated
    def image(self, reference: str) -> ObservedImage | None:
        try:
            return image_from_inspect(reference, self._ask.inspect_image(reference))
        except docker.errors.NotFound:
            return None

    @translated
    def digest(self, reference: str) -> str:
        host = image_host(reference)
        login = self.login(host)
        auth = login.as_auth_config(host) if login else None
        return str(self._ask.inspect_distribution(reference, auth)["Descriptor"]["digest"])

    @translated
    def pull(self, reference: str, platform: str = "") -> Messages:
        repository, tag = parse_repository_tag(reference)
        parameters = {"fromImage": repository, "tag": tag or "latest", "platform": platform}
        return self._messages(
            "POST",
            "/images/create",
            parameters,
            headers=self.registry_header(reference),
            refused=functools.partial(registry_refusals.pull_refused, reference),
            patience=PULL_PATIENCE,
            silent=registry_refusals.pull_stalled(reference, PULL_PATIENCE),
        )

    @translated
    def push(self, reference: str) -> Messages:
        repository, tag = parse_repository_tag(reference)
        return self._messages(
            "POST",
            f"/images/{repository}/push",
            {"tag": tag or "latest"},
            # The engine asks for the header also where there is no login: "{}" in base64.
            headers=self.registry_header(reference) or {"X-Registry-Auth": "e30="},
            refused=functools.partial(registry_refusals.push_refused, reference),
        )

    @translated
    def build(
        self, context: Iterable[bytes], parameters: Mapping[str, Any], registries: Iterable[str] = ()
    ) -> Messages:
        logins = {host: self.login(host) for host in registries}
        config = {config_key(host): login.as_auth_config(host) for host, login in logins.items() if login}
        headers = {"Content-Type": "application/x-tar"} | ({"X-Registry-Config": encoded(config)} if config else {})
        return self._messages("POST", "/build", parameters, headers=headers, body=context)

    @translated
    def upgrade(self, path: str, headers: Iterable[tuple[str, str]] = ()) -> socket.socket:
        return self._transport.upgrade(path, headers)

    @translated
    def host_gateway(self) -> str:
        config = self._ask.inspect_network("bridge")["IPAM"]["Config"][0]
        # Older engines name the gateway only where it is not the first address.
        return str(config.get("Gateway") or next(ip_network(config["Subnet"]).hosts()))

    def login(self, registry: str) -> Login | None:
        host = registry_host(registry)
        return self._credentials(host) or _configured_login(host)

    def registry_header(self, reference: str) -> dict[str, str]:
        """Return the header with the login for the registry of an image, for a pull or a push."""
        host = image_host(reference)
        login = self.login(host)
        return {"X-Registry-Auth": encoded(login.as_auth_config(host))} if login else {}

    @translated
    def tag(self, image: str, reference: str) -> None:
        repository, tag = parse_repository_tag(reference)
        self._act.tag(image, repository, tag)

    @translated
    def dangling_images(self, project: str) -> tuple[str, ...]:
        filters = {"dangling": True, "label": f"{identity.LABEL_PROJECT}={project}"}
        return tuple(str(each["Id"]) for each in self._ask.images(filters=filters))

    @translated
    def remove_image(self, reference: str, *, force: bool = False) -> None:
        self._act.remove_image(reference, force=force)

    @translated
    def create_network(self, body: Mapping[str, Any]) -> str:
        if self.api_version >= CHECKS_NETWORK_NAMES:
            return str(self._post("/networks/create", body)["Id"])
        created = str(self._post("/networks/create", {"CheckDuplicate": True, **body})["Id"])
        self._give_way(str(body["Name"]), created)
        return created

    def _give_way(self, name: str, created: str) -> None:
        """Remove the network just created where another of its name is older; raises `Conflict` then.

        An older engine looks for the name before it creates, so that two who ask at once both get a network.
        """
        named = [item for item in self._ask.networks(names=[name]) if item["Name"] == name]
        first = min(named, key=lambda item: (item["Created"], item["Id"]), default={"Id": created})
        if first["Id"] != created:
            self._act.remove_network(created)
            raise refusals.refused(HTTPStatus.CONFLICT, f"network with name {name} already exists")

    @translated
    def create_volume(self, body: Mapping[str, Any]) -> str:
        return str(self._post("/volumes/create", body)["Name"])

    @translated
    def connect_network(self, network: str, container: str, endpoint: Mapping[str, Any]) -> None:
        url = self._act._url("/networks/{0}/connect", network)
        body = {"Container": container, "EndpointConfig": dict(endpoint)}
        self._act._raise_for_status(self._act._post_json(url, data=body))

    @translated
    def disconnect_network(self, network: str, container: str, *, force: bool = False) -> None:
        self._act.disconnect_container_from_network(container, network, force=force)

    @translated
    def remove_network(self, network: str) -> None:
        self._act.remove_network(network)

    @translated
    def remove_volume(self, volume: str, *, force: bool = False) -> None:
        self._act.remove_volume(volume, force=force)

    def events(
        self,
        *,
        since: float | None = None,
        until: float | None = None,
        filters: Mapping[str, list[str]] | None = None,
    ) -> Messages:
        parameters = {"since": seconds(since), "until": seconds(until), "filters": json.dumps(dict(filters or {}))}
        messages = self._messages("GET", "/events", parameters)
        messages.open()
        return messages

    def close(self) -> None:
        self._ask.close()
        self._act.close()


def _configured_login(host: str) -> Login | None:
    """Return the login that ``docker login`` has left, from the credential helper where it left it with one."""
    try:
        # Read anew: a login of a minute ago counts.
        found = auth.load_config().resolve_authconfig(None if host == DOCKER_HUB else host)
    except (DockerException, StoreError, ValueError) as error:
        raise registry_refusals.login_unreadable(host, str(error)) from error
    return from_auth_config(found or {})


def _kept(login: Mapping[str, str]) -> dict[str, str]:
    """Return a login in the form of config.json."""
    if token := login.get("IdentityToken"):
        return {"identitytoken": token}
    pair = f"{login.get('Username') or login.get('username', '')}:{login.get('Password') or login.get('password', '')}"
    return {"auth": b64encode(pair.encode()).decode()}


def _of(project: str | None) -> dict[str, Any]:
    return {} if project is None else {"label": [f"{identity.LABEL_PROJECT}={project}"]}
