"""The websocket of the search, on a real engine's stored logs."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, suppress
from typing import Any
from urllib.parse import urlencode

import docker
import pytest
from channels.testing import WebsocketCommunicator
from docker.errors import APIError
from docker.models.containers import Container

from compose_ui.asgi import application
from projects.consumers.log_search import LogSearchConsumer
from projects.operations.live import stop_watching
from projects.operations.live_logs import live_logs, stop_logs
from projects.services.log_backwards import LogBackwards
from tests.engine.log_socket import labels_of

pytestmark = pytest.mark.django_db(transaction=True)
NAME = f"f-search-{secrets.token_hex(3)}"
PATIENCE = 30
LINES = 100_000
Run = Callable[..., Container]


@pytest.fixture(autouse=True)
async def stopped() -> AsyncIterator[None]:
    yield
    await stop_logs()
    await asyncio.to_thread(stop_watching)


@pytest.fixture
def run(docker_client: docker.DockerClient, busybox_image: str) -> Iterator[Run]:
    made: list[Container] = []

    def run(service: str, script: str, *, tty: bool = False) -> Container:
        labels = labels_of(NAME, service)
        name = f"{NAME}-{service}-1"
        container = docker_client.containers.create(
            busybox_image, ["sh", "-c", script], name=name, labels=labels, tty=tty
        )
        made.append(container)
        container.start()
        container.wait(timeout=60)
        return container

    yield run
    for container in made:
        with suppress(APIError):
            container.remove(force=True)


class Search:
    """A page that searches."""

    def __init__(self, cookies: bytes, **query: object) -> None:
        headers = [(b"host", b"testserver"), (b"origin", b"http://testserver"), (b"cookie", cookies)]
        address = f"/ws/projects/{NAME}/logs/search/?{urlencode(query, doseq=True)}"
        self.socket = WebsocketCommunicator(application, address, headers=headers)
        self.told: list[dict[str, Any]] = []

    async def listen(self, kind: str) -> dict[str, Any]:
        """Take what comes until something of a kind; the end of a search counts as ``end``."""
        while True:
            message = json.loads((await self.socket.receive_output(timeout=PATIENCE))["text"])
            self.told.append(message)
            if message["type"] == kind or (kind == "end" and message.get("reason")):
                found: dict[str, Any] = message
                return found

    def texts(self) -> list[str]:
        found = [hit for told in self.told if told["type"] == "hits" for hit in told["hits"]]
        return ["".join(hit["parts"]) for hit in found]


COUNTING = f"awk 'BEGIN{{for(i=1;i<={LINES};i++)printf \"line %d of a log that is long\\n\",i}}'"


async def test_all_of_a_long_log_is_searched_and_a_hit_shown_among_its_neighbours(owner: bytes, run: Run) -> None:
    await asyncio.to_thread(run, "web", COUNTING)
    page = Search(owner, find='"777 of"', service="web")
    began = time.monotonic()
    await page.socket.connect()
    end = await page.listen("end")
    print(f"{LINES / (time.monotonic() - began):,.0f} lines/s")
    assert (end["reason"], end["lines"], end["long_lines"]) == ("all", LINES, 0)
    numbers = [int(text.split()[1]) for text in page.texts()]
    assert numbers == list(range(LINES - 223, 0, -1000))
    ways = [told["back_to"] for told in page.told if told["type"] == "reached" and told["back_to"]]
    assert ways == sorted(ways, reverse=True)
    (source,) = (told["source"] for told in page.told if told["type"] == "source")
    oldest = [hit["stamp"] for told in page.told if told["type"] == "hits" for hit in told["hits"]][-1]
    await page.socket.send_to(text_data=json.dumps({"around": oldest, "source": source}))
    around = await page.listen("around")
    assert [int(line["text"].split()[1]) for line in around["lines"]] == list(range(758, 798))
    await page.socket.disconnect()


async def test_a_terminals_output_is_searched_too(owner: bytes, run: Run) -> None:
    await asyncio.to_thread(run, "web", "printf '\\033[31mERROR\\033[0m: a needle\\n'; seq 1 5000", tty=True)
    page = Search(owner, find="error needle")
    await page.socket.connect()
    end = await page.listen("end")
    assert page.texts() == ["ERROR: a needle"]
    assert end["lines"] == 5001
    await page.socket.disconnect()


async def test_a_search_goes_on_where_it_stopped(owner: bytes, run: Run) -> None:
    await asyncio.to_thread(run, "web", "seq 1 700")
    page = Search(owner, find=r"^\d+$", regex=1)
    await page.socket.connect()
    reasons = [(await page.listen("end"))["reason"]]
    while reasons[-1] != "all":
        await page.socket.send_to(text_data='{"more": true}')
        reasons.append((await page.listen("end"))["reason"])
    assert reasons == ["hits", "hits", "all"]
    assert page.texts() == [str(number) for number in range(700, 0, -1)]
    await page.socket.disconnect()


async def test_a_page_that_is_closed_ends_its_search(owner: bytes, run: Run) -> None:
    await asyncio.to_thread(run, "web", COUNTING)
    page = Search(owner, find="nothing of the kind")
    await page.socket.connect()
    await page.listen("source")
    await page.socket.disconnect()
    assert LogSearchConsumer.running == set()


async def test_windows_of_a_real_log_hold_every_line_once(owner: bytes, run: Run) -> None:
    container = await asyncio.to_thread(run, "web", "seq 1 30000; seq 30001 30100 >&2")
    assert container.id
    way = LogBackwards(live_logs().open, container.id)
    windows: list[list[bytes]] = []
    while not way.done:
        async with aclosing(way.window()) as batches:
            windows.append([line.text async for lines in batches for line in lines])
    seen = [int(text) for window in reversed(windows) for text in window]
    assert sorted(seen) == list(range(1, 30_101))
    assert len(windows) == 5
