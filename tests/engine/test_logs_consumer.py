"""The websocket of the logs, on a real engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress

import docker
import pytest
from docker.errors import APIError
from docker.models.containers import Container

from projects.consumers.logs import WINDOW
from projects.operations.live import stop_watching
from projects.operations.live_logs import live_logs, stop_logs
from projects.services.logs import GRACE_SECONDS
from tests.engine.log_socket import Socket, labels_of

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "f-consumer"
Run = Callable[[str, str], Container]


@pytest.fixture
async def sockets() -> AsyncIterator[list[Socket]]:
    sockets: list[Socket] = []
    yield sockets
    for socket in sockets:
        await socket.close()
    await stop_logs()
    await asyncio.to_thread(stop_watching)


@pytest.fixture
def run(docker_client: docker.DockerClient, busybox_image: str) -> Iterator[Run]:
    made: list[Container] = []

    def run(service: str, script: str) -> Container:
        labels = labels_of(NAME, service)
        container = docker_client.containers.run(
            busybox_image, ["sh", "-c", script], name=f"{NAME}-{service}-1", labels=labels, detach=True, init=True
        )
        made.append(container)
        return container

    yield run
    for container in made:
        with suppress(APIError):
            container.remove(force=True)


async def test_all_services_come_over_one_websocket_and_later_ones_join(
    owner: bytes, run: Run, sockets: list[Socket]
) -> None:
    await asyncio.to_thread(run, "web", "echo hello; sleep 60")
    page = await Socket(owner, NAME).open()
    sockets.append(page)
    await page.listen(lambda: page.texts == [("web", "hello")])
    assert [told["type"] for told in page.told] == ["engine", "ready", "source"]
    await asyncio.to_thread(run, "db", "echo ready; echo oops >&2; sleep 60")
    # The engine reads the two streams of a container side by side: their order is not certain.
    await page.listen(lambda: sorted(page.texts[1:]) == [("db", "oops"), ("db", "ready")])


async def test_an_exit_is_told_with_its_code_after_the_last_line(owner: bytes, run: Run, sockets: list[Socket]) -> None:
    page = await Socket(owner, NAME).open()
    sockets.append(page)
    await page.listen(page.is_ready)
    container = await asyncio.to_thread(run, "job", "sleep 0.5; echo last words; exit 3")
    await page.listen(lambda: ("exited", 3) in page.events())
    assert page.texts == [("job", "last words")]
    page.told = [told for told in page.told if told["type"] == "source"]
    await asyncio.to_thread(container.start)
    await page.listen(lambda: ("exited", 3) in page.events())
    assert page.texts == [("job", "last words")] * 2
    await asyncio.to_thread(container.remove, force=True)
    await page.listen(lambda: any(what == "removed" for what, _code in page.events()))


async def test_some_services_and_some_lines_only(owner: bytes, run: Run, sockets: list[Socket]) -> None:
    await asyncio.to_thread(run, "web", "seq 1 50; echo end; sleep 60")
    await asyncio.to_thread(run, "db", "echo not asked for; sleep 60")
    await asyncio.sleep(1)
    page = await Socket(owner, NAME, service="web", tail=3).open()
    sockets.append(page)
    await page.listen(lambda: ("web", "end") in page.texts)
    assert page.texts == [("web", "49"), ("web", "50"), ("web", "end")]
    assert await page.is_quiet()


async def test_a_page_that_does_not_acknowledge_is_sent_only_so_much(
    owner: bytes, run: Run, sockets: list[Socket]
) -> None:
    lines = 50_000
    await asyncio.to_thread(run, "web", f"awk 'BEGIN{{for(i=1;i<={lines};i++)printf \"%040d\\n\",i}}'; sleep 60")
    page = await Socket(owner, NAME, tail="all").open()
    sockets.append(page)
    await page.listen(lambda: page.received >= WINDOW, acknowledge=False)
    assert await page.is_quiet()
    assert page.received < WINDOW + 256 * 1024
    await page.acknowledge()
    await page.listen(lambda: page.lines >= lines)
    assert [int(text) for _service, text in page.texts] == list(range(1, lines + 1))


async def test_a_page_that_is_closed_leaves_no_reader(owner: bytes, run: Run, sockets: list[Socket]) -> None:
    container = await asyncio.to_thread(run, "web", "echo hello; sleep 60")
    page = await Socket(owner, NAME).open()
    await page.listen(lambda: page.texts == [("web", "hello")])
    assert live_logs().followed() == {container.id}
    await page.close()
    await asyncio.sleep(GRACE_SECONDS + 0.5)
    assert live_logs().followed() == frozenset()
