"""Tables of rules by path, such as ``services.*.build.args``, in which ``*`` stands for any name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from projects.compose.document import Path


def tree_of(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table keyed by path as nested mappings; the rule of a path stands under the empty key."""
    tree: dict[str, Any] = {}
    for path, rule in table.items():
        node = tree
        for step in path.split("."):
            node = node.setdefault(step, {})
        node[""] = rule
    return tree


def step(rules: Mapping[str, Any], key: str | int) -> Mapping[str, Any]:
    """Return the rules for what stands below `key`; a name of its own goes before ``*``."""
    found: Mapping[str, Any] | None = rules.get(str(key)) if key != "" else None
    return found if found is not None else rules.get("*", {})


def down(rules: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    """Return the rules for what stands at a path."""
    for key in path:
        rules = step(rules, key)
    return rules
