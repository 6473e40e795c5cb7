"""A measured figure beside its goal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured value; `goal` is the most it may be, in the same `unit`; `peer` is Dockge's on such a machine.

    `note` says what the value is made of, for docs/performance.md. Without a goal it is for information.
    """

    name: str
    value: float
    unit: str
    goal: float | None = None
    peer: str = ""
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the value is within its goal."""
        return self.goal is None or self.value <= self.goal

    @property
    def verdict(self) -> str:
        """Return ``met``, ``missed``, or ``-`` where there is no goal."""
        if self.goal is None:
            return "-"
        return "met" if self.met else "missed"

    def __str__(self) -> str:
        if self.goal is None:
            return f"{self.name}: {self.amount(self.value)}"
        return f"{self.name}: {self.amount(self.value)} (goal at most {self.amount(self.goal)}) {self.verdict}"

    def amount(self, value: float) -> str:
        """Return `value` with three significant digits and the unit."""
        digits = f"{value:.0f}" if value >= 100 else f"{value:.3g}"
        return f"{digits} {self.unit}"


@dataclass(frozen=True, kw_only=True)
class NotTaken:
    """A figure that could not be taken here, and why."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: not taken ({self.reason})"
