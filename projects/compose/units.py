"""Sizes, durations and file modes: the values Compose writes with a unit."""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, Decimal, localcontext

MAX_INT64 = 2**63 - 1
_OVERFLOWN = -(2**63)  # what a float that is too large becomes in Go

_SIZE = re.compile(r"([^kmgtpib]*?) ?(?:([kmgtp])(?:i?b)?|b)?", re.IGNORECASE)
_NUMBER = re.compile(
    r"[0-9]+(_[0-9]+)*(\.([0-9]+(_[0-9]+)*)?)?(e[-+]?[0-9]+)?|\.[0-9]+(_[0-9]+)*(e[-+]?[0-9]+)?", re.IGNORECASE
)
_INTEGER = re.compile(r"[-+]?[0-9]{1,19}")
_SIZE_FACTORS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40, "p": 1 << 50}

_NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
    "w": 604_800_000_000_000,
}
_DURATION_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h|d|w)")


class Bytes(int):
    """A number of bytes; written as a quoted decimal in JSON."""


class FileMode(int):
    """A file mode such as 0o440; written as ``"0440"`` in JSON."""

    def __str__(self) -> str:
        return f"0{int(self):o}"


class Duration(int):
    """A number of nanoseconds; ``str()`` writes it as Go does, for example ``1m30s``."""

    def __str__(self) -> str:
        if self < 0:
            return "-" + str(Duration(-int(self)))
        if self < _NANOSECONDS["s"]:
            return _below_a_second(int(self))
        seconds, fraction = divmod(int(self), _NANOSECONDS["s"])
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        text = _decimal(seconds, fraction, 9) + "s"
        if hours:
            return f"{hours}h{minutes}m{text}"
        return f"{minutes}m{text}" if minutes else text

    @property
    def seconds(self) -> float:
        """The same span in seconds."""
        return int(self) / _NANOSECONDS["s"]


def _below_a_second(nanoseconds: int) -> str:
    if nanoseconds == 0:
        return "0s"
    if nanoseconds < 1_000:
        return f"{nanoseconds}ns"
    if nanoseconds < 1_000_000:
        return _decimal(*divmod(nanoseconds, 1_000), 3) + "µs"
    return _decimal(*divmod(nanoseconds, 1_000_000), 6) + "ms"


def _decimal(whole: int, fraction: int, digits: int) -> str:
    if not fraction:
        return str(whole)
    return f"{whole}." + f"{fraction:0{digits}d}".rstrip("0")


def parse_bytes(text: str) -> Bytes:
    """Read a size such as ``512m``, ``1.5 GiB``, ``1024`` or ``-1`` in powers of 1024; raises ValueError."""
    if _INTEGER.fullmatch(text) and abs(int(text)) <= MAX_INT64:
        return Bytes(text)
    match = _SIZE.fullmatch(text) if len(text) < 100 else None
    if match is None or not _NUMBER.fullmatch(match[1]):
        raise ValueError(f"invalid size: '{text[:80]}'")
    size = float(match[1]) * _SIZE_FACTORS[(match[2] or "").lower()]
    if size == float("inf"):
        raise ValueError(f"invalid size: '{text[:80]}'")
    return Bytes(int(size)) if size < MAX_INT64 else Bytes(_OVERFLOWN)


def parse_duration(text: str) -> Duration:
    """Read a duration such as ``1m30s``, ``1.5h`` or ``2d``; raises ValueError (Go syntax plus days and weeks)."""
    body = text[1:] if text[:1] in ("-", "+") else text
    if body == "0":
        return Duration(0)
    total, position = Decimal(0), 0
    with localcontext() as context:
        context.prec = 60
        while match := _DURATION_PART.match(body, position):
            part = Decimal(match.group(1)) * _NANOSECONDS[match.group(2)]
            total += part.to_integral_value(ROUND_DOWN)
            position = match.end()
    if not body or position != len(body) or total > MAX_INT64 or len(text) > 200:
        raise ValueError(f'time: invalid duration "{text[:80]}"')
    return Duration(-int(total) if text[0] == "-" else int(total))
