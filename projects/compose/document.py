"""A document that was read: its tree of plain dicts, lists and scalars, and the position of everything in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from projects.compose.errors import Place

Tree: TypeAlias = Any
Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Reset:
    """The value of a key tagged ``!reset``: what earlier files gave is removed."""


@dataclass(frozen=True, slots=True)
class Override:
    """The value of a key tagged ``!override``: it replaces what earlier files gave instead of being merged."""

    value: Tree


@dataclass(frozen=True, slots=True)
class Span:
    """Where a key and its value are: 0-based (line, column) pairs; a mapping or list is empty from start to end."""

    key: tuple[int, int]
    key_end: tuple[int, int]
    start: tuple[int, int]
    end: tuple[int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """One YAML document of `nodes` values; `spans` go by the identity of their container, which `tree` keeps alive."""

    file: str
    tree: Tree
    spans: Mapping[int, Mapping[str | int, Any]]
    tagged: bool = False
    nodes: int = 0

    def place(self, path: Path, *, of_key: bool = False) -> Place:
        """Return where `path` is, or the nearest thing above it that this document has."""
        span, depth = self._find(path)
        if span is None:
            return Place(file=self.file, line=1, column=1, path=path_text(path))
        at_key = of_key or depth < len(path) or span.start == span.end
        start, end = (span.key, span.key_end) if at_key else (span.start, span.end)
        if start == end:
            end = (start[0], start[1] + 1)
        return Place(
            file=self.file,
            line=start[0] + 1,
            column=start[1] + 1,
            end_line=end[0] + 1,
            end_column=end[1] + 1,
            path=path_text(path),
        )

    def depth(self, path: Path) -> int:
        """Return how many steps of `path` this document has."""
        return self._find(path)[1]

    def _find(self, path: Path) -> tuple[Span | None, int]:
        node, span, depth = self.tree, None, 0
        for step in path:
            step = _step_in_list(node, step)
            spans = self.spans.get(id(node), {})
            if step not in spans:
                break
            span = _span(spans[step])
            node = _child(node, step)
            depth += 1
        return span, depth


def _step_in_list(node: Tree, step: str | int) -> str | int:
    """Return the index of what a name leads to where a list of names, or of ``NAME=value``, stands for a mapping."""
    if not isinstance(node, list) or isinstance(step, int):
        return step
    return next((i for i, item in enumerate(node) if isinstance(item, str) and item.partition("=")[0] == step), step)


def _span(marks: tuple[Any, Any, Any, Any]) -> Span:
    key, key_end, start, end = marks
    return Span(
        key=(key.line, key.column),
        key_end=(key_end.line, key_end.column),
        start=(start.line, start.column),
        end=(end.line, end.column),
    )


def _child(node: Tree, step: str | int) -> Tree:
    try:
        child = node[step]
    except (KeyError, IndexError, TypeError):
        return None
    return child.value if isinstance(child, Override) else child


def path_text(path: Path) -> str:
    """Return a path as people write it: ``services.web.ports[0]``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def dotted(path: Path) -> str:
    """Return a path as the reference writes it in refusals: ``services.web.ports.0``."""
    return ".".join(map(str, path))


def service_of(path: Sequence[str | int]) -> str:
    """Return the service that a path leads into; empty for another part of the file."""
    return str(path[1]) if len(path) > 1 and path[0] == "services" else ""


def size(tree: Tree) -> int:
    """Return the number of values in a tree."""
    if isinstance(tree, dict):
        return 1 + sum(map(size, tree.values()))
    return 1 + sum(map(size, tree)) if isinstance(tree, list) else 1


def copy_tree(tree: Tree) -> Tree:
    """Return a tree of new dicts and lists."""
    if isinstance(tree, dict):
        return {key: copy_tree(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [copy_tree(value) for value in tree]
    return tree


def sorted_tree(tree: Tree) -> Tree:
    """Return a tree with the keys of its mappings in order."""
    if isinstance(tree, dict):
        return {key: sorted_tree(tree[key]) for key in sorted(tree)}
    return [sorted_tree(item) for item in tree] if isinstance(tree, list) else tree
