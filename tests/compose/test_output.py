from __future__ import annotations

import time

import pytest

from projects.compose.output import LONGEST_LINE, SHOWN_LINES, OutputTail, PlainText


def shown(*pieces: str) -> list[str]:
    tail = OutputTail()
    for piece in pieces:
        tail.append(piece)
    return tail.lines()


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("\x1b[91mred\x1b[0m\n", "red\n"),
        ("\x1b[38;5;12mx\x1b[K", "x"),
        ("\x1b]0;a title\x07text", "text"),
        ("\x1b]8;;http://example.org\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("a\x08b\x00c\x7f\x9b", "abc"),
        ("tab\tand\r\nlines", "tab\tand\r\nlines"),
        ("━━━ 103 kB 汉字", "━━━ 103 kB 汉字"),
        ("\x1b(Bplain\x1b=\x1b7", "plain"),
    ],
)
def test_escape_sequences_and_control_characters_are_removed(raw: str, plain: str) -> None:
    assert PlainText().feed(raw) == plain


def test_a_sequence_cut_by_the_end_of_a_piece_is_removed_whole() -> None:
    reader = PlainText()
    assert [reader.feed(piece) for piece in ("one\x1b", "[9", "1mtwo", "\x1b[0", "m!")] == ["one", "", "two", "", "!"]


def test_an_escape_that_never_ends_does_not_swallow_the_text_behind_it() -> None:
    reader = PlainText()
    text = reader.feed("\x1b[" + "1" * 10) + reader.feed("1" * 1000) + reader.feed(" end")
    assert text.endswith(" end")


def test_hostile_sequences_are_stripped_in_linear_time() -> None:
    def seconds(length: int) -> float:
        begun = time.process_time()
        for hostile in ("\x1b]" * length, "\x1b[" * length, "\x1b[" + "0" * 2 * length, "\x1bP" + "x" * 2 * length):
            PlainText().feed(hostile)
        return time.process_time() - begun

    assert seconds(400_000) < 5 * seconds(100_000) + 0.1  # where it were quadratic, 16 times as long


def test_lines_may_come_in_pieces() -> None:
    assert shown("one\ntw", "o\nthr", "ee") == ["one", "two", "three"]


def test_a_carriage_return_starts_the_line_anew() -> None:
    assert shown(" 10%\r 20%\r\n", "30%\r", "40%", "\r50%\r\nnext") == [" 20%", "50%", "next"]


def test_only_the_last_lines_are_kept_and_the_others_counted() -> None:
    tail = OutputTail()
    for number in range(SHOWN_LINES + 500):
        tail.append(f"line {number}\n")
    assert (len(tail.lines()), tail.skipped, tail.lines()[0]) == (SHOWN_LINES, 500, "line 500")


def test_a_line_without_end_is_wrapped_and_bounded() -> None:
    tail = OutputTail()
    for _ in range(3000):
        tail.append("x" * LONGEST_LINE)
    assert sum(map(len, tail.lines())) <= (SHOWN_LINES + 1) * LONGEST_LINE
    assert shown("y" * (LONGEST_LINE + 1) + "\n") == ["y" * LONGEST_LINE, "y"]
