"""The dashboard's own image: built, started, set up and used to bring the template project up."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
import requests
from docker.errors import DockerException
from docker.models.containers import Container

import environment
from tests.published import read
from tests.server import free_port

BASES = ["python:3.12-slim", "python:3.7-alpine"]  # the second where it is a stand-in with a newer Python
NEW_ENOUGH = ["python3", "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
TAG = "compose-ui-test"
PASSWORD = "a long enough sentence"
PATIENCE = 180  # seconds


@pytest.fixture(scope="module")
def image(docker_client: docker.DockerClient) -> Iterator[str]:
    """The image, built on a base the engine has."""
    for base in BASES:
        if docker_client.images.list(name=base) and runs(docker_client, base, NEW_ENOUGH):
            break
    else:
        pytest.skip(f"the engine has none of {', '.join(BASES)} with Python 3.11 or newer")
    docker_client.images.build(
        path=str(environment.ROOT),
        dockerfile="docker/Dockerfile",
        tag=TAG,
        buildargs={"BASE": base},
        rm=True,
        forcerm=True,
    )
    yield TAG
    docker_client.images.remove(TAG, force=True)


def runs(client: docker.DockerClient, image: str, command: list[str]) -> bool:
    try:
        client.containers.run(image, command, remove=True)
    except DockerException:
        return False
    return True


class Dashboard:
    """A running container of the image, and a person who talks to it."""

    def __init__(self, container: Container, port: int) -> None:
        self.container = container
        self.url = f"http://127.0.0.1:{port}"
        self.browser = requests.Session()

    @property
    def output(self) -> str:
        return self.container.logs().decode()

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Return the match of `pattern` in what the container prints."""
        deadline = time.monotonic() + 30
        while not (found := re.search(pattern, self.output)):
            self.container.reload()
            assert self.container.status == "running", self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.1)
        return found

    def get(self, path: str) -> str:
        answer = self.browser.get(self.url + path, timeout=30)
        assert answer.ok, f"{path}: {answer.status_code}\n{self.output}"
        return answer.text

    def post(self, path: str, **fields: str) -> None:
        headers = {"X-CSRFToken": self.browser.cookies["compose_ui_csrf"], "Referer": self.url + path}
        answer = self.browser.post(self.url + path, data=fields, headers=headers, timeout=30)
        assert answer.ok, f"{path}: {answer.status_code} {answer.text}\n{self.output}"

    def set_up(self) -> None:
        """Become the first administrator by the printed link."""
        path = self.wait_for(r"http://\S+?(/setup/\S+)")[1]
        self.get(path)
        self.post(path, username="grace", password1=PASSWORD, password2=PASSWORD)

    def operate(self, project: str, verb: str) -> None:
        """Begin a verb and wait until it has succeeded."""
        self.get(f"/projects/{project}/")
        self.post(f"/projects/{project}/operations/", verb=verb)
        deadline = time.monotonic() + PATIENCE
        while "Cancel" in (page := self.get(f"/projects/{project}/")):
            assert time.monotonic() < deadline, page
            time.sleep(0.5)
        assert "operation-problems" not in page, page


def start(client: docker.DockerClient, projects: Path, inside: Path | None = None) -> Dashboard:
    """Run the image as docker/compose.yaml does, with `projects` mounted at the same path or at `inside`."""
    port = free_port()
    container = client.containers.run(
        TAG,
        detach=True,
        environment={"COMPOSE_UI_PROJECTS": str(inside or projects)},
        ports={"8000/tcp": ("127.0.0.1", port)},
        volumes=["/var/run/docker.sock:/var/run/docker.sock", f"{projects}:{inside or projects}"],
        healthcheck={"interval": 500_000_000},
    )
    return Dashboard(container, port)


@pytest.fixture
def dashboard(docker_client: docker.DockerClient, image: str, tmp_path: Path) -> Iterator[Dashboard]:
    dashboard = start(docker_client, tmp_path)
    yield dashboard
    dashboard.container.remove(force=True, v=True)


def test_it_signs_in_and_brings_the_template_project_up(
    dashboard: Dashboard, docker_client: docker.DockerClient, project_name: str, tmp_path: Path
) -> None:
    dashboard.set_up()
    dashboard.get("/new/")
    dashboard.post("/new/?from=template", name=project_name)
    compose = tmp_path / project_name / "compose.yaml"
    published = free_port()
    compose.write_text(compose.read_text().replace("5000:5000", f"{published}:5000"))
    dashboard.operate(project_name, "up")
    assert read(f"http://127.0.0.1:{published}") == "Hello World! I have been seen 1 times.\n"
    dashboard.operate(project_name, "down")
    mine = {"label": f"com.docker.compose.project={project_name}"}
    assert docker_client.containers.list(all=True, filters={**mine}) == []


def test_it_runs_as_an_ordinary_user_and_becomes_healthy(dashboard: Dashboard) -> None:
    dashboard.wait_for("Compose UI is at")
    assert dashboard.container.exec_run(["stat", "-c", "%u", "/proc/1"]).output == b"1000\n"
    deadline = time.monotonic() + 30
    while (health := state_of(dashboard.container)) != "healthy":
        assert time.monotonic() < deadline, health
        time.sleep(0.2)


def state_of(container: Container) -> str:
    container.reload()
    health: str = container.attrs["State"]["Health"]["Status"]
    return health


def test_a_relative_bind_mount_lands_in_the_project_directory(
    dashboard: Dashboard, docker_client: docker.DockerClient, project_name: str, tmp_path: Path, busybox_image: str
) -> None:
    dashboard.set_up()
    dashboard.get("/new/")
    command = "sh -c 'cat /given/words > /given/answer && sleep 600'"
    compose = f'services:\n  web: {{image: {busybox_image}, volumes: [./given:/given], command: "{command}"}}\n'
    dashboard.post("/new/?from=paste", name=project_name, text=compose)
    given = tmp_path / project_name / "given"
    given.mkdir()
    (given / "words").write_text("the host's own file")
    dashboard.operate(project_name, "up")
    deadline = time.monotonic() + 10
    while not (given / "answer").exists() or not (given / "answer").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert (given / "answer").read_text() == "the host's own file"
    assert "WARNING" not in dashboard.output


def test_projects_mounted_at_another_path_are_warned_of_loudly(
    docker_client: docker.DockerClient, image: str, tmp_path: Path
) -> None:
    dashboard = start(docker_client, tmp_path, inside=Path("/projects"))
    try:
        dashboard.wait_for("WARNING: The projects are kept in /projects inside the dashboard's container")
    finally:
        dashboard.container.remove(force=True, v=True)
