"""What tests beside the reference's own program share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from projects.services.engine import DockerEngine
from tests.conftest import remove_container, remove_project
from tests.engine.building import Building
from tests.engine.forked import Forked
from tests.engine.stage import Stage


@pytest.fixture(scope="session")
def forked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forked]:
    """`manage.py compose`, forked for each command."""
    program = Forked(tmp_path_factory.mktemp("data"))
    yield program
    program.end()


@pytest.fixture
def stage(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    project_name: str,
    busybox_image: str,
    docker_client: docker.DockerClient,
    forked: Forked,
    compose_cli: str,
) -> Iterator[Stage]:
    """A copy of the directory that a test names as the parameter, with what is around the project."""
    directory = tmp_path / "story"
    shutil.copytree(request.param, directory)
    foreign = docker_client.containers.run(busybox_image, "sleep 1000", name=f"{project_name}-foreign", detach=True)
    network = docker_client.networks.create(f"{project_name}-outside")
    plain = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    environment = plain | {
        "IMAGE": busybox_image,
        "NAME": project_name,
        "SAID": "in the environment",
        "FOREIGN": f"{project_name}-foreign",
        "OUTSIDE": f"{project_name}-outside",
    }
    yield Stage(directory, project_name, environment, docker_client, forked, compose_cli)
    remove_project(docker_client, project_name)
    remove_container(foreign)
    network.remove()


@pytest.fixture
def building(engine: DockerEngine, tmp_path: Path, project_name: str, monkeypatch: pytest.MonkeyPatch) -> Building:
    """What builds in a directory of the test's own, with BuildKit."""
    monkeypatch.delenv("DOCKER_BUILDKIT", raising=False)
    directory = tmp_path / project_name
    directory.mkdir()
    return Building(engine, directory)
