"""The verbs over files and an engine, both in memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from projects.compose import plan_start
from projects.compose.errors import ComposeFileError, ContainerLost, EngineUnavailable, ImageNotFound, PortTaken
from projects.compose.events import Event, Kind, Status
from projects.compose.loader import load
from projects.compose.model import Application
from projects.compose.plan_options import BuildOptions, RunOptions
from projects.compose.progress import Progress
from projects.services import image_verbs, oneoff, patience, refusals, verbs
from tests.fakes.engine import FakeEngine
from tests.fakes.exchange import FakeExchange

STOPPING = "failed to update store for object type *libnetwork.endpoint: open : no such file or directory"
LOST = "id already in use"
TWO_SERVICES = """
services:
  web:
    image: web:1
    command: sh -c "sleep 9"
    depends_on: [db]
    volumes: ["data:/data"]
  db:
    image: db:1
    command: sh -c "sleep 9"
volumes:
  data:
"""


def application(text: str = TWO_SERVICES) -> Application:
    files: Mapping[str, bytes] = {"/demo/compose.yaml": text.encode()}

    def read_file(path: str) -> bytes:
        try:
            return files[path]
        except KeyError:
            raise FileNotFoundError(path) from None

    return load("/demo", environment={}, read_file=read_file).application


@pytest.fixture(autouse=True)
def short_settling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_start, "SETTLE_SECONDS", 0.05)


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine("web:1", "db:1")


@pytest.fixture
def events() -> list[Event]:
    return []


def up(engine: FakeEngine, events: list[Event], text: str = TWO_SERVICES) -> verbs.Outcome:
    return verbs.up(application(text), engine, events.append, threading.Event())


def states(engine: FakeEngine) -> dict[str, str]:
    return {container.name: container.state for container in engine.containers(project="demo")}


def test_up_makes_all_and_starts_it_in_order(engine: FakeEngine, events: list[Event]) -> None:
    outcome = up(engine, events)
    assert (outcome.state, outcome.failures, outcome.warnings) == ("succeeded", (), ())
    assert states(engine) == {"demo-db-1": "running", "demo-web-1": "running"}
    assert [network.name for network in engine.networks("demo")] == ["demo_default"]
    assert [volume.name for volume in engine.volumes("demo")] == ["demo_data"]
    assert engine.calls.index("start demo-db-1") < engine.calls.index("start demo-web-1")


def test_unchanged_up_is_a_no_op(engine: FakeEngine, events: list[Event]) -> None:
    up(engine, events)
    engine.calls.clear()
    began = time.monotonic()
    assert up(engine, []).state == "succeeded"
    assert time.monotonic() - began < 0.5
    assert set(engine.calls) <= {"containers", "networks", "volumes", "image web:1", "image db:1"}


def test_up_begins_nothing_final_for_the_operation(engine: FakeEngine, events: list[Event]) -> None:
    up(engine, events)
    assert not [event for event in events if event.kind is Kind.OPERATION and event.final]
    assert all(task.final for task in Progress(events).tasks)


def test_image_that_cannot_be_had_leaves_the_other_services_unharmed(events: list[Event]) -> None:
    engine = FakeEngine("db:1")
    outcome = up(engine, events)
    assert outcome.state == "failed"
    (failure,) = outcome.failures
    assert isinstance(failure, ImageNotFound)
    assert failure.service == "web"
    assert states(engine) == {"demo-db-1": "running"}
    assert Progress(events).task("container:demo-web-1").status is Status.SKIPPED  # type: ignore[union-attr]


def test_running_service_is_left_alone_when_its_new_image_cannot_be_had(
    engine: FakeEngine, events: list[Event]
) -> None:
    up(engine, events)
    outcome = up(engine, events, TWO_SERVICES.replace("web:1", "web:2"))
    assert outcome.state == "failed"
    assert states(engine) == {"demo-db-1": "running", "demo-web-1": "running"}


def test_down_removes_all_but_volumes(engine: FakeEngine, events: list[Event]) -> None:
    up(engine, events)
    outcome = verbs.down("demo", application(), engine, events.append, threading.Event())
    assert outcome.state == "succeeded"
    assert (engine.containers(project="demo"), engine.networks("demo")) == ((), ())
    assert [volume.name for volume in engine.volumes("demo")] == ["demo_data"]


def test_down_without_files_goes_by_the_labels(engine: FakeEngine, events: list[Event]) -> None:
    up(engine, events)
    options = verbs.DownOptions(volumes=True)
    assert verbs.down("demo", None, engine, events.append, threading.Event(), options).state == "succeeded"
    assert (engine.containers(project="demo"), engine.networks("demo"), engine.volumes("demo")) == ((), (), ())


def test_stop_start_and_restart_concern_the_named_service(engine: FakeEngine, events: list[Event]) -> None:
    up(engine, events)
    cancel = threading.Event()
    verbs.stop("demo", application(), engine, events.append, cancel, verbs.StopOptions(services=("web",)))
    assert states(engine) == {"demo-db-1": "running", "demo-web-1": "exited"}
    verbs.start("demo", application(), engine, events.append, cancel, verbs.StartOptions(services=("web",)))
    assert states(engine) == {"demo-db-1": "running", "demo-web-1": "running"}
    engine.calls.clear()
    verbs.restart("demo", application(), engine, events.append, cancel, verbs.RestartOptions(services=("web",)))
    assert any("start" in call for call in engine.calls)
    assert states(engine) == {"demo-db-1": "running", "demo-web-1": "running"}


def test_cancelled_up_can_be_done_again(engine: FakeEngine, events: list[Event]) -> None:
    del engine.images["db:1"]
    engine.held["db:1"] = FakeExchange(ended=False)
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    outcome = verbs.up(application(), engine, events.append, cancel)
    assert outcome.state == "cancelled"
    assert states(engine) == {}
    del engine.held["db:1"]
    engine.registry["db:1"] = []
    assert up(engine, events).state == "succeeded"
    assert states(engine) == {"demo-db-1": "running", "demo-web-1": "running"}


def test_cancel_before_the_beginning_does_nothing(engine: FakeEngine, events: list[Event]) -> None:
    cancel = threading.Event()
    cancel.set()
    assert verbs.up(application(), engine, events.append, cancel).state == "cancelled"
    assert engine.calls == []


def test_engine_that_goes_and_comes_back_is_waited_for(
    engine: FakeEngine, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PAUSE", 0.05)
    engine.before = lambda call, subject: _vanish(engine) if call == "start" else None
    outcome = up(engine, events)
    assert outcome.state == "succeeded"
    assert states(engine) == {"demo-db-1": "running", "demo-web-1": "running"}
    told = [str(event.message) for event in events if event.kind is Kind.OPERATION]
    assert told[0].startswith("The engine does not answer; waiting for it.")
    assert told[1] == "The engine answers again; the work goes on."
    assert all(task.status is Status.DONE for task in Progress(events).tasks)


def _vanish(engine: FakeEngine) -> None:
    engine.before = lambda call, subject: None
    engine.go_away()
    threading.Timer(0.3, engine.come_back).start()


def test_an_engine_that_refuses_because_it_is_being_stopped_is_waited_for(
    engine: FakeEngine, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PAUSE", 0.05)
    monkeypatch.setattr(patience, "LAST_SIGNS", 0.0)  # it answers for longer than that

    def refuse(call: str, subject: str) -> None:
        if call == "start":
            threading.Timer(0.3, _vanish, [engine]).start()
            raise refusals.refused(500, STOPPING)

    engine.before = refuse
    outcome = up(engine, events)
    assert (outcome.state, outcome.failures) == ("succeeded", ())
    assert states(engine) == {"demo-db-1": "running", "demo-web-1": "running"}
    assert all(task.status is Status.DONE for task in Progress(events).tasks)


def test_an_engine_that_was_restarted_before_all_had_failed_is_asked_anew_once(
    engine: FakeEngine, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "ENDING", 0.0)
    _refuse_starts(engine, times=1)
    assert up(engine, events).state == "succeeded"
    assert states(engine) == {"demo-db-1": "running", "demo-web-1": "running"}


def test_a_container_that_a_restarted_engine_has_lost_hold_of_is_made_anew(
    engine: FakeEngine, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "LAST_SIGNS", 0.0)
    _refuse_starts(engine, times=1, reason=LOST)
    outcome = up(engine, events)
    assert (outcome.state, outcome.failures) == ("succeeded", ())
    assert states(engine) == {"demo-db-1": "running", "demo-web-1": "running"}
    made = [call for call in engine.calls if call.startswith("create ") and call.endswith("demo-db-1")]
    assert len(made) == 2
    assert "The engine has lost hold of demo-db-1 in a restart: made anew." in [str(event.message) for event in events]
    assert all(task.status is Status.DONE for task in Progress(events).tasks)


def test_a_container_that_is_lost_again_and_again_is_told(
    engine: FakeEngine, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "LAST_SIGNS", 0.0)
    asked = _refuse_starts(engine, times=100, reason=LOST)
    outcome = up(engine, events)
    assert [type(failure) for failure in outcome.failures] == [ContainerLost]
    assert len(asked) == 2


def test_an_engine_that_always_says_that_it_stops_is_believed_once(
    engine: FakeEngine, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "ENDING", 0.0)
    asked = _refuse_starts(engine, times=100)
    assert up(engine, events).state == "failed"
    assert len(asked) == 2


def _refuse_starts(engine: FakeEngine, *, times: int, reason: str = STOPPING) -> list[str]:
    """Have the engine refuse so many starts for this reason; return what is asked for, as it comes."""
    asked: list[str] = []

    def refuse(call: str, subject: str) -> None:
        if call == "start":
            asked.append(subject)
            if len(asked) <= times:
                raise refusals.refused(500, reason)

    engine.before = refuse
    return asked


def test_what_was_done_while_the_engine_was_away_is_told_as_done(
    engine: FakeEngine, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PAUSE", 0.05)
    del engine.images["db:1"]
    engine.held["db:1"] = FakeExchange(ended=False)

    def vanish() -> None:
        engine.go_away()
        engine.add_image("db:1")
        engine.come_back()

    threading.Timer(0.2, vanish).start()
    assert up(engine, events).state == "succeeded"
    words = [event.text for event in events if event.id == "image:db:1"]
    assert words[-2:] == ["Interrupted", "Pulled"]
    assert all(task.status is Status.DONE for task in Progress(events).tasks)


def test_engine_that_stays_away_is_given_up(
    engine: FakeEngine, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PAUSE", 0.02)
    monkeypatch.setattr(patience, "PATIENCE", 0.1)
    engine.go_away()
    with pytest.raises(EngineUnavailable, match="does not answer"):
        up(engine, events)


def test_waiting_for_the_engine_can_be_cancelled(engine: FakeEngine, events: list[Event]) -> None:
    engine.go_away()
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    began = time.monotonic()
    assert verbs.up(application(), engine, events.append, cancel).state == "cancelled"
    assert time.monotonic() - began < 2


def test_warnings_of_the_plan_are_told_and_kept(engine: FakeEngine, events: list[Event]) -> None:
    up(engine, events)
    only_db = TWO_SERVICES[TWO_SERVICES.index("  db:") :].replace("volumes:\n  data:\n", "")
    outcome = up(engine, events, "services:\n" + only_db)
    assert outcome.state == "succeeded"
    assert "demo-web-1" in str(outcome.warnings[0])
    assert outcome.warnings[0] in [event.message for event in events if event.kind is Kind.OPERATION]


def test_running_container_is_not_replaced_by_one_whose_port_is_taken(engine: FakeEngine, events: list[Event]) -> None:
    bindings = {"HostConfig": {"PortBindings": {"80/tcp": [{"HostPort": "8080"}]}}}
    engine.create_container("other-proxy-1", {"Image": "web:1", "Labels": {}, **bindings})
    engine.start("other-proxy-1")
    up(engine, events)
    before = {container.service: container.id for container in engine.containers(project="demo")}
    with_port = TWO_SERVICES.replace("image: web:1", 'image: web:1\n    ports: ["8080:80"]')
    outcome = up(engine, events, with_port)
    (failure,) = outcome.failures
    assert isinstance(failure, PortTaken)
    assert str(failure) == (
        'The service "web" could not be started. Port 8080 of this machine is already in use by the container '
        '"other-proxy-1". Stop it, or publish another port in the Compose file.'
    )
    assert Progress(events).task("container:demo-web-1").status is Status.ERROR  # type: ignore[union-attr]
    assert {container.service: container.id for container in engine.containers(project="demo")} == before
    assert states(engine) == {"demo-db-1": "running", "demo-web-1": "running"}


def test_changed_service_alone_is_recreated(engine: FakeEngine, events: list[Event]) -> None:
    up(engine, events)
    before = {container.service: container.id for container in engine.containers(project="demo")}
    events.clear()
    assert up(engine, events, TWO_SERVICES.replace("data:/data", "data:/elsewhere")).state == "succeeded"
    recreated = Progress(events).task("container:demo-web-1")
    assert recreated is not None
    assert str(recreated.cause) == "configuration changed"
    after = {container.service: container.id for container in engine.containers(project="demo")}
    assert before["db"] == after["db"]
    assert before["web"] != after["web"]
    assert states(engine) == {"demo-db-1": "running", "demo-web-1": "running"}


SEVERAL_PLATFORMS = """
services:
  web: {build: .}
  several: {build: {context: ., platforms: [linux/arm64, linux/amd64]}}
