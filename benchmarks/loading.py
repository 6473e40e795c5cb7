"""How soon Compose files are loaded, beside the reference's own program."""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import reference
from benchmarks.figures import Figure
from projects.compose.loader import load

ROOT = Path(__file__).resolve().parent.parent
RUNS = 7
SMALL, LARGE = 50, 1000

SERVICE = """\
  s{number}:
    image: registry.example.com/team/s{number}:${{TAG:-1.0}}
    restart: unless-stopped
    environment:
      NAME: s{number}
      DATABASE_URL: postgres://app:${{PASSWORD:-secret}}@s0/app
    ports: ["{port}:8080"]
    volumes: ["data{number}:/var/lib/data", "./conf:/etc/conf:ro"]
    networks: [back]
    healthcheck:
      test: [CMD, curl, -f, "http://localhost:8080/"]
      interval: 10s
    deploy:
      resources:
        limits: {{cpus: "0.5", memory: 256M}}
"""


def compose_file(services: int) -> str:
    """Return a file of so many services, each after the first depending on it, with a volume each."""
    text = "".join(
        SERVICE.format(number=number, port=20000 + number) + ("    depends_on: [s0]\n" if number else "")
        for number in range(services)
    )
    volumes = "".join(f"  data{number}:\n" for number in range(services))
    return f"services:\n{text}networks:\n  back:\nvolumes:\n{volumes}"


def figures() -> list[Figure]:
    """Load from text, in this process and as a process, and let the reference's program do the same."""
    small, large = _median(_loading(SMALL)), _median(_loading(LARGE))
    with tempfile.TemporaryDirectory(prefix="compose-ui-bench-") as directory:
        (Path(directory) / "compose.yaml").write_text(compose_file(SMALL))
        theirs = _median(_process(directory, [str(reference.PROGRAM), "config", "--quiet"]))
        manage = [sys.executable, str(ROOT / "manage.py"), "compose", "config", "--quiet"]
        ours = _median(_process(directory, manage))
    return [
        Figure(
            name=f"loading {SMALL} services from text",
            value=small * 1000,
            unit="ms",
            goal=25,
            note=f"text to `Application` in a process that has loaded before; median of {RUNS}",
        ),
        Figure(
            name=f"loading {LARGE} services, each beside one of {SMALL}",
            value=large / LARGE / (small / SMALL),
            unit="×",
            goal=1.3,
            note=f"{large * 1000:.0f} ms for {LARGE} services; 1 would be exactly linear",
        ),
        Figure(
            name=f"loading {SMALL} services beside `docker-compose config --quiet`",
            value=small / theirs,
            unit="×",
            goal=1,
            note=f"a warm load against the program as a process, {theirs * 1000:.0f} ms",
        ),
        Figure(
            name=f"`manage.py compose config --quiet` of {SMALL} services beside `docker-compose config --quiet`",
            value=ours / theirs,
            unit="×",
            goal=12,
            note=f"both as a process: {ours * 1000:.0f} ms against {theirs * 1000:.0f} ms",
        ),
    ]


def _loading(services: int) -> Callable[[], None]:
    text = compose_file(services).encode()

    def read_file(path: str) -> bytes:
        if path != "/bench/compose.yaml":
            raise FileNotFoundError(2, "No such file or directory", path)
        return text

    def run() -> None:
        loaded = load("/bench", environment={}, read_file=read_file)
        assert len(loaded.application.services) == services

    return run


def _process(directory: str, command: list[str]) -> Callable[[], None]:
    def run() -> None:
        subprocess.run(command, cwd=directory, env=reference.ENVIRONMENT, check=True, capture_output=True)

    return run


def _median(run: Callable[[], None]) -> float:
    """Return the median seconds of some runs, after one that does not count."""
    run()
    taken = []
    for _ in range(RUNS):
        gc.collect()
        began = time.perf_counter()
        run()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)
