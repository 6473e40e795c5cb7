"""How serious a line says it is: the table that the page's own detection is held to as well."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from projects.services.log_levels import LEVELS, level_of

CASES: list[tuple[str, str]] = json.loads((Path(__file__).parents[1] / "log_levels.json").read_text())


@pytest.mark.parametrize(("text", "level"), CASES)
def test_a_level_is_told_where_a_line_says_it_plainly(text: str, level: str) -> None:
    assert level in LEVELS
    assert level_of(text) == level


@pytest.mark.parametrize("text", ["[" * 60_000, '{"a":' * 60_000, "E" * 60_000, "a a " * 15_000, "{" + "1" * 60_000])
def test_no_line_takes_long(text: str) -> None:
    began = time.perf_counter()
    assert level_of(text) == "unknown"
    assert time.perf_counter() - began < 0.1
