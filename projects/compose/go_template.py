"""The part of Go's templates that ``--format`` is used for: fields, ``json`` and a few functions of one argument."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from projects.compose.errors import ComposeError
from projects.compose.human import table
from projects.compose.identity import html_safe
from projects.compose.messages import Message

_ACTION = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_CALL = re.compile(r"(?:(?P<function>\w+)\s+)?\.(?P<field>\w*)")
_TABLE: Final = "table"


def go_json(value: Any) -> str:
    """Return JSON as Go writes it: compact, keys in the order given, markup escaped."""
    return html_safe(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


_FUNCTIONS: Final[Mapping[str | None, Callable[[Any], str]]] = {
    None: lambda value: _shown(value),
    "json": go_json,
    "lower": lambda value: str(value).lower(),
    "upper": lambda value: str(value).upper(),
    "title": lambda value: str(value).title(),
    "println": lambda value: f"{_shown(value)}\n",
    "len": lambda value: str(len(value)),
}


def formatted(template: str, rows: Sequence[Mapping[str, Any]], fields: Mapping[str, str]) -> str:
    """Return the rows as `template` has them, a line each; ``table …`` puts the titles of the fields above.

    `fields` maps the fields there are to their titles. Raises `ComposeError` for a field or function there is not.
    """
    if template != _TABLE and not template.startswith(f"{_TABLE} "):
        line = _unescaped(template)
        _render(line, dict.fromkeys(fields, ""), fields)
        return "".join(_render(line, row, fields) + "\n" for row in rows)
    line = _unescaped(template.removeprefix(_TABLE).strip())
    lines = [_render(line, fields, fields, titles=True), *(_render(line, row, fields) for row in rows)]
    return table([each.split("\t") for each in lines])


def _unescaped(template: str) -> str:
    return template.replace(r"\t", "\t").replace(r"\n", "\n")


def _render(line: str, row: Mapping[str, Any], fields: Mapping[str, str], *, titles: bool = False) -> str:
    def value(match: re.Match[str]) -> str:
        call = _CALL.fullmatch(match[1])
        if call is None or call["function"] not in _FUNCTIONS:
            raise ComposeError(Message("template parsing error: {{%(action)s}} is not understood", action=match[1]))
        if call["field"] and call["field"] not in fields:
            raise ComposeError(Message("template parsing error: can't evaluate field %(field)s", field=call["field"]))
        given = row[call["field"]] if call["field"] else dict(row)
        return str(given) if titles else _FUNCTIONS[call["function"]](given)

    return _ACTION.sub(value, line)


def _shown(value: Any) -> str:
    """Return a value as Go prints it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + " ".join(map(_shown, value)) + "]"
    return str(value)
