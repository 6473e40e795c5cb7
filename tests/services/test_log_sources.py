"""What a viewer is told about the containers of its project."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import cast

import pytest

from projects.compose.state import ObservedContainer
from projects.services.contract import Engine
from projects.services.log_sources import Happened, Joined, LogSources, shown_name
from projects.services.logs import Logs, LogView
from tests.services.log_double import Container, LogEngine
from tests.services.log_viewing import Seen, see

WEB = ObservedContainer(id="web", name="demo-web-1", project="demo", service="web", state="running")
DB = ObservedContainer(id="db", name="demo-db-1", project="demo", service="db", state="running")


@pytest.fixture
def engine() -> LogEngine:
    engine = LogEngine()
    engine.containers.update(web=Container(), db=Container())
    return engine


@pytest.fixture
async def logs(engine: LogEngine) -> AsyncIterator[Logs]:
    logs = Logs(lambda: cast(Engine, engine), grace=0.05)
    yield logs
    await logs.close()


def told(seen: Seen) -> list[str]:
    """Return the notes in words: who joined, and what happened."""
    words = []
    for note, _lines in seen.notes:
        assert isinstance(note, Joined | Happened)
        words.append(f"{note.container.service} {note.what if isinstance(note, Happened) else 'joined'}")
    return words


async def test_what_is_there_joins_from_its_last_lines_and_what_is_new_from_its_beginning(
    engine: LogEngine, logs: Logs
) -> None:
    for number in range(5):
        engine.containers["web"].print(f"web {number}")
        engine.containers["db"].print(f"db {number}")
    view = LogView(logs)
    sources = LogSources(logs, view, tail=2)
    await sources.show([WEB])
    seen = await see(view)
    assert seen.texts == ["web 3", "web 4"]
    await sources.show([WEB, DB])
    assert (await see(view, seen)).texts == ["web 3", "web 4", *(f"db {number}" for number in range(5))]
    assert told(seen) == ["web joined", "db joined"]


async def test_only_the_services_and_the_container_that_are_asked_for_join(logs: Logs) -> None:
    by_service, by_name = LogView(logs), LogView(logs)
    await LogSources(logs, by_service, services=frozenset({"db"})).show([WEB, DB])
    await LogSources(logs, by_name, container="demo-db-1").show([WEB, DB])
    assert told(await see(by_service)) == told(await see(by_name)) == ["db joined"]


async def test_states_and_health_are_told_once_and_a_removal_last(engine: LogEngine, logs: Logs) -> None:
    view, seen = LogView(logs), Seen()
    sources = LogSources(logs, view)
    for state in (WEB, replace(WEB, health="starting"), replace(WEB, health="healthy"), replace(WEB, health="healthy")):
        await sources.show([state])
        await see(view, seen)
    engine.containers["web"].print("last words")
    engine.containers["web"].exit()
    await sources.show([replace(WEB, state="exited", exit_code=3)])
    await sources.show([])
    await see(view, seen)
    assert told(seen) == ["web joined", "web healthy", "web exited", "web removed"]
    assert [lines for _note, lines in seen.notes][-2:] == [1, 1]


async def test_what_ran_when_the_engine_went_away_is_followed_again_and_a_new_start_is_told(
    engine: LogEngine, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = {"web": 10.0, "db": 10.0}
    monkeypatch.setattr(
        engine, "inspect_container", lambda name: replace(WEB, id=name, started_at=started[name]), raising=False
    )
    resumed: list[str] = []
    view, seen = LogView(logs), Seen()
    sources = LogSources(logs, view)
    await sources.show([WEB, DB])
    monkeypatch.setattr(logs, "resume", resumed.append)
    await sources.show([WEB, DB])
    assert resumed == []
    started["db"] = 20.0
    await sources.show([WEB, DB], again=True)
    assert sorted(resumed) == ["db", "web"]
    await see(view, seen, quiet=1.2)
    assert told(seen) == ["db joined", "web joined", "db running"]


def test_a_successor_bears_its_proper_name_from_the_beginning() -> None:
    temporary = replace(WEB, name="0123456789ab_demo-web-1")
    assert shown_name(temporary) == "demo-web-1"
    own = replace(WEB, name="0123456789ab_mine")
    assert shown_name(own) == "0123456789ab_mine"
