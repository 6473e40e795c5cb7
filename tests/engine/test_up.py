"""The main job on a real engine: a project with a build and a database comes up, and every failure is told."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest

from projects.compose.errors import BuildFailed, ComposeError, ContainerFailed, ImageNotFound, PortTaken
from projects.compose.events import Event, Kind, Status
from projects.compose.loader import load
from projects.compose.model import Application
from projects.compose.progress import Progress
from projects.services import verbs
from projects.services.engine import DockerEngine
from tests.conftest import remove_images, remove_project
from tests.registry import Registry, random_layer
from tests.shared import EXAMPLE


@pytest.fixture
def directory(tmp_path: Path, project_name: str, busybox_image: str) -> Path:
    """A project of two services, one of them built, in files."""
    directory = tmp_path / project_name
    directory.mkdir()
    (directory / "compose.yaml").write_text(
        f"""
services:
  web:
    build: .
    depends_on: [db]
    stop_signal: SIGKILL
  db:
    image: {busybox_image}
    command: sh -c "echo ready; sleep 1000"
    stop_signal: SIGKILL
    volumes: ["data:/data"]
volumes:
  data:
"""
    )
    (directory / "Dockerfile").write_text(f"FROM {busybox_image}\nCOPY app.sh /\nRUN chmod +x /app.sh\nCMD /app.sh\n")
    (directory / "app.sh").write_text("#!/bin/sh\necho hello\nexec sleep 1000\n")
    return directory


def application(directory: Path) -> Application:
    return load(str(directory), environment={}).application


class Run:
    """Brings a directory up and keeps what was told."""

    def __init__(self, engine: DockerEngine) -> None:
        self.engine = engine
        self.events: list[Event] = []
        self.cancel = threading.Event()

    def up(self, directory: Path, **options: object) -> verbs.Outcome:
        self.events.clear()
        chosen = verbs.UpOptions(**options)  # type: ignore[arg-type]
        return verbs.up(application(directory), self.engine, self.events.append, self.cancel, chosen)

    def failure(self, directory: Path) -> ComposeError:
        """Bring it up in vain and return the one failure."""
        outcome = self.up(directory)
        assert outcome.state == "failed"
        (failure,) = outcome.failures
        return failure

    def status(self, task: str) -> Status:
        found = Progress(self.events).task(task)
        assert found is not None, f"no task {task}"
        return found.status


@pytest.fixture
def run(engine: DockerEngine) -> Run:
    return Run(engine)


def states(engine: DockerEngine, project: str) -> dict[str, str]:
    return {container.service: container.state for container in engine.containers(project=project)}


def rewrite(directory: Path, name: str, change: Callable[[str], str]) -> None:
    path = directory / name
    path.write_text(change(path.read_text()))


def test_project_comes_up_and_a_second_up_is_a_no_op(run: Run, directory: Path, engine: DockerEngine) -> None:
    name = directory.name
    outcome = run.up(directory)
    assert (outcome.state, outcome.failures) == ("succeeded", ())
    assert states(engine, name) == {"db": "running", "web": "running"}
    assert {container.name for container in engine.containers(project=name)} == {f"{name}-web-1", f"{name}-db-1"}
    assert [network.name for network in engine.networks(name)] == [f"{name}_default"]
    assert [volume.name for volume in engine.volumes(name)] == [f"{name}_data"]
    steps = [task for task in Progress(run.events).builds[0].children if task.kind is Kind.STEP]
    assert [step.name for step in steps][1:4] == ["COPY app.sh /", "RUN chmod +x /app.sh", "CMD /app.sh"]
    assert {event.status for event in run.events if event.id == f"container:{name}-web-1"} == {
        Status.PENDING,
        Status.WORKING,
        Status.DONE,
    }
    before = {container.id for container in engine.containers(project=name)}
    assert run.up(directory).state == "succeeded"
    assert {container.id for container in engine.containers(project=name)} == before
    assert not [event for event in run.events if event.text in ("Creating", "Starting", "Building")]


def test_reference_program_takes_the_project_for_its_own(
    run: Run, directory: Path, engine: DockerEngine, compose_cli: str
) -> None:
    run.up(directory)
    command = [compose_cli, "--project-directory", str(directory)]
    listed = subprocess.run([*command, "ps", "--format", "json"], capture_output=True, text=True, check=True)
    found = {row["Service"]: row["State"] for row in map(json.loads, listed.stdout.splitlines())}
    assert found == {"db": "running", "web": "running"}
    again = subprocess.run([*command, "up", "-d", "--no-build"], capture_output=True, text=True, check=True)
    assert "Running" in again.stderr
    assert not {"Created", "Recreated", "Started"} & set(again.stderr.split())
    subprocess.run([*command, "down", "-v"], capture_output=True, text=True, check=True)
    assert states(engine, directory.name) == {}
    assert engine.networks(directory.name) == ()
    assert engine.volumes(directory.name) == ()


def test_project_of_the_reference_program_is_up_to_date_for_us(
    run: Run, directory: Path, engine: DockerEngine, compose_cli: str
) -> None:
    command = [compose_cli, "--project-directory", str(directory), "up", "-d"]
    subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "DOCKER_BUILDKIT": "0"})
    before = {container.id for container in engine.containers(project=directory.name)}
    assert run.up(directory).state == "succeeded"
    assert {container.id for container in engine.containers(project=directory.name)} == before


def test_changed_file_is_built_and_its_service_alone_is_recreated(
    run: Run, directory: Path, engine: DockerEngine
) -> None:
    run.up(directory)
    before = {container.service: container.id for container in engine.containers(project=directory.name)}
    rewrite(directory, "app.sh", lambda text: text.replace("hello", "welcome"))
    assert run.up(directory, build=True).state == "succeeded"
    after = {container.service: container.id for container in engine.containers(project=directory.name)}
    assert before["db"] == after["db"]
    assert before["web"] != after["web"]
    assert engine.tail(f"{directory.name}-web-1", 5) == "welcome\n"


def test_down_leaves_volumes_unless_they_are_named(run: Run, directory: Path, engine: DockerEngine) -> None:
    name = directory.name
    run.up(directory)
    assert verbs.down(name, application(directory), engine, run.events.append, run.cancel).state == "succeeded"
    assert states(engine, name) == {}
    assert engine.networks(name) == ()
    assert len(engine.volumes(name)) == 1
    options = verbs.DownOptions(volumes=True)
    assert verbs.down(name, None, engine, run.events.append, run.cancel, options).state == "succeeded"
    assert engine.volumes(name) == ()


def test_stop_start_and_restart(run: Run, directory: Path, engine: DockerEngine) -> None:
    name = directory.name
    run.up(directory)
    loaded = application(directory)
    assert verbs.stop(name, loaded, engine, run.events.append, run.cancel).state == "succeeded"
    assert states(engine, name) == {"db": "exited", "web": "exited"}
    assert verbs.start(name, loaded, engine, run.events.append, run.cancel).state == "succeeded"
    assert states(engine, name) == {"db": "running", "web": "running"}
    only_web = verbs.RestartOptions(services=("web",))
    assert verbs.restart(name, loaded, engine, run.events.append, run.cancel, only_web).state == "succeeded"
    assert engine.tail(f"{name}-web-1", 5) == "hello\nhello\nhello\n"
    assert engine.tail(f"{name}-db-1", 5) == "ready\nready\n"


def test_missing_build_context_is_told(run: Run, directory: Path, engine: DockerEngine) -> None:
    rewrite(directory, "compose.yaml", lambda text: text.replace("build: .", "build: ./nowhere"))
    failure = run.failure(directory)
    assert isinstance(failure, BuildFailed)
    assert str(failure) == (
        f'The image of the service "web" could not be built. The build context "{directory}/nowhere" does not exist. '
        'Create this directory, or correct "build: context" in the Compose file.'
    )
    assert states(engine, directory.name) == {"db": "running"}


def test_missing_dockerfile_is_told(run: Run, directory: Path, engine: DockerEngine) -> None:
    (directory / "Dockerfile").unlink()
    assert str(run.failure(directory)) == (
        f'The image of the service "web" could not be built. The Dockerfile "{directory}/Dockerfile" does not exist. '
        'Write it, or correct "build: dockerfile" in the Compose file.'
    )
    assert states(engine, directory.name) == {"db": "running"}


def test_missing_base_image_is_told(run: Run, directory: Path, registry: Registry) -> None:
    missing = f"{registry.address}/nothing:here"
    rewrite(directory, "Dockerfile", lambda text: f"FROM {missing}\n")
    failure = run.failure(directory)
    assert isinstance(failure, ImageNotFound)
    assert str(failure).startswith(
        f'The image of the service "web" could not be built. The image "{missing}" was not found: its registry has '
        "none of that name and tag, or asks for a login ("
    )


def test_failing_step_is_told_with_its_last_lines(run: Run, directory: Path, engine: DockerEngine) -> None:
    rewrite(directory, "Dockerfile", lambda text: text + "RUN echo compiling; echo no such header; exit 3\n")
    failure = run.failure(directory)
    assert isinstance(failure, BuildFailed)
    head, _, lines = str(failure).partition(" Its last lines:\n")
    assert head.startswith(
        'The image of the service "web" could not be built. Step 5 of 5 (RUN echo compiling; echo no such header; '
        "exit 3) failed: it exited with code 3. "
    )
    assert lines == "compiling\nno such header"
    assert run.status("build:web/5") is Status.ERROR
    assert run.status("container:" + directory.name + "-web-1") is Status.SKIPPED
    assert states(engine, directory.name) == {"db": "running"}


def test_image_that_no_registry_has_is_told(run: Run, directory: Path, registry: Registry) -> None:
    missing = f"{registry.address}/nothing:here"
    rewrite(directory, "compose.yaml", lambda text: text.replace("build: .", f"image: {missing}"))
    failure = run.failure(directory)
    assert isinstance(failure, ImageNotFound)
    assert str(failure).startswith(
        f'The image of the service "web" could not be pulled. The image "{missing}" was not found'
    )


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which another program listens."""
    with socket.socket() as listener:
        listener.bind(("0.0.0.0", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_port_of_another_program_is_told(run: Run, directory: Path, taken_port: int, engine: DockerEngine) -> None:
    rewrite(
        directory, "compose.yaml", lambda text: text.replace("build: .", f'build: .\n    ports: ["{taken_port}:80"]')
    )
    failure = run.failure(directory)
    assert isinstance(failure, PortTaken)
    assert str(failure) == (
        f'The service "web" could not be started. Port {taken_port} of this machine is already in use by another '
        "program. Stop that program, or publish another port in the Compose file."
    )
    assert states(engine, directory.name) == {"db": "running", "web": "created"}


def test_port_of_another_project_is_told_with_its_owner(
    run: Run, directory: Path, docker_client: docker.DockerClient
) -> None:
    rewrite(directory, "compose.yaml", lambda text: text.replace("build: .", 'build: .\n    ports: ["26119:80"]'))
    other = directory.parent / f"{directory.name}x"
    shutil.copytree(directory, other)
    try:
        assert run.up(other).state == "succeeded"
        assert str(run.failure(directory)) == (
            'The service "web" could not be started. Port 26119 of this machine is already in use by the container '
            f'"{other.name}-web-1" of the project "{other.name}". Stop it, or publish another port in the Compose file.'
        )
    finally:
        remove_project(docker_client, other.name)


def test_container_that_exits_at_once_is_told(run: Run, directory: Path, engine: DockerEngine) -> None:
    (directory / "app.sh").write_text("#!/bin/sh\necho starting\necho cannot open the database\nexit 5\n")
    failure = run.failure(directory)
    assert isinstance(failure, ContainerFailed)
    assert str(failure) == (
        f'The service "web" did not stay up. Its container "{directory.name}-web-1" exited with code 5. Mend what its '
        "last lines say, then start it again:\nstarting\ncannot open the database"
    )
    assert states(engine, directory.name) == {"db": "running", "web": "exited"}


def test_command_that_does_not_exist_is_told(run: Run, directory: Path) -> None:
    rewrite(directory, "compose.yaml", lambda text: text.replace("build: .", "build: .\n    command: [nonsense]"))
    failure = run.failure(directory)
    assert str(failure).startswith('The service "web" could not be started. ')
    assert "nonsense" in str(failure)


def test_cancel_ends_a_pull_at_once(run: Run, directory: Path, registry: Registry, engine: DockerEngine) -> None:
    slow = registry.add_image("slow", [random_layer("slow", 512 * 1024)])
    registry.pause()
    rewrite(directory, "compose.yaml", lambda text: text.replace("build: .", f"image: {slow}"))
    outcomes: list[verbs.Outcome] = []
    worker = threading.Thread(target=lambda: outcomes.append(run.up(directory)))
    worker.start()
    deadline = time.monotonic() + 10
    while not any(event.kind is Kind.LAYER and event.current for event in run.events):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    began = time.monotonic()
    run.cancel.set()
    worker.join(5)
    assert time.monotonic() - began < 1.0
    assert outcomes[0].state == "cancelled"
    assert run.status(f"image:{slow}") is Status.WARNING
    assert states(engine, directory.name) == {}


def test_cancel_ends_a_build_at_once(run: Run, directory: Path, engine: DockerEngine) -> None:
    rewrite(directory, "Dockerfile", lambda text: text + "RUN echo working; sleep 1000\n")
    worker = threading.Thread(target=lambda: run.up(directory))
    worker.start()
    deadline = time.monotonic() + 20
    while not any("working" in event.output for event in run.events):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    began = time.monotonic()
    run.cancel.set()
    worker.join(5)
    assert time.monotonic() - began < 1.0
    assert run.status("build:web") is Status.WARNING
    assert engine.image(f"{directory.name}-web") is None


def test_image_is_pulled_layer_by_layer(run: Run, directory: Path, registry: Registry) -> None:
    layers = [random_layer(name, 64 * 1024) for name in ("one", "two", "three")]
    image = registry.add_image("layers", layers)
    rewrite(directory, "compose.yaml", lambda text: text.replace("build: .", f"image: {image}"))
    run.up(directory)
    pulled = next(task for task in Progress(run.events).images if task.name == image)
    assert pulled.status is Status.DONE
    assert len(pulled.children) == 3
    assert {layer.status for layer in pulled.children} == {Status.DONE}
    assert pulled.size > 3 * 60 * 1024


@pytest.mark.shared
def test_the_classic_tutorial_project_runs(
    run: Run, engine: DockerEngine, docker_client: docker.DockerClient, tmp_path: Path, project_name: str
) -> None:
    if not EXAMPLE.is_dir():
        pytest.skip(f"no {EXAMPLE}")
    if not all(engine.image(image) for image in ("redis:alpine", "python:3.7-alpine")):
        pytest.skip("the engine has neither redis:alpine nor python:3.7-alpine")
    directory = tmp_path / project_name
    directory.mkdir()
    for file in EXAMPLE.iterdir():
        (directory / file.name).write_bytes(file.read_bytes())
    rewrite(directory, "docker-compose.yaml", lambda text: text.replace("5000:5000", "26121:5000"))
    try:
        outcome = run.up(directory)
        assert (outcome.state, outcome.failures) == ("succeeded", ())
        build = Progress(run.events).builds[0]
        assert [step.number for step in build.children if step.kind is Kind.STEP] == list(range(1, 10))
        assert page("http://127.0.0.1:26121") == "Hello World! I have been seen 1 times.\n"
        assert page("http://127.0.0.1:26121") == "Hello World! I have been seen 2 times.\n"
        assert run.up(directory).state == "succeeded"
        assert page("http://127.0.0.1:26121") == "Hello World! I have been seen 3 times.\n"
    finally:
        verbs.down(project_name, None, engine, run.events.append, threading.Event(), verbs.DownOptions(timeout=0))
        remove_images(docker_client, f"{project_name}-")


def page(url: str) -> str:
    """Return the page, once the server in the container answers."""
    deadline = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
