"""Trees as YAML text: laid out as the reference does it, and read back as what they were."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projects.compose.source import parse
from projects.compose.yaml_text import dump

BAD = "\x00\x01\x7f\ud800"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a b", "a b"),
        ("", '""'),
        ("null", '"null"'),
        ("1_0", '"1_0"'),
        ("2020-01-01", '"2020-01-01"'),
        ("on", "'on'"),
        ("12:30", "'12:30'"),
        ("1:60", "1:60"),
        ("it's", "it's"),
        ("it's: x", "'it''s: x'"),
        ("a #b", "'a #b'"),
        ("a#b", "a#b"),
        ("- a", "'- a'"),
        ("-a", "-a"),
        (" a", "' a'"),
        ("a\tb", '"a\\tb"'),
        ("\x07😀", '"\\a\\U0001F600"'),
        ("a\nb", "|-\n  a\n  b"),
        ("a\n", "|\n  a"),
        ("a\n\n", "|+\n  a\n"),
        (" a\nb", "|2-\n   a\n  b"),
        ("a \nb", '"a \\nb"'),
        ("\n", '"\\n"'),
        ("word " * 16 + "word word", "word " * 15 + "word\n  word word"),
        ("é: " * 30, "'" + "é: " * 25 + "é:\n  é: é: é: é: '"),
        (None, "null"),
        (True, "true"),
        (0.5, "0.5"),
        ([], "[]"),
        ({}, "{}"),
    ],
)
def test_a_value_is_written_as_the_reference_writes_it(value: Any, written: str) -> None:
    assert dump({"k": value}) == f"k: {written}\n"


def test_lists_are_indented_below_their_key() -> None:
    assert dump({"a": [{"b": 1, "c": [2]}, [3, [4]]]}) == "a:\n  - b: 1\n    c:\n      - 2\n  - - 3\n    - - 4\n"


def test_a_key_that_is_too_long_for_one_line_is_marked() -> None:
    tree = {"k" * 2000: {"a": ["b"]}}
    assert parse(dump(tree).encode(), "f")[0].tree == tree


texts = st.text(st.characters(exclude_characters=BAD, exclude_categories=["Cs"]), max_size=6) | st.sampled_from(
    ["a: b", "word " * 30, "- ", "\n\n a\n", "\ta\nb", "<<", "null", "0x1", "'\"\\", "x\n \n", "#", "...", "--- a"]
)
trees = st.recursive(
    texts | st.none() | st.booleans() | st.integers(-(2**63), 2**63),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(texts, below, max_size=3),
    max_leaves=10,
)


@settings(deadline=None)
@given(st.dictionaries(texts, trees, min_size=1, max_size=3))
def test_what_is_written_is_read_back_as_what_it_was(tree: dict[str, Any]) -> None:
    assert parse(dump(tree).encode(), "f")[0].tree == tree
