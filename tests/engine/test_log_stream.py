"""What readers of logs rely on, true of a real engine and of the double that the other tests use."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol, cast

import docker
import pytest
from docker.errors import APIError
from docker.models.containers import Container as RealContainer

from projects.services.contract import Engine
from projects.services.engine import DockerEngine
from projects.services.log_frames import unix_seconds
from projects.services.log_store import stored_lines
from projects.services.logs import Logs, LogView
from tests.engine_door import EngineDoor
from tests.services.log_double import Container, LogEngine
from tests.services.log_viewing import Seen, see

# Prints what it is told to by files, so that a test decides when a line comes.
SHELL = "while :; do if [ -f /do ]; then sh /do; rm /do; fi; sleep 0.02; done"


class Printing(Protocol):
    """A container that a test makes print and exit."""

    id: str
    engine: Engine

    def print(self, *texts: str) -> None: ...
    def exit(self) -> None: ...
    def start(self) -> None: ...


class Double:
    def __init__(self, *, tty: bool) -> None:
        self.id = "double"
        engine = LogEngine()
        self._container = engine.containers[self.id] = Container(tty=tty)
        self.engine = cast(Engine, engine)

    def print(self, *texts: str) -> None:
        for text in texts:
            self._container.print(text)

    def exit(self) -> None:
        self._container.exit()

    def start(self) -> None:
        self._container.start()


class Real:
    def __init__(self, container: RealContainer, engine: DockerEngine) -> None:
        self._container = container
        self.id = str(container.id)
        self.engine: Engine = engine

    def print(self, *texts: str) -> None:
        script = "".join(f"echo {text}\n" for text in texts)
        code, _output = self._container.exec_run(
            ["sh", "-c", f"printf '%s' '{script}' > /todo; mv /todo /do; while [ -f /do ]; do sleep 0.01; done"]
        )
        assert code == 0

    def exit(self) -> None:
        self._container.kill()
        self._container.wait()

    def start(self) -> None:
        self._container.start()


Make = Callable[[bool], Printing]


@pytest.fixture(params=["real", "double"])
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    made: list[RealContainer] = []

    def real(tty: bool) -> Printing:
        client: docker.DockerClient = request.getfixturevalue("docker_client")
        image: str = request.getfixturevalue("busybox_image")
        container = client.containers.run(
            image, ["sh", "-c", SHELL], name=f"f-logs-{secrets.token_hex(4)}", tty=tty, detach=True, init=True
        )
        made.append(container)
        return Real(container, request.getfixturevalue("engine"))

    yield real if request.param == "real" else lambda tty: Double(tty=tty)
    for container in made:
        with suppress(APIError):
            container.remove(force=True)


@pytest.fixture(params=[False, True], ids=["pipes", "tty"])
def printing(request: pytest.FixtureRequest, make: Make) -> Printing:
    return make(request.param)


@pytest.fixture
async def logs(printing: Printing) -> AsyncIterator[Logs]:
    logs = Logs(lambda: printing.engine, grace=0.05)
    yield logs
    await logs.close()


async def lines_of(logs: Logs, container: str, *, tail: int | None = None, since: float | None = None) -> list[bytes]:
    return [line async for line in stored_lines(await logs.open(container, tail=tail, since=since))]


def texts(lines: list[bytes]) -> list[str]:
    return [line[31:].decode().rstrip("\r\n") for line in lines]


async def test_stored_lines_by_tail_and_by_time(printing: Printing, logs: Logs) -> None:
    await asyncio.to_thread(printing.print, "one")
    await asyncio.to_thread(printing.print, "two", "three")
    everything = await lines_of(logs, printing.id)
    assert texts(everything) == ["one", "two", "three"]
    assert texts(await lines_of(logs, printing.id, tail=2)) == ["two", "three"]
    # `since` includes the moment itself: whoever goes on after a line has to leave that line out.
    since = unix_seconds(everything[1][:30]) - 0.0001
    assert texts(await lines_of(logs, printing.id, since=since)) == ["two", "three"]


async def test_live_lines_come_and_an_exit_ends_the_stream(printing: Printing, logs: Logs) -> None:
    await asyncio.to_thread(printing.print, "before")
    view = LogView(logs)
    view.add(printing.id)
    seen = await see(view, quiet=0.3)
    await asyncio.to_thread(printing.print, "after")
    await see(view, seen, quiet=0.3)
    assert [text.rstrip() for text in seen.texts] == ["before", "after"]
    assert seen.ends == []
    await asyncio.to_thread(printing.exit)
    await see(view, seen, quiet=1)
    assert [end.problem for end in seen.ends] == [None]


async def test_a_started_container_goes_on_without_repeats(printing: Printing, logs: Logs) -> None:
    view = LogView(logs)
    view.add(printing.id)
    seen = Seen()
    await asyncio.to_thread(printing.print, "one", "two")
    await see(view, seen, quiet=0.3)
    await asyncio.to_thread(printing.exit)
    await see(view, seen, quiet=1)
    await asyncio.to_thread(printing.start)
    await asyncio.to_thread(printing.print, "three")
    logs.resume(printing.id)
    await see(view, seen, quiet=0.5)
    assert [text.rstrip() for text in seen.texts] == ["one", "two", "three"]


async def test_two_streams_are_told_apart_and_long_lines_come_whole(make: Make) -> None:
    printing = make(False)
    logs = Logs(lambda: printing.engine)
    await asyncio.to_thread(printing.print, "x" * 50_000, "after")
    assert [len(line) - 32 for line in await lines_of(logs, printing.id)] == [50_000, 5]
    await logs.close()


async def test_a_line_is_with_its_viewer_at_once(
    docker_client: docker.DockerClient, engine: DockerEngine, busybox_image: str
) -> None:
    container = docker_client.containers.run(
        busybox_image, ["sh", "-c", "sleep 0.5; while :; do echo line; sleep 0.05; done"], name="f-latency", detach=True
    )
    logs = Logs(lambda: engine)
    try:
        view = LogView(logs)
        delays: list[float] = []
        view.add(str(container.id), tail=0)
        while len(delays) < 20:
            piece = await asyncio.wait_for(view.next(), 10)
            delays.append(time.time() - unix_seconds(piece.data[8:38]))  # type: ignore[union-attr]
        assert sorted(delays)[10] < 0.05
    finally:
        await logs.close()
        container.remove(force=True)


async def test_nothing_follows_a_container_once_nobody_looks(
    docker_client: docker.DockerClient, busybox_image: str, tmp_path: Path
) -> None:
    container = docker_client.containers.run(busybox_image, ["sleep", "60"], name="f-unwatched", detach=True)
    door = EngineDoor(tmp_path / "docker.sock")
    door.open()
    engine = DockerEngine(door.address)
    logs = Logs(lambda: engine, grace=0.1)
    try:
        views = [LogView(logs) for _ in range(3)]
        for view in views:
            view.add(str(container.id))
        assert logs.followed() == {container.id}
        await asyncio.sleep(0.3)
        assert door.asking_for("/logs") == 1
        for view in views:
            await view.close()
        await asyncio.sleep(0.5)
        assert logs.followed() == frozenset()
        assert door.asking_for("/logs") == 0
    finally:
        await logs.close()
        engine.close()
        door.shut()
        container.remove(force=True)
