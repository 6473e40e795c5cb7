"""Environment files: quotes, comments, escapes, variables, and the raw format."""

from __future__ import annotations

import pytest

from projects.compose.dotenv import InvalidEnvFile, lines, parse, parse_raw

OUTSIDE = {"OUT": "outside", "TAKEN": "outer"}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("A=1", {"A": "1"}),
        ("A=1\nB=2\n", {"A": "1", "B": "2"}),
        ("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
        ("\ufeffA=1", {"A": "1"}),
        ("  A = 1  ", {"A": "1"}),
        ("A: 1", {"A": "1"}),
        ("export A=1", {"A": "1"}),
        ("exported=1", {"exported": "1"}),
        ("A=", {"A": ""}),
        ("# comment\n\nA=1 # comment", {"A": "1"}),
        ("A=a#b", {"A": "a#b"}),
        ("A=a b  c ", {"A": "a b  c"}),
        ("A.b-c[0]=1", {"A.b-c[0]": "1"}),
        ("A='single $OUT \\n'", {"A": "single $OUT \\n"}),
        ("A='it\\'s'", {"A": "it's"}),
        ('A="double $OUT"', {"A": "double outside"}),
        ('A="a\\nb\\tc\\\\d\\"e"', {"A": 'a\nb\tc\\d"e'}),
        ('A="\\$OUT"', {"A": "$OUT"}),
        ('A="\\u00e9\\0101"', {"A": "\\u00e9A"}),
        ('A="two\nlines"\nB=1', {"A": "two\nlines", "B": "1"}),
        ("A='two\nlines'", {"A": "two\nlines"}),
        ("A=1\nB=${A}2", {"A": "1", "B": "12"}),
        ("TAKEN=inner\nB=$TAKEN", {"TAKEN": "inner", "B": "outer"}),
        ("A=${NO:-default}", {"A": "default"}),
        ("A=$$x", {"A": "$x"}),
        ("OUT\nNO\nA=1", {"OUT": "outside", "A": "1"}),
        ("A=1\nA=2", {"A": "2"}),
        ("", {}),
        ("=1", {"": "1"}),
        ("A=1\nlast", {"A": "1", "": "last"}),
    ],
)
def test_a_dotenv_file_is_read(text: str, values: dict[str, str]) -> None:
    assert parse(text, OUTSIDE.get) == values


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("A='open", 1),
        ('A=1\nB="open', 2),
        ("A B=1", 1),
        ("A!=1", 1),
        ("export ", 1),
        ("A=1\n\nB=${NO:?needed}", 3),
        ("A=${", 1),
    ],
)
def test_a_dotenv_file_that_cannot_be_read_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(InvalidEnvFile) as refused:
        parse(text, OUTSIDE.get)
    assert refused.value.line == line


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("A='1' # no comment\n# comment\n\n  B= 2", {"A": "'1' # no comment", "B": " 2"}),
        ("A=$OUT", {"A": "$OUT"}),
        ("OUT\nNO", {"OUT": "outside"}),
        ("A=b=c", {"A": "b=c"}),
    ],
)
def test_a_raw_file_is_taken_as_it_is(text: str, values: dict[str, str]) -> None:
    assert parse_raw(text, OUTSIDE.get) == values


@pytest.mark.parametrize("text", ["A B=1", "=1"])
def test_a_raw_file_without_a_proper_name_is_refused(text: str) -> None:
    with pytest.raises(InvalidEnvFile):
        parse_raw(text)


def test_each_variable_is_found_at_its_line() -> None:
    text = "# c\n\nA=1\nexport B='x\ny'\r\nC: ${A:?a}\nD\nA=2\n"
    assert lines(text) == {"B": 4, "C": 6, "D": 7, "A": 8}
    assert lines("A=1\nB='open\n") == {"A": 1, "B": 2}
    assert lines("# c\r\nA=1\r\nB\r\n  C='\n", raw=True) == {"A": 2, "B": 3, "C": 4}
