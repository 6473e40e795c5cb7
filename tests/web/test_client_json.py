"""Whatever a browser sends, there is an object or there is none."""

from __future__ import annotations

import pytest

from projects.client_json import object_in


def test_an_object_is_taken() -> None:
    assert object_in('{"ack": 5}') == object_in(b'{"ack": 5}', longest=10) == {"ack": 5}


@pytest.mark.parametrize(
    "text", ["", "5", "[]", "[1]", "[" * 1000, "null", "{", "\x00", b"\xff\xfe\xff", "[" * 100_000, '{"a":' * 100_000]
)
def test_all_else_is_nothing(text: str | bytes) -> None:
    assert object_in(text) == {}


def test_what_is_too_long_is_not_looked_at() -> None:
    assert object_in('{"ack": 50}', longest=10) == {}
    assert object_in('{"more": true' + " " * 2000 + "}", longest=1000) == {}
