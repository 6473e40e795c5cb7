"""Many projects at once: their compose files, and their containers as the dashboard would have made them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
from docker.errors import NotFound

IMAGE = "redis:alpine"
LABEL = "com.docker.compose"
WORKERS = 4


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One project to make, with so many services of one container each."""

    name: str
    size: int

    @property
    def services(self) -> list[str]:
        """The names of its services."""
        return [f"service{number}" for number in range(1, self.size + 1)]

    @property
    def compose_file(self) -> str:
        """The text of its compose file."""
        return "services:\n" + "".join(f"  {service}:\n    image: {IMAGE}\n" for service in self.services)

    def bodies(self, directory: Path) -> dict[str, dict[str, Any]]:
        """Return the Engine API's create body of each container, by its name, labelled as Compose labels it."""
        return {f"{self.name}-{service}-1": self._body(service, directory) for service in self.services}

    def _body(self, service: str, directory: Path) -> dict[str, Any]:
        labels = {
            f"{LABEL}.project": self.name,
            f"{LABEL}.service": service,
            f"{LABEL}.container-number": "1",
            f"{LABEL}.oneoff": "False",
            f"{LABEL}.project.working_dir": str(directory),
            f"{LABEL}.project.config_files": str(directory / "compose.yaml"),
            f"{LABEL}.config-hash": secrets.token_hex(32),
            f"{LABEL}.version": "5.6.1",
        }
        # Asleep, so that what the containers do is not measured.
        sleep = {"Entrypoint": ["sleep"], "Cmd": ["86400"]}
        return {"Image": IMAGE, "Labels": labels, "HostConfig": {"NetworkMode": "none"}, **sleep}


def samples(prefix: str, *, projects: int, containers: int) -> list[Sample]:
    """Return so many projects, the containers spread over them evenly."""
    return [
        Sample(name=f"{prefix}{index:03d}", size=containers // projects + (index < containers % projects))
        for index in range(projects)
    ]


@contextmanager
def on_the_engine(projects: Sequence[Sample], root: Path, *, started: bool) -> Iterator[None]:
    """Have the projects' containers on the engine, running if `started`, and remove them all at the end."""
    bodies = {name: body for sample in projects for name, body in sample.bodies(root / sample.name).items()}
    client = docker.from_env(timeout=300, max_pool_size=WORKERS)
    api: Any = client.api  # typed in part only

    def create(name: str) -> None:
        _remove(client, name)  # an interrupted run may have left it
        api.create_container_from_config(bodies[name], name=name)
        if started:
            api.start(name)

    try:
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(create, bodies))
        yield
    finally:
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(lambda name: _remove(client, name), bodies))
        client.close()


def _remove(client: docker.DockerClient, name: str) -> None:
    with suppress(NotFound):
        client.api.remove_container(name, force=True, v=True)
