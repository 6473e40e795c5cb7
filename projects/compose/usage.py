"""What a container uses over time: one reading of the engine after another, and the last hour of them in short."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Any, Final, TypeAlias

from projects.compose.engine_answers import seconds_of
from projects.compose.figures import Figures, figures_from

STEP_SECONDS: Final = 5
SPAN_SECONDS: Final = 3600

Value: TypeAlias = float | None

# Packed, because an hour of a hundred containers is kept: a time and six values, not a number for None.
_packed = Struct("<d6f")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """One message of the engine, `at` its own time; whether it tells of CPU (`compared`) and network (`networked`)."""

    at: float
    figures: Figures
    compared: bool
    networked: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """What a container uses at a moment: CPU in percent (100 is one processor), memory in bytes, the rest in bytes a
    second; None is what is not known (yet)."""

    at: float
    cpu: Value
    memory: float
    received: Value
    sent: Value
    read: Value
    written: Value

    @property
    def values(self) -> tuple[Value, ...]:
        """The six values in the order of `Point`."""
        return self.cpu, self.memory, self.received, self.sent, self.read, self.written


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """The means of some seconds that begin `at`: CPU, memory, received, sent, read, written, each as in `Usage`."""

    at: float
    values: tuple[Value, ...]


def reading_from(message: Mapping[str, Any]) -> Reading | None:
    """Read one message of the engine; None for the empty ones that it sends of a container that does not run."""
    at = seconds_of(message.get("read"))
    if not at:
        return None
    return Reading(
        at=at,
        figures=figures_from(message),
        # The first of a stream has nothing to compare with: its CPU would be the mean since the machine started.
        compared=seconds_of(message.get("preread")) > 0,
        networked=bool(message.get("networks")),
    )


def usage_between(before: Reading | None, now: Reading) -> Usage:
    """Return what was used between two readings of one container, or at the first one."""

    def rate(name: str) -> Value:
        if before is None or now.at <= before.at:
            return None
        change = getattr(now.figures, name) - getattr(before.figures, name)
        # After a restart the counters begin anew.
        return change / (now.at - before.at) if change >= 0 else None

    networked = now.networked and before is not None and before.networked
    return Usage(
        at=now.at,
        cpu=now.figures.cpu if now.compared else None,
        memory=now.figures.memory,
        received=rate("received") if networked else None,
        sent=rate("sent") if networked else None,
        read=rate("read"),
        written=rate("written"),
    )


class History:
    """The means of every `STEP_SECONDS`, at most `SPAN_SECONDS` of them."""

    def __init__(self) -> None:
        self._points: deque[bytes] = deque(maxlen=SPAN_SECONDS // STEP_SECONDS)
        self._under_way: list[Usage] = []

    def add(self, usage: Usage) -> None:
        """Take in what is used; in the order of time."""
        if self._under_way and _step(self._under_way[0].at) != _step(usage.at):
            self._complete()
        self._under_way.append(usage)

    def _complete(self) -> None:
        columns = zip(*(usage.values for usage in self._under_way), strict=True)
        means = [math.nan if (mean := _mean(column)) is None else mean for column in columns]
        self._points.append(_packed.pack(_step(self._under_way[0].at), *means))
        self._under_way = []

    def after(self, at: float) -> list[Point]:
        """Return the points later than a time, the oldest first."""
        found: list[Point] = []
        for packed in reversed(self._points):
            when, *values = _packed.unpack(packed)
            if when <= at:
                break
            found.append(Point(at=when, values=tuple(None if math.isnan(value) else value for value in values)))
        return found[::-1]

    @property
    def newest(self) -> float:
        """The time of the newest point, 0 without any."""
        return float(_packed.unpack(self._points[-1])[0]) if self._points else 0.0


def _step(at: float) -> int:
    return int(at // STEP_SECONDS) * STEP_SECONDS


def _mean(values: Sequence[Value]) -> Value:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
