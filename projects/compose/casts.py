"""Strings that stand for numbers: interpolation leaves them behind where an attribute is a number."""

from __future__ import annotations

import re

from projects.compose.units import MAX_INT64

_INTEGER = re.compile(r"[-+]?[0-9]{1,19}")
_FLOAT = re.compile(r"[-+]?([0-9]+(_[0-9]+)*(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
_HEXADECIMAL = re.compile(r"[-+]?0[xX][0-9a-fA-F]+(\.[0-9a-fA-F]*)?[pP][-+]?[0-9]{1,4}")


_BOOLEANS = {
    **dict.fromkeys(("1", "t", "T", "true", "True", "TRUE"), True),
    **dict.fromkeys(("0", "f", "F", "false", "False", "FALSE"), False),
}


def boolean(text: str) -> bool | None:
    """Return the truth that a variable states, or None (Go, strconv.ParseBool)."""
    return _BOOLEANS.get(text)


def integer(text: str) -> int | None:
    """Return the integer a string stands for, or None (Go, strconv.ParseInt)."""
    number = int(text) if _INTEGER.fullmatch(text) else None
    return number if number is None or -MAX_INT64 <= number <= MAX_INT64 else None


def number(text: str) -> float | None:
    """Return the number a string stands for, or None; it may be infinite (Go, strconv.ParseFloat)."""
    try:
        if _HEXADECIMAL.fullmatch(text):
            return float.fromhex(text)
        return float(text) if _FLOAT.fullmatch(text) else None
    except OverflowError:
        return None
