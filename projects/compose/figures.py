"""What a container uses, from the engine's figures (Engine API, ``GET /containers/{id}/stats``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from projects.compose import human

SHORT_ID: Final = 12
STATS_TABLE: Final = (
    r"table {{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}"
)
STATS_FIELDS: Final[Mapping[str, str]] = {
    "BlockIO": "BLOCK I/O",
    "CPUPerc": "CPU %",
    "Container": "CONTAINER",
    "ID": "CONTAINER ID",
    "MemPerc": "MEM %",
    "MemUsage": "MEM USAGE / LIMIT",
    "Name": "NAME",
    "NetIO": "NET I/O",
    "PIDs": "PIDS",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """What a container uses: `cpu` and `memory_share` in percent (100 is one core), the rest in bytes and processes."""

    cpu: float = 0.0
    memory: float = 0.0
    memory_limit: float = 0.0
    received: int = 0
    sent: int = 0
    read: int = 0
    written: int = 0
    processes: int = 0

    @property
    def memory_share(self) -> float:
        """The part of the limit that is used, in percent."""
        return 100 * self.memory / self.memory_limit if self.memory_limit else 0.0


def figures_from(message: Mapping[str, Any]) -> Figures:
    """Read one message of the engine; what it does not tell is 0."""
    memory = message.get("memory_stats") or {}
    networks = (message.get("networks") or {}).values()
    return Figures(
        cpu=_cpu(message.get("cpu_stats") or {}, message.get("precpu_stats") or {}),
        memory=_memory(memory),
        memory_limit=memory.get("limit") or 0,
        received=sum(network.get("rx_bytes") or 0 for network in networks),
        sent=sum(network.get("tx_bytes") or 0 for network in networks),
        read=_blocks(message, "read"),
        written=_blocks(message, "write"),
        processes=(message.get("pids_stats") or {}).get("current") or 0,
    )


def _cpu(now: Mapping[str, Any], before: Mapping[str, Any]) -> float:
    used = _total(now) - _total(before)
    passed = (now.get("system_cpu_usage") or 0) - (before.get("system_cpu_usage") or 0)
    if used <= 0 or passed <= 0:
        return 0.0
    cores = now.get("online_cpus") or len((now.get("cpu_usage") or {}).get("percpu_usage") or ()) or 1
    return 100.0 * cores * used / passed


def _total(cpu: Mapping[str, Any]) -> int:
    return int((cpu.get("cpu_usage") or {}).get("total_usage") or 0)


def _memory(memory: Mapping[str, Any]) -> float:
    """Return what is used without the page cache, which the kernel would give back (cgroups 1 and 2)."""
    used, stats = memory.get("usage") or 0, memory.get("stats") or {}
    cache = stats.get("total_inactive_file", stats.get("inactive_file", 0))
    return float(used - cache if cache < used else used)


def _blocks(message: Mapping[str, Any], kind: str) -> int:
    entries = (message.get("blkio_stats") or {}).get("io_service_bytes_recursive") or ()
    return sum(int(entry.get("value") or 0) for entry in entries if str(entry.get("op")).lower() == kind)


def stats_row(container_id: str, name: str, figures: Figures, *, truncate: bool = True) -> dict[str, Any]:
    """Return the fields that a template of ``stats --format`` may ask for."""
    return {
        "BlockIO": f"{human.decimal_size(figures.read)} / {human.decimal_size(figures.written)}",
        "CPUPerc": f"{figures.cpu:.2f}%",
        "Container": container_id,
        "ID": container_id[:SHORT_ID] if truncate else container_id,
        "MemPerc": f"{figures.memory_share:.2f}%",
        "MemUsage": f"{human.binary_size(figures.memory)} / {human.binary_size(figures.memory_limit)}",
        "Name": name,
        "NetIO": f"{human.decimal_size(figures.received)} / {human.decimal_size(figures.sent)}",
        "PIDs": str(figures.processes),
    }
