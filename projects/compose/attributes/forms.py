"""The shapes of single values, from which the tables are made."""

from __future__ import annotations

from projects.compose import casts
from projects.compose.scalars import Timestamp
from projects.compose.shapes import Boolean, Number, Shape
from projects.compose.structures import list_of, one_of

TEXT = Shape(frozenset({str}), "a string")
NULL = Shape(frozenset({type(None)}), "a null")
TEXT_OR_NULL = Shape(frozenset({str, type(None)}), "a string or null")
# An unquoted date where the reference takes one: it does not look at the type, or writes it as a string.
TEXT_OR_DATE = Shape(frozenset({str, Timestamp}), "a string")
BOOLEAN = Shape(frozenset({bool}), "a boolean")
BOOLEAN_OR_TEXT = Boolean(frozenset({bool, str}), "a boolean or string")
TEXT_OR_BOOLEAN = Shape(frozenset({bool, str}), "a string or boolean")
NUMBER = Shape(frozenset({int, float}), "a number")
INTEGER = Number(frozenset({int, float}), "an integer", whole=True)
INTEGER_OR_TEXT = Number(frozenset({int, float, str}), "an integer or string", whole=True)
CAST_INTEGER = Number(frozenset({int, float, str}), "an integer or string", whole=True, cast=casts.integer)
NUMBER_OR_TEXT = Shape(frozenset({int, float, str}), "a number or string")
CAST_NUMBER = Number(frozenset({int, float, str}), "a number or string", cast=casts.number)
# A number that must have a whole value, with more after the point cut off where it is read.
CUT_NUMBER = Number(frozenset({int, float, str}), "a number or string", cast=casts.integer)
# What is kept as a string: 1e3 is none.
PLAIN_INTEGER = Shape(frozenset({int}), "an integer")
CAST_PLAIN_INTEGER = Number(frozenset({int, str}), "an integer or string", cast=casts.integer)
PLAIN_INTEGER_OR_TEXT = Shape(frozenset({int, str}), "an integer or string")
NUMBER_TEXT_OR_NULL = Shape(frozenset({int, float, str, type(None)}), "a number, string or null")
ANY_SCALAR = Shape(frozenset({int, float, str, bool, type(None), Timestamp}), "a string, number, boolean or null")
TEXT_NUMBER_OR_BOOLEAN = Shape(frozenset({int, float, str, bool}), "a string, number or boolean")
ANYTHING = Shape(frozenset({int, float, str, bool, type(None), Timestamp, dict, list}), "anything")
TEXTS = list_of(TEXT)
UNIQUE_TEXTS = list_of(TEXT, unique=True)
TEXT_OR_TEXTS = one_of(TEXT, TEXTS)
TEXT_OR_UNIQUE_TEXTS = one_of(TEXT, UNIQUE_TEXTS)
