"""The forms a single value of a Compose file may have, and what is said about one that has another.

A shape accepts values by their type: that keeps checking fast, and the sentence about a wrong value short. The tables
of the specification's attributes are written with these shapes in `attributes/`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

from projects.compose.document import Path, Tree, dotted
from projects.compose.messages import Message
from projects.compose.scalars import FALSE_WORDS, TRUE_WORDS, Timestamp

Report: TypeAlias = Callable[[Path, Message, str], None]
"""Told the path, what is wrong there, and of what: the ``value``, the ``key``, something ``missing`` or ``repeated``, a
``cast``, or just a ``warning``.

Strings are cast, and words for booleans warned of, only where variables are interpolated.
"""
Cast: TypeAlias = Callable[[str], float | None]

S = TypeVar("S", bound="Shape")


@dataclass(frozen=True, slots=True)
class Shape:
    """A form a value may have: `types` it accepts, and how it is called (``a string``)."""

    types: frozenset[type]
    called: str

    def check(self, value: Tree, path: Path, report: Report) -> None:
        """Report what is wrong with `value`, however deep."""
        if type(value) not in self.types:
            report(path, Message("%(path)s must be %(kind)s", path=dotted(path), kind=self.called), "value")
        else:
            self.check_inside(value, path, report)

    def check_inside(self, value: Tree, path: Path, report: Report) -> None:
        """Report what is wrong with a value of an accepted type."""


@dataclass(frozen=True, slots=True)
class Number(Shape):
    """A number, `whole` perhaps, within bounds, or a string: `cast` is what a string must stand for, if anything."""

    whole: bool = False
    cast: Cast | None = None
    minimum: float | None = None
    maximum: float | None = None

    def check_inside(self, value: Tree, path: Path, report: Report) -> None:
        """Report what is no such number: ``1e3`` is whole."""
        if isinstance(value, float) and self.whole and not value.is_integer():
            report(path, Message("%(path)s must be %(kind)s", path=dotted(path), kind=self.called), "value")
        elif isinstance(value, str):
            self.check_text(value, path, report)
        else:
            self.check_bounds(value, path, report)

    def check_text(self, text: str, path: Path, report: Report) -> None:
        """Report a string that stands for no such number."""
        if self.cast is None:
            return
        number = self.cast(text)
        if number is not None:
            self.check_bounds(number, path, report)
            return
        message = Message(
            "%(path)s: failed to cast to expected type: %(value)s is not %(kind)s",
            path=dotted(path),
            value=f'"{text[:80]}"',
            kind=self.called,
        )
        report(path, message, "cast")

    def check_bounds(self, value: float, path: Path, report: Report) -> None:
        """Report a number that is too small or too large."""
        if self.minimum is not None and value < self.minimum:
            least = f"{self.minimum:g}"
            report(
                path, Message("%(path)s must be greater than or equal to %(n)s", path=dotted(path), n=least), "value"
            )
        if self.maximum is not None and value > self.maximum:
            most = f"{self.maximum:g}"
            report(path, Message("%(path)s must be less than or equal to %(n)s", path=dotted(path), n=most), "value")


@dataclass(frozen=True, slots=True)
class Boolean(Shape):
    """A boolean, or a word that is cast to one."""

    def check_inside(self, value: Tree, path: Path, report: Report) -> None:
        """Report a word that is none, and warn of one that YAML 1.2 does not take for one."""
        if not isinstance(value, str):
            return
        word = value.lower()
        if word not in TRUE_WORDS and word not in FALSE_WORDS:
            message = Message(
                "%(path)s: failed to cast to expected type: invalid boolean: %(value)s",
                path=dotted(path),
                value=value[:80],
            )
            report(path, message, "cast")
        elif word not in ("true", "false"):
            message = Message(
                '"%(value)s" for boolean is not supported by YAML 1.2, please use `%(boolean)s`',
                value=value,
                boolean="true" if word in TRUE_WORDS else "false",
            )
            report(path, message, "warning")


@dataclass(frozen=True, slots=True)
class Choice(Shape):
    """One of a few words."""

    words: tuple[str, ...]

    def check_inside(self, value: Tree, path: Path, report: Report) -> None:
        """Report a word that is not among them."""
        if value not in self.words:
            words = ", ".join(f"'{word}'" for word in self.words)
            report(path, Message("%(path)s value must be one of %(words)s", path=dotted(path), words=words), "value")


@dataclass(frozen=True, slots=True)
class Pattern(Shape):
    """A string of a certain form."""

    pattern: re.Pattern[str]

    def check_inside(self, value: Tree, path: Path, report: Report) -> None:
        """Report a string that does not have it."""
        if not self.pattern.search(value):
            message = Message(
                "%(path)s '%(value)s' does not match pattern '%(pattern)s'",
                path=dotted(path),
                value=value[:100],
                pattern=self.pattern.pattern,
            )
            report(path, message, "value")


def choice(*words: str) -> Choice:
    """Return the shape of one of a few words."""
    return Choice(frozenset({str}), "a string", words)


def pattern(expression: str) -> Pattern:
    """Return the shape of a string that holds a match of a regular expression."""
    return Pattern(frozenset({str}), "a string", re.compile(expression))


def or_date(shape: S) -> S:
    """Return a shape that accepts an unquoted date as well."""
    return replace(shape, types=shape.types | {Timestamp})


def bounded(shape: Number, minimum: float | None = None, maximum: float | None = None) -> Number:
    """Return a numeric shape with bounds."""
    return replace(shape, minimum=minimum, maximum=maximum)
