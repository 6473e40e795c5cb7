"""What tests beside the reference's own program share."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TypeAlias

import docker
import pytest
from django.contrib.auth.models import User
from django.test import Client

from projects.models import Project
from projects.services.engine import DockerEngine
from tests.conftest import remove_container, remove_project
from tests.engine.building import Building
from tests.engine.forked import Forked
from tests.engine.own_engine import OwnEngine, missing
from tests.engine.stage import Stage

SetStage: TypeAlias = Callable[[str], Stage]


@pytest.fixture(scope="session")
def forked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forked]:
    """`manage.py compose`, forked for each command."""
    program = Forked(tmp_path_factory.mktemp("data"))
    yield program
    program.end()


@pytest.fixture
def set_stage(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    project_name: str,
    busybox_image: str,
    docker_client: docker.DockerClient,
    forked: Forked,
    compose_cli: str,
) -> Iterator[SetStage]:
    """Make a copy of the directory that a test names as the parameter, with what is around the project."""
    plain = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    with ExitStack() as undone:

        def set_up(ending: str) -> Stage:
            name = f"{project_name}{ending}"
            directory = tmp_path / f"story{ending}"
            shutil.copytree(request.param, directory)
            foreign = docker_client.containers.run(busybox_image, "sleep 1000", name=f"{name}-foreign", detach=True)
            network = docker_client.networks.create(f"{name}-outside")
            undone.callback(network.remove)
            undone.callback(remove_container, foreign)
            undone.callback(remove_project, docker_client, name)
            environment = plain | {
                "IMAGE": busybox_image,
                "NAME": name,
                "SAID": "in the environment",
                "FOREIGN": f"{name}-foreign",
                "OUTSIDE": f"{name}-outside",
            }
            return Stage(directory, name, environment, docker_client, forked, compose_cli)

        yield set_up


@pytest.fixture
def stage(set_stage: SetStage) -> Stage:
    """The stage of a test that needs only one."""
    return set_stage("")


@pytest.fixture
def building(engine: DockerEngine, tmp_path: Path, project_name: str, monkeypatch: pytest.MonkeyPatch) -> Building:
    """What builds in a directory of the test's own, with BuildKit."""
    monkeypatch.delenv("DOCKER_BUILDKIT", raising=False)
    directory = tmp_path / project_name
    directory.mkdir()
    return Building(engine, directory)


@pytest.fixture
def own_engine(busybox_rootfs: bytes) -> Iterator[OwnEngine]:
    if reason := missing():
        pytest.skip(reason)
    # Not below pytest's directory, whose length a socket's path may not have.
    with tempfile.TemporaryDirectory(prefix="engine-", ignore_cleanup_errors=True) as directory:
        engine = OwnEngine(Path(directory), f"t{secrets.token_hex(4)}")
        try:
            engine.start()
            engine.client().api.import_image_from_data(busybox_rootfs, repository="own/busybox", tag="1")
            yield engine
            for container in engine.client().containers.list(all=True):
                container.remove(force=True)
        finally:
            engine.remove()


@pytest.fixture
def owner(request: pytest.FixtureRequest, db: None, tmp_path: Path) -> bytes:
    """The cookies of somebody who may see the project `NAME` of the test's module."""
    Project.objects.create(name=request.module.NAME, directory=str(tmp_path))
    client = Client()
    client.force_login(User.objects.create_superuser("f-owner", password="secret-pass"))
    return client.cookies.output(header="", sep=";").encode()
