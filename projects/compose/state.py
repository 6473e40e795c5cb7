"""What the engine holds of one project, read from the Engine API's JSON: labels and states are parsed here, once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from projects.compose.identity import (
    LABEL_CONFIG_HASH,
    LABEL_HOOK,
    LABEL_NETWORK,
    LABEL_NUMBER,
    LABEL_ONEOFF,
    LABEL_PROJECT,
    LABEL_SERVICE,
    LABEL_VOLUME,
)
from projects.compose.resource_settings import network_settings, volume_settings
from projects.compose.settings import Settings, image_defaults, settings_of_inspect

Json = Mapping[str, Any]

_EXIT_CODE = re.compile(r"(?:Exited|Restarting) \((-?\d+)\)")
_HEALTH = re.compile(r"\((?:health: )?(healthy|unhealthy|starting)\)")


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedPort:
    """One published port of a container."""

    host_ip: str
    published: int
    target: int
    protocol: str = "tcp"


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservedMount:
    """One mount of a container: `type` bind, volume or tmpfs; `name` of a volume, `source` of a bind."""

    type: str
    target: str
    name: str = ""
    source: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservedContainer:
    """A container of a project; `state` and `health` are the engine's words, times are Unix seconds."""

    id: str
    name: str
    project: str
    service: str
    number: int = 1
    oneoff: bool = False
    config_hash: str = ""
    image: str = ""
    image_id: str = ""
    command: str = ""
    state: str = "created"
    exit_code: int | None = None
    health: str = ""
    status_text: str = ""
    created: float = 0.0
    started_at: float = 0.0  # the last start and the last exit: known from an inspect only, 0 for never
    finished_at: float = 0.0
    ports: tuple[PublishedPort, ...] = ()
    exposed: tuple[PublishedPort, ...] = ()  # not published: neither address nor published port
    networks: Mapping[str, str] = field(default_factory=dict)
    mounts: tuple[ObservedMount, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    settings: Settings | None = None  # known from an inspect only

    @property
    def is_hook(self) -> bool:
        """Whether it carries out a ``pre_start`` hook instead of being one of the service's own."""
        return LABEL_HOOK in self.labels


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservedNetwork:
    """A network: `key` and `config_hash` are its labels, empty where it has none."""

    id: str
    name: str
    key: str = ""
    project: str = ""
    config_hash: str = ""
    settings: Settings = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservedVolume:
    """A volume: `key` and `config_hash` are its labels, empty where it has none."""

    name: str
    key: str = ""
    project: str = ""
    config_hash: str = ""
    settings: Settings = field(default_factory=dict)
    driver: str = ""
    mountpoint: str = ""
    scope: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservedImage:
    """An image on the engine: what planning needs of its inspect; `platform` such as ``linux/arm64/v8``.

    `defaults` are the settings that its containers take over, as the Engine API words them; `size` is in bytes.
    Times of `…_at` are RFC 3339, empty for never.
    """

    id: str
    reference: str
    platform: str = ""
    last_tagged: float = 0.0
    volumes: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    size: int = 0
    created_at: str = ""
    tagged_at: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservedState:
    """A snapshot of one project on the engine.

    `images` maps every reference asked about to its image, or to None where the engine has none.
    `foreign_networks` and `foreign_volumes` hold what bears a name the project needs without being its own.
    `at` is when it was taken (Unix seconds), `api_version` what the engine speaks.
    """

    project: str
    at: float = 0.0
    api_version: tuple[int, int] = (1, 41)
    containers: tuple[ObservedContainer, ...] = ()
    networks: tuple[ObservedNetwork, ...] = ()
    volumes: tuple[ObservedVolume, ...] = ()
    images: Mapping[str, ObservedImage | None] = field(default_factory=dict)
    foreign_networks: tuple[ObservedNetwork, ...] = ()
    foreign_volumes: tuple[ObservedVolume, ...] = ()


def container_from_list(item: Json) -> ObservedContainer:
    """Read an item of ``GET /containers/json``; exit code and health are taken out of its `Status` sentence."""
    status = str(item.get("Status") or "")
    code, health = _EXIT_CODE.search(status), _HEALTH.search(status)
    settings = item.get("NetworkSettings") or {}
    return ObservedContainer(
        id=item["Id"],
        name=_own_name(item.get("Names") or []),
        image=item.get("Image") or "",
        image_id=item.get("ImageID") or "",
        command=item.get("Command") or "",
        state=item.get("State") or "created",
        exit_code=int(code[1]) if code else None,
        health=health[1] if health else "",
        status_text=status,
        created=float(item.get("Created") or 0),
        ports=_listed_ports(item.get("Ports") or []),
        exposed=_exposed_ports(item.get("Ports") or []),
        networks=_network_ids(settings.get("Networks") or {}),
        mounts=_mounts(item.get("Mounts") or []),
        **_identity(item.get("Labels") or {}),
    )


def container_from_inspect(detail: Json) -> ObservedContainer:
    """Read the answer of ``GET /containers/{id}/json``."""
    state, config = detail.get("State") or {}, detail.get("Config") or {}
    settings = detail.get("NetworkSettings") or {}
    status = state.get("Status") or "created"
    return ObservedContainer(
        id=detail["Id"],
        name=str(detail.get("Name") or "").removeprefix("/"),
        image=config.get("Image") or "",
        image_id=detail.get("Image") or "",
        state=status,
        exit_code=state.get("ExitCode") if status in ("exited", "dead", "restarting") else None,
        health=_inspected_health(state),
        created=seconds_of(detail.get("Created")),
        started_at=max(seconds_of(state.get("StartedAt")), 0.0),
        finished_at=max(seconds_of(state.get("FinishedAt")), 0.0),
        ports=_inspected_ports(settings.get("Ports") or {}),
        networks=_network_ids(settings.get("Networks") or {}),
        mounts=_mounts(detail.get("Mounts") or []),
        settings=settings_of_inspect(detail),
        **_identity(config.get("Labels") or {}),
    )


def network_from_list(item: Json) -> ObservedNetwork:
    """Read an item of ``GET /networks``, or the answer of ``GET /networks/{id}``."""
    labels = item.get("Labels") or {}
    return ObservedNetwork(
        id=item["Id"],
        name=item["Name"],
        key=labels.get(LABEL_NETWORK, ""),
        project=labels.get(LABEL_PROJECT, ""),
        config_hash=labels.get(LABEL_CONFIG_HASH, ""),
        settings=network_settings(item) if LABEL_PROJECT in labels else {},
    )


def volume_from_list(item: Json) -> ObservedVolume:
    """Read an item of `Volumes` of ``GET /volumes``, or the answer of ``GET /volumes/{name}``."""
    labels = item.get("Labels") or {}
    return ObservedVolume(
        name=item["Name"],
        key=labels.get(LABEL_VOLUME, ""),
        project=labels.get(LABEL_PROJECT, ""),
        config_hash=labels.get(LABEL_CONFIG_HASH, ""),
        settings=volume_settings(item) if LABEL_PROJECT in labels else {},
        driver=item.get("Driver") or "",
        mountpoint=item.get("Mountpoint") or "",
        scope=item.get("Scope") or "",
        labels=dict(labels),
    )


def image_from_inspect(reference: str, detail: Json) -> ObservedImage:
    """Read the answer of ``GET /images/{name}/json`` that was asked for as `reference`."""
    config = detail.get("Config") or {}
    tagged_at = (detail.get("Metadata") or {}).get("LastTagTime") or ""
    platform = (detail.get("Os"), detail.get("Architecture"), detail.get("Variant"))
    return ObservedImage(
        id=detail["Id"],
        reference=reference,
        platform="/".join(part for part in platform if part),
        last_tagged=seconds_of(tagged_at),
        volumes=tuple(sorted(config.get("Volumes") or {})),
        exposed=tuple(sorted(config.get("ExposedPorts") or {})),
        labels=dict(config.get("Labels") or {}),
        defaults=image_defaults(config),
        size=int(detail.get("Size") or 0),
        created_at=detail.get("Created") or "",
        tagged_at=tagged_at,
    )


def _identity(labels: Mapping[str, str]) -> dict[str, Any]:
    number = labels.get(LABEL_NUMBER, "")
    return {
        "project": labels.get(LABEL_PROJECT, ""),
        "service": labels.get(LABEL_SERVICE, ""),
        "number": int(number) if number.isascii() and number.isdigit() else 1,
        "oneoff": labels.get(LABEL_ONEOFF) == "True",
        "config_hash": labels.get(LABEL_CONFIG_HASH, ""),
        "labels": dict(labels),
    }


def _own_name(names: Iterable[str]) -> str:
    """Return the container's name; a legacy link adds further ones, of the form ``/other/alias``."""
    plain = [name.removeprefix("/") for name in names]
    return next((name for name in plain if "/" not in name), "")


def _inspected_health(state: Json) -> str:
    health = (state.get("Health") or {}).get("Status") or ""
    return "" if health == "none" else health


def _listed_ports(ports: Iterable[Json]) -> tuple[PublishedPort, ...]:
    found = {
        PublishedPort(
            host_ip=port.get("IP") or "",
            published=port["PublicPort"],
            target=port["PrivatePort"],
            protocol=port.get("Type") or "tcp",
        )
        for port in ports
        if port.get("PublicPort")
    }
    return _sorted(found)


def _exposed_ports(ports: Iterable[Json]) -> tuple[PublishedPort, ...]:
    found = {
        PublishedPort(host_ip="", published=0, target=port["PrivatePort"], protocol=port.get("Type") or "tcp")
        for port in ports
        if not port.get("PublicPort")
    }
    return _sorted(found)


def _inspected_ports(ports: Json) -> tuple[PublishedPort, ...]:
    found = set()
    for key, bindings in ports.items():
        target, _, protocol = key.partition("/")
        found |= {
            PublishedPort(
                host_ip=binding.get("HostIp") or "",
                published=int(binding["HostPort"]),
                target=int(target),
                protocol=protocol or "tcp",
            )
            for binding in bindings or []
            if binding.get("HostPort")
        }
    return _sorted(found)


def _sorted(ports: Iterable[PublishedPort]) -> tuple[PublishedPort, ...]:
    return tuple(sorted(ports, key=lambda port: (port.target, port.protocol, port.published, port.host_ip)))


def _network_ids(networks: Json) -> dict[str, str]:
    return {name: (endpoint or {}).get("NetworkID") or "" for name, endpoint in sorted(networks.items())}


def _mounts(mounts: Iterable[Json]) -> tuple[ObservedMount, ...]:
    return tuple(
        ObservedMount(
            type=mount.get("Type") or "",
            target=mount.get("Destination") or "",
            name=mount.get("Name") or "",
            source=mount.get("Source") or "",
        )
        for mount in sorted(mounts, key=lambda mount: mount.get("Destination") or "")
    )


def seconds_of(time: object) -> float:
    """Return Unix seconds of an RFC 3339 time; 0 for Go's zero time and for none."""
    if not isinstance(time, str) or not time or time.startswith("0001-"):
        return 0.0
    return datetime.fromisoformat(time).timestamp()
