"""The forms a value of a Compose file may have, and what is said about one that has another.

A shape accepts values by their type: that keeps checking fast, and the sentence about a wrong value short. The tables
of the specification's attributes are written with these shapes in `attributes/`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, TypeAlias, TypeVar

from projects.compose.document import Path, Tree
from projects.compose.messages import Message
from projects.compose.scalars import FALSE_WORDS, TRUE_WORDS, Timestamp

Report: TypeAlias = Callable[[Path, Message, str], None]
"""Told the path, what is wrong there, and of what: the ``value``, the ``key``, something ``missing`` or ``repeated``, a
``cast``, or just a ``warning``.

Strings are cast, and words for booleans warned of, only where variables are interpolated.
"""
Cast: TypeAlias = Callable[[str], float | None]

S = TypeVar("S", bound="Shape")

_EXTENSION = "x-"


@dataclass(frozen=True, slots=True)
class Shape:
    """A form a value may have: `types` it accepts, and how it is called (``a string``)."""

    types: frozenset[type]
    called: str

    def check(self, value: Tree, path: Path, report: Report) -> None:
        """Report what is wrong with `value`, however deep."""
        if type(value) not in self.types:
            report(path, Message("%(path)s must be %(kind)s", path=_text(path), kind=self.called), "value")
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
            report(path, Message("%(path)s must be %(kind)s", path=_text(path), kind=self.called), "value")
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
            path=_text(path),
            value=f'"{text[:80]}"',
            kind=self.called,
        )
        report(path, message, "cast")

    def check_bounds(self, value: float, path: Path, report: Report) -> None:
        """Report a number that is too small or too large."""
        if self.minimum is not None and value < self.minimum:
            least = f"{self.minimum:g}"
            report(path, Message("%(path)s must be greater than or equal to %(n)s", path=_text(path), n=least), "value")
        if self.maximum is not None and value > self.maximum:
            most = f"{self.maximum:g}"
            report(path, Message("%(path)s must be less than or equal to %(n)s", path=_text(path), n=most), "value")


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
                path=_text(path),
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
            report(path, Message("%(path)s value must be one of %(words)s", path=_text(path), words=words), "value")


@dataclass(frozen=True, slots=True)
class Pattern(Shape):
    """A string of a certain form."""

    pattern: re.Pattern[str]

    def check_inside(self, value: Tree, path: Path, report: Report) -> None:
        """Report a string that does not have it."""
        if not self.pattern.search(value):
            message = Message(
                "%(path)s '%(value)s' does not match pattern '%(pattern)s'",
                path=_text(path),
                value=value[:100],
                pattern=self.pattern.pattern,
            )
            report(path, message, "value")


@dataclass(frozen=True, slots=True)
class ListOf(Shape):
    """A list of values of one shape."""

    item: Shape
    unique: bool = False

    def check_inside(self, value: Tree, path: Path, report: Report) -> None:
        """Report wrong and repeated items."""
        accepted, plain = self.item.types, type(self.item) is Shape
        for index, item in enumerate(value):
            if not (plain and type(item) in accepted):
                self.item.check(item, (*path, index), report)
        if self.unique and len(value) > 1:
            self.check_unique(value, path, report)

    def check_unique(self, value: list[Tree], path: Path, report: Report) -> None:
        """Report an item that is equal to one before it."""
        seen: dict[Any, int] = {}
        for index, item in enumerate(value):
            if isinstance(item, dict | list):
                continue
            if item in seen:
                message = Message(
                    "%(path)s items at %(first)s and %(second)s are equal",
                    path=_text(path),
                    first=seen[item],
                    second=index,
                )
                report((*path, index), message, "repeated")
            seen.setdefault(item, index)


@dataclass(frozen=True, slots=True)
class MapOf(Shape):
    """A mapping from names to values of one shape."""

    item: Shape
    names: re.Pattern[str] | None = None
    closed: bool = True

    def check_inside(self, value: Tree, path: Path, report: Report) -> None:
        """Report wrong names and values."""
        accepted, plain = self.item.types, type(self.item) is Shape
        for name, item in value.items():
            if self.names is not None and not self.names.search(name):
                if self.closed:
                    report((*path, name), _misnamed(name, path), "key")
            elif not (plain and type(item) in accepted):
                self.item.check(item, (*path, name), report)


@dataclass(frozen=True, slots=True)
class Record(Shape):
    """A mapping with the attributes of the specification, ``x-`` keys where it is `extensible`, any `open_to_more`."""

    attributes: Mapping[str, Shape]
    required: tuple[str, ...] = ()
    extensible: bool = True
    open_to_more: bool = False

    def check_inside(self, value: Tree, path: Path, report: Report) -> None:
        """Report unknown, wrong and missing attributes."""
        attributes = self.attributes
        for name, item in value.items():
            shape = attributes.get(name)
            if shape is not None:
                if not (type(shape) is Shape and type(item) in shape.types):
                    shape.check(item, (*path, name), report)
            elif not (self.open_to_more or (self.extensible and name.startswith(_EXTENSION))):
                report((*path, name), _unknown(name, path, tuple(attributes)), "key")
        for name in self.required:
            if name not in value:
                report(path, Message("%(path)s missing property '%(name)s'", path=_text(path), name=name), "missing")


@dataclass(frozen=True, slots=True)
class OneOf(Shape):
    """One of several shapes, told apart by type."""

    shapes: tuple[Shape, ...]

    def check_inside(self, value: Tree, path: Path, report: Report) -> None:
        """Check with the shape that accepts the value's type."""
        kind = type(value)
        for shape in self.shapes:
            if kind in shape.types:
                shape.check_inside(value, path, report)
                return


