"""A project whose only container prints what it is told to, as the dashboard sees one."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeAlias

import docker
from docker.models.containers import Container

from benchmarks import browser as chromium
from benchmarks.stage import Stage
from projects.services.log_frames import STAMP, unix_seconds
from tests.registry import busybox_layer

PROJECT = "bench-logs"
IMAGE = "compose-ui-bench-logs:latest"
MILLION = 1_000_000
Talking: TypeAlias = AbstractContextManager[Container]
PRINT = "yes $(printf 'x%.0s' $(seq 99)) | head -n {lines}"


@contextmanager
def project(stage: Stage) -> Iterator[None]:
    """Have the project in the dashboard and its image on the engine."""
    client = docker.from_env()
    repository, _, tag = IMAGE.partition(":")
    client.api.import_image_from_data(busybox_layer(), repository=repository, tag=tag)
    with tempfile.TemporaryDirectory() as directory, chromium.visit(stage.browser, stage.session) as page:
        file = Path(directory) / "compose.yaml"
        file.write_text(f"services: {{talker: {{image: '{IMAGE}'}}}}\n")
        if not (stage.dashboard.projects / PROJECT).exists():
            chromium.upload_project(page, stage.dashboard, PROJECT, [file])
    try:
        yield
    finally:
        client.images.remove(IMAGE, force=True)
        client.close()


@contextmanager
def talking(script: str) -> Iterator[Container]:
    """Run a script in a container that is one of the project's service."""
    client = docker.from_env()
    labels = {
        "com.docker.compose.project": PROJECT,
        "com.docker.compose.service": "talker",
        "com.docker.compose.container-number": "1",
        "com.docker.compose.oneoff": "False",
    }
    container = client.containers.run(
        IMAGE, ["sh", "-c", script], name=f"{PROJECT}-talker-1", labels=labels, detach=True
    )
    try:
        yield container
    finally:
        container.remove(force=True)
        client.close()


def path(container: Container, *, tail: str) -> str:
    """Return the path of the container's logs websocket."""
    return f"/ws/projects/{PROJECT}/logs/?container={container.name}&tail={tail}"


def until_printed(container: Container, lines: int) -> None:
    """Wait until the engine has stored so many lines."""
    deadline = time.monotonic() + 120
    while counted_here(container) < lines:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{lines} lines were not printed in two minutes")
        time.sleep(1)


def counted_here(container: Container) -> int:
    """Return how many lines the engine has stored."""
    return sum(chunk.count(b"\n") for chunk in container.logs(stream=True, follow=False))


def stamp_of_first_line(container: Container) -> float:
    """Return the Unix time of the first line."""
    first: bytes = next(container.logs(stream=True, follow=False, timestamps=True))
    return moment_of(first)


def moment_of(line: bytes) -> float:
    """Return the Unix time with which a line begins."""
    return unix_seconds(line[:STAMP])
