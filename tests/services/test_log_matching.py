"""Which lines a search finds, and what it shows of them."""

from __future__ import annotations

import time

import pytest

from projects.services.log_matching import (
    LONGEST_MATCHED,
    LONGEST_SHOWN,
    STDERR,
    STDOUT,
    BadQuery,
    Line,
    Matcher,
    Query,
)


def line(text: str | bytes, stream: int = STDOUT) -> Line:
    raw = text.encode() if isinstance(text, str) else text
    return Line(stamp=b"2026-11-23T08:00:00.000000000Z", stream=stream, text=raw)


def parts(query: Query, text: str | bytes) -> list[str] | None:
    hit = Matcher(query).hit(line(text))
    return list(hit.parts) if hit else None


@pytest.mark.parametrize(
    ("find", "text", "expected"),
    [
        ("refused", "connection Refused by peer", ["connection ", "Refused", " by peer"]),
        ("peer refused", "connection refused by peer", ["connection ", "refused", " by ", "peer", ""]),
        ("peer refused", "connection refused", None),
        ('"connection refused"', "connection refused", ["", "connection refused", ""]),
        ('"connection refused"', "connection was refused", None),
        ('"unfinished phrase', "an unfinished phrase", ["an ", "unfinished phrase", ""]),
        ("a.c", "abc", None),
        ("größe", "die GRÖSSE, die Größe", ["die GRÖSSE, die ", "Größe", ""]),
        ("日志", "一行日志。", ["一行", "日志", "。"]),
        ("aa", "aaaaa", ["", "aa", "", "aa", "a"]),
        ("ab bc", "abc", ["", "ab", "", "c", ""]),
    ],
)
def test_all_words_and_phrases_must_be_there(find: str, text: str, expected: list[str] | None) -> None:
    assert parts(Query(find=find), text) == expected


@pytest.mark.parametrize(
    ("find", "text", "expected"),
    [
        (r"^GET .* 5\d\d$", "GET /x 503", ["", "GET /x 503", ""]),
        (r"5\d\d", "503 504", ["", "503", " ", "504", ""]),
        (r"x*", "abc", ["abc"]),
        (r"two words", "two  words", None),
        (r"日.", "日志", ["", "日志", ""]),
    ],
)
def test_a_pattern_is_searched_for(find: str, text: str, expected: list[str] | None) -> None:
    assert parts(Query(find=find, is_regex=True), text) == expected


def test_what_is_left_out_counts_more() -> None:
    query = Query(find="GET", without='/health "kube probe"')
    assert parts(query, "GET /index") == ["", "GET", " /index"]
    assert parts(query, "GET /health") is None
    assert parts(query, "GET / kube probe") is None
    assert parts(Query(without="x|y", is_regex=True), "abc") == ["abc"]
    assert parts(Query(without="x|y", is_regex=True), "aye") is None


def test_case_counts_where_asked() -> None:
    assert parts(Query(find="Error", is_case_sensitive=True), "error") is None
    assert parts(Query(find="Error", is_case_sensitive=True), "Error") == ["", "Error", ""]


def test_levels_and_streams_choose() -> None:
    errors = Matcher(Query(levels=frozenset({"error", "fatal"})))
    assert [hit.level for hit in errors.hits([line("ERROR: x"), line("INFO: x"), line("x")])] == ["error"]
    stderr = Matcher(Query(streams=frozenset({STDERR})))
    assert [hit.stream for hit in stderr.hits([line("x"), line("y", STDERR)])] == [STDERR]


def test_escape_sequences_are_neither_searched_nor_shown() -> None:
    link = "\x1b]8;;javascript:alert(1)\x1b\\link\x1b]8;;\x1b\\"
    red = f"\x1b[31mER\x1b[0mROR{link} \x1b]0;title\x07\x1b]52;c;aGk=\x07end\r"
    assert parts(Query(find="error"), red) == ["", "ERROR", "link end"]
    assert parts(Query(find="javascript"), red) is None
    assert parts(Query(find="x"), "x\x1b]0;never ended") == ["", "x", ""]


def test_garbage_is_no_crash() -> None:
    assert parts(Query(find="x"), b"\xff\x00x\xc3") == ["\ufffd\x00", "x", "\ufffd"]
    assert parts(Query(find=r"\x00.", is_regex=True), b"\xff\x00x") == ["\ufffd", "\x00x", ""]


def test_a_long_line_is_shown_around_its_first_match() -> None:
    hit = Matcher(Query(find="needle")).hit(line("é" * 20_000 + "needle" + "é" * 20_000))
    assert hit and hit.is_cut
    assert hit.parts[1] == "needle"
    assert len("".join(hit.parts).encode()) <= LONGEST_SHOWN + 4
    assert "\ufffd" not in "".join(hit.parts)
    beyond = Matcher(Query(find="needle")).hit(line("x" * LONGEST_MATCHED + "needle"))
    assert beyond is None


@pytest.mark.parametrize(
    "query",
    [
        Query(find="(", is_regex=True),
        Query(find="(?=a)", is_regex=True),
        Query(find=r"(a)\1", is_regex=True),
        Query(find="x" * 501),
        Query(find="(" + "|".join(f".{{{n}}}" for n in range(900, 960)) + ")", is_regex=True),
        Query(),
        Query(find='""'),
    ],
)
def test_what_cannot_be_searched_for_is_said(query: Query) -> None:
    with pytest.raises(BadQuery) as refused:
        Matcher(query)
    assert str(refused.value)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(.*)*x", "(a*)*(a*)*b"])
def test_no_pattern_takes_long(pattern: str) -> None:
    matcher = Matcher(Query(find=pattern, is_regex=True))
    began = time.perf_counter()
    matcher.hit(line("a" * LONGEST_MATCHED + "!"))
    assert time.perf_counter() - began < 1


def test_what_a_hit_holds_is_bounded() -> None:
    hit = Matcher(Query(find="a")).hit(line("a" * 1_000_000))
    assert hit and len(hit.parts) <= 101
    assert hit.is_cut


@pytest.mark.parametrize("pattern", [r"^b+$", r"\Ab+\z", r"b$|c", r"(?i)^B", r"\bb+\b", "b|", "^b"])
def test_many_lines_at_once_give_what_each_alone_gives(pattern: str) -> None:
    matcher = Matcher(Query(find=pattern, is_regex=True, is_case_sensitive=True))
    for text in ("bbb", "bbb\r", "\x1b[1mbbb\x1b[0m"):
        assert len(matcher.hits([line("a"), line(text), line("a")])) >= 1, text


def test_a_sequence_that_is_never_ended_hides_no_other_line() -> None:
    matcher = Matcher(Query(find="needle"))
    assert len(matcher.hits([line("\x1b]0;never ended"), line("needle"), line("x")])) == 1