"""


def of_platform() -> Application:
    return replace(application(SEVERAL_PLATFORMS), environment={"DOCKER_DEFAULT_PLATFORM": "linux/386"})


def test_a_service_not_built_for_the_default_platform_is_refused_where_it_takes_part(engine: FakeEngine) -> None:
    cancel = threading.Event()
    attempts: list[Callable[[], object]] = [
        lambda: verbs.up(of_platform(), engine, print, cancel),
        lambda: verbs.up(of_platform(), engine, print, cancel, verbs.UpOptions(services=("several",))),
        lambda: image_verbs.build(of_platform(), engine, print, cancel, BuildOptions(services=("web",))),
        lambda: oneoff.prepare(of_platform(), engine, print, cancel, RunOptions(service="several", slug="a")),
    ]
    for refused in attempts:
        with pytest.raises(ComposeFileError, match=r"several.*DOCKER_DEFAULT_PLATFORM: linux/386"):
            refused()
    assert engine.containers(project="demo") == ()


def test_the_default_platform_is_that_of_what_is_built_and_made(engine: FakeEngine) -> None:
    engine.add_image("demo-web")
    made = oneoff.prepare(
        of_platform(), engine, print, threading.Event(), RunOptions(service="web", slug="a", start=False)
    )
    assert made.state == "succeeded"
    assert engine.platforms == ["linux/386"]
