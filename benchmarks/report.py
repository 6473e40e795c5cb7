"""Writes the figures into docs/performance.md, between its markers."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import docker

from benchmarks.figures import Figure, NotTaken

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "performance.md"
BEGIN = "<!-- figures: written by make bench -->"
END = "<!-- end of figures -->"


def write(figures: Iterable[Figure | NotTaken]) -> None:
    """Replace what the page says between its markers; the rest of it is written by people."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{section(list(figures), machine())}{END}{after}")


def section(figures: list[Figure | NotTaken], taken_on: str) -> str:
    """Return the figures as a table, ratios first, and under it how each was taken."""
    ordered = sorted(figures, key=lambda figure: not (isinstance(figure, Figure) and figure.unit == "×"))
    rows = "\n".join(_row(figure) for figure in ordered)
    notes = "\n".join(f"- **{item.name}**: {item.note}." for item in ordered if isinstance(item, Figure) and item.note)
    head = "| Figure | Measured | Goal, at most | | Dockge |\n|---|---|---|---|---|"
    return f"\n{taken_on}\n\n{head}\n{rows}\n\n{notes}\n\n"


def machine() -> str:
    """Return when, and on which kind of machine and engine, in one sentence."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    client = docker.from_env()
    try:
        engine = client.version()["Version"]
    finally:
        client.close()
    now = datetime.now(UTC)
    return (
        f"Taken on {now:%Y-%m-%d at %H:%M} UTC on a machine with {os.cpu_count()} processors and {memory:.0f} GiB "
        f"of memory, {platform.system()} {platform.machine()}, Python {platform.python_version()}, engine {engine}, "
        f"load average {os.getloadavg()[2]:.1f} over the last quarter of an hour.{_priority()}"
    )


def _priority() -> str:
    """Say so where the run was given precedence over what else the machine was doing."""
    if os.sched_getscheduler(0) == os.SCHED_OTHER:
        return ""
    return (
        " Other work kept the machine busy meanwhile: the server, the browser and the reference's program were given "
        "precedence over it alike (`chrt --rr`)."
    )


def _row(figure: Figure | NotTaken) -> str:
    if isinstance(figure, NotTaken):
        return f"| {figure.name} | not taken: {figure.reason} | | | |"
    goal = figure.amount(figure.goal) if figure.goal is not None else ""
    verdict = {"met": "met", "missed": "**missed**"}.get(figure.verdict, "")
    return f"| {figure.name} | {figure.amount(figure.value)} | {goal} | {verdict} | {figure.peer} |"
