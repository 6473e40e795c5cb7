"""What happens around the projects is told to whoever listens, and only while somebody does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from projects.services.surroundings import Surroundings
from tests.fakes.engine import FakeEngine


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def followers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "surroundings"]


def connected(engine: FakeEngine) -> Callable[[], FakeEngine]:
    def connect() -> FakeEngine:
        engine.ping()
        return engine

    return connect


def test_events_are_told_until_one_listens_no_more() -> None:
    engine, heard = FakeEngine("web:1"), list[int]()
    leave = Surroundings(connected(engine)).listen(lambda: heard.append(1))
    until(lambda: len(heard) == 1)  # what may have happened before it followed
    engine.create_container("lonely", {"Image": "web:1"})
    until(lambda: len(heard) == 2)
    leave()
    until(lambda: not followers())


def test_an_engine_that_goes_away_is_followed_again_when_it_comes_back() -> None:
    engine, heard = FakeEngine("web:1"), list[int]()
    leave = Surroundings(connected(engine)).listen(lambda: heard.append(1))
    until(lambda: len(heard) == 1)
    engine.go_away()
    engine.come_back()
    until(lambda: len(heard) == 2)
    leave()
    until(lambda: not followers())
