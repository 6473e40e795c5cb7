"""Debian's own registry, which asks for a login by htpasswd: pushed to, pulled from and built from."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import bcrypt
import docker
import pytest

from projects.compose.loader import load
from projects.compose.planner import UpOptions, plan_images
from projects.services import image_verbs
from projects.services.engine import DockerEngine
from projects.services.executor import execute
from projects.services.observation import observe
from projects.services.registries import Login
from projects.services.registry_check import check
from projects.services.verbs import Outcome
from tests.conftest import remove_images

LOGIN = Login(username="ann", secret="s3cret-word")


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The address of a running registry with one account."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("no docker-registry here (Debian/Ubuntu: sudo apt install docker-registry)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    hashed = bcrypt.hashpw(LOGIN.secret.encode(), bcrypt.gensalt(4)).decode()
    (tmp_path / "htpasswd").write_text(f"{LOGIN.username}:{hashed}\n")
    (tmp_path / "config.yml").write_text(
        f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {tmp_path}/data}}}}\nhttp: {{addr: '{address}'}}\n"
        f"auth: {{htpasswd: {{realm: tests, path: {tmp_path}/htpasswd}}}}\n"
    )
    with (tmp_path / "registry.log").open("w") as log:
        process = subprocess.Popen([program, "serve", str(tmp_path / "config.yml")], stdout=log, stderr=log)
    deadline = time.monotonic() + 30
    while not check(address, LOGIN).works:
        assert time.monotonic() < deadline, (tmp_path / "registry.log").read_text()
        time.sleep(0.1)
    yield address
    process.terminate()
    process.wait(10)


@pytest.mark.parametrize("builder", ["1", "0"], ids=["buildkit", "classic"])
def test_login_is_used_for_pulls_and_builds(
    address: str,
    tmp_path: Path,
    project_name: str,
    busybox_image: str,
    docker_client: docker.DockerClient,
    builder: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_BUILDKIT", builder)
    assert "refuses the login" in str(check(address, Login(username="ann", secret="wrong")).message)
    image = f"{address}/{project_name}:1"
    docker_client.images.get(busybox_image).tag(image)
    pushed = docker_client.images.push(image, auth_config=LOGIN.as_auth_config(address))
    assert "errorDetail" not in str(pushed)
    docker_client.images.remove(image)
    directory = tmp_path / project_name
    directory.mkdir()
    (directory / "Dockerfile").write_text(f"FROM {image}\nRUN echo {builder}\n")
    (directory / "compose.yaml").write_text(f"services: {{web: {{build: .}}, other: {{image: '{image}'}}}}\n")
    application = load(str(directory), environment={}).application

    def bring(engine: DockerEngine) -> list[str]:
        plan = plan_images(application, observe(engine, project_name, application), UpOptions())
        return [str(failure) for failure in execute(plan, engine, lambda event: None, threading.Event()).failures]

    assert len(bring(DockerEngine())) == 2
    assert bring(DockerEngine(credentials={address: LOGIN}.get)) == []
    remove_images(docker_client, f"{address}/")


def test_login_is_used_for_pushes(
    address: str, tmp_path: Path, project_name: str, busybox_image: str, docker_client: docker.DockerClient
) -> None:
    image = f"{address}/{project_name}:pushed"
    (tmp_path / "Dockerfile").write_text(f"FROM {busybox_image}\nLABEL pushed=yes\n")
    (tmp_path / "compose.yaml").write_text(f"services: {{web: {{build: ., image: '{image}'}}}}\n")
    application = load(str(tmp_path), environment={}, project_name=project_name).application

    def push(engine: DockerEngine) -> Outcome:
        build = image_verbs.build(application, engine, lambda event: None, threading.Event())
        assert build.state == "succeeded"
        return image_verbs.push(application, engine, lambda event: None, threading.Event())

    (refused,) = push(DockerEngine()).failures
    assert "could not be pushed" in str(refused)
    assert "login" in str(refused)
    assert push(DockerEngine(credentials={address: LOGIN}.get)).state == "succeeded"
    docker_client.images.remove(image)
    pulled = docker_client.images.pull(image, auth_config=LOGIN.as_auth_config(address))
    assert pulled.labels["pushed"] == "yes"
    remove_images(docker_client, f"{address}/")
