"""Durations, sizes and tables as the reference's command line writes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

DECIMAL: Final = ("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB")
BINARY: Final = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB")
NARROWEST: Final = 10
GAP: Final = 3
LONGEST: Final = 2**63 / 1e9  # seconds, which the client counts in nanoseconds


def table(rows: Sequence[Sequence[str]], *, narrowest: int = NARROWEST, gap: int = GAP) -> str:
    """Return rows under each other, every column but the last as wide as its longest cell and the gap."""
    widths = [max(narrowest, *(len(row[column]) + gap for row in rows)) for column in range(len(rows[0]) - 1)]
    return "".join(
        "".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)) + row[-1] + "\n" for row in rows
    )


def shortened(text: str, length: int) -> str:
    """Return a text of at most `length` characters, the last of them an ellipsis where it was longer."""
    return text if len(text) <= length else text[: length - 1] + "…"


def ago(seconds: float) -> str:
    """Return a duration as the engine's own client says it, such as ``About a minute``; hours are rounded."""
    whole, minutes, hours = int(seconds), int(seconds // 60), int(seconds / 3600 + 0.5)
    if whole < 1:
        return "Less than a second"
    if whole < 60:
        return "1 second" if whole == 1 else f"{whole} seconds"
    if minutes < 60:
        return "About a minute" if minutes == 1 else f"{minutes} minutes"
    if hours < 48:
        return "About an hour" if hours == 1 else f"{hours} hours"
    days = hours // 24
    for longest, size, name in ((14, 1, "days"), (60, 7, "weeks"), (2 * 365, 30, "months")):
        if days < longest:
            return f"{days // size} {name}"
    return f"{int(min(seconds, LONGEST) // 3600) // 24 // 365} years"


def since(then: float, now: float) -> str:
    """Return how long ago that was; of what bears no time as long as the client can count."""
    return f"{ago(now - then if then else LONGEST)} ago"


def decimal_size(size: float) -> str:
    """Return a size in three digits and powers of 1000, such as ``598MB``."""
    return _size(size, 1000, DECIMAL, 3)


def binary_size(size: float) -> str:
    """Return a size in four digits and powers of 1024, such as ``23.54GiB``."""
    return _size(size, 1024, BINARY, 4)


def _size(size: float, base: int, units: Sequence[str], digits: int) -> str:
    power = 0
    while size >= base and power < len(units) - 1:
        size, power = size / base, power + 1
    return f"{size:.{digits}g}{units[power]}"
