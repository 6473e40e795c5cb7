"""Merging one file over another, and a service over the one it extends.

Scalars replace, mappings merge, lists append what is new. The tables below hold the attributes with a rule of their
own, and those whose lists hold each thing once. A path in a table may have ``*`` for any name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from projects.compose.document import Path, Tree, path_text, sorted_tree
from projects.compose.messages import Message
from projects.compose.mounts import parse as parse_mount
from projects.compose.problems import PathError
from projects.compose.scalars import as_go_text, as_text

Merger: TypeAlias = Callable[[Any, Any, Path], Any]
Indexer: TypeAlias = Callable[[Any, Path], str]


def merge(base: Tree, override: Tree, path: Path = ()) -> Tree:
    """Return `override` merged over `base`; neither may be used afterwards. Raises PathError where kinds differ."""
    return _merge(base, override, path, _down(_MERGERS, path))


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
            base[key] = _merge(base[key], value, (*path, key), _step(rules, key))
        else:
            base[key] = value
    return base


def _cannot_override(path: Path) -> PathError:
    return PathError(path, Message("cannot override %(path)s: it is of another kind", path=path_text(path)))


def _replace(base: Any, override: Any, path: Path) -> Any:
    return override


def _append_as_list(base: Any, override: Any, path: Path) -> list[Any]:
    return as_list(base) + as_list(override)


def as_list(value: Any) -> list[Any]:
    """Return a mapping as sorted ``KEY=value`` strings (``KEY`` alone for null), a string as a list of one."""
    if isinstance(value, dict):
        return sorted(key if item is None else f"{key}={as_go_text(item)}" for key, item in value.items())
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, str) else []


def _merge_hosts(base: Any, override: Any, path: Path) -> list[Any]:
    hosts = _hosts_as_list(base)
    return hosts + [host for host in _hosts_as_list(override) if host not in hosts]


def _hosts_as_list(value: Any) -> list[Any]:
    if not isinstance(value, dict):
        return as_list(value)
    hosts = []
    for host, addresses in value.items():
        listed = addresses if isinstance(addresses, list) else [addresses]
        hosts += [f"{host}={as_text(address)}" for address in listed]
    return sorted(hosts)


def _merge_build(base: Any, override: Any, path: Path) -> Any:
    return _merge_by_kind(_build_section(base), _build_section(override), path, _down(_MERGERS, path))


def _build_section(value: Any) -> Any:
    return {"context": value} if isinstance(value, str) else value


def _merge_named(default: dict[str, Any] | None) -> Merger:
    def merge_named(base: Any, override: Any, path: Path) -> Any:
        return _merge_by_kind(_by_name(base, default), _by_name(override, default), path, _down(_MERGERS, path))

    return merge_named


def _by_name(value: Any, default: dict[str, Any] | None) -> Any:
    if not isinstance(value, list):
        return value
    return {name: dict(default) if default else None for name in value if isinstance(name, str)}


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
    "services.*.env_file": _append_as_list,
    "services.*.environment": _append_as_list,
    "services.*.extra_hosts": _merge_hosts,
    "services.*.healthcheck.test": _replace,
    "services.*.label_file": _append_as_list,
    "services.*.labels": _append_as_list,
    "services.*.logging": _merge_logging,
    "services.*.models": _merge_named(None),
    "services.*.networks": _merge_named(None),
    "services.*.sysctls": _append_as_list,
    "services.*.tmpfs": _append_as_list,
    "services.*.ulimits.*": _replace,
}


def _tree_of(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table keyed by path as nested mappings; the rule of a path stands under the empty key."""
    tree: dict[str, Any] = {}
    for path, rule in table.items():
        node = tree
        for step in path.split("."):
            node = node.setdefault(step, {})
        node[""] = rule
    return tree


def _step(rules: Mapping[str, Any], key: str | int) -> Mapping[str, Any]:
    found: Mapping[str, Any] | None = rules.get(str(key)) if key != "" else None
    return found if found is not None else rules.get("*", {})


