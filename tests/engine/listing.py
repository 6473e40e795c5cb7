"""The engine's list of containers, which learns a moment later what a start, a stop or an end has changed."""

from __future__ import annotations

import time
from typing import Any

import docker
from docker.errors import NotFound

SECONDS = 10.0


def await_listed(client: docker.DockerClient, project: str) -> None:
    """Wait until the list says of each of the project's containers what its own inspection says."""
    deadline = time.monotonic() + SECONDS
    while not _is_listed(client, project) and time.monotonic() < deadline:
        time.sleep(0.05)


def _is_listed(client: docker.DockerClient, project: str) -> bool:
    mine: dict[str, Any] = {"label": f"com.docker.compose.project={project}"}
    api = client.api
    try:
        listed = [(each["State"], api.inspect_container(each["Id"])) for each in api.containers(all=True, filters=mine)]
    except NotFound:
        return False
    return all(state == found["State"]["Status"] for state, found in listed)
