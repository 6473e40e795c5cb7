"""Numbers with a fraction, written as Go writes them."""

from __future__ import annotations

import struct
from decimal import Decimal

# Go's %v changes to an exponent at the seventh digit, encoding/json at the twenty-second.
_EXPONENT_FROM = 1e6
_JSON_EXPONENT_FROM = 1e21


def to_float32(value: float) -> float:
    """Round to single precision, in which Compose keeps CPU shares; raises OverflowError where it does not fit."""
    rounded: float = struct.unpack("f", struct.pack("f", value))[0]
    return rounded


def format_float32(value: float) -> str:
    """Return the shortest text that reads back as the same single-precision number (Go's ``encoding/json``)."""
    value = to_float32(value)
    shortest = next(
        text for text in (f"{value:.{digits}e}" for digits in range(17)) if to_float32(float(text)) == value
    )
    if value == 0 or 1e-6 <= abs(value) < _JSON_EXPONENT_FROM:
        return format(Decimal(shortest).normalize(), "f")
    return _scientific(shortest, exponent_digits=1)


def without_exponent(value: float) -> int | float:
    """Return a whole number as an integer, in the digits of Go's ``encoding/json`` where that has no exponent."""
    return int(Decimal(repr(value))) if value.is_integer() and abs(value) < _JSON_EXPONENT_FROM else value


def format_float64(value: float) -> str:
    """Return a number as Go's ``%v`` prints it: ``2.5``, ``1000``, ``1e+06``, ``+Inf``."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    if value == 0 or 1e-4 <= abs(value) < _EXPONENT_FROM:
        return format(Decimal(repr(value)).normalize(), "f")
    shortest = next(text for text in (f"{value:.{digits}e}" for digits in range(17)) if float(text) == value)
    return _scientific(shortest, exponent_digits=2)


def _scientific(text: str, *, exponent_digits: int) -> str:
    mantissa, _, exponent = text.partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    power = int(exponent)
    return f"{mantissa}e{'-' if power < 0 else '+'}{abs(power):0{exponent_digits}d}"
