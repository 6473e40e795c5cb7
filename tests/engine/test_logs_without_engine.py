"""The engine goes away under those who follow logs, and comes back: they go on after the last line."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.models.containers import Container

from projects.operations.engines import kept
from projects.operations.live import stop_watching
from projects.operations.live_logs import stop_logs
from tests.conftest import remove_container
from tests.engine.log_socket import PATIENCE, Socket, labels_of
from tests.engine.own_engine import OwnEngine
from tests.engine.passage import Passage

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "f-away"
# Goes on counting where it was when it was ended: every number is printed once in its life.
COUNT = "n=$(cat /n 2>/dev/null || echo 0); while :; do n=$((n+1)); echo $n > /n; echo $n; sleep 0.05; done"
Follow = Callable[[str], Socket]


@pytest.fixture
async def follow(owner: bytes, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Follow]:
    """Make a page that follows the logs of the project on the engine at an address."""
    pages: list[Socket] = []

    def follow(address: str) -> Socket:
        monkeypatch.setenv("DOCKER_HOST", address)
        kept.cache_clear()
        pages.append(Socket(owner, NAME))
        return pages[0]

    yield follow
    for page in pages:
        await page.close()
    await stop_logs()
    await asyncio.to_thread(stop_watching)
    kept.cache_clear()


def run(client: docker.DockerClient, image: str, **options: Any) -> Container:
    labels = labels_of(NAME, "web")
    name = f"{NAME}-{secrets.token_hex(3)}"
    return client.containers.run(image, ["sh", "-c", COUNT], name=name, labels=labels, detach=True, **options)


@pytest.fixture
def counting(docker_client: docker.DockerClient, busybox_image: str) -> Iterator[Container]:
    container = run(docker_client, busybox_image, init=True)
    yield container
    remove_container(container)


def restarted(engine: OwnEngine) -> None:
    engine.stop()
    engine.start()


def numbers(page: Socket) -> list[int]:
    return [int(text) for _service, text in page.texts]


def engine_told(page: Socket) -> list[bool]:
    return [told["available"] for told in page.told if told["type"] == "engine"]


async def lines_later(page: Socket, count: int) -> None:
    enough = len(page.texts) + count
    await page.listen(lambda: len(page.texts) >= enough)


def assert_each_once(page: Socket) -> None:
    assert numbers(page) == list(range(numbers(page)[0], numbers(page)[-1] + 1))


async def test_whoever_follows_a_container_goes_on_after_a_restart_of_the_engine(
    follow: Follow, own_engine: OwnEngine
) -> None:
    container = await asyncio.to_thread(
        lambda: run(own_engine.client(), "own/busybox:1", restart_policy={"Name": "always"}, stop_signal="KILL")
    )
    page = await follow(own_engine.address).open()
    await lines_later(page, 20)
    restart = asyncio.create_task(asyncio.to_thread(restarted, own_engine))
    await page.listen(lambda: engine_told(page)[-1] is False)
    await restart
    await lines_later(page, 20)
    assert engine_told(page) == [True, False, True]
    assert_each_once(page)
    assert page.events()[-1][0] == "running"
    await asyncio.to_thread(container.remove, force=True)
    await page.listen(lambda: page.events()[-1][0] == "removed")


@pytest.mark.parametrize("seconds", [0.1, 4], ids=["a moment", "long"])
async def test_what_was_printed_while_the_engine_could_not_be_reached_comes_later(
    follow: Follow, counting: Container, tmp_path: Path, seconds: float
) -> None:
    passage = Passage(tmp_path / "engine.sock")
    passage.open()
    page = await follow(passage.address).open()
    await lines_later(page, 10)
    passage.block()
    await asyncio.sleep(seconds)
    passage.open()
    missed = int(seconds / 0.05)
    async with asyncio.timeout(PATIENCE):
        await lines_later(page, missed + 10)
    assert_each_once(page)
    assert page.events() == []
    passage.block()
