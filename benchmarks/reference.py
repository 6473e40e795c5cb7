"""The reference implementation's own program, timed beside the dashboard on the same engine."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import docker
from docker.models.containers import Container

PROGRAM = Path(__file__).resolve().parent.parent / ".venv" / "bin" / "docker-compose"
# Its reports to a tracing service and its colours would only disturb.
ENVIRONMENT = {**os.environ, "OTEL_SDK_DISABLED": "true", "COMPOSE_MENU": "false", "NO_COLOR": "1"}


def up(directory: Path, project: str) -> float:
    """Run ``docker-compose up -d`` and return the seconds it took; every container is running then."""
    seconds = _timed(directory, project, "up", "-d")
    states = {container.status for container in _containers(project)}
    assert states == {"running"}, f"after docker-compose up -d the containers are {states}"
    return seconds


def down(directory: Path, project: str) -> None:
    """Remove the project's containers and networks, killing at once what runs; images stay."""
    _timed(directory, project, "down", "--timeout", "0", "--volumes")


def build(directory: Path, project: str) -> None:
    """Pull and build what the project needs, so that everything is cached from now on."""
    _timed(directory, project, "pull", "--policy", "missing", "--ignore-buildable")
    _timed(directory, project, "build")


def _timed(directory: Path, project: str, *arguments: str) -> float:
    command = [str(PROGRAM), "--project-name", project, "--progress", "quiet", *arguments]
    began = time.perf_counter()
    result = subprocess.run(command, cwd=directory, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if result.returncode:
        raise RuntimeError(f"docker-compose {' '.join(arguments)} failed: {result.stderr.strip()}")
    return seconds


def _containers(project: str) -> list[Container]:
    client = docker.from_env()
    try:
        return client.containers.list(all=True, filters={"label": f"com.docker.compose.project={project}"})
    finally:
        client.close()
