"""The frames in which an engine sends a container's log, and the places where they may be cut.

A frame is one byte stream number (1 stdout, 2 stderr), three zeros, four bytes length (big endian) and the payload
(Engine API, "Attach to a container"). With timestamps every message of the log begins with one of `STAMP` bytes and
a space; a message longer than 16 KiB comes in several frames, each with its timestamp, the last with the line's end.
Output of a terminal (TTY) has no frames: it is put into frames of stream 1 here, so that everybody reads one form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from struct import Struct
from typing import Final

HEADER: Final = 8
LENGTH_AT: Final = 4  # in it
STAMP: Final = 30  # such as 2026-11-23T08:14:29.123456789Z
LONGEST_FRAME: Final = 4 * 1024 * 1024
NEWLINE: Final = 0x0A

_header = Struct(">BxxxI")
_length = Struct(">I")
_head_and_moment = Struct(">I21xQ")  # the length, and of the timestamp the digits that tell one line from the next
_repeated_line = re.compile(rb"^(\d{4}-[^\n]*\n)\1+", re.MULTILINE)
_whole_lines = re.compile(rb"[^\n]*\n|[^\n]+").findall
_stamp = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z").fullmatch


class BrokenFrames(Exception):
    """The engine sent what cannot be frames."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Frames:
    """Whole frames, how many lines end in them, and the timestamp of their last message (empty: unknown)."""

    data: bytes
    lines: int
    last: bytes = b""


class FrameCutter:
    """Cuts the bytes of one log stream, given piece by piece, into whole frames.

    `followed`: it is a log with timestamps that is followed. Engines repeat the last line of a file that they have
    rotated to those who follow it; as no two lines are printed within the same nanosecond, it is handed on once.
    """

    def __init__(self, *, tty: bool, followed: bool = False) -> None:
        self._tty = tty
        self._head = _head_and_moment if followed else _length
        self._once = followed
        self._rest = bytearray()
        self._last = b""  # the last frame, or a terminal's last line
        self._moment = -1

    def feed(self, data: bytes) -> Frames:
        """Return the frames that `data` completes; raises `BrokenFrames`."""
        if not self._tty:
            return self._cut(data)
        return _terminal_frames(self._without_repeats(data) if self._once else data)

    def _cut(self, data: bytes) -> Frames:
        # One pass for every line of every container: kept free of calls and copies.
        rest, once, moment, repeats = self._rest, self._once, self._moment, []
        rest += data
        position = lines = last = 0
        end = len(rest) - self._head.size - LENGTH_AT
        head_at = self._head.unpack_from
        while position <= end:
            head = head_at(rest, position + LENGTH_AT)
            after = position + HEADER + head[0]
            if after > len(rest):
                if head[0] > LONGEST_FRAME:
                    raise BrokenFrames
                break
            if head[0] and rest[after - 1] == NEWLINE:
                lines += 1
                if once and head[1] == moment and self._is_repeated(last, position, after):
                    repeats.append((position, after))
            if once:
                moment = head[1]
            last, position = position, after
        self._moment = moment
        return self._taken(last, position, lines, repeats)

    def _is_repeated(self, last: int, position: int, after: int) -> bool:
        before = self._rest[last:position] if position else self._last
        return before == self._rest[position:after]

    def _taken(self, last: int, position: int, lines: int, repeats: list[tuple[int, int]]) -> Frames:
        whole = bytes(self._rest[:position])
        del self._rest[:position]
        self._last = whole[last:] or self._last
        stamp = _stamp_at(whole, last + HEADER)
        for start, after in reversed(repeats):
            whole = whole[:start] + whole[after:]
        return Frames(data=whole, lines=lines - len(repeats), last=stamp)

    def _without_repeats(self, data: bytes) -> bytes:
        repeated = data.startswith(self._last) and is_stamp(self._last[:STAMP])
        once = _repeated_line.sub(rb"\1", data[len(self._last) :] if repeated else data)
        ended = data.endswith(b"\n")
        self._last = data[data.rfind(b"\n", 0, -1) + 1 :] if ended else b""
        return once


def _terminal_frames(data: bytes) -> Frames:
    start = data.rfind(b"\n", 0, max(len(data) - 1, 0)) + 1
    return Frames(data=_frame(1, data), lines=data.count(b"\n"), last=_stamp_at(data, start))


def _frame(stream: int, payload: bytes) -> bytes:
    return _header.pack(stream, len(payload)) + payload if payload else b""


def _stamp_at(data: bytes, position: int) -> bytes:
    stamp = data[position : position + STAMP]
    return stamp if is_stamp(stamp) else b""


def split(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the stream number and the payload of each frame."""
    position = 0
    while position < len(data):
        stream, length = _header.unpack_from(data, position)
        position += HEADER + length
        yield stream, data[position - length : position]


def last_lines(data: bytes, wanted: int) -> Frames:
    """Return the frames of the last `wanted` lines in `data`; an unfinished line at the end comes with them."""
    kept: list[bytes] = []
    lines = 0
    for stream, payload in reversed(list(split(data))):
        ends = payload.count(b"\n")
        if lines + ends > wanted or (lines == wanted and ends):
            payload = _last_of(payload, wanted - lines)
            kept.append(_frame(stream, payload))
            lines += payload.count(b"\n")
            break
        kept.append(_frame(stream, payload))
        lines += ends
    return Frames(data=b"".join(reversed(kept)), lines=lines)


def _last_of(payload: bytes, wanted: int) -> bytes:
    pieces = _whole_lines(payload)
    tail = [] if payload.endswith(b"\n") else pieces[-1:]
    ended = pieces[: len(pieces) - len(tail)]
    return b"".join(ended[len(ended) - wanted :] + tail)


def after(data: bytes, stamp: bytes) -> Frames:
    """Return the frames of the messages in `data` that are later than `stamp`."""
    kept = [_frame(stream, _later(payload, stamp)) for stream, payload in split(data)]
    whole = b"".join(kept)
    return Frames(data=whole, lines=sum(payload.count(b"\n") for _stream, payload in split(whole)))


def _later(payload: bytes, stamp: bytes) -> bytes:
    if payload.count(b"\n", 0, -1) == 0:
        return payload if payload[:STAMP] > stamp else b""
    return b"".join(line for line in _whole_lines(payload) if line[:STAMP] > stamp)


def is_stamp(text: bytes) -> bool:
    """Return whether `text` is a timestamp as the engine writes it."""
    return _stamp(text) is not None


def unix_seconds(stamp: bytes) -> float:
    """Return the Unix time of a timestamp, rounded down to microseconds."""
    return datetime.fromisoformat(stamp.decode("ascii")).timestamp()


def stamp(seconds: float) -> bytes:
    """Return the timestamp of a Unix time."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z").encode("ascii")
