"""Lists that hold each thing once: which they are, and by what their items are told apart.

A path in the table may have ``*`` for any name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from projects.compose import path_tables
from projects.compose.document import Path, Tree, path_text
from projects.compose.messages import Message
from projects.compose.mounts import parse as parse_mount
from projects.compose.problems import PathError
from projects.compose.scalars import as_text

Indexer: TypeAlias = Callable[[Any, Path], str]


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
    return as_text(item) if not isinstance(item, dict | list | float) else repr(item)


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
    published, host_ip = item.get("published"), item.get("host_ip", "0.0.0.0")
    # A target of 8e1 is another than one of 80, as it is for the reference; in quotes it is the same.
    target = item["target"] if isinstance(item["target"], float) else as_text(item["target"])
    return f"{host_ip}:{published!r}:{target}/{item.get('protocol', 'tcp')}"


_INDEXERS = path_tables.tree_of(
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
