"""``up`` and ``down`` of many services beside the reference's own program, in turns, on the same engine."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker

from benchmarks import reference
from benchmarks.dashboard import ROOT
from benchmarks.figures import Figure, NotTaken
from projects.compose.loader import load
from projects.services import verbs
from projects.services.engine import DockerEngine
from tests.registry import BUSYBOX, busybox_layer

RUNS = 5
ENDPOINTS_LEFT = "has active endpoints"
SERVICES = 50
PROJECT = "bench-verbs"
IMAGE = "compose-ui-bench-busybox:latest"
OURS = [sys.executable, str(ROOT / "manage.py"), "compose"]


@dataclass(frozen=True, kw_only=True)
class Field:
    """A directory with so many services, and an engine to bring them up on."""

    directory: Path
    engine: DockerEngine

    def ours(self, *arguments: str) -> float:
        """Run ``manage.py compose`` and return the seconds it took."""
        return timed([*OURS, "-p", PROJECT, *arguments], self.directory)

    def theirs(self, *arguments: str) -> float:
        """Run the reference's program and return the seconds it took."""
        return timed([str(reference.PROGRAM), "-p", PROJECT, *arguments], self.directory)

    def here(self) -> float:
        """Bring the project up as the running server does, files read anew, and return the seconds it took."""
        began = time.perf_counter()
        application = load(str(self.directory), environment={}, project_name=PROJECT).application
        options = verbs.UpOptions(settle=False)
        outcome = verbs.up(application, self.engine, lambda event: None, threading.Event(), options)
        seconds = time.perf_counter() - began
        if outcome.state != "succeeded":
            raise RuntimeError(f"up {outcome.state}: {[str(failure) for failure in outcome.failures]}")
        return seconds


def figures() -> list[Figure | NotTaken]:
    """Return what many services cost, then what one costs."""
    if not BUSYBOX.exists():
        return [NotTaken(name="up of 50 services", reason="no static busybox here")]
    with services(SERVICES) as field:
        taken: list[Figure | NotTaken] = [*_many(field)]
    with services(1) as field:
        taken += _one(field)
    return taken


def _many(field: Field) -> Iterator[Figure]:
    ups, downs, here, noops = Pair(), Pair(), list[float](), Pair()
    still: list[float] = []
    for _ in range(RUNS):
        ups.ours.append(field.ours("up", "-d"))
        still.append(_settled(field))
        noops.ours.append(field.ours("up", "-d"))
        downs.ours.append(field.ours("down", "-t", "0"))
        ups.theirs.append(field.theirs("up", "-d"))
        noops.theirs.append(field.theirs("up", "-d"))
        downs.theirs.append(field.theirs("down", "-t", "0"))
        here.append(field.here())
        field.theirs("down", "-t", "0")
    theirs = f"the program: {spread(ups.theirs)}"
    yield ups.figure(f"`up` of {SERVICES} fresh services beside `docker-compose up -d`", 0.65)
    yield Figure(
        name=f"`up` of {SERVICES} fresh services in the running server, beside `docker-compose up -d`",
        value=statistics.median(here) / statistics.median(ups.theirs),
        unit="×",
        goal=0.65,
        note=f"the server: {spread(here)}; {theirs}",
    )
    yield downs.figure(f"`down` of {SERVICES} services beside `docker-compose down`", 1.0)
    yield Figure(
        name=f"no-op `up` of {SERVICES} services in the running server",
        value=statistics.median(still) * 1000,
        unit="ms",
        goal=100,
        note="files read, engine asked, planned",
    )
    yield noops.figure(f"no-op `up` of {SERVICES} services as a process, beside `docker-compose up -d`", None)


def _one(field: Field) -> Iterator[Figure]:
    ups, here = Pair(), list[float]()
    for _ in range(RUNS):
        ups.ours.append(field.ours("up", "-d"))
        field.theirs("down", "-t", "0")
        ups.theirs.append(field.theirs("up", "-d"))
        field.theirs("down", "-t", "0")
        here.append(field.here())
        field.theirs("down", "-t", "0")
    yield Figure(
        name="`up` of one fresh service in the running server, beside `docker-compose up -d`",
        value=statistics.median(here) / statistics.median(ups.theirs),
        unit="×",
        goal=1.2,
        note=f"the server: {spread(here)}; the program: {spread(ups.theirs)}",
    )
    yield ups.figure("`up` of one fresh service as a process, beside `docker-compose up -d`", 1.2)


def _settled(field: Field) -> float:
    field.here()  # the first question of a connection costs more than the others
    return field.here()


class Pair:
    """Times of the same work by both programs."""

    def __init__(self) -> None:
        self.ours: list[float] = []
        self.theirs: list[float] = []

    def figure(self, name: str, goal: float | None) -> Figure:
        """Return how many times as long ours takes, by medians."""
        return Figure(
            name=name,
            value=statistics.median(self.ours) / statistics.median(self.theirs),
            unit="×",
            goal=goal,
            note=f"ours, as a process: {spread(self.ours)}; the program: {spread(self.theirs)}",
        )


@contextmanager
def services(count: int) -> Iterator[Field]:
    """Yield a directory with `count` services of a small image; what they leave is taken down at the end."""
    client = docker.from_env()
    repository, _, tag = IMAGE.partition(":")
    client.api.import_image_from_data(busybox_layer(), repository=repository, tag=tag)
    engine = DockerEngine()
    try:
        with tempfile.TemporaryDirectory(prefix="compose-ui-verbs-") as directory:
            (Path(directory) / "compose.yaml").write_text(json.dumps({"services": _services(count)}))
            field = Field(directory=Path(directory), engine=engine)
            yield field
            field.theirs("down", "-t", "0")
    finally:
        engine.close()
        client.images.remove(IMAGE, force=True)
        client.close()


def _services(count: int) -> Mapping[str, object]:
    return {
        f"s{number:02}": {"image": IMAGE, "command": ["sleep", "1000"], "stop_signal": "KILL"}
        for number in range(count)
    }


def timed(command: list[str], directory: Path) -> float:
    """Run a program to its end and return the seconds it took."""
    environment = {**os.environ, **reference.ENVIRONMENT, "COMPOSE_UI_DATA": str(directory / "data")}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    began = time.perf_counter()
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
    if done.returncode and ENDPOINTS_LEFT in done.stderr:  # a busy engine needs a moment to see that a network is free
        done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {done.stderr.strip()}")
    return seconds


def spread(times: list[float]) -> str:
    """Return the median and the range of some times."""
    return f"{statistics.median(times):.2f} s ({min(times):.2f}–{max(times):.2f})"
