"""Pages of stored lines: read one after the other they are the whole log, nothing twice and nothing missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from typing import cast

import pytest

from projects.services import log_pages
from projects.services.contract import Engine
from projects.services.log_matching import Line
from projects.services.log_pages import Edge, Page, newer, older
from projects.services.logs import Logs
from tests.services.log_double import Container, LogEngine


@pytest.fixture
def engine() -> LogEngine:
    """Two containers that printed in turns, the second in one thrice as much."""
    engine = LogEngine()
    for name in ("web", "db"):
        engine.containers[name] = Container()
    for number in range(100):
        engine.containers["web"].print(f"web {number}")
        for part in range(3):
            engine.containers["db"].print(f"db {number}.{part}")
    return engine


@pytest.fixture
async def logs(engine: LogEngine) -> AsyncIterator[Logs]:
    logs = Logs(lambda: cast(Engine, engine))
    yield logs
    await logs.close()


@pytest.fixture(autouse=True)
def little_slack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_pages, "SLACK", 5)


EDGES = (Edge(container="web"), Edge(container="db"))


def everything(engine: LogEngine) -> Counter[str]:
    return Counter(
        text.decode() for name in ("web", "db") for _stamp, _stream, text in engine.containers[name].messages
    )


def texts(lines: Iterable[Line]) -> list[str]:
    return [line.text.decode() for line in lines]


def moved(edges: Sequence[Edge], page: Page, *, newest: bool, with_depth: bool = True) -> list[Edge]:
    """Return the edges of the next page, as a viewer finds them in what it shows."""
    found = []
    for source, edge in enumerate(edges):
        lines = [placed.line for placed in page.lines if placed.source == source]
        if not lines:
            found.append(edge)
            continue
        stamp = lines[0 if newest else -1].stamp
        same = sum(line.stamp == stamp for line in lines) + (edge.same if edge.stamp == stamp else 0)
        depth = edge.depth + len(lines) if with_depth else 0
        found.append(replace(edge, stamp=stamp, same=same, depth=depth))
    return found


async def all_pages(logs: Logs, edges: Sequence[Edge], *, newest: bool, with_depth: bool = True) -> list[Page]:
    pages: list[Page] = []
    while not pages or not pages[-1].is_last:
        assert len(pages) < 100
        pages.append(await (older if newest else newer)(logs.open, edges, lines=30))
        edges = moved(edges, pages[-1], newest=newest, with_depth=with_depth)
    return pages


@pytest.mark.parametrize("with_depth", [True, False])
async def test_pages_back_from_the_end_are_the_whole_log(logs: Logs, engine: LogEngine, with_depth: bool) -> None:
    pages = await all_pages(logs, EDGES, newest=True, with_depth=with_depth)
    lines = [placed.line for page in reversed(pages) for placed in page.lines]
    assert Counter(f"{text}\n" for text in texts(lines)) == everything(engine)
    for page in pages:
        assert [placed.line.stamp for placed in page.lines] == sorted(placed.line.stamp for placed in page.lines)


async def test_pages_on_from_a_moment_are_all_that_came_since(logs: Logs) -> None:
    first = (await older(logs.open, EDGES, lines=10_000)).lines
    middle = first[len(first) // 2].line.stamp
    edges = [replace(edge, stamp=middle) for edge in EDGES]
    after = [placed for page in await all_pages(logs, edges, newest=False) for placed in page.lines]
    before = [placed for page in await all_pages(logs, edges, newest=True, with_depth=False) for placed in page.lines]
    assert Counter(texts(each.line for each in (*before, *after))) == Counter(texts(each.line for each in first))
    assert all(placed.line.stamp >= middle for placed in after)
    assert all(placed.line.stamp < middle for placed in before)


async def test_lines_of_one_very_moment_are_neither_lost_nor_told_twice(logs: Logs, engine: LogEngine) -> None:
    container = engine.containers["web"]
    stamp = container.messages[50][0]
    container.messages[45:56] = [(stamp, stream, text) for _stamp, stream, text in container.messages[45:56]]
    pages = [page async for page in _by_twos(logs)]
    lines = [placed.line for page in reversed(pages) for placed in page.lines]
    assert texts(lines) == [f"web {number}" for number in range(100)]


async def _by_twos(logs: Logs) -> AsyncIterator[Page]:
    edge = Edge(container="web")
    while True:
        page = await older(logs.open, [edge], lines=2)
        yield page
        if page.is_last:
            return
        (edge,) = moved([edge], page, newest=True)


async def test_lines_printed_meanwhile_do_not_hide_older_ones(logs: Logs, engine: LogEngine) -> None:
    page = await older(logs.open, [Edge(container="web")], lines=10)
    for number in range(5000):
        engine.containers["web"].print(f"late {number}")
    following = await older(logs.open, moved([Edge(container="web")], page, newest=True), lines=10)
    assert texts(each.line for each in following.lines) == [f"web {number}" for number in range(80, 90)]


async def test_a_log_that_cannot_be_read_does_not_hide_the_others(logs: Logs) -> None:
    page = await older(logs.open, [Edge(container="gone"), Edge(container="web")], lines=10)
    assert texts(each.line for each in page.lines) == [f"web {number}" for number in range(90, 100)]
    assert [source for source, _problem in page.problems] == [0]
