"""Answers of the Engine API → what `state` declares: labels, states and sentences are parsed here, once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from projects.compose.identity import (
    LABEL_CONFIG_HASH,
    LABEL_NETWORK,
    LABEL_NUMBER,
    LABEL_ONEOFF,
    LABEL_PROJECT,
    LABEL_SERVICE,
    LABEL_VOLUME,
)
from projects.compose.resource_settings import network_settings, volume_settings
from projects.compose.settings import image_defaults, settings_of_inspect
from projects.compose.state import (
    ObservedContainer,
    ObservedImage,
    ObservedMount,
    ObservedNetwork,
    ObservedVolume,
    PublishedPort,
)

Json = Mapping[str, Any]

_EXIT_CODE = re.compile(r"(?:Exited|Restarting) \((-?\d+)\)")
_HEALTH = re.compile(r"\((?:health: )?(healthy|unhealthy|starting)\)")


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
