"""One reader per container, many viewers, nothing lost or repeated in silence."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest

from projects.compose.errors import EngineUnavailable
from projects.compose.messages import Message
from projects.services import log_reader, log_silence
from projects.services.log_matching import Matcher, Query
from projects.services.log_place import Lines
from projects.services.log_reader import RawLog
from projects.services.log_search import matching
from projects.services.log_store import Source, download
from projects.services.logs import Logs, LogView
from tests.services.log_double import EPOCH, LogEngine
from tests.services.log_viewing import Seen, print_lines, see


async def test_viewers_share_one_reader(engine: LogEngine, logs: Logs) -> None:
    texts = print_lines(engine, 3)
    views = [LogView(logs) for _ in range(3)]
    for view in views:
        view.add("web", tail=10)
        assert (await see(view)).texts == texts
    more = print_lines(engine, 2, first=3)
    for view in views:
        assert (await see(view)).texts == more
    assert engine.containers["web"].opened == 1


async def test_the_log_begins_so_many_lines_before_its_end(engine: LogEngine, logs: Logs) -> None:
    texts = print_lines(engine, 500)
    for tail in (200, 0, 7, 200):
        view = LogView(logs)
        view.add("web", tail=tail)
        assert (await see(view)).texts == texts[len(texts) - tail :], tail


async def test_older_lines_than_the_ring_holds_come_without_gap_or_repeat(engine: LogEngine, logs: Logs) -> None:
    texts = print_lines(engine, 3000)
    first, later = LogView(logs), LogView(logs)
    first.add("web", tail=5)
    await see(first)
    later.add("web", tail=2500)
    seen = Seen()
    seen.take(await later.next())
    texts += print_lines(engine, 10, first=3000)
    assert (await see(later, seen)).texts == texts[500:]
    assert engine.containers["web"].opened == 2


async def test_the_whole_log_and_what_comes_while_it_is_read(engine: LogEngine, logs: Logs) -> None:
    texts = print_lines(engine, 5000)
    view = LogView(logs)
    view.add("web", tail=None)
    seen = Seen()
    seen.take(await view.next())
    texts += print_lines(engine, 100, first=5000)
    assert (await see(view, seen)).texts == texts


async def test_lines_since_a_moment(engine: LogEngine, logs: Logs) -> None:
    texts = print_lines(engine, 100)
    view = LogView(logs)
    view.add("web", since=EPOCH.timestamp() + 0.090)
    assert (await see(view)).texts == texts[90:]
    later = print_lines(engine, 1, first=100)
    assert (await see(view)).texts == later


async def test_a_viewer_who_is_overtaken_is_told_how_many_lines_it_missed(engine: LogEngine, logs: Logs) -> None:
    fast, slow = LogView(logs), LogView(logs)
    for view in (fast, slow):
        view.add("web", tail=10)
    await see(fast)
    await see(slow)
    seen = Seen()
    for start in range(0, 10_000, 500):
        print_lines(engine, 500, first=start)
        await see(fast, seen, quiet=0.03)
    late = await see(slow)
    assert (seen.lines, seen.gaps) == (10_000, 0)
    assert late.gaps > 0
    assert late.lines + late.gaps == 10_000
    assert late.texts[-1] == "line 9999"


async def test_while_nobody_keeps_up_the_reader_waits_and_nothing_is_lost(engine: LogEngine, logs: Logs) -> None:
    view = LogView(logs)
    view.add("web", tail=10)
    await see(view)
    texts = print_lines(engine, 10_000)
    await asyncio.sleep(0.2)
    reader = logs.reader("web", tail=0)
    assert reader.ring.lines < 10_000
    seen = await see(view)
    assert (seen.texts, seen.gaps) == (texts, 0)


async def test_nothing_is_read_once_the_last_viewer_has_left(engine: LogEngine, logs: Logs) -> None:
    first, second = LogView(logs), LogView(logs)
    first.add("web")
    second.add("web")
    await see(first, quiet=0.02)
    await first.close()
    await asyncio.sleep(0.1)
    assert len(engine.containers["web"].open) == 1
    await second.close()
    await asyncio.sleep(0.1)
    assert engine.containers["web"].open == []
    assert logs.followed() == frozenset()


async def test_a_reader_that_is_stopped_keeps_nothing_in_memory(engine: LogEngine, logs: Logs) -> None:
    print_lines(engine, 10)
    view = LogView(logs)
    view.add("web", tail=10)
    await see(view)
    reader = logs.reader("web", tail=10)
    assert reader.ring.kept_lines() == 10
    await view.close()
    await asyncio.sleep(0.1)
    assert (reader.ring.kept_lines(), reader.ring.behind(0)) == (0, 0)


async def test_a_viewer_who_comes_back_soon_finds_the_reader(engine: LogEngine, logs: Logs) -> None:
    texts = print_lines(engine, 3)
    for _ in range(3):
        view = LogView(logs)
        view.add("web")
        assert (await see(view, quiet=0.02)).texts == texts
        await view.close()
    assert engine.containers["web"].opened == 1


async def test_a_viewer_who_leaves_while_older_lines_are_read_leaves_no_stream(engine: LogEngine, logs: Logs) -> None:
    print_lines(engine, 5000)
    view = LogView(logs)
    view.add("web", tail=None)
    await view.next()
    await view.close()
    await asyncio.sleep(0.1)
    assert engine.containers["web"].open == []


async def test_a_container_that_is_started_again_goes_on_without_repeats(engine: LogEngine, logs: Logs) -> None:
    web = engine.containers["web"]
    view = LogView(logs)
    source = view.add("web")
    seen = Seen()
    texts = print_lines(engine, 3)
    await see(view, seen)
    web.exit()
    view.note(source, "exited", at_end=True)
    await see(view, seen, quiet=0.6)
    assert [end.problem for end in seen.ends] == [None]
    web.start()
    texts += print_lines(engine, 3, first=3)
    logs.resume("web")
    view.note(source, "started")
    await see(view, seen)
    assert seen.texts == texts
    assert seen.notes == [("exited", 3), ("started", 3)]


async def test_a_container_that_restarts_by_itself_is_followed_on(engine: LogEngine, logs: Logs) -> None:
    view = LogView(logs)
    view.add("web")
    seen = Seen()
    texts = print_lines(engine, 2)
    await see(view, seen, quiet=0.02)
    engine.containers["web"].exit()
    engine.containers["web"].start()
    texts += print_lines(engine, 2, first=2)
    assert (await see(view, seen, quiet=0.6)).texts == texts


async def test_the_log_of_a_running_container_is_followed_on_however_its_stream_ends(
    engine: LogEngine, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_reader, "RETRY_SECONDS", 0.1)
    web, view, seen = engine.containers["web"], LogView(logs), Seen()
    view.add("web")
    logs.resume("web")
    texts = print_lines(engine, 2)
    await see(view, seen, quiet=0.02)
    del engine.containers["web"]  # the engine is away, and what it ran is not
    web.exit()
    await see(view, seen, quiet=0.6)
    engine.containers["web"] = web
    web.start()
    texts += print_lines(engine, 2, first=2)
    await see(view, seen, quiet=0.6)
    assert seen.texts == texts
    opened = web.opened
    web.exit()
    logs.stopped("web")
    await see(view, seen, quiet=1.5)
    assert web.opened <= opened + 3  # a stopped container is not asked for again and again


async def test_a_stream_that_lost_its_place_in_a_rotated_file_is_opened_again_after_the_last_line(
    engine: LogEngine, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_silence, "FIRST_DOUBT_SECONDS", 0.1)
    monkeypatch.setattr(log_reader, "LAST_CHANCE_SECONDS", 0.05)
    web, view, seen = engine.containers["web"], LogView(logs), Seen()
    web.rotates = True
    view.add("web")
    texts = print_lines(engine, 2)
    await see(view, seen, quiet=0.5)
    (followed,) = web.open  # it was asked for what is stored, and trusted
    web.open.clear()
    texts += print_lines(engine, 2, first=2)
    await see(view, seen, quiet=1.5)
    assert followed.closed
    assert seen.texts == texts
    assert (seen.gaps, seen.ends) == (0, [])


async def test_of_a_log_that_is_not_rotated_nothing_is_asked_while_it_is_silent(
    engine: LogEngine, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_silence, "FIRST_DOUBT_SECONDS", 0.05)
    view = LogView(logs)
    view.add("web")
    print_lines(engine, 1)
    await see(view, quiet=0.4)
    assert engine.containers["web"].opened == 1


async def test_an_exit_is_told_after_the_last_line(engine: LogEngine, logs: Logs) -> None:
    view = LogView(logs)
    source = view.add("web")
    await see(view, quiet=0.02)
    view.note(source, "exited", at_end=True)
    texts = print_lines(engine, 300)
    engine.containers["web"].exit()
    seen = await see(view)
    assert seen.notes == [("exited", len(texts))]


async def test_a_note_is_given_back_even_if_the_log_never_ends(engine: LogEngine, logs: Logs) -> None:
    view = LogView(logs)
    view.note(view.add("web"), "exited", at_end=True)
    assert (await see(view, quiet=0.5)).notes == []
    assert (await see(view, quiet=0.7)).notes == [("exited", 0)]


async def test_a_log_that_cannot_be_opened_says_why(logs: Logs) -> None:
    view = LogView(logs)
    view.add("gone")
    ends = (await see(view, quiet=0.6)).ends
    assert [str(end.problem) for end in ends] == ["There is no container gone."]


async def test_a_quiet_log_is_given_at_once_and_a_busy_one_in_batches(engine: LogEngine, logs: Logs) -> None:
    loop = asyncio.get_running_loop()
    view, pieces = LogView(logs), 0
    view.add("web")
    print_lines(engine, 1)
    await view.next()
    await asyncio.sleep(0.05)
    asked = loop.time()
    print_lines(engine, 1)
    await view.next()
    assert loop.time() - asked < 0.02
    for _ in range(1000):
        print_lines(engine, 1)
        await asyncio.sleep(0)
    while logs.reader("web", tail=0).ring.lines < 1002 or logs.reader("web", tail=0).ring.behind(pieces + 2):
        await asyncio.wait_for(view.next(), 1)
        pieces += 1
    assert pieces < 100


async def test_a_busy_container_does_not_starve_a_quiet_one(engine: LogEngine, logs: Logs) -> None:
    view = LogView(logs)
    busy, quiet = view.add("busy-gone"), view.add("web")
    del busy
    print_lines(engine, 20_000, container="db")
    view.add("db", tail=None)
    print_lines(engine, 1)
    pieces = [await asyncio.wait_for(view.next(), 1) for _ in range(6)]
    assert any(isinstance(piece, Lines) and piece.source == quiet for piece in pieces)


async def test_a_download_is_merged_by_time(engine: LogEngine, logs: Logs) -> None:
    for _ in range(3):
        print_lines(engine, 2)
        print_lines(engine, 1, container="db")
    sources = [Source(container="web", prefix="web | "), Source(container="db", prefix="db  | ")]
    text = b"".join([chunk async for chunk in download(logs.open, sources)]).decode()
    stamps = [line.split(" | ")[1][:30] for line in text.splitlines()]
    assert len(stamps) == 9
    assert stamps == sorted(stamps)
    assert text.startswith("web | 2026-11-23T08:00:00.000000000Z line 0\ndb  | ")


async def test_a_download_of_several_says_which_cannot_be_read_and_holds_the_others(
    engine: LogEngine, logs: Logs
) -> None:
    print_lines(engine, 1)
    sources = [Source(container="gone", prefix="gone-1 | "), Source(container="web", prefix="web-1 | ")]
    text = b"".join([chunk async for chunk in download(logs.open, sources)]).decode()
    first, second = text.splitlines()
    assert first.startswith("gone-1 | ")
    assert second.endswith("line 0")


async def test_a_download_may_hold_only_what_is_looked_for(engine: LogEngine, logs: Logs) -> None:
    print_lines(engine, 20)
    engine.containers["web"].print("line 7 of stderr", stream=2)
    chosen = {"7": ["line 7", "line 17", "line 7 of stderr"], "nothing": []}
    for find, expected in chosen.items():
        choose = partial(matching, Matcher(Query(find=find)))
        text = b"".join([chunk async for chunk in download(logs.open, [Source(container="web")], choose=choose)])
        assert [line[31:] for line in text.decode().splitlines()] == expected


@pytest.mark.parametrize("stream", [1, 2])
async def test_a_long_line_is_downloaded_in_one_piece(engine: LogEngine, logs: Logs, stream: int) -> None:
    engine.containers["web"].print("x" * 100_000, stream=stream)
    engine.containers["web"].print("after")
    text = b"".join([chunk async for chunk in download(logs.open, [Source(container="web")])])
    assert [len(line) - 31 for line in text.splitlines()] == [100_000, 5]


async def test_a_download_that_is_broken_off_leaves_no_stream(engine: LogEngine, logs: Logs) -> None:
    print_lines(engine, 50_000)
    stream = download(logs.open, [Source(container="web")])
    await anext(stream)
    await stream.aclose()
    assert [opened.closed for opened in engine.containers["web"].streams] == [True]
    (told,) = [chunk async for chunk in download(logs.open, [Source(container="gone")])]
    assert b"gone" in told


async def test_a_download_for_which_the_engine_goes_away_leaves_no_stream(engine: LogEngine, logs: Logs) -> None:
    print_lines(engine, 3)

    async def open_log(container: str, **which: Any) -> RawLog:
        if container == "db":
            raise EngineUnavailable(Message("No engine answers."))
        return await logs.open(container, **which)

    with pytest.raises(EngineUnavailable):
        await anext(download(open_log, [Source(container="web"), Source(container="db")]))
    assert [opened.closed for opened in engine.containers["web"].streams] == [True]
