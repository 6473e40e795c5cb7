"""Moments as ``--since`` and ``--until`` give them: a duration back from now, a Unix time, or a date."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from projects.compose.errors import ComposeError
from projects.compose.messages import Message

_UNITS: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
_UNIX = re.compile(r"\d+(?:\.\d+)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def moment(text: str, flag: str, now: float) -> float | None:
    """Return the Unix time that is meant, None for none; a time without zone is the machine's own.

    Raises `ComposeError`, which names the `flag`.
    """
    if not text:
        return None
    if _UNIX.fullmatch(text):
        return float(text)
    parts = _PART.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return now - sum(float(number) * _UNITS[unit] for number, unit in parts)
    try:
        if not _DATE.match(text):
            raise ValueError
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise ComposeError(
            Message(
                'invalid value for "%(flag)s": failed to parse value as time or duration: "%(text)s"',
                flag=flag,
                text=text,
            )
        ) from None
