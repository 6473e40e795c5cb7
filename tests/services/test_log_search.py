"""Searching all that is stored, backwards, and the lines around a hit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, cast

import pytest

from projects.services import log_backwards
from projects.services.contract import Engine
from projects.services.log_backwards import LogBackwards
from projects.services.log_matching import Matcher, Query
from projects.services.log_pages import around
from projects.services.log_search import Found, LogSearch, Reached, Reason, Unreadable
from projects.services.logs import Logs
from tests.services.log_double import Container, LogEngine


@pytest.fixture
async def logs(engine: LogEngine) -> AsyncIterator[Logs]:
    logs = Logs(lambda: cast(Engine, engine))
    yield logs
    await logs.close()


@pytest.fixture(autouse=True)
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_backwards, "FIRST_WINDOW", 10)


def printed(engine: LogEngine, count: int, *, container: str = "web") -> list[bytes]:
    texts = [f"line {number}" for number in range(count)]
    for text in texts:
        engine.containers[container].print(text)
    return [text.encode() for text in texts]


class Result:
    def __init__(self) -> None:
        self.texts: list[str] = []
        self.reached: list[Reached] = []
        self.problems: list[str] = []


async def search(running: LogSearch, *, hits: int = 100, seconds: float = 60) -> Result:
    result = Result()
    async for step in running.run(hits=hits, seconds=seconds):
        match step:
            case Found():
                result.texts += ["".join(hit.parts) for hit in step.hits]
            case Reached():
                result.reached.append(step)
            case Unreadable():
                result.problems.append(str(step.problem))
    return result


def looking_for(logs: Logs, find: str, *containers: str, **options: Any) -> LogSearch:
    running = LogSearch(logs.open, Matcher(Query(find=find, **options)))
    for number, container in enumerate(containers or ("web",), 1):
        running.add(number, container)
    return running


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, 79, 80, 81, 1000])
async def test_every_line_is_read_once_from_the_newest_window_to_the_oldest(
    engine: LogEngine, logs: Logs, count: int
) -> None:
    texts = printed(engine, count)
    way = LogBackwards(logs.open, "web")
    windows: list[list[bytes]] = []
    while not way.done:
        window = []
        async with aclosing(way.window()) as batches:
            async for lines in batches:
                window += [line.text for line in lines]
        windows.append(window)
    assert [text for window in reversed(windows) for text in window] == texts
    assert len(windows) <= 10


@pytest.mark.parametrize("printed_meanwhile", [1, 50, 5000])
async def test_what_is_printed_meanwhile_neither_hides_nor_repeats_lines(
    engine: LogEngine, logs: Logs, printed_meanwhile: int
) -> None:
    texts = printed(engine, 300)
    way = LogBackwards(logs.open, "web")
    seen: list[bytes] = []
    while not way.done:
        window = [line.text async for lines in way.window() for line in lines]
        seen = window + seen
        printed(engine, printed_meanwhile)
    assert seen == texts


async def test_lines_of_the_same_moment_are_told_apart(engine: LogEngine, logs: Logs) -> None:
    texts = printed(engine, 40)
    container = engine.containers["web"]
    moment = container.messages[30][0]
    container.messages = [
        (moment if 25 <= number <= 35 else at, stream, text)
        for number, (at, stream, text) in enumerate(container.messages)
    ]
    way = LogBackwards(logs.open, "web")
    seen: list[bytes] = []
    while not way.done:
        seen = [line.text async for lines in way.window() for line in lines] + seen
    assert seen == texts


async def test_the_newest_hits_come_first_and_all_of_them(engine: LogEngine, logs: Logs) -> None:
    printed(engine, 1000)
    result = await search(looking_for(logs, '"line 7"'), hits=1000)
    assert result.texts[:3] == ["line 799", "line 798", "line 797"]
    assert result.texts[-2:] == ["line 70", "line 7"]
    rest = await search(looking_for(logs, r"7$", is_regex=True), hits=1000)
    assert rest.texts == [f"line {number}" for number in range(997, 0, -10)]
    assert rest.reached[-1].reason is Reason.ALL
    assert rest.reached[-1].lines == 1000
    assert rest.reached[-1].back_to == engine.containers["web"].messages[0][0]


async def test_how_far_it_has_come_goes_back_step_by_step(engine: LogEngine, logs: Logs) -> None:
    printed(engine, 500)
    result = await search(looking_for(logs, "nothing of the kind"))
    ways = [reached.back_to for reached in result.reached if reached.back_to]
    assert ways == sorted(ways, reverse=True)
    assert len(set(ways)) > 3
    assert [reached.lines for reached in result.reached] == sorted(reached.lines for reached in result.reached)


async def test_a_search_that_has_found_enough_goes_on_where_it_stopped(engine: LogEngine, logs: Logs) -> None:
    printed(engine, 200)
    running = looking_for(logs, "line")
    found: list[str] = []
    for _turn in range(20):
        result = await search(running, hits=30)
        assert len(result.texts) <= 30
        found += result.texts
        if result.reached[-1].reason is Reason.ALL:
            break
        assert result.reached[-1].reason is Reason.HITS
    assert found == [f"line {number}" for number in range(199, -1, -1)]


async def test_all_containers_are_searched_and_one_that_cannot_be_read_is_named(engine: LogEngine, logs: Logs) -> None:
    engine.containers["db"] = Container()
    printed(engine, 50)
    printed(engine, 30, container="db")
    result = await search(looking_for(logs, '"line 2"', "web", "gone", "db"))
    assert sorted(result.texts) == sorted(2 * ["line 2", *(f"line {number}" for number in range(20, 30))])
    assert result.problems == ["There is no container gone."]
    assert result.reached[-1].reason is Reason.ALL


async def test_a_search_without_containers_has_looked_at_everything(logs: Logs) -> None:
    running = LogSearch(logs.open, Matcher(Query(find="x")))
    result = await search(running)
    assert [reached.reason for reached in result.reached] == [Reason.ALL]


async def test_a_search_stops_when_its_time_is_over(engine: LogEngine, logs: Logs) -> None:
    printed(engine, 500)
    result = await search(looking_for(logs, "nothing"), seconds=0)
    assert result.reached[-1].reason is Reason.TIME


async def test_a_cancelled_search_lets_go_of_the_engine(engine: LogEngine, logs: Logs) -> None:
    printed(engine, 20_000)
    opened: list[Any] = []

    async def open_log(container: str, **window: Any) -> Any:
        opened.append(await logs.open(container, **window))
        return opened[-1]

    running = LogSearch(open_log, Matcher(Query(find="nothing")))
    running.add(1, "web")
    task = asyncio.ensure_future(search(running))
    while not opened:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0.05)
    assert all(stream.closed for stream in opened)


async def test_a_line_in_several_messages_is_searched_whole(engine: LogEngine, logs: Logs) -> None:
    engine.containers["web"].print("x" * (16 * 1024 - 3) + "needle" + "y" * 40_000)
    result = await search(looking_for(logs, "needle"))
    assert len(result.texts) == 1


async def test_the_lines_around_a_hit(engine: LogEngine, logs: Logs) -> None:
    texts = printed(engine, 10_000)
    for number in (0, 3, 5000, 9999):
        stamp = engine.containers["web"].messages[number][0].encode()
        found = await around(logs.open, "web", stamp, lines=5)
        assert [line.text for line in found] == texts[max(number - 4, 0) : number + 6]
