"""``$NAME`` and ``${NAME:-default}`` in the values of a Compose file.

Grammar: ``$NAME``, ``${NAME}``, ``$$`` for a dollar, and ``${NAME<operator>text}`` with an operator of ``:-``, ``-``
(default where unset or empty, where unset), ``:+``, ``+`` (text where set and not empty, where set) and ``:?``, ``?``
(refused with the text where unset or empty, where unset). The text may hold variables again and stays on one line.
A dollar before anything else is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from projects.compose.document import Override, Path, Tree
from projects.compose.messages import Message

MAX_NESTING = 40
MAX_VARIABLES = 50_000

_VARIABLE = re.compile(r"\$(?:(?P<escaped>\$)|(?P<named>[_a-zA-Z][_a-zA-Z0-9]*)|(?P<braced>\{))")
_BRACED = re.compile(r"(?P<name>[_a-zA-Z][_a-zA-Z0-9]*)(?:\}|(?P<operator>:?[-+?]))")
_VARIABLE_BRACES = re.compile(r"\$\{|\}")
# The reference takes no notice of what follows an opening brace, be it a brace as well.
_BRACES = re.compile(r"\{.?|\}", re.DOTALL)


class InvalidTemplate(ValueError):
    """A template that cannot be read."""


class RequiredVariable(ValueError):
    """A variable that must be set is not."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"required variable {name} is missing a value: {text}")
        self.name = name
        self.text = text


def substitute(template: str, variables: Mapping[str, str], unset: Callable[[str], None] | None = None) -> str:
    """Return `template` with its variables replaced; `unset` is told the name of each that has no value.

    Raises InvalidTemplate and RequiredVariable.
    """
    if template.count("$") > MAX_VARIABLES or _is_too_deep(template):
        raise InvalidTemplate(template)
    return _Substitution(variables, unset or (lambda name: None)).expand(template, 0)


def _is_too_deep(template: str) -> bool:
    if template.count("${") <= MAX_NESTING:
        return False
    depth = deepest = 0
    for brace in _VARIABLE_BRACES.finditer(template):
        depth = depth + 1 if brace.group() == "${" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest > MAX_NESTING


class _Substitution:
    """The variables of one substitution, and how one template is expanded with them."""

    def __init__(self, variables: Mapping[str, str], unset: Callable[[str], None]) -> None:
        self.variables = variables
        self.unset = unset

    def expand(self, template: str, nesting: int) -> str:
        """Return the expansion of a template that is `nesting` defaults deep."""
        if "$" not in template:
            return template
        parts, position, line_end = [], 0, -1
        while match := _VARIABLE.search(template, position):
            parts.append(template[position : match.start()])
            position = match.end()
            if match["escaped"]:
                parts.append("$")
            elif match["named"]:
                parts.append(self.value(match["named"]))
            else:
                if line_end < position:
                    line_end = template.find("\n", position) % (len(template) + 1)
                text, position = self.braced(template, position, line_end, nesting)
                parts.append(text)
        parts.append(template[position:])
        return "".join(parts)

    def braced(self, template: str, start: int, line_end: int, nesting: int) -> tuple[str, int]:
        """Return the expansion of what follows ``${`` at `start`, and where it ends."""
        match = _BRACED.match(template, start)
        if match is None:
            raise InvalidTemplate(template)
        if not match["operator"]:
            return self.value(match["name"]), match.end()
        end = _closing_brace(template, match.end(), line_end)
        if end < 0:
            raise InvalidTemplate(template)
        text = template[match.end() : end]
        return self.operate(match["name"], match["operator"], text, nesting + 1), end + 1

    def operate(self, name: str, operator: str, text: str, nesting: int) -> str:
        """Return what an operator makes of a variable; its text is expanded only where it is used."""
        value = self.variables.get(name)
        given = bool(value) if operator[0] == ":" else value is not None
        if operator[-1] == "+":
            return self.expand(text, nesting) if given else value or ""
        if given:
            return value or ""
        if operator[-1] == "?":
            raise RequiredVariable(name, self.expand(text, nesting))
        return self.expand(text, nesting)

    def value(self, name: str) -> str:
        """Return a variable's value, or nothing where it is unset."""
        value = self.variables.get(name)
        if value is None:
            self.unset(name)
            return ""
        return value


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """A variable as a template names it; `name` is empty where a ``${`` cannot be read."""

    name: str
    operator: str = ""
    text: str = ""


def references(template: str, within: str = "-+?", nesting: int = 0) -> Iterator[Reference]:
    """Yield the variables of a template in their order, also those in the texts of the operators `within`."""
    position = 0
    while match := _VARIABLE.search(template, position):
        position = match.end()
        if match["named"]:
            yield Reference(name=match["named"])
        elif match["braced"]:
            found, position = _reference(template, position)
            yield found
            if found.operator and found.operator[-1] in within and nesting < MAX_NESTING:
                yield from references(found.text, within, nesting + 1)


def _reference(template: str, start: int) -> tuple[Reference, int]:
    """Return the variable whose ``${`` ends at `start`, and where to read on."""
    match = _BRACED.match(template, start)
    if match is None:
        return Reference(name=""), start
    if not match["operator"]:
        return Reference(name=match["name"]), match.end()
    end = _closing_brace(template, match.end(), template.find("\n", start) % (len(template) + 1))
    if end < 0:
        return Reference(name=""), start
    return Reference(name=match["name"], operator=match["operator"], text=template[match.end() : end]), end + 1


def _closing_brace(template: str, start: int, line_end: int) -> int:
    """Return where the brace of a ``${NAME:-`` closes: balanced, or else the last one of the line; -1 where none is."""
    open_braces = 1
    for brace in _BRACES.finditer(template, start, line_end):
        open_braces += -1 if brace.group() == "}" else 1
        if open_braces == 0:
            return brace.start()
    return template.rfind("}", start, line_end)


Report = Callable[[Path, ValueError], None]


def interpolate(
    tree: Tree,
    variables: Mapping[str, str],
    unset: Callable[[str, Path], None],
    refuse: Callable[[Path, Message], None],
) -> Tree:
    """Return a copy of `tree` with every string value interpolated; keys are left alone.

    `unset` is told each variable without a value and where; `refuse` each value that cannot be interpolated, which
    then stays as it is (or it raises).
    """

    def walk(node: Any, path: Path) -> Any:
        kind = type(node)
        if kind is str:
            return text(node, path) if "$" in node else node
        if kind is dict:
            return {key: walk(value, (*path, key)) for key, value in node.items()}
        if kind is list:
            return [walk(value, (*path, index)) for index, value in enumerate(node)]
        return Override(walk(node.value, path)) if kind is Override else node

    def text(template: str, path: Path) -> str:
        try:
            return substitute(template, variables, lambda name: unset(name, path))
        except (InvalidTemplate, RequiredVariable) as error:
            refuse(path, explain(error))
            return template

    return walk(tree, ())


def explain(error: InvalidTemplate | RequiredVariable) -> Message:
    """Say what is wrong with a template."""
    if isinstance(error, RequiredVariable):
        return Message(
            "required variable %(name)s is missing a value: %(text)s", name=error.name, text=error.text[:500]
        )
    return Message(
        "Invalid template: %(template)s. You may need to escape any $ with another $.", template=repr(str(error)[:200])
    )
