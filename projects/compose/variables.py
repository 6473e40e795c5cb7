"""Which variables a project's files use, where, and which source gives each its value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from projects.compose.document import Document, Override, Path, Tree, service_of
from projects.compose.errors import Place
from projects.compose.interpolation import references


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """One use of a variable: `operator` is empty, ``-``, ``+`` or ``?``, with a colon before it or not."""

    name: str
    operator: str = ""
    text: str = ""
    service: str = ""
    place: Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Where variables come from: the file, or ``""`` for the environment the load was given."""

    file: str
    values: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Variable:
    """A variable that is used or set: its value, None where unset, with the source that won and those it overrode."""

    name: str
    value: str | None
    source: Source | None
    overridden: tuple[Source, ...] = ()
    uses: tuple[Use, ...] = ()

    @property
    def is_missing(self) -> bool:
        """Whether a use becomes empty because it has neither a value nor a default."""
        return self.value is None and any(not use.operator for use in self.uses)

    @property
    def required(self) -> bool:
        """Whether a use refuses to go without it."""
        return any(use.operator.endswith("?") for use in self.uses)

    @property
    def default(self) -> str:
        """The text that stands in for it where it is unset."""
        return next((use.text for use in self.uses if use.operator.endswith("-")), "")

    @property
    def alternate(self) -> str:
        """The text that stands in for it where it is set."""
        return next((use.text for use in self.uses if use.operator.endswith("+")), "")

    @property
    def services(self) -> tuple[str, ...]:
        """The services that use it."""
        return tuple(sorted({use.service for use in self.uses if use.service}))


def uses(documents: Iterable[Document]) -> tuple[Use, ...]:
    """Return every use of a variable in the values of documents, in their order."""
    return tuple(use for document in documents for use in _in_tree(document.tree, (), document))


def _in_tree(tree: Any, path: Path, document: Document) -> Iterator[Use]:
    if isinstance(tree, str):
        if "$" in tree:
            yield from _in_text(tree, path, document)
    elif isinstance(tree, dict):
        for key, value in tree.items():
            yield from _in_tree(value, (*path, key), document)
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from _in_tree(value, (*path, index), document)
    elif isinstance(tree, Override):
        yield from _in_tree(tree.value, path, document)


def _in_text(text: str, path: Path, document: Document) -> Iterator[Use]:
    service, place = service_of(path), document.place(path)
    for found in references(text):
        if found.name:
            yield Use(name=found.name, operator=found.operator, text=found.text, service=service, place=place)


def variables(
    found: Sequence[Use], sources: Sequence[Source], own_sources: Mapping[str, tuple[Source, ...]]
) -> tuple[Variable, ...]:
    """Return every variable that is used, or that a file of the sources sets, by name.

    `sources` are in rising precedence; the environment's own variables are only told of where they are used. Below them
    rank the `own_sources` of included parts, by file of the part: what such a part sets for itself stands apart from a
    variable of the same name elsewhere.
    """
    scopes = _Scopes()
    shared = {source.file for source in sources}
    parts = {file: tuple(each for each in own if each.file not in shared) for file, own in own_sources.items()}
    scopes.add_all([source for source in sources if source.file], ())
    for own in parts.values():
        scopes.add_all(own, own)
    for use in found:
        scopes.uses(use.name, parts.get(use.place.file, ())).append(use)
    return tuple(_variable(name, uses, (*setting, *sources)) for name, setting, uses in scopes)


class _Scopes:
    """The uses of each variable, apart for each set of own sources that set it."""

    def __init__(self) -> None:
        self._found: dict[str, dict[tuple[str, ...], tuple[Sequence[Source], list[Use]]]] = {}

    def uses(self, name: str, own: Sequence[Source]) -> list[Use]:
        setting = [source for source in own if name in source.values]
        key = tuple(source.file for source in setting)
        return self._found.setdefault(name, {}).setdefault(key, (setting, []))[1]

    def add_all(self, setting: Sequence[Source], own: Sequence[Source]) -> None:
        for source in setting:
            for name in source.values:
                self.uses(name, own)

    def __iter__(self) -> Iterator[tuple[str, Sequence[Source], list[Use]]]:
        for name in sorted(self._found):
            scopes = self._found[name]
            used_by_parts = any(uses for key, (_, uses) in scopes.items() if key)
            for key, (setting, uses) in sorted(scopes.items()):
                if key or uses or not used_by_parts:
                    yield name, setting, uses


def _variable(name: str, uses: Sequence[Use], sources: Sequence[Source]) -> Variable:
    giving = [source for source in sources if name in source.values]
    return Variable(
        name=name,
        value=giving[-1].values[name] if giving else None,
        source=giving[-1] if giving else None,
        overridden=tuple(reversed(giving[:-1])),
        uses=tuple(uses),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """A variable as ``config --variables`` tells of it."""

    name: str
    required: bool
    default: str
    alternate: str


def declared(tree: Tree) -> tuple[Declared, ...]:
    """Return the variables of a tree of `loader.load_tree`, by name; of several uses of one the last tells of it.

    An unreadable ``${`` counts as a variable without a name, as it does for the reference.
    """
    found = {each.name: each for each in _declared(tree)}
    return tuple(found[name] for name in sorted(found))


def _declared(tree: Tree) -> Iterator[Declared]:
    if isinstance(tree, str):
        for each in references(tree, within="-+"):
            operator = each.operator[-1:]
            yield Declared(
                name=each.name,
                required=operator == "?",
                default=each.text if operator == "-" else "",
                alternate=each.text if operator == "+" else "",
            )
    elif isinstance(tree, dict | list):
        for value in tree.values() if isinstance(tree, dict) else tree:
            yield from _declared(value)
