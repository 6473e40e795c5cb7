"""Counting what is stored by time and level."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from typing import cast

import pytest

from projects.services import log_backwards
from projects.services.contract import Engine
from projects.services.log_matching import Line
from projects.services.log_volume import Counted, LogVolume, counted
from projects.services.logs import Logs
from tests.services.log_double import EPOCH, Container, LogEngine


@pytest.fixture
def engine() -> LogEngine:
    engine = LogEngine()
    engine.containers["web"] = Container()
    engine.containers["db"] = Container()
    return engine


@pytest.fixture
async def logs(engine: LogEngine) -> AsyncIterator[Logs]:
    logs = Logs(lambda: cast(Engine, engine))
    yield logs
    await logs.close()


@pytest.fixture(autouse=True)
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_backwards, "FIRST_WINDOW", 10)


async def count(volume: LogVolume, seconds: float = 60) -> tuple[Counter[str], Counted]:
    """Return the lines by level, and the last step."""
    levels, last = Counter[str](), None
    async for step in volume.run(seconds=seconds):
        for (_begin, level), lines in step.slots.items():
            levels[level] += lines
        last = step
    assert last is not None
    return levels, last


async def test_every_stored_line_is_counted_once_with_its_level(engine: LogEngine, logs: Logs) -> None:
    for number in range(500):
        engine.containers["web"].print("ERROR: no" if number % 5 == 0 else f"line {number}")
        engine.containers["db"].print("WARNING: slow", stream=2)
    volume = LogVolume(logs.open)
    volume.add("web")
    volume.add("db")
    levels, last = await count(volume)
    assert levels == {"error": 100, "unknown": 400, "warning": 500}
    assert (last.lines, last.done, last.complete) == (1000, True, True)


async def test_a_count_that_takes_too_long_says_how_far_it_came(engine: LogEngine, logs: Logs) -> None:
    for number in range(100):
        engine.containers["web"].print(f"line {number}")
    volume = LogVolume(logs.open)
    volume.add("web")
    levels, last = await count(volume, seconds=0)
    assert not levels
    assert (last.done, last.complete, last.back_to) == (True, False, "")


async def test_a_log_that_cannot_be_read_keeps_none_of_the_others(engine: LogEngine, logs: Logs) -> None:
    engine.containers["web"].print("INFO: here")
    volume = LogVolume(logs.open)
    volume.add("gone")
    volume.add("web")
    levels, last = await count(volume)
    assert levels == {"info": 1}
    assert last.complete


def test_lines_fall_into_slots_of_ten_seconds() -> None:
    lines = [
        Line(stamp=f"2026-11-23T08:00:{second:02}.123456789Z".encode(), stream=1, text=b"x")
        for second in (0, 9, 10, 59)
    ]
    lines.append(Line(stamp=b"", stream=1, text=b"the rest of a long line"))
    slots = {begin - int(EPOCH.timestamp()): lines for (begin, _level), lines in counted(lines).items()}
    assert slots == {0: 2, 10: 1, 50: 1}
