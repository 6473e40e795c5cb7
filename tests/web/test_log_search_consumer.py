"""What a page may ask of the search, and what it is told when that makes no sense."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.test import Client

from compose_ui.asgi import application
from projects.consumers.log_search import LogSearchConsumer
from projects.models import Project
from projects.services.log_matching import Query, query_of


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", Query()),
        (
            "find=a+b&without=c&regex=1&case=1&level=error&level=fatal&stream=stderr",
            Query(
                find="a b",
                without="c",
                is_regex=True,
                is_case_sensitive=True,
                levels=frozenset({"error", "fatal"}),
                streams=frozenset({2}),
            ),
        ),
        ("find=a&regex=yes&case=0&stream=both", Query(find="a")),
    ],
)
def test_a_query_is_understood_or_left_aside(query: str, expected: Query) -> None:
    assert query_of(parse_qs(query)) == expected


async def told(sign_in: Callable[[str], Client], language: str = "en", **query: object) -> dict[str, Any]:
    """Return the first that the search says to a viewer."""
    cookies = (await sync_to_async(sign_in)("viewer")).cookies.output(header="", sep=";")
    headers = [
        (b"host", b"testserver"),
        (b"origin", b"http://testserver"),
        (b"cookie", cookies.encode()),
        (b"accept-language", language.encode()),
    ]
    address = f"/ws/projects/demo/logs/search/?{urlencode(query)}"
    socket = WebsocketCommunicator(application, address, headers=headers)
    await socket.connect()
    message = await socket.receive_output(timeout=20)
    for nonsense in ("{", '{"more": true}', '{"around": "../../etc", "source": 1}', '{"around": 1, "source": "x"}'):
        await socket.send_to(text_data=nonsense)
    assert await socket.receive_nothing(0.1)
    await socket.disconnect()
    found: dict[str, Any] = json.loads(message["text"])
    return found


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({"find": "(", "regex": "1"}, "This is no regular expression that can be searched for: missing ): ("),
        ({"find": "x" * 501}, "Search for at most 500 characters."),
        ({}, "Type what to search for, or choose a level or an output."),
    ],
)
async def test_what_cannot_be_searched_for_is_said(
    project: Project, sign_in: Callable[[str], Client], query: dict[str, str], text: str
) -> None:
    assert await told(sign_in, **query) == {"type": "problem", "text": text}


@pytest.mark.django_db(transaction=True)
async def test_it_is_said_in_the_viewers_language(project: Project, sign_in: Callable[[str], Client]) -> None:
    message = await told(sign_in, language="zh-hans", find="x" * 501)
    assert message["text"] != "Search for at most 500 characters."
    assert "500" in message["text"]


@pytest.mark.django_db(transaction=True)
async def test_only_so_many_searches_run_at_once(
    project: Project, sign_in: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projects.consumers.log_search.MOST_AT_ONCE", 0)
    consumer = LogSearchConsumer()
    said: list[dict[str, object]] = []

    async def tell(kind: str, **content: object) -> None:
        said.append({"type": kind, **content})

    consumer.language = "en"
    monkeypatch.setattr(consumer, "tell", tell)
    await consumer._run(None)  # type: ignore[arg-type]
    assert said == [{"type": "problem", "text": "Too many searches run at present. Try again in a moment."}]
