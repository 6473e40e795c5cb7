"""A JSON-ready tree → YAML text, laid out as ``docker compose config`` lays it out (Go, yaml.v4).

Lists are indented below their key, lines are folded at a space behind column 80, and a string is written plain where
that reads back as the string in YAML 1.1 and 1.2, else in quotes, or over several lines behind ``|``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from math import isfinite

from projects.compose.document import Tree
from projects.compose.scalars import Timestamp, as_text, resolve

_WIDTH = 80
_LONGEST_KEY = 128

_SPECIAL = re.compile("[^\n\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
_NOT_PLAIN = re.compile(
    r"[#,\[\]{}&*!|>'\"%@`]"  # what means something at the start
    r"|[-?:](?:\s|$)|---|\.\.\.|\s"
    r"|.*(?::(?:\s|$)|\s#|\s$)",  # and further on
    re.DOTALL | re.ASCII,
)
_OLD_BOOLEAN = re.compile(r"y|yes|on|n|no|off|Y|Yes|On|N|No|Off|YES|ON|NO|OFF")
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_ESCAPED = re.compile('["\\\\\n\t]|' + _SPECIAL.pattern)
_ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "\0": "\\0",
    "\a": "\\a",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\v": "\\v",
    "\f": "\\f",
    "\r": "\\r",
    "\x1b": "\\e",
    "\x85": "\\N",
    "\u2028": "\\L",
    "\u2029": "\\P",
}


def dump(tree: Tree) -> str:
    """Return a tree of dicts with string keys, lists and scalars as YAML text, keys in their order."""
    if isinstance(tree, dict | list) and tree:
        return "".join(_block(tree, 0))
    return _scalar(tree, 0, 0) + "\n"


def _block(tree: Tree, indent: int) -> Iterator[str]:
    """Yield the text of a mapping or list that is not empty, its first line without indentation."""
    return _mapping(tree, indent) if isinstance(tree, dict) else _list(tree, indent)


def _mapping(tree: dict[str, Tree], indent: int) -> Iterator[str]:
    margin = " " * indent
    for index, (key, value) in enumerate(tree.items()):
        if index:
            yield margin
        name = _key(key)
        if len(name) > _LONGEST_KEY:  # too long to be told from a value before its colon
            yield f"? {name}\n{margin}:"
            yield from _value(value, indent, len(margin) + 1)
        else:
            yield f"{name}:"
            yield from _value(value, indent, indent + len(name) + 1)


def _value(value: Tree, indent: int, column: int) -> Iterator[str]:
    """Yield what follows a key's colon."""
    if isinstance(value, dict | list) and value:
        yield "\n" + " " * (indent + 2)
        yield from _block(value, indent + 2)
    else:
        yield f" {_scalar(value, indent + 2, column + 1)}\n"


def _list(items: list[Tree], indent: int) -> Iterator[str]:
    margin = " " * indent
    for index, item in enumerate(items):
        yield f"{margin}- " if index else "- "
        if isinstance(item, dict | list) and item:
            yield from _block(item, indent + 2)
        else:
            yield f"{_scalar(item, indent + 2, indent + 2)}\n"


def _scalar(value: Tree, indent: int, column: int) -> str:
    """Return a value that stands on one line, or further lines at `indent`; its first begins at `column`."""
    if isinstance(value, str):
        return value.rfc3339 if isinstance(value, Timestamp) else _text(value, indent, column)
    if value is None:
        return "null"
    if isinstance(value, float) and not isfinite(value):
        return ".nan" if value != value else ".inf" if value > 0 else "-.inf"
    return ("{}" if isinstance(value, dict) else "[]") if isinstance(value, dict | list) else as_text(value)


@lru_cache(maxsize=4096)
def _key(text: str) -> str:
    style = _style(text)
    return _quoted(text, '"' if style == "|" else style)


def _text(text: str, indent: int, column: int) -> str:
    style = _style(text)
    if style == "|":
        return _literal(text, indent)
    written = _quoted(text, style)
    return written if column + len(written) <= _WIDTH else _folded(written, style, indent, column)


def _style(text: str) -> str:
    """Return how a string is to be written: a quote, ``|``, or nothing where it may stand plain."""
    if _SPECIAL.search(text):
        return '"'
    if "\n" in text:
        return '"' if _is_unfit(text) else "|"
    if "\t" in text or type(resolve(text or "~")) is not str:
        return '"'
    is_odd = _NOT_PLAIN.match(text) or _OLD_BOOLEAN.fullmatch(text) or _SEXAGESIMAL.fullmatch(text) or text == "<<"
    return "'" if is_odd else ""


def _is_unfit(text: str) -> bool:
    """Return whether spaces or a tab keep a text from standing behind ``|`` (as does a tab for PyYAML alone)."""
    return " \n" in text or text.endswith(" ") or not text.strip() or text.lstrip("\n")[0] == "\t"


def _quoted(text: str, quote: str) -> str:
    if quote == '"':
        return '"' + _ESCAPED.sub(_escape, text) + '"'
    return "'" + text.replace("'", "''") + "'" if quote else text


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    code = ord(character)
    number = f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
    return _ESCAPES.get(character, number)


def _literal(text: str, indent: int) -> str:
    """Return a text as lines behind ``|``, with what says how it begins and ends."""
    hint = "2" if text.lstrip("\n")[0] == " " else ""
    end = "" if text.endswith("\n") else "-"
    end = "+" if text.endswith("\n\n") else end
    lines = text.removesuffix("\n").split("\n")
    margin = " " * indent
    return "\n".join([f"|{hint}{end}", *(margin + line if line else "" for line in lines)])


def _folded(written: str, style: str, indent: int, column: int) -> str:
    """Return a text with a line break in place of single spaces behind the margin."""
    pieces: list[str] = []
    start, first, last = 0, len(style), len(written) - len(style) - 1
    for at in (match.start() for match in re.finditer("(?<! ) (?! )", written)):
        if column + at - start > _WIDTH and first < at < last:
            pieces.append(written[start:at])
            start, column = at + 1, indent
    pieces.append(written[start:])
    return ("\n" + " " * indent).join(pieces)
