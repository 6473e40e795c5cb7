"""Plain YAML scalars, typed as Go's yaml.v4 types them (YAML 1.2 with a few leftovers of 1.1)."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeAlias

from projects.compose.gofloat import format_float64

Scalar: TypeAlias = str | int | float | bool | None

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    "-0": -0.0,
}
_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_TIMESTAMP = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
    r"(?:(?P<mark>[Tt ])(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{1,2}):(?P<second>[0-9]{1,2})"
    r"(?:\.(?P<fraction>[0-9]{1,9})[0-9]*)?(?P<zone>Z|[-+][0-9]{2}:[0-9]{2})?)?"
)
_NUMBER_STARTS = frozenset("0123456789+-.")
_LONGEST_NUMBER = 400


class Timestamp(str):
    """An unquoted date, written as Go writes a time; which attributes take one, `attributes` says."""

    __slots__ = ()

    @property
    def rfc3339(self) -> str:
        """The time as Go writes it to JSON."""
        day, time, zone, *_ = self.split(" ")
        return f"{day}T{time}" + ("Z" if zone == "+0000" else f"{zone[:3]}:{zone[3:]}")


@lru_cache(maxsize=4096)
def resolve(text: str) -> Scalar:
    """Return the value of an unquoted scalar."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS or len(text) > _LONGEST_NUMBER:
        return text
    number = _number(text.replace("_", ""))
    if number is not None:
        return number
    return _timestamp(text) or text


def _timestamp(text: str) -> Timestamp | None:
    match = _TIMESTAMP.fullmatch(text)
    if match is None or (match["mark"] is not None and (match["mark"] == " ") == bool(match["zone"])):
        return None
    year, month, day = (int(match[part]) for part in ("year", "month", "day"))
    hour, minute, second = (int(match[part] or 0) for part in ("hour", "minute", "second"))
    try:
        datetime(year or 4, month, day, hour, minute, second)
    except ValueError:
        return None
    fraction = (match["fraction"] or "").rstrip("0")
    zone = (match["zone"] or "Z").replace(":", "")
    shown = "+0000 UTC" if zone in ("Z", "+0000", "-0000") else f"{zone} {zone}"
    seconds = f"{second:02d}" + (f".{fraction}" if fraction else "")
    return Timestamp(f"{year:04d}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}:{seconds} {shown}")


def _number(text: str) -> int | float | None:
    if match := _INTEGER.fullmatch(text):
        integer = _integer(*match.groups())
        if integer is not None:
            return integer
    if not _FLOAT.fullmatch(text):
        return None
    number = float(text)
    return None if number in (float("inf"), float("-inf")) else number


def _integer(sign: str, hexadecimal: str, binary: str, octal: str, decimal: str) -> int | None:
    if hexadecimal:
        value = int(hexadecimal, 16)
    elif binary:
        value = int(binary, 2)
    else:
        value = int(octal, 8) if octal else int(decimal)
    value = -value if sign == "-" else value
    return value if -(2**63) <= value < 2**64 else None


def as_text(value: Scalar) -> str:
    """Return a scalar as Compose writes it into a string: Go's ``%v``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format_float64(value)
    return "" if value is None else str(value)


def as_go_text(value: Any) -> str:
    """Return any value as Compose writes it into a string where a mapping becomes a list: Go's ``%v``."""
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{as_go_text(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(map(as_go_text, value)) + "]"
    return "<nil>" if value is None else as_text(value)


TRUE_WORDS = ("true", "y", "yes", "on")
FALSE_WORDS = ("false", "n", "no", "off")


def is_true(value: object) -> bool:
    """Return whether a boolean, possibly still written as a word, is set."""
    return value is True or (isinstance(value, str) and value.lower() in TRUE_WORDS)
