"""One stream of figures a container, shared by all who look, on a real engine; and the websocket that sends them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import docker
import pytest
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.test import Client
from docker.errors import APIError
from docker.models.containers import Container

from compose_ui.asgi import application
from projects.consumers.acknowledged import AcknowledgedConsumer, acknowledged_number
from projects.consumers.stats import wanted_seconds
from projects.models import Membership, Project, Role
from projects.operations.live import stop_watching
from projects.operations.live_stats import live_stats, stop_stats
from projects.services.engine import DockerEngine
from projects.services.stats import GRACE_SECONDS, Stats, StatsView
from projects.services.streams import RawStream
from tests.engine_door import EngineDoor

PATIENCE = 30.0
Run = Callable[..., Container]


class Counting(DockerEngine):
    """The engine, counting the streams that were opened and those that are open."""

    def __init__(self) -> None:
        super().__init__()
        self.streams: list[RawStream] = []

    def open_stats_stream(self, container: str) -> RawStream:
        stream = super().open_stats_stream(container)
        self.streams.append(stream)
        return stream

    def still_open(self) -> int:
        return sum(not stream._exchange.closed for stream in self.streams)


@pytest.fixture
def run(docker_client: docker.DockerClient, busybox_image: str, project_name: str) -> Iterator[Run]:
    made: list[Container] = []

    def run(service: str, script: str = "sleep 600") -> Container:
        labels = {
            "com.docker.compose.project": project_name,
            "com.docker.compose.service": service,
            "com.docker.compose.container-number": "1",
            "com.docker.compose.oneoff": "False",
        }
        name = f"{project_name}-{service}-1"
        made.append(
            docker_client.containers.run(busybox_image, ["sh", "-c", script], name=name, labels=labels, detach=True)
        )
        return made[-1]

    yield run
    for container in made:
        with suppress(APIError):
            container.remove(force=True)


async def until(holds: Callable[[], object]) -> None:
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while not holds():
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.02)


async def test_two_viewers_share_one_stream_that_ends_after_the_last_has_left(run: Run) -> None:
    container = str((await asyncio.to_thread(run, "web")).id)
    engine = await asyncio.to_thread(Counting)
    stats = Stats(lambda: engine, grace=0.3)
    woken = {"one": 0, "other": 0}

    def wake(name: str) -> Callable[[], None]:
        return lambda: woken.update({name: woken[name] + 1})

    one, other = StatsView(stats, wake("one")), StatsView(stats, wake("other"))
    one.show([container])
    other.show([container])
    await until(lambda: min(woken.values()) >= 2)
    assert (len(engine.streams), engine.still_open()) == (1, 1)
    one.close()
    await asyncio.sleep(0.6)
    assert engine.still_open() == 1
    other.close()
    await until(lambda: engine.still_open() == 0)
    assert stats.followed() == frozenset()
    stats.close()
    engine.close()


async def test_what_was_measured_is_there_for_the_next_viewer(run: Run) -> None:
    container = str((await asyncio.to_thread(run, "web")).id)
    engine = await asyncio.to_thread(Counting)
    stats = Stats(lambda: engine, grace=0.0)
    view = StatsView(stats, lambda: None)
    view.show([container])
    await until(lambda: view.meters[container].history.after(0))
    measured = view.meters[container].history.after(0)
    view.close()
    await until(lambda: not stats.followed())
    view.show([container])
    assert view.meters[container].history.after(0) == measured
    stats.close()
    engine.close()


async def test_memory_and_cpu_are_told_and_a_stopped_container_is_no_longer(run: Run) -> None:
    container = await asyncio.to_thread(run, "web", "while :; do :; done")
    engine = await asyncio.to_thread(Counting)
    stats = Stats(lambda: engine)
    view = StatsView(stats, lambda: None)
    view.show([str(container.id)])
    meter = view.meters[str(container.id)]
    await until(lambda: meter.newest and meter.newest.usage.cpu)
    assert meter.newest is not None
    assert meter.newest.usage.cpu is not None
    assert 5 < meter.newest.usage.cpu < 150
    assert meter.newest.usage.memory > 0
    await asyncio.to_thread(container.kill)
    await until(lambda: meter.newest is None)
    stats.close()
    engine.close()


async def test_an_engine_that_goes_away_is_measured_again_when_it_comes_back(run: Run, tmp_path: Path) -> None:
    container = str((await asyncio.to_thread(run, "web")).id)
    door = EngineDoor(tmp_path / "docker.sock")
    door.open()
    engine = await asyncio.to_thread(DockerEngine, door.address)
    stats = Stats(lambda: engine, grace=0.0)
    view = StatsView(stats, lambda: None)
    view.show([container])
    meter = view.meters[container]
    await until(lambda: meter.newest)
    assert door.asking_for("/stats") == 1
    door.shut()
    await until(lambda: meter.newest is None)
    door.open()
    await until(lambda: meter.newest)
    view.close()
    await until(lambda: door.asking_for("/stats") == 0)
    stats.close()
    door.shut()


class Socket:
    """A page that shows what a project uses."""

    def __init__(self, cookies: bytes, project: str, query: str = "") -> None:
        headers = [(b"host", b"testserver"), (b"origin", b"http://testserver"), (b"cookie", cookies)]
        self.socket = WebsocketCommunicator(application, f"/ws/projects/{project}/stats/{query}", headers=headers)
        self.told: list[dict[str, Any]] = []

    async def listen(self, until: Callable[[], object], *, acknowledge: bool = True) -> None:
        while not until():
            told = json.loads(await self.socket.receive_from(timeout=PATIENCE))
            self.told.append(told)
            if acknowledge and told["type"] == "figures":
                await self.socket.send_to(text_data=json.dumps({"ack": told["n"]}))

    def figures(self) -> list[dict[str, Any]]:
        return [told for told in self.told if told["type"] == "figures"]

    def containers(self) -> dict[str, bool]:
        """Return which containers of the last list run, by service."""
        last = [told for told in self.told if told["type"] == "containers"][-1]
        return {container["service"]: container["running"] for container in last["containers"]}


def cookies_of(person: User) -> bytes:
    client = Client()
    client.force_login(person)
    return client.cookies.output(header="", sep=";").encode()


@pytest.fixture
def viewer(transactional_db: None, tmp_path: Path, project_name: str) -> bytes:
    """The cookies of somebody who may only look at the project."""
    person = User.objects.create_user("f-viewer")
    project = Project.objects.create(name=project_name, directory=str(tmp_path))
    Membership.objects.create(project=project, user=person, role=Role.VIEWER)
    return cookies_of(person)


@pytest.fixture
async def cleared() -> AsyncIterator[None]:
    """Nothing goes on measuring after the test."""
    yield
    stop_stats()
    await asyncio.to_thread(stop_watching)


async def test_a_page_is_told_every_second_and_of_containers_that_come_and_stop(
    viewer: bytes, run: Run, project_name: str, cleared: None
) -> None:
    web = await asyncio.to_thread(run, "web")
    page = Socket(viewer, project_name)
    await page.socket.connect()
    await page.listen(lambda: len(page.figures()) >= 3)
    assert page.containers() == {"web": True}
    newest = page.figures()[-1]["now"][str(web.id)[:12]]
    assert len(newest) == 13
    assert newest[1] is not None
    assert newest[2] > 0
    assert newest[12] >= 1
    await asyncio.to_thread(run, "db")
    await page.listen(lambda: page.containers() == {"web": True, "db": True})
    await page.listen(lambda: len(page.figures()[-1]["now"]) == 2)
    await asyncio.to_thread(web.kill)
    await page.listen(lambda: page.containers() == {"web": False, "db": True})
    await page.listen(lambda: len(page.figures()[-1]["now"]) == 1)
    await page.socket.disconnect()


async def test_a_second_page_is_sent_the_past_and_nothing_is_measured_when_both_are_closed(
    viewer: bytes, run: Run, project_name: str, cleared: None
) -> None:
    await asyncio.to_thread(run, "web")
    first, second = Socket(viewer, project_name), Socket(viewer, project_name)
    await first.socket.connect()
    await first.listen(lambda: any(told["points"] for told in first.figures()))
    await second.socket.connect()
    await second.listen(lambda: second.figures())
    assert [list(told["points"].values()) for told in second.figures()] == [
        list(first.figures()[-1]["points"].values())
    ]
    assert len(live_stats().followed()) == 1
    await first.socket.disconnect()
    await second.socket.disconnect()
    await asyncio.sleep(GRACE_SECONDS + 0.5)
    assert live_stats().followed() == frozenset()


async def test_what_a_stopped_container_used_is_still_sent_to_who_comes_later(
    viewer: bytes, run: Run, project_name: str, cleared: None
) -> None:
    web = await asyncio.to_thread(run, "web")
    first, second = Socket(viewer, project_name), Socket(viewer, project_name)
    await first.socket.connect()
    await first.listen(lambda: any(told["points"] for told in first.figures()))
    await asyncio.to_thread(web.kill)
    await first.listen(lambda: first.containers() == {"web": False})
    await first.socket.disconnect()
    await second.socket.connect()
    await second.listen(lambda: second.figures())
    assert second.figures()[0]["points"].keys() == {str(web.id)[:12]}
    assert second.figures()[0]["now"] == {}
    await second.socket.disconnect()


async def test_a_page_that_does_not_acknowledge_is_sent_no_more_and_later_what_it_missed(
    viewer: bytes, run: Run, project_name: str, cleared: None
) -> None:
    await asyncio.to_thread(run, "web")
    page = Socket(viewer, project_name)
    await page.socket.connect()
    await page.listen(lambda: len(page.figures()) == AcknowledgedConsumer.most_ahead, acknowledge=False)
    assert await page.socket.receive_nothing(timeout=8, interval=0.1)
    seen = {told["n"] for told in page.figures()}
    await page.socket.send_to(text_data=json.dumps({"ack": max(seen)}))
    await page.listen(lambda: len(page.figures()) > AcknowledgedConsumer.most_ahead)
    assert any(page.figures()[-1]["points"].values())
    await page.socket.disconnect()


async def test_whoever_may_no_longer_look_is_sent_away(
    viewer: bytes, run: Run, project_name: str, cleared: None
) -> None:
    await asyncio.to_thread(run, "web")
    page = Socket(viewer, project_name)
    await page.socket.connect()
    await page.listen(lambda: page.figures())
    await asyncio.to_thread(Membership.objects.all().delete)
    closed = None
    while closed is None:
        message = await page.socket.receive_output(timeout=PATIENCE)
        closed = message.get("code") if message["type"] == "websocket.close" else None
    assert closed == 4404
    await page.socket.disconnect()
    await asyncio.sleep(GRACE_SECONDS + 0.5)
    assert live_stats().followed() == frozenset()


@pytest.mark.parametrize(
    ("query", "seconds"),
    [("", 3600), ("seconds=300", 300), ("seconds=99999", 3600), ("seconds=-1", 3600), ("seconds=x", 3600)],
)
def test_how_much_of_the_past_is_wanted(query: str, seconds: int) -> None:
    assert wanted_seconds(query) == seconds


@pytest.mark.parametrize("text", ["", "{", "[]", '{"ack": "1"}', '{"ack": 1' + " " * 200 + "}", '{"other": 1}'])
def test_what_is_no_acknowledgement_is_none(text: str) -> None:
    assert acknowledged_number(text) is None
