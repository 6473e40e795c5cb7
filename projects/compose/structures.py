"""The forms of lists, mappings and unions in a Compose file, and what is said about what does not belong there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from projects.compose.document import Path, Tree, dotted
from projects.compose.messages import Message
from projects.compose.shapes import Report, Shape

_EXTENSION = "x-"


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
                    path=dotted(path),
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
                report(path, Message("%(path)s missing property '%(name)s'", path=dotted(path), name=name), "missing")


@dataclass(frozen=True, slots=True)
class NullableRecord(Record):
    """A record that may be left empty."""

    def check_inside(self, value: Tree, path: Path, report: Report) -> None:
        """Check anything but null."""
        if value is not None:
            Record.check_inside(self, value, path, report)


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
            path=dotted(path),
            name=name,
            near=near[0],
        )
    return Message("%(path)s additional properties '%(name)s' not allowed", path=dotted(path), name=name[:200])


def _misnamed(name: str, path: Path) -> Message:
    return Message(
        "%(path)s additional properties '%(name)s' not allowed. A name here has only letters a to z, digits, and . _ -",
        path=dotted(path),
        name=name[:200],
    )


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
