"""The tests' own registry does to a real engine what the tests rely on."""

from __future__ import annotations

import time

import docker
import pytest
from docker.errors import NotFound

from tests.registry import Registry, random_layer

SIZE = 256 * 1024


def test_an_engine_pulls_and_runs_what_the_registry_offers(
    docker_client: docker.DockerClient, busybox_image: str
) -> None:
    output = docker_client.containers.run(busybox_image, ["echo", "hello"], remove=True)
    assert output == b"hello\n"


def test_a_throttled_layer_takes_the_time_it_should(docker_client: docker.DockerClient, registry: Registry) -> None:
    reference = registry.add_image("slow", [random_layer("slow", SIZE)])
    registry.bytes_per_second = SIZE
    began = time.monotonic()
    docker_client.images.pull(reference)
    assert time.monotonic() - began > 0.9


def test_a_paused_pull_ends_when_it_is_resumed(docker_client: docker.DockerClient, registry: Registry) -> None:
    reference = registry.add_image("paused", [random_layer("paused", SIZE)])
    registry.pause()
    messages = docker_client.api.pull(reference, stream=True, decode=True)
    moving = next(message for message in messages if message.get("progressDetail"))
    assert 0 < moving["progressDetail"]["current"] < SIZE
    registry.resume()
    assert not [message for message in messages if "error" in message]
    assert docker_client.images.get(reference)


def test_a_missing_image_is_not_found(docker_client: docker.DockerClient, registry: Registry) -> None:
    with pytest.raises(NotFound):
        docker_client.images.pull(f"{registry.address}/missing")


def test_a_cut_connection_is_taken_up_again_where_it_ended(
    docker_client: docker.DockerClient, registry: Registry
) -> None:
    reference = registry.add_image("cut", [random_layer("cut", SIZE)])
    registry.cut_after = SIZE // 2
    messages = docker_client.api.pull(reference, stream=True, decode=True)
    assert next(message for message in messages if message["status"].startswith("Retrying in"))
    registry.cut_after = None
    assert not [message for message in messages if "error" in message]
    assert docker_client.images.get(reference)