def _unknown(name: str, path: Path, known: tuple[str, ...]) -> Message:
    near = get_close_matches(name, known, n=1, cutoff=0.6) if len(name) < 60 else []
    if near:
        return Message(
            "%(path)s additional properties '%(name)s' not allowed. Did you mean '%(near)s'?",
            path=_text(path),
            name=name,
            near=near[0],
        )
    return Message("%(path)s additional properties '%(name)s' not allowed", path=_text(path), name=name[:200])


def _misnamed(name: str, path: Path) -> Message:
    return Message(
        "%(path)s additional properties '%(name)s' not allowed. A name here has only letters a to z, digits, and . _ -",
        path=_text(path),
        name=name[:200],
    )


def _text(path: Path) -> str:
    return ".".join(str(step) for step in path)


def one_of(*shapes: Shape) -> OneOf:
    """Return the union of shapes."""
    types = frozenset[type]().union(*(shape.types for shape in shapes))
    return OneOf(types, " or ".join(dict.fromkeys(shape.called for shape in shapes)), shapes)


def list_of(item: Shape, *, unique: bool = False) -> ListOf:
    """Return the shape of a list."""
    return ListOf(frozenset({list}), "an array", item, unique)


def map_of(item: Shape, names: str | None = None, *, closed: bool = True) -> MapOf:
    """Return the shape of a mapping whose names match a pattern."""
    return MapOf(frozenset({dict}), "a mapping", item, re.compile(names) if names else None, closed)


def record(
    attributes: Mapping[str, Shape],
    *,
    required: tuple[str, ...] = (),
    extensible: bool = True,
    nullable: bool = False,
    open_to_more: bool = False,
) -> Record:
    """Return the shape of a mapping with known attributes."""
    if nullable:
        types: frozenset[type] = frozenset({dict, type(None)})
        return NullableRecord(types, "a mapping or null", attributes, required, extensible)
    return Record(frozenset({dict}), "a mapping", attributes, required, extensible, open_to_more)


@dataclass(frozen=True, slots=True)
class NullableRecord(Record):
    """A record that may be left empty."""

    def check_inside(self, value: Tree, path: Path, report: Report) -> None:
        """Check anything but null."""
        if value is not None:
            Record.check_inside(self, value, path, report)


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
