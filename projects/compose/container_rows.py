"""Containers as ``ps`` and ``ls`` tell of them, in the reference's columns and field names."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from projects.compose import human
from projects.compose.identity import LABEL_CONFIG_FILES
from projects.compose.state import ObservedContainer, PublishedPort

LONGEST_COMMAND: Final = 20
LONGEST_MOUNT: Final = 15
SHORT_ID: Final = 12
PS_TABLE: Final = r"table {{.Name}}\t{{.Image}}\t{{.Command}}\t{{.Service}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}"
PS_FIELDS: Final[Mapping[str, str]] = {
    "Command": "COMMAND",
    "CreatedAt": "CREATED AT",
    "Engine": "ENGINE",
    "ExitCode": "EXIT CODE",
    "Health": "HEALTH",
    "ID": "CONTAINER ID",
    "Image": "IMAGE",
    "Labels": "LABELS",
    "LocalVolumes": "LOCAL VOLUMES",
    "Mounts": "MOUNTS",
    "Name": "NAME",
    "Names": "NAMES",
    "Networks": "NETWORKS",
    "Ports": "PORTS",
    "Project": "PROJECT",
    "Publishers": "PUBLISHERS",
    "RunningFor": "CREATED",
    "Service": "SERVICE",
    "Size": "SIZE",
    "State": "STATE",
    "Status": "STATUS",
}


def ps_row(container: ObservedContainer, now: float, *, truncate: bool = True) -> dict[str, Any]:
    """Return the fields of a container that a template of ``ps --format`` may ask for."""
    return {
        "Command": quoted(container.command, truncate=truncate),
        "CreatedAt": created_at(container.created),
        "Engine": "",
        "ExitCode": container.exit_code or 0,
        "Health": container.health,
        "ID": container.id[:SHORT_ID] if truncate else container.id,
        "Image": container.image,
        "Labels": ",".join(f"{name}={value}" for name, value in sorted(container.labels.items())),
        "LocalVolumes": str(sum(mount.type == "volume" for mount in container.mounts)),
        "Mounts": ",".join(_mounts(container, truncate)),
        "Name": container.name,
        "Names": container.name,
        "Networks": ",".join(container.networks),
        "Ports": ports(container),
        "Project": container.project,
        "Publishers": publishers(container),
        "RunningFor": f"{human.ago(now - container.created)} ago",
        "Service": container.service,
        "Size": "0B",
        "State": container.state,
        "Status": container.status_text or container.state,
    }


def created_at(seconds: float) -> str:
    """Return a time as Go writes it, such as ``2026-11-25 22:32:34 +0000 UTC``, in the machine's own zone."""
    return datetime.fromtimestamp(seconds, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S %z %Z")


def quoted(command: str, *, truncate: bool = True) -> str:
    """Return a command in quotes, of at most 20 characters where it is truncated."""
    return f'"{human.shortened(command, LONGEST_COMMAND) if truncate else command}"'


def _mounts(container: ObservedContainer, truncate: bool) -> list[str]:
    names = [mount.name or mount.source for mount in container.mounts]
    return [human.shortened(name, LONGEST_MOUNT) if truncate else name for name in names]


def all_ports(container: ObservedContainer) -> list[PublishedPort]:
    """Return published and merely exposed ports, the latter without an address, by number."""
    known = [*container.ports, *container.exposed]
    return sorted(known, key=lambda port: (port.target, port.host_ip, port.published, port.protocol))


class _Publisher(dict[str, Any]):
    """A port, which a template shows in the reference's own way."""

    def __str__(self) -> str:
        return f"{self['TargetPort']}/{self['Protocol']} -> {_host(self['URL'])}:{self['PublishedPort']}"


def publishers(container: ObservedContainer) -> list[dict[str, Any]]:
    """Return the ports as ``--format json`` has them."""
    return [
        _Publisher(URL=port.host_ip, TargetPort=port.target, PublishedPort=port.published, Protocol=port.protocol)
        for port in all_ports(container)
    ]


def ports(container: ObservedContainer) -> str:
    """Return such as ``6379/tcp, 0.0.0.0:8000->80/tcp``; ports that follow each other are one range."""
    apart, grouped = list[str](), dict[tuple[str, str], list[int]]()
    for port in all_ports(container):
        if port.host_ip and port.published != port.target:
            apart.append(f"{address(port)}->{port.target}/{port.protocol}")
        else:
            grouped.setdefault((port.host_ip, port.protocol), []).append(port.target)
    runs = [(key, run) for key, numbers in grouped.items() for run in _runs(numbers)]
    last = [(key, run) for key, run in runs if run[-1] == grouped[key][-1]]
    return ", ".join([*(_range(key, run) for key, run in [*(r for r in runs if r not in last), *last]), *apart])


def address(port: PublishedPort) -> str:
    """Return where a published port is reached, such as ``[::]:8000``."""
    return f"{_host(port.host_ip)}:{port.published}"


def _runs(numbers: Sequence[int]) -> list[list[int]]:
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][-1] + 1:
            found[-1].append(number)
        else:
            found.append([number])
    return found


def _range(key: tuple[str, str], run: Sequence[int]) -> str:
    host_ip, protocol = key
    numbers = str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}"
    return f"{_host(host_ip)}:{numbers}->{numbers}/{protocol}" if host_ip else f"{numbers}/{protocol}"


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def ls_rows(containers: Iterable[ObservedContainer]) -> list[dict[str, str]]:
    """Return the projects that the containers belong to, by name, with how many of them are in which state."""
    by_project = sorted(containers, key=lambda container: container.project)
    return [_project(name, list(found)) for name, found in itertools.groupby(by_project, lambda each: each.project)]


def _project(name: str, containers: list[ObservedContainer]) -> dict[str, str]:
    states = sorted(container.state for container in containers)
    counted = {state: states.count(state) for state in states}
    files = dict.fromkeys(
        file for each in containers for file in each.labels.get(LABEL_CONFIG_FILES, "").split(",") if file
    )
    return {
        "Name": name,
        "Status": ", ".join(f"{state}({count})" for state, count in counted.items()),
        "ConfigFiles": ",".join(files) or "N/A",
    }


def ls_table(rows: Sequence[Mapping[str, str]]) -> str:
    """Return the table of ``ls``."""
    return human.table([("NAME", "STATUS", "CONFIG FILES"), *(tuple(row.values()) for row in rows)], narrowest=20)
