"""A real engine goes away in the middle of things, and comes back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from projects.compose.events import Event, Kind, Status
from projects.compose.loader import load
from projects.compose.progress import Progress
from projects.services import patience, verbs
from projects.services.engine import DockerEngine
from projects.services.watcher import Watcher, state_in_words
from tests.engine.passage import Passage
from tests.registry import Registry, random_layer


@pytest.fixture
def passage(tmp_path: Path, engine: DockerEngine) -> Iterator[Passage]:
    passage = Passage(tmp_path / "engine.sock", engine.address.removeprefix("unix://"))
    passage.open()
    yield passage
    passage.block()


def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def test_up_waits_for_the_engine_and_goes_on(
    passage: Passage,
    registry: Registry,
    busybox_rootfs: bytes,
    project_name: str,
    tmp_path: Path,
    engine: DockerEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "PAUSE", 0.1)
    image = registry.add_image("away", [busybox_rootfs, random_layer("away", 512 * 1024)])
    directory = tmp_path / project_name
    directory.mkdir()
    service = f"image: {image}, command: [sleep, '1000'], stop_signal: SIGKILL"
    (directory / "compose.yaml").write_text(f"services: {{web: {{{service}}}}}\n")
    registry.pause()
    events: list[Event] = []
    outcomes: list[verbs.Outcome] = []
    application = load(str(directory), environment={}).application

    def bring_up() -> None:
        outcomes.append(verbs.up(application, DockerEngine(passage.address), events.append, threading.Event()))

    worker = threading.Thread(target=bring_up)
    worker.start()
    until(lambda: any(event.kind is Kind.LAYER and event.current for event in events))
    passage.block()
    until(lambda: any(event.kind is Kind.OPERATION for event in events))
    registry.resume()
    passage.open()
    worker.join(30)
    assert outcomes[0].state == "succeeded"
    assert [container.state for container in engine.containers(project=project_name)] == ["running"]
    told = [str(event.message) for event in events if event.kind is Kind.OPERATION]
    assert told[0].startswith("The engine does not answer; waiting for it.")
    assert told[-1] == "The engine answers again; the work goes on."
    assert {task.status for task in Progress(events).tasks} == {Status.DONE}


def test_picture_is_right_again_after_the_engine_was_away(
    passage: Passage, engine: DockerEngine, busybox_image: str, project_name: str
) -> None:
    labels = {"com.docker.compose.project": project_name, "com.docker.compose.service": "web"}
    body = {"Image": busybox_image, "Cmd": ["sleep", "1000"], "Labels": labels, "StopSignal": "SIGKILL"}
    container = engine.create_container(f"{project_name}-web-1", body)
    watcher = Watcher(lambda: DockerEngine(passage.address))

    def words() -> str:
        project = watcher.picture().projects.get(project_name)
        return str(state_in_words(project.containers)) if project else ""

    watcher.start()
    try:
        assert watcher.picture().engine.available
        assert words() == "1 created"
        engine.start(container)
        until(lambda: words() == "1 running", seconds=2)
        engine.stop(container)
        until(lambda: words() == "1 exited (137)", seconds=5)
        passage.block()
        until(lambda: not watcher.picture().engine.available)
        assert passage.address in str(watcher.picture().engine.problem)
        engine.start(container)
        passage.open()
        until(lambda: watcher.picture().engine.available)
        assert words() == "1 running"
    finally:
        watcher.stop()
