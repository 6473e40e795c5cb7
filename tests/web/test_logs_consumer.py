"""What a page may ask of the logs' websocket, and what nobody may."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.test import Client

from compose_ui.asgi import application
from projects.consumers.logs import DEFAULT_TAIL, acknowledged_bytes, wanted
from projects.models import Project


@pytest.mark.parametrize(
    ("query", "services", "container", "tail", "since"),
    [
        ("", set(), "", DEFAULT_TAIL, None),
        ("service=web&service=db&tail=10", {"web", "db"}, "", 10, None),
        ("container=demo-web-1&tail=all&since=1763884800.25", set(), "demo-web-1", None, 1763884800.25),
        ("tail=-1&since=yesterday", set(), "", DEFAULT_TAIL, None),
        ("tail=99999999999999999999&since=nan", set(), "", DEFAULT_TAIL, None),
        ("tail=&since=1e999", set(), "", DEFAULT_TAIL, None),
    ],
)
def test_a_query_is_understood_or_left_aside(
    query: str, services: set[str], container: str, tail: int | None, since: float | None
) -> None:
    expected = {"services": services, "container": container, "tail": tail, "since": since}
    assert wanted(parse_qs(query)) == expected


@pytest.mark.parametrize(
    ("text", "acknowledged"),
    [
        ('{"ack": 65536}', 65536),
        ('{"ack": "65536"}', None),
        ('{"ack": 1.5}', None),
        ('{"other": 1}', None),
        ("[]", None),
        ("null", None),
        ("", None),
        ("{", None),
        ('{"ack": 1' + " " * 2000 + "}", None),
        ('{"ack": ' + "9" * 900 + "}", int("9" * 900)),
    ],
)
def test_only_acknowledgements_are_taken_from_the_page(text: str, acknowledged: int | None) -> None:
    assert acknowledged_bytes(text) == acknowledged


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("person", "code"), [("anonymous", 4401), ("stranger", 4404)])
async def test_who_may_not_see_the_project_sees_no_logs(
    project: Project, sign_in: Callable[[str], Client], person: str, code: int
) -> None:
    cookies = (await sync_to_async(sign_in)(person)).cookies.output(header="", sep=";")
    headers = [(b"host", b"testserver"), (b"origin", b"http://testserver"), (b"cookie", cookies.encode())]
    socket = WebsocketCommunicator(application, "/ws/projects/demo/logs/", headers=headers)
    await socket.connect()
    assert await socket.receive_output(timeout=5) == {"type": "websocket.close", "code": code}
