"""Stored lines are read once for viewers who ask for them at the same time; nobody waits for a slow one."""

from __future__ import annotations

import asyncio

import pytest

from projects.compose.errors import EngineError
from projects.compose.messages import Message
from projects.services import log_gathering, log_history
from projects.services.logs import Logs, LogView
from tests.services.log_double import LogEngine
from tests.services.log_viewing import Seen, print_lines, see

PIECE = 8 * 1024
MANY = 6000  # lines: several times what the ring holds
FOLLOWED = 1  # stream, the reader's
QUIET = log_history.GATHERING_SECONDS * 2


@pytest.fixture(autouse=True)
def in_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_gathering, "READ_BYTES", PIECE)
    monkeypatch.setattr(log_gathering, "GATHERED_BYTES", PIECE)


def looking(logs: Logs) -> LogView:
    view = LogView(logs)
    view.add("web", tail=None)
    return view


async def rest(view: LogView, seen: Seen | None = None) -> Seen:
    return await see(view, seen, quiet=QUIET)


async def test_those_who_come_together_share_one_reading(engine: LogEngine, logs: Logs) -> None:
    texts = print_lines(engine, MANY)
    views = [looking(logs) for _ in range(5)]
    for seen in await asyncio.gather(*(rest(view) for view in views)):
        assert seen.texts == texts
    assert engine.containers["web"].opened == FOLLOWED + 1


async def test_it_is_not_read_past_its_beginning_while_viewers_keep_coming(engine: LogEngine, logs: Logs) -> None:
    texts = print_lines(engine, MANY)
    views, seen = [looking(logs), looking(logs)], [Seen(), Seen()]
    for number, view in enumerate(views):
        seen[number].take(await view.next())
    ahead = asyncio.ensure_future(rest(views[0], seen[0]))
    await asyncio.sleep(log_history.GATHERING_SECONDS / 2)
    assert len(seen[0].texts) < len(texts)
    late = looking(logs)
    assert [each.texts for each in await asyncio.gather(ahead, rest(views[1], seen[1]), rest(late))] == [texts] * 3
    assert engine.containers["web"].opened == FOLLOWED + 1


async def test_who_comes_after_the_beginning_has_gone_has_a_reading_of_their_own(engine: LogEngine, logs: Logs) -> None:
    texts = print_lines(engine, MANY)
    first = looking(logs)
    seen = Seen()
    while len(seen.texts) < len(texts) // 2:
        seen.take(await first.next())
    assert (await rest(looking(logs))).texts == texts
    assert (await rest(first, seen)).texts == texts
    assert engine.containers["web"].opened == FOLLOWED + 2


async def test_who_falls_behind_reads_on_alone_and_keeps_nobody_waiting(engine: LogEngine, logs: Logs) -> None:
    texts = print_lines(engine, MANY)
    fast, slow = looking(logs), looking(logs)
    seen = Seen()
    seen.take(await slow.next())
    assert (await rest(fast)).texts == texts
    texts += print_lines(engine, 10, first=MANY)
    seen = await rest(slow, seen)
    assert (seen.texts, seen.gaps) == (texts, 0)
    assert engine.containers["web"].opened == FOLLOWED + 2


async def test_what_is_printed_meanwhile_comes_to_all(engine: LogEngine, logs: Logs) -> None:
    texts = print_lines(engine, MANY)
    views, seen = [looking(logs), looking(logs)], [Seen(), Seen()]
    for number, view in enumerate(views):
        seen[number].take(await view.next())
    texts += print_lines(engine, MANY, first=MANY)
    for each in await asyncio.gather(*(rest(view, so_far) for view, so_far in zip(views, seen, strict=True))):
        assert (each.texts, each.gaps) == (texts, 0)


async def test_it_is_read_on_while_one_is_left_and_no_longer(engine: LogEngine, logs: Logs) -> None:
    texts = print_lines(engine, MANY)
    first, second, third = looking(logs), looking(logs), looking(logs)
    seen = Seen()
    seen.take(await second.next())
    await first.next()
    await first.close()
    assert (await rest(second, seen)).texts == texts
    await second.close()
    assert (await rest(third)).texts == texts


async def test_who_was_about_to_begin_when_the_others_left_gets_everything(engine: LogEngine, logs: Logs) -> None:
    texts = print_lines(engine, MANY)
    first, second = looking(logs), looking(logs)
    await first.next()
    await first.close()
    assert (await rest(second)).texts == texts
    await second.close()
    await asyncio.sleep(0.1)
    assert not engine.containers["web"].open


async def test_all_are_told_why_it_cannot_be_read(engine: LogEngine, logs: Logs) -> None:
    print_lines(engine, 1)
    watching = LogView(logs)
    watching.add("web", tail=1)
    await rest(watching)
    why = EngineError(Message("The disk is gone"))
    engine.containers["web"].stream = lambda **_asked: (_ for _ in ()).throw(why)  # type: ignore[method-assign]
    for seen in await asyncio.gather(rest(looking(logs)), rest(looking(logs))):
        assert [end.problem for end in seen.ends] == [why.message]
