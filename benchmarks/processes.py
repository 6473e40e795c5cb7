"""What processes use, as Linux counts it in /proc."""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

PROC = Path("/proc")
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
ENGINE_PROGRAMS = {"dockerd", "containerd"}
ENGINE_SOCKET = "/var/run/docker.sock"


def name_of(pid: int) -> str:
    """Return the program name of a process, empty when it is gone."""
    try:
        return (PROC / str(pid) / "comm").read_text().strip()
    except OSError:
        return ""


def family(pid: int) -> list[int]:
    """Return `pid` and all its living descendants."""
    children: list[int] = []
    for path in (PROC / str(pid) / "task").glob("*/children"):
        children += [int(child) for child in path.read_text().split()]
    return [pid, *(member for child in children for member in family(child))]


def cpu_seconds(pids: Iterable[int]) -> float:
    """Return the processor seconds (user and system) that the processes have used so far."""
    ticks = 0
    for pid in pids:
        # The program's name, in parentheses, may hold spaces: fields are counted after it.
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS_PER_SECOND


def resident_megabytes(pids: Iterable[int]) -> float:
    """Return the resident memory (VmRSS) of the processes together, in MB of 1024² bytes."""
    kilobytes = 0
    for pid in pids:
        for line in (PROC / str(pid) / "status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                kilobytes += int(line.split()[1])
    return kilobytes / 1024


def cpu_percent(
    watched: Mapping[str, list[int]], seconds: float, wait: Callable[[float], object] = time.sleep
) -> dict[str, float]:
    """Return how much of one processor each group of processes uses over `seconds` in which `wait` passes the time."""
    before = {name: cpu_seconds(pids) for name, pids in watched.items()}
    began = time.monotonic()
    wait(seconds)
    passed = time.monotonic() - began
    return {name: 100 * (cpu_seconds(pids) - before[name]) / passed for name, pids in watched.items()}


def engine_processes() -> list[int]:
    """Return the processes of the engine on the default socket (dockerd and its containerd), if they are here."""
    host = os.environ.get("DOCKER_HOST") or f"unix://{ENGINE_SOCKET}"
    if not host.startswith("unix://"):
        return []
    listener = _listener(host.removeprefix("unix://"))
    if name_of(listener) == "dockerd":
        found = [pid for pid in family(listener) if name_of(pid) in ENGINE_PROGRAMS]
        if len(found) > 1:
            return found
    # systemd holds the socket, or containerd is a service of its own.
    return [pid for pid in _all_processes() if name_of(pid) in ENGINE_PROGRAMS]


def _listener(path: str) -> int:
    """Return the process that opened the listening unix socket at `path`."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid: int = struct.unpack("3i", credentials)[0]
    return pid


def _all_processes() -> list[int]:
    return [int(path.name) for path in PROC.iterdir() if path.name.isdecimal()]