def _down(rules: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    for step in path:
        rules = _step(rules, step)
    return rules


_MERGERS = _tree_of(_MERGERS_BY_PATH)
_MERGERS["jobs"] = _MERGERS["services"]


def deduplicate(tree: Tree) -> Tree:
    """Keep each thing once in the lists that may hold it once: the last, in the place of the first. Changes `tree`."""
    return _deduplicate(tree, (), _INDEXERS)


def _deduplicate(node: Any, path: Path, rules: Mapping[str, Any]) -> Any:
    if isinstance(node, dict):
        for key, below in rules.items():
            for name in list(node) if key == "*" else (key,):
                if name in node and below:
                    node[name] = _deduplicate(node[name], (*path, name), below)
        return node
    indexer = rules.get("")
    if isinstance(node, list) and indexer is not None:
        return list({indexer(item, (*path, index)): item for index, item in enumerate(node)}.values())
    return node


def _by_key(item: Any, path: Path) -> str:
    return item.partition("=")[0] if isinstance(item, str) else repr(item)


def _by_value(item: Any, path: Path) -> str:
    return as_text(item) if not isinstance(item, dict | list) else repr(item)


def _by_target(item: Any, path: Path) -> str:
    if isinstance(item, dict):
        if not isinstance(item.get("target"), str):
            raise PathError(path, Message("service volume %(path)s is missing a mount target", path=path_text(path)))
        return str(item["target"])
    try:
        return str(parse_mount(item).get("target", "")) if isinstance(item, str) else repr(item)
    except ValueError as error:
        raise PathError(path, Message("%(reason)s", reason=str(error))) from error


def _by_device(item: Any, path: Path) -> str:
    if isinstance(item, dict):
        if not isinstance(item.get("target"), str):
            raise PathError(path, Message("service device %(path)s is missing a mount target", path=path_text(path)))
        return str(item["target"])
    source, _, rest = str(item).partition(":")
    return rest.partition(":")[0] or source


def _by_mount_point(directory: str) -> Indexer:
    def by_mount_point(item: Any, path: Path) -> str:
        if isinstance(item, dict):
            return str(item["target"]) if "target" in item else f"{directory}/{item.get('source')}"
        return f"{directory}/{item}"

    return by_mount_point


def _by_path(item: Any, path: Path) -> str:
    return str(item.get("path")) if isinstance(item, dict) else str(item)


def _by_binding(item: Any, path: Path) -> str:
    if not isinstance(item, dict):
        return as_text(item) if not isinstance(item, list) else repr(item)
    if item.get("target") in (None, ""):
        raise PathError(path, Message("service ports %(path)s is missing a target port", path=path_text(path)))
    published, host_ip = item.get("published", ""), item.get("host_ip") or "0.0.0.0"
    return f"{host_ip}:{published!r}:{as_text(item['target'])}/{item.get('protocol') or 'tcp'}"


_INDEXERS = _tree_of(
    {
        "networks.*.labels": _by_key,
        "networks.*.ipam.options": _by_key,
        "services.*.annotations": _by_key,
        "services.*.build.additional_contexts": _by_key,
        "services.*.build.args": _by_key,
        "services.*.build.labels": _by_key,
        "services.*.build.tags": _by_key,
        "services.*.cap_add": _by_key,
        "services.*.cap_drop": _by_key,
        "services.*.configs": _by_mount_point(""),
        "services.*.deploy.labels": _by_key,
        "services.*.devices": _by_device,
        "services.*.dns": _by_key,
        "services.*.dns_opt": _by_key,
        "services.*.dns_search": _by_key,
        "services.*.env_file": _by_path,
        "services.*.environment": _by_key,
        "services.*.expose": _by_value,
        "services.*.label_file": _by_value,
        "services.*.labels": _by_key,
        "services.*.links": _by_key,
        "services.*.networks.*.aliases": _by_key,
        "services.*.networks.*.link_local_ips": _by_key,
        "services.*.ports": _by_binding,
        "services.*.profiles": _by_key,
        "services.*.secrets": _by_mount_point("/run/secrets"),
        "services.*.sysctls": _by_key,
        "services.*.tmpfs": _by_key,
        "services.*.volumes": _by_target,
    }
)
