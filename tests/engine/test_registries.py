"""Registries that ask for a login, and registries in trouble: what reaches them, and what a person is told."""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import docker
import pytest

from projects.compose.errors import ComposeError
from projects.compose.events import Event
from projects.compose.loader import load
from projects.compose.planner import UpOptions, plan_images
from projects.services.engine import DockerEngine
from projects.services.executor import execute
from projects.services.observation import observe
from projects.services.registries import Login
from tests.conftest import remove_images
from tests.registry import Registry, random_layer

LOGIN = ("ann", "s3cret-word")


@pytest.fixture
def image(registry: Registry, project_name: str) -> str:
    return registry.add_image(project_name, [random_layer(project_name, 4096)])


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ``config.json`` of the test's own."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path / "config.json"


class Bringing:
    """Pulls or builds what a Compose file asks for."""

    def __init__(self, directory: Path, name: str) -> None:
        self.directory = directory / name
        self.directory.mkdir()
        self.name = name
        self.events: list[Event] = []

    def images(self, compose: str, engine: DockerEngine) -> tuple[ComposeError, ...]:
        (self.directory / "compose.yaml").write_text(compose)
        application = load(str(self.directory), environment={}).application
        state = observe(engine, application.name, application)
        plan = plan_images(application, state, UpOptions(build="build" in compose))
        return execute(plan, engine, self.events.append, threading.Event()).failures

    def pull(self, image: str, engine: DockerEngine) -> tuple[ComposeError, ...]:
        return self.images(f"services: {{web: {{image: '{image}'}}}}", engine)

    def build(self, image: str, engine: DockerEngine) -> tuple[ComposeError, ...]:
        (self.directory / "Dockerfile").write_text(f"ARG FROM={image}\nFROM $FROM\nCOPY Dockerfile /\n")
        return self.images("services: {web: {build: .}}", engine)


@pytest.fixture
def bringing(tmp_path: Path, project_name: str) -> Bringing:
    return Bringing(tmp_path, project_name)


def with_login(registry: Registry, login: tuple[str, str] = LOGIN) -> DockerEngine:
    known = {registry.address: Login(username=login[0], secret=login[1])}
    return DockerEngine(credentials=known.get)


@pytest.mark.parametrize("by_token", [False, True], ids=["basic", "token"])
@pytest.mark.parametrize("builder", ["", "1", "0"], ids=["pull", "buildkit", "classic"])
def test_login_reaches_the_registry(
    bringing: Bringing, registry: Registry, image: str, by_token: bool, builder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_BUILDKIT", builder or "1")
    registry.login, registry.by_token = LOGIN, by_token
    bring = bringing.build if builder else bringing.pull
    (failure,) = bring(image, DockerEngine())
    assert "login" in str(failure) or "was not found" in str(failure)
    (failure,) = bring(image, with_login(registry, ("ann", "wrong")))
    assert "wrong" not in str(failure)
    assert bring(image, with_login(registry)) == ()
    told = json.dumps([event.as_json() for event in bringing.events])
    assert LOGIN[1] not in told


def test_login_of_docker_login_is_used(bringing: Bringing, registry: Registry, image: str, config: Path) -> None:
    registry.login = LOGIN
    auth = base64.b64encode(":".join(LOGIN).encode()).decode()
    config.write_text(json.dumps({"auths": {f"http://{registry.address}/v1/": {"auth": auth}}}))
    assert bringing.pull(image, DockerEngine()) == ()


@pytest.mark.filterwarnings("ignore:docker-credential-tests not installed")
@pytest.mark.parametrize("key", ["credsStore", "credHelpers"])
def test_credential_helpers_are_asked(
    bringing: Bringing, registry: Registry, image: str, config: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.login = LOGIN
    config.write_text(json.dumps({key: "tests" if key == "credsStore" else {registry.address: "tests"}}))
    assert "could not be read" in str(bringing.pull(image, DockerEngine())[0])
    helper = config.with_name("docker-credential-tests")
    helper.write_text(
        f'#!/bin/sh\nread host\n[ "$host" = {registry.address} ] || exit 1\n'
        f'echo \'{{"ServerURL": "x", "Username": "{LOGIN[0]}", "Secret": "{LOGIN[1]}"}}\'\n'
    )
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{helper.parent}:{os.environ['PATH']}")
    assert bringing.pull(image, DockerEngine()) == ()


def break_with(status: HTTPStatus) -> Callable[[Registry], None]:
    def break_it(registry: Registry) -> None:
        registry.broken = status

    return break_it


def ask_for_a_login(registry: Registry) -> None:
    registry.login = LOGIN


def hang_up(registry: Registry) -> None:
    registry.hang_up = True


TROUBLES = {
    "401": (ask_for_a_login, "asks for a login"),
    "404": (break_with(HTTPStatus.NOT_FOUND), "was not found"),
    "429": (break_with(HTTPStatus.TOO_MANY_REQUESTS), "has been asked too often"),
    "500": (break_with(HTTPStatus.INTERNAL_SERVER_ERROR), "is in trouble itself"),
    "503": (break_with(HTTPStatus.SERVICE_UNAVAILABLE), "is in trouble itself"),
    "reset": (hang_up, "could not be reached"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("builder", ["", "1"], ids=["pull", "build"])
def test_trouble_of_a_registry_is_told(
    bringing: Bringing,
    registry: Registry,
    image: str,
    trouble: str,
    builder: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_BUILDKIT", builder)
    spoil, words = TROUBLES[trouble]
    spoil(registry)
    (failure,) = (bringing.build if builder else bringing.pull)(image, DockerEngine())
    assert words in str(failure)
    assert image in str(failure)


def test_layer_that_stalls_is_given_up(
    bringing: Bringing, registry: Registry, monkeypatch: pytest.MonkeyPatch, docker_client: docker.DockerClient
) -> None:
    image = registry.add_image(bringing.name, [random_layer(bringing.name, 500_000)])
    monkeypatch.setattr("projects.services.engine.PULL_PATIENCE", 2)
    registry.pause()
    (failure,) = bringing.pull(image, DockerEngine())
    assert f'The registry of the image "{image}" has sent nothing for 2 seconds.' in str(failure)
    registry.resume()
    assert bringing.pull(image, DockerEngine()) == ()
    remove_images(docker_client, image)
