"""Compose's own tags: ``!reset`` takes back what earlier files gave, ``!override`` replaces instead of merging."""

from __future__ import annotations

from projects.compose.document import Override, Path, Reset, Tree


def untagged(tree: Tree, path: Path, removed: list[Path]) -> Tree:
    """Return a tree without ``!reset`` keys and ``!override`` tags; their paths are added to `removed`."""
    if isinstance(tree, Override):
        removed.append(path)
        return untagged(tree.value, path, removed)
    if isinstance(tree, dict):
        kept = {}
        for key, value in tree.items():
            if isinstance(value, Reset):
                removed.append((*path, key))
            else:
                kept[key] = untagged(value, (*path, key), removed)
        return kept
    if isinstance(tree, list):
        return [untagged(value, (*path, index), removed) for index, value in enumerate(tree)]
    return tree


def remove(tree: Tree, path: Path) -> None:
    """Delete what `path` leads to, where it is there."""
    for step in path[:-1]:
        tree = tree.get(step) if isinstance(tree, dict) else None
    if isinstance(tree, dict):
        tree.pop(path[-1], None)
