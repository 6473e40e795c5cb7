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
STAMP: Final = 30  # such as 2026-11-23T08:14:29.123456789Z
LONGEST_FRAME: Final = 4 * 1024 * 1024
NEWLINE: Final = 0x0A

_header = Struct(">BxxxI")
_length = Struct(">I")
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
    """Cuts the bytes of one log stream, given piece by piece, into whole frames."""

    def __init__(self, *, tty: bool) -> None:
        self._tty = tty
        self._rest = bytearray()

    def feed(self, data: bytes) -> Frames:
        """Return the frames that `data` completes; raises `BrokenFrames`."""
        return _terminal_frames(data) if self._tty else self._cut(data)

    def _cut(self, data: bytes) -> Frames:
        # One pass for every line of every container: kept free of calls and copies.
        rest = self._rest
        rest += data
        position = lines = last = 0
        end = len(rest)
        length_at = _length.unpack_from
        while end - position >= HEADER:
            length = length_at(rest, position + 4)[0]
            after = position + HEADER + length
            if after > end:
                if length > LONGEST_FRAME:
                    raise BrokenFrames
                break
            if length and rest[after - 1] == NEWLINE:
                lines += 1
            last, position = position, after
        whole = bytes(rest[:position])
        del rest[:position]
        return Frames(data=whole, lines=lines, last=_stamp_at(whole, last + HEADER))


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
