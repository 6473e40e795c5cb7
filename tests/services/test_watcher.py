"""The live picture follows the engine's events, and only them."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from projects.compose.errors import EngineError
from projects.compose.messages import Message
from projects.services import watcher as watching
from projects.services.watcher import Watcher, state_in_words
from tests.fakes.engine import FakeEngine

IMAGE = "busybox:1"


class Told:
    """Gathers what the watcher tells, and waits for it."""

    def __init__(self, watcher: Watcher) -> None:
        self.names: list[frozenset[str]] = []
        self._changed = threading.Condition()
        watcher.subscribe(self._note)

    def _note(self, names: frozenset[str]) -> None:
        with self._changed:
            self.names.append(names)
            self._changed.notify()

    def until(self, condition: Callable[[], object]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, timeout=5), f"waited in vain; told so far: {self.names}"


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine(IMAGE)


@pytest.fixture
def watcher(engine: FakeEngine) -> Iterator[Watcher]:
    def connect() -> FakeEngine:
        engine.ping()
        return engine

    watcher = Watcher(connect)
    yield watcher
    watcher.stop()


def create(engine: FakeEngine, project: str, service: str = "web", script: str = "sleep 9", **labels: str) -> str:
    more = {f"com.docker.compose.{key}": value for key, value in labels.items()}
    named = {"com.docker.compose.project": project, "com.docker.compose.service": service, **more}
    body = {"Image": IMAGE, "Labels": named, "Cmd": ["sh", "-c", script]}
    return engine.create_container(f"{project}-{service}-1", body)


def words(watcher: Watcher, project: str) -> str:
    found = watcher.picture().projects.get(project)
    return str(state_in_words(found.containers)) if found else ""


def test_first_picture_is_complete(engine: FakeEngine, watcher: Watcher) -> None:
    labels = {"project.working_dir": "/srv/demo", "project.config_files": "/srv/demo/a.yaml,/srv/demo/b.yaml"}
    engine.start(create(engine, "demo", **labels))
    create(engine, "demo", "db")
    create(engine, "other")
    watcher.start()
    picture = watcher.picture()
    assert picture.engine.available
    assert picture.engine.version == "fake"
    assert list(picture.projects) == ["demo", "other"]
    demo = picture.projects["demo"]
    assert [container.service for container in demo.containers] == ["db", "web"]
    assert demo.working_dir == "/srv/demo"
    assert demo.config_files == ("/srv/demo/a.yaml", "/srv/demo/b.yaml")


def test_changes_are_told_by_project(engine: FakeEngine, watcher: Watcher) -> None:
    create(engine, "other")
    watcher.start()
    watcher.picture()
    told = Told(watcher)
    container = create(engine, "demo")
    engine.start(container)
    told.until(lambda: words(watcher, "demo") == "1 running")
    engine.stop(container)
    told.until(lambda: words(watcher, "demo") == "1 exited (137)")
    engine.remove_container(container)
    told.until(lambda: "demo" not in watcher.picture().projects)
    assert set().union(*told.names) == {"demo"}


def test_pictures_that_were_given_away_stay_as_they_are(engine: FakeEngine, watcher: Watcher) -> None:
    watcher.start()
    before = watcher.picture()
    told = Told(watcher)
    create(engine, "demo")
    told.until(lambda: words(watcher, "demo"))
    assert dict(before.projects) == {}


def test_burst_of_events_is_one_look_at_the_engine(engine: FakeEngine, watcher: Watcher) -> None:
    watcher.start()
    watcher.picture()
    told = Told(watcher)
    looks = engine.calls.count("containers")
    for number in range(40):
        engine.start(create(engine, "demo", f"s{number}"))
    told.until(lambda: words(watcher, "demo") == "40 running")
    assert engine.calls.count("containers") - looks <= 5


def test_quiet_engine_is_not_asked(engine: FakeEngine, watcher: Watcher) -> None:
    watcher.start()
    watcher.picture()
    engine.calls.clear()
    time.sleep(0.4)
    assert engine.calls == []


def test_health_checks_wake_nobody(engine: FakeEngine, watcher: Watcher) -> None:
    assert not {"exec_create", "exec_start", "exec_die", "top"} & set(watching.FILTERS["event"])


def test_engine_that_goes_and_comes_back_is_followed_again(
    engine: FakeEngine, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "FIRST_PAUSE", 0.05)
    create(engine, "demo")
    watcher.start()
    watcher.picture()
    told = Told(watcher)
    engine.go_away()
    told.until(lambda: not watcher.picture().engine.available)
    assert told.names == [frozenset({""})]
    assert "does not answer" in str(watcher.picture().engine.problem)
    assert words(watcher, "demo") == "1 created"
    engine.come_back()
    told.until(lambda: watcher.picture().engine.available)
    engine.start("demo-web-1")
    told.until(lambda: words(watcher, "demo") == "1 running")


def test_missing_engine_is_looked_for_with_growing_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(watching, "LONGEST_PAUSE", 0.2)
    tries: list[float] = []

    def connect() -> FakeEngine:
        tries.append(time.monotonic())
        engine = FakeEngine()
        engine.go_away()
        engine.ping()
        raise AssertionError("unreachable")

    watcher = Watcher(connect)
    watcher.start()
    assert not watcher.picture().engine.available
    time.sleep(0.8)
    watcher.stop()
    pauses = [later - earlier for earlier, later in itertools.pairwise(tries)]
    assert pauses[0] < 0.15 < pauses[-1] < 0.4


@pytest.mark.parametrize(
    ("before", "event", "after"),
    [
        ((), "stop", "1 exited (137)"),
        ((), "pause", "1 paused"),
        (("pause",), "unpause", "1 running"),
    ],
)
def test_event_that_the_list_does_not_know_of_yet_is_looked_at_again(
    engine: FakeEngine,
    watcher: Watcher,
    monkeypatch: pytest.MonkeyPatch,
    before: tuple[str, ...],
    event: str,
    after: str,
) -> None:
    container = create(engine, "demo")
    for verb in ("start", *before):
        getattr(engine, verb)(container)
    watcher.start()
    watcher.picture()
    told = Told(watcher)
    outdated = engine.containers(project="demo", all=True)
    current = engine.containers
    late = time.monotonic() + 0.3
    monkeypatch.setattr(engine, "containers", lambda **asked: outdated if time.monotonic() < late else current(**asked))
    getattr(engine, event)(container)
    told.until(lambda: words(watcher, "demo") == after)


def test_failing_subscriber_harms_no_other(engine: FakeEngine, watcher: Watcher) -> None:
    def fail(names: frozenset[str]) -> None:
        raise ZeroDivisionError

    watcher.subscribe(fail)
    told = Told(watcher)
    watcher.start()
    told.until(lambda: told.names)
    create(engine, "demo")
    told.until(lambda: words(watcher, "demo"))


def test_ended_subscription_hears_nothing(engine: FakeEngine, watcher: Watcher) -> None:
    heard: list[frozenset[str]] = []
    unsubscribe = watcher.subscribe(heard.append)
    unsubscribe()
    told = Told(watcher)
    watcher.start()
    told.until(lambda: told.names)
    assert heard == []


def test_refused_question_is_told_and_asked_again(
    engine: FakeEngine, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "FIRST_PAUSE", 0.05)
    refusals = iter([EngineError(Message("busy"))])

    def before(call: str, subject: str) -> None:
        if call == "events" and (error := next(refusals, None)):
            raise error

    engine.before = before
    told = Told(watcher)
    watcher.start()
    told.until(lambda: watcher.picture().engine.available)
    assert len(told.names) >= 2
