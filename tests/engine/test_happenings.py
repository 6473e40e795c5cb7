"""The events of a project on a real engine: those of the last hour and those that come, over a websocket."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.test import Client

from compose_ui.asgi import application
from projects.compose.happenings import Happening
from projects.models import Membership, Project, Role
from projects.operations.live import stop_watching
from projects.services.engine import DockerEngine
from projects.services.happenings import Happenings
from tests.engine_door import EngineDoor

PATIENCE = 30.0


class Life:
    """A container of the project with a network, whose life is told by the engine."""

    def __init__(self, client: docker.DockerClient, project: str, image: str) -> None:
        self.client, self.project = client, project
        self.network = client.networks.create(f"{project}_net", labels={"com.docker.compose.project": project})
        self.container = client.containers.create(
            image,
            ["sh", "-c", "exit 3"],
            name=f"{project}-job-1",
            network=self.network.name,
            labels={"com.docker.compose.project": project, "com.docker.compose.service": "job"},
        )

    def run(self) -> None:
        self.container.start()
        self.container.wait()

    def end(self) -> None:
        self.container.remove(force=True)
        self.network.remove()


@pytest.fixture
def live(docker_client: docker.DockerClient, busybox_image: str, project_name: str) -> Callable[[], Life]:
    return lambda: Life(docker_client, project_name, busybox_image)


@pytest.fixture
def happenings() -> Iterator[Happenings]:
    yield Happenings(DockerEngine)
    deadline = time.monotonic() + PATIENCE
    while any(thread.name == "happenings" for thread in threading.enumerate()):
        assert time.monotonic() < deadline, "the events are still followed"
        time.sleep(0.02)


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def of(found: list[Happening], project: str) -> list[str]:
    return [each.action for each in found if each.project == project]


def test_stored_events_come_first_and_then_what_happens(
    live: Callable[[], Life], happenings: Happenings, project_name: str
) -> None:
    life = live()
    leave = happenings.listen(lambda: None)
    until(lambda: of(happenings.after(0)[1], project_name) == ["create"])
    seen, _ = happenings.after(0)
    life.run()
    until(lambda: of(happenings.after(seen)[1], project_name) == ["start", "die"])
    died = [each for each in happenings.after(seen)[1] if each.action == "die" and each.project == project_name]
    assert died[0].exit_code == 3
    life.end()
    leave()


def test_what_happens_while_nobody_listens_is_told_to_the_next_and_nothing_twice(
    live: Callable[[], Life], happenings: Happenings, project_name: str
) -> None:
    life = live()
    first = happenings.listen(lambda: None)
    until(lambda: "create" in of(happenings.after(0)[1], project_name))
    first()
    life.run()
    second = happenings.listen(lambda: None)
    until(lambda: of(happenings.after(0)[1], project_name) == ["create", "start", "die"])
    life.end()
    until(lambda: of(happenings.after(0)[1], project_name)[-1] == "destroy")
    assert of(happenings.after(0)[1], project_name) == ["create", "start", "die", "destroy"]
    second()


def test_an_engine_that_goes_away_is_asked_for_what_was_missed(
    live: Callable[[], Life], project_name: str, tmp_path: Path
) -> None:
    door = EngineDoor(tmp_path / "docker.sock")
    door.open()
    happenings = Happenings(lambda: DockerEngine(door.address))
    leave = happenings.listen(lambda: None)
    life = live()
    until(lambda: "create" in of(happenings.after(0)[1], project_name))
    door.shut()
    life.run()
    door.open()
    until(lambda: of(happenings.after(0)[1], project_name) == ["create", "start", "die"])
    leave()
    door.shut()
    life.end()


class Socket:
    """A page that shows the events of a project."""

    def __init__(self, cookies: bytes, project: str) -> None:
        headers = [(b"host", b"testserver"), (b"origin", b"http://testserver"), (b"cookie", cookies)]
        self.socket = WebsocketCommunicator(application, f"/ws/projects/{project}/events/", headers=headers)
        self.events: list[dict[str, Any]] = []

    async def listen(self, until: Callable[[], object]) -> None:
        while not until():
            told = json.loads(await self.socket.receive_from(timeout=PATIENCE))
            self.events += told["events"]
            await self.socket.send_to(text_data=json.dumps({"ack": told["n"]}))

    def words(self) -> list[str]:
        return [event["words"] for event in self.events]


@pytest.fixture
def viewer(transactional_db: None, tmp_path: Path, project_name: str) -> bytes:
    """The cookies of somebody who may only look at the project."""
    person = User.objects.create_user("f-viewer")
    project = Project.objects.create(name=project_name, directory=str(tmp_path))
    Membership.objects.create(project=project, user=person, role=Role.VIEWER)
    client = Client()
    client.force_login(person)
    return client.cookies.output(header="", sep=";").encode()


@pytest.fixture
async def cleared() -> AsyncIterator[None]:
    yield
    await asyncio.to_thread(stop_watching)


async def test_a_page_is_told_what_happened_and_what_happens_in_words(
    viewer: bytes, live: Callable[[], Life], project_name: str, cleared: None
) -> None:
    life = await asyncio.to_thread(live)
    page = Socket(viewer, project_name)
    await page.socket.connect()
    await page.listen(lambda: "Container created" in page.words())
    assert f"Network {project_name}_net created" in page.words()
    await asyncio.to_thread(life.run)
    await page.listen(lambda: "Container exited with code 3" in page.words())
    exited = next(event for event in page.events if event["words"] == "Container exited with code 3")
    assert (exited["weight"], exited["service"], exited["container"]) == ("bad", "job", f"{project_name}-job-1")
    connected = next(event for event in page.events if event["words"].startswith("Connected to network"))
    assert (connected["topic"], connected["service"]) == ("network", "job")
    await asyncio.to_thread(life.end)
    await page.listen(lambda: f"Network {project_name}_net removed" in page.words())
    assert len(page.words()) == len({(event["at"], event["words"]) for event in page.events})
    await page.socket.disconnect()


async def test_another_projects_events_are_not_told(
    viewer: bytes, docker_client: docker.DockerClient, busybox_image: str, project_name: str, cleared: None
) -> None:
    page = Socket(viewer, project_name)
    await page.socket.connect()
    await page.listen(lambda: True)
    other = await asyncio.to_thread(Life, docker_client, f"{project_name}b", busybox_image)
    await asyncio.to_thread(other.run)
    await asyncio.to_thread(other.end)
    mine = await asyncio.to_thread(Life, docker_client, project_name, busybox_image)
    await page.listen(lambda: "Container created" in page.words())
    assert {event["container"] for event in page.events} <= {"", f"{project_name}-job-1"}
    assert not [words for words in page.words() if f"{project_name}b" in words]
    await asyncio.to_thread(mine.end)
    await page.socket.disconnect()
