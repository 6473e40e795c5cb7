"""Frames are cut at the right places whatever pieces they come in."""

from __future__ import annotations

from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.services import log_frames
from projects.services.log_frames import BrokenFrames, FrameCutter


def frame(text: bytes, stream: int = 1, second: int = 0) -> bytes:
    payload = b"2026-11-23T08:00:%02d.000000000Z " % second + text
    return pack(">BxxxI", stream, len(payload)) + payload


LOG = b"".join(
    [frame(b"one\n"), frame(b"two\n", 2, 1), frame(b"half of ", 1, 2), frame(b"three\n", 1, 3), frame(b"", 1, 4)]
)


@given(st.lists(st.integers(1, 40)))
def test_any_pieces_give_the_same_frames(sizes: list[int]) -> None:
    cutter, position, data, lines = FrameCutter(tty=False), 0, b"", 0
    for size in [*sizes, len(LOG)]:
        frames = cutter.feed(LOG[position : position + size])
        position += size
        data, lines = data + frames.data, lines + frames.lines
        assert len(list(log_frames.split(frames.data))) >= (1 if frames.data else 0)
    assert (data, lines) == (LOG, 3)


REPEATED = b"".join(
    [
        *(frame(b"one\n"), frame(b"one\n"), frame(b"one\n", second=1), frame(b"one\n", 2, 1)),
        *(frame(b"x" * 99, second=2), frame(b"x" * 99, second=2), frame(b"\n", second=2), frame(b"\n", second=2)),
    ]
)
ONCE = b"".join(
    [
        *(frame(b"one\n"), frame(b"one\n", second=1), frame(b"one\n", 2, 1)),
        *(frame(b"x" * 99, second=2), frame(b"x" * 99, second=2), frame(b"\n", second=2)),
    ]
)


@given(st.lists(st.integers(1, 150)))
def test_of_a_followed_log_a_line_that_is_repeated_with_its_timestamp_comes_once(sizes: list[int]) -> None:
    cutter, position, data, lines = FrameCutter(tty=False, followed=True), 0, b"", 0
    for size in [*sizes, len(REPEATED)]:
        frames = cutter.feed(REPEATED[position : position + size])
        position += size
        data, lines = data + frames.data, lines + frames.lines
    assert (data, lines) == (ONCE, 4)


def test_what_has_no_timestamps_may_repeat_itself() -> None:
    printed = pack(">BxxxI", 1, 4) + b"one\n"
    assert FrameCutter(tty=False).feed(printed * 3).data == printed * 3
    assert FrameCutter(tty=True).feed(b"one\r\n" * 3).lines == 3


def test_of_a_followed_terminal_a_line_that_is_repeated_with_its_timestamp_comes_once() -> None:
    line = b"2026-11-23T08:00:%02d.000000000Z a\r\n"
    cutter = FrameCutter(tty=True, followed=True)
    text = b"".join(
        payload
        for data in (line % 0 + line % 0 + line % 1, line % 1 + line % 2, b"prompt> ", b"prompt> ", line % 2)
        for _stream, payload in log_frames.split(cutter.feed(data).data)
    )
    assert text == line % 0 + line % 1 + line % 2 + b"prompt> prompt> " + line % 2


def test_the_last_timestamp_is_known() -> None:
    assert FrameCutter(tty=False).feed(LOG[:-20]).last == b"2026-11-23T08:00:03.000000000Z"


def test_output_of_a_terminal_is_put_into_frames() -> None:
    text = b"2026-11-23T08:00:00.000000000Z a\r\n2026-11-23T08:00:01.000000000Z b\r\n"
    frames = FrameCutter(tty=True).feed(text)
    assert list(log_frames.split(frames.data)) == [(1, text)]
    assert (frames.lines, frames.last) == (2, b"2026-11-23T08:00:01.000000000Z")


def test_what_cannot_be_frames_is_refused() -> None:
    with pytest.raises(BrokenFrames):
        FrameCutter(tty=False).feed(b"HTTP/1.1 200 OK\r\n\r\n")


@pytest.mark.parametrize(
    ("wanted", "texts"),
    [
        (0, []),
        (1, [b"half of ", b"three\n"]),
        (2, [b"two\n", b"half of ", b"three\n"]),
        (9, [b"one\n", b"two\n", b"half of ", b"three\n"]),
    ],
)
def test_the_last_lines(wanted: int, texts: list[bytes]) -> None:
    got = log_frames.last_lines(LOG, wanted)
    assert [payload[31:] for _stream, payload in log_frames.split(got.data) if payload[31:]] == texts
    assert got.lines == min(wanted, 3)


def test_the_last_lines_of_a_terminal() -> None:
    frames = FrameCutter(tty=True).feed(b"one\rONE\r\ntwo\r\nthree\r\nprompt> ")
    assert list(log_frames.split(log_frames.last_lines(frames.data, 2).data)) == [(1, b"two\r\nthree\r\nprompt> ")]


def test_only_what_is_later() -> None:
    later = log_frames.after(LOG, b"2026-11-23T08:00:01.000000000Z")
    assert [payload[31:] for _stream, payload in log_frames.split(later.data)] == [b"half of ", b"three\n", b""]
    assert later.lines == 1


def test_only_later_lines_of_a_terminal() -> None:
    text = b"2026-11-23T08:00:00.000000000Z a\r\n2026-11-23T08:00:01.000000000Z b\r\n"
    later = log_frames.after(FrameCutter(tty=True).feed(text).data, b"2026-11-23T08:00:00.000000000Z")
    assert list(log_frames.split(later.data)) == [(1, text[34:])]


def test_timestamps_and_unix_times() -> None:
    assert log_frames.stamp(1763884800.25) == b"2025-11-23T08:00:00.250000000Z"
    assert log_frames.unix_seconds(b"2025-11-23T08:00:00.250000999Z") == 1763884800.25
