"""Merging one file over another, and a service over the one it extends.

Scalars replace, mappings merge, lists append what is new. The table below holds what has a rule of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from projects.compose import path_tables
from projects.compose.document import Path, Tree, path_text, sorted_tree
from projects.compose.messages import Message
from projects.compose.problems import PathError
from projects.compose.scalars import as_go_text

Merger: TypeAlias = Callable[[Any, Any, Path], Any]


def merge(base: Tree, override: Tree, path: Path = ()) -> Tree:
    """Return `override` merged over `base`; neither may be used afterwards. Raises PathError where kinds differ."""
    return _merge(base, override, path, path_tables.down(_MERGERS, path))


def _merge(base: Any, override: Any, path: Path, rules: Mapping[str, Any]) -> Any:
    merger = rules.get("")
    if base is None or merger is _replace:
        return override
    if override is None:
        return base
    if merger is not None:
        return merger(base, override, path)
    return _merge_by_kind(base, override, path, rules)


def _merge_by_kind(base: Any, override: Any, path: Path, rules: Mapping[str, Any]) -> Any:
    if isinstance(base, dict):
        if not isinstance(override, dict):
            raise _cannot_override(path)
        return _merge_mappings(base, override, path, rules)
    if isinstance(base, list):
        if not isinstance(override, list):
            raise _cannot_override(path)
        return _append_new(base, override)
    return override


def _append_new(base: list[Any], override: list[Any]) -> list[Any]:
    """Return `base` with the items of `override` that are not yet there."""
    merged, known = list(base), {repr(sorted_tree(item)) for item in base}
    for item in override:
        key = repr(sorted_tree(item))
        if key not in known:
            known.add(key)
            merged.append(item)
    return merged


def _merge_mappings(base: dict[str, Any], override: dict[str, Any], path: Path, rules: Mapping[str, Any]) -> Any:
    for key, value in override.items():
        if key in base:
            base[key] = _merge(base[key], value, (*path, key), path_tables.step(rules, key))
        else:
            base[key] = value
    return base


def _cannot_override(path: Path) -> PathError:
    return PathError(path, Message("cannot override %(path)s: it is of another kind", path=path_text(path)))


def _replace(base: Any, override: Any, path: Path) -> Any:
    return override


def _append_as_list(base: Any, override: Any, path: Path) -> list[Any]:
    return as_list(base) + as_list(override)


def _append_new_files(base: Any, override: Any, path: Path) -> list[Any]:
    return _append_new(as_list(base), as_list(override))


def as_list(value: Any) -> list[Any]:
    """Return a mapping as sorted ``KEY=value`` strings (``KEY`` alone for null), a string as a list of one.

    A list in a mapping makes a string of each of its items.
    """
    if isinstance(value, dict):
        return sorted(text for key, item in value.items() for text in _pairs_of(key, item))
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, str) else []


def _pairs_of(key: str, value: Any) -> list[str]:
    if value is None:
        return [key]
    return [f"{key}={as_go_text(item)}" for item in (value if isinstance(value, list) else [value])]


def _merge_hosts(base: Any, override: Any, path: Path) -> list[Any]:
    hosts = as_list(base)
    return hosts + [host for host in as_list(override) if host not in hosts]


def _merge_build(base: Any, override: Any, path: Path) -> Any:
    return _merge_by_kind(_build_section(base), _build_section(override), path, path_tables.down(_MERGERS, path))


def _build_section(value: Any) -> dict[str, Any]:
    """Return a build as a mapping; what is neither text nor a mapping counts as empty, as for the reference."""
    if isinstance(value, str):
        return {"context": value}
    return value if isinstance(value, dict) else {}


def _merge_named(default: dict[str, Any] | None) -> Merger:
    def merge_named(base: Any, override: Any, path: Path) -> Any:
        sides = _by_name(base, default, path), _by_name(override, default, path)
        return _merge_by_kind(*sides, path, path_tables.down(_MERGERS, path))

    return merge_named


def _by_name(value: Any, default: dict[str, Any] | None, path: Path) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise PathError(path, Message("%(path)s: cannot convert this into a mapping", path=path_text(path)))
    return {name: dict(default) if default else None for name in names}


def _merge_logging(base: Any, override: Any, path: Path) -> Any:
    if isinstance(base, dict) and isinstance(override, dict):
        drivers = (base.get("driver"), override.get("driver"))
        if None not in drivers and drivers[0] != drivers[1]:
            return override
    return _merge_by_kind(base, override, path, {})


def _merge_pools(base: Any, override: Any, path: Path) -> Any:
    """Merge address ranges by subnet as the reference does, which loses some where both sides have several."""
    if not isinstance(base, list) or not isinstance(override, list):
        raise _cannot_override(path)
    merged: list[dict[str, Any]] = []
    for pool in base:
        for other in override:
            if not isinstance(pool, dict) or not isinstance(other, dict):
                raise _cannot_override(path)
            if other.get("subnet") != pool.get("subnet") and _index_of(other, merged) < 0:
                merged.append(other)
                continue
            _merge_mappings(pool, other, path, {})
            index = _index_of(pool, merged)
            if index >= 0:
                merged[index] = pool
            else:
                merged.append(pool)
    return merged or None


def _index_of(pool: dict[str, Any], pools: list[dict[str, Any]]) -> int:
    return next((index for index, each in enumerate(pools) if each.get("subnet") == pool.get("subnet")), -1)


STARTED = {"condition": "service_started", "required": True}

_MERGERS_BY_PATH: dict[str, Merger] = {
    "models.*.runtime_flags": _replace,
    "networks.*.ipam.config": _merge_pools,
    "networks.*.labels": _append_as_list,
    "volumes.*.labels": _append_as_list,
    "services.*.annotations": _append_as_list,
    "services.*.build": _merge_build,
    "services.*.build.args": _append_as_list,
    "services.*.build.additional_contexts": _append_as_list,
    "services.*.build.extra_hosts": _merge_hosts,
    "services.*.build.labels": _append_as_list,
    "services.*.command": _replace,
    "services.*.depends_on": _merge_named(STARTED),
    "services.*.deploy.labels": _append_as_list,
    "services.*.dns": _append_as_list,
    "services.*.dns_opt": _append_as_list,
    "services.*.dns_search": _append_as_list,
    "services.*.entrypoint": _replace,
    "services.*.env_file": _append_new_files,
    "services.*.environment": _append_as_list,
    "services.*.extra_hosts": _merge_hosts,
    "services.*.healthcheck.test": _replace,
    "services.*.label_file": _append_new_files,
    "services.*.labels": _append_as_list,
    "services.*.logging": _merge_logging,
    "services.*.models": _merge_named(None),
    "services.*.networks": _merge_named(None),
    "services.*.sysctls": _append_as_list,
    "services.*.tmpfs": _append_as_list,
    "services.*.ulimits.*": _replace,
}


_MERGERS = path_tables.tree_of(_MERGERS_BY_PATH)
_MERGERS["jobs"] = _MERGERS["services"]
