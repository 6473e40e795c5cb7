"""An engine that is really restarted, in the middle of an `up`."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from projects.compose.events import Event
from projects.compose.loader import load
from projects.services import verbs
from projects.services.engine import DockerEngine
from tests.engine.own_engine import OwnEngine

SERVICES = 12
IMAGE = "own/busybox:1"


def files() -> str:
    services = "".join(
        f"  s{number}: {{image: '{IMAGE}', command: sleep 1000, stop_signal: KILL, volumes: ['v{number}:/v']}}\n"
        for number in range(SERVICES)
    )
    volumes = "".join(f"  v{number}: {{}}\n" for number in range(SERVICES))
    # It is not done before the engine is gone: one is waited for until it is healthy.
    services += (
        f"  last: {{image: '{IMAGE}', command: sleep 1000, stop_signal: KILL,"
        " depends_on: {slow: {condition: service_healthy}}}\n"
        f"  slow: {{image: '{IMAGE}', command: sleep 1000, stop_signal: KILL,"
        " healthcheck: {test: 'true', interval: 5s}}\n"
    )
    return f"name: restarted\nservices:\n{services}volumes:\n{volumes}"


@pytest.mark.parametrize("word", ["Created", "Started"])
def test_an_up_survives_a_restart_of_the_engine(own_engine: OwnEngine, tmp_path: Path, word: str) -> None:
    names = [*(f"s{number}" for number in range(SERVICES)), "last", "slow"]
    (tmp_path / "compose.yaml").write_text(files())
    application = load(str(tmp_path), environment={}).application
    seen: list[Event] = []
    reached = threading.Event()

    def emit(event: Event) -> None:
        seen.append(event)
        if sum(each.text == word and each.id.startswith("container:") for each in seen) >= 3:
            reached.set()

    outcomes: list[verbs.Outcome] = []
    engine = DockerEngine(own_engine.address)
    options = verbs.UpOptions(settle=False)
    work = threading.Thread(
        target=lambda: outcomes.append(verbs.up(application, engine, emit, threading.Event(), options))
    )
    work.start()
    assert reached.wait(60)
    own_engine.stop()
    own_engine.start()
    work.join(120)

    (outcome,) = outcomes
    assert [str(each) for each in outcome.failures] == []
    assert outcome.state == "succeeded"
    containers = own_engine.client().containers.list(all=True)
    assert sorted((c.name, c.status) for c in containers) == sorted(
        (f"restarted-{name}-1", "running") for name in names
    )
    ids = {c.id for c in containers}
    again = verbs.up(application, engine, lambda event: None, threading.Event(), options)
    assert again.state == "succeeded"
    assert {c.id for c in own_engine.client().containers.list(all=True)} == ids
    down = verbs.down(
        "restarted", application, engine, lambda event: None, threading.Event(), verbs.DownOptions(volumes=True)
    )
    assert down.state == "succeeded"
    client = own_engine.client()
    assert (client.containers.list(all=True), client.volumes.list()) == ([], [])
