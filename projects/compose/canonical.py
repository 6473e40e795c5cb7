"""Short syntax → long syntax, on the plain tree: everything a file may write in two ways is written in one.

What is long already stays as it is, so that a second file can be merged in and the result be made canonical again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from projects.compose import attributes, mounts, ports
from projects.compose.document import Path, Tree
from projects.compose.merge import STARTED
from projects.compose.messages import Message
from projects.compose.problems import PathError
from projects.compose.scalars import Timestamp, as_text

MAX_PORTS = 10_000

Warn = Callable[[Path, Message], None]


def canonicalize(tree: dict[str, Tree], warn: Warn, *, strict: bool = True) -> dict[str, Tree]:
    """Make a file's tree canonical in place and return it.

    Short forms that cannot be read raise PathError where it is `strict`, and stay as they are where it is not: they may
    hold variables that are not filled in.
    """
    for kind in ("services", "jobs"):
        for name, service in _mappings(tree.get(kind)):
            canonicalize_service(service, (kind, name), strict=strict)
    for kind in ("networks", "volumes", "secrets", "configs"):
        for name, resource in _mappings(tree.get(kind)):
            _external(resource, (kind, name), warn)
    return tree


def _mappings(section: Any) -> list[tuple[str, dict[str, Any]]]:
    if not isinstance(section, dict):
        return []
    return [(name, item) for name, item in section.items() if isinstance(item, dict)]


def canonicalize_service(service: dict[str, Tree], path: Path, *, strict: bool = True) -> None:
    """Make one service canonical in place."""
    for attribute, lengthen in _SERVICE.items():
        value = service.get(attribute)
        if value is None:
            continue
        try:
            service[attribute] = lengthen(value, (*path, attribute))
        except PathError:
            if strict:
                raise
    for index, hook in enumerate(service.get("pre_start") or []):
        canonicalize_service(hook, (*path, "pre_start", index), strict=strict)


def _build(value: Any, path: Path) -> Any:
    build = {"context": value} if isinstance(value, str) else value
    if isinstance(build, dict):
        for attribute, lengthen in _BUILD.items():
            if attribute in build:
                build[attribute] = lengthen(build[attribute], (*path, attribute))
    return build


def _contexts(value: Any, path: Path) -> Any:
    contexts = dict(item.partition("=")[::2] for item in value) if isinstance(value, list) else value
    for name in contexts:
        if contexts[name] is None or (isinstance(value, list) and name in value):
            raise PathError((*path, name), Message("invalid value %(name)s, expected key=value", name=name[:100]))
    return contexts


def _ssh(value: Any, path: Path) -> Any:
    if not isinstance(value, list):
        return value
    keys: dict[str, str | None] = {}
    for index, item in enumerate(value):
        name, separator, key = item.partition("=")
        if not separator and name != "default":
            raise PathError((*path, index), Message('invalid ssh key "%(key)s"', key=item[:100]))
        keys[name] = key if separator else None
    return keys


def _depends_on(value: Any, path: Path) -> Any:
    if isinstance(value, list):
        return {name: dict(STARTED) for name in value}
    for dependency in value.values():
        if isinstance(dependency, dict):
            dependency.setdefault("required", True)
    return value


def _env_file(value: Any, path: Path) -> Any:
    return [_env_file_entry(file) for file in (value if isinstance(value, list) else [value])]


def _env_file_entry(file: Any) -> dict[str, Any]:
    if isinstance(file, Timestamp):
        return {"required": False}  # the reference takes no notice of an unquoted date
    return {"required": True, **({"path": file} if isinstance(file, str) else file)}


def _extends(value: Any, path: Path) -> Any:
    return {"service": value} if isinstance(value, str) else value


def _gpus(value: Any, path: Path) -> Any:
    return [{"count": "all"}] if value == "all" else value


def _names(value: Any, path: Path) -> Any:
    return dict.fromkeys(value) if isinstance(value, list) else value


def _texts(value: Any, path: Path) -> Any:
    return [value] if isinstance(value, str) else value


def _dns(value: Any, path: Path) -> Any:
    return [server for server in _texts(value, path) if server != ""]


def _file_references(value: Any, path: Path) -> Any:
    return [{"source": item} if isinstance(item, str) else item for item in value]


def _devices(value: Any, path: Path) -> Any:
    return [_device(item, (*path, index)) if isinstance(item, str) else item for index, item in enumerate(value)]


def _device(spec: str, path: Path) -> dict[str, str]:
    parts = spec.split(":")
    if len(parts) > 3:
        raise PathError(path, Message("confusing device mapping, please use long syntax: %(spec)s", spec=spec[:200]))
    source, target, permissions = (*parts, parts[0], "rwm") if len(parts) == 1 else (*parts, "rwm")[:3]
    return {"source": source, "target": target, "permissions": permissions}


def _mounts(value: Any, path: Path) -> Any:
    return [_mount(item, (*path, index)) if isinstance(item, str) else item for index, item in enumerate(value)]


def _mount(spec: str, path: Path) -> dict[str, Any]:
    try:
        mount = mounts.parse(spec)
    except ValueError as error:
        raise PathError(path, Message("%(reason)s", reason=str(error)[:300])) from error
    mount["target"] = mounts.clean(mount["target"])
    return mount


def _ports(value: Any, path: Path) -> Any:
    long: list[Any] = []
    for index, item in enumerate(value):
        if isinstance(item, dict):
            long.append(item)
            continue
        try:
            long += ports.parse(as_text(item))
        except ports.InvalidPort as error:
            raise PathError((*path, index), error.message) from error
        if len(long) > MAX_PORTS:
            raise PathError(path, Message("more than %(limit)s ports, ranges expanded", limit=MAX_PORTS))
    return long


def _triggers(value: Any, path: Path) -> Any:
    if isinstance(value, dict) and isinstance(value.get("schedule"), list):
        value["schedule"] = [{"cron": each} if isinstance(each, str) else each for each in value["schedule"]]
    return value


_BUILD: dict[str, Callable[[Any, Path], Any]] = {
    "additional_contexts": _contexts,
    "secrets": _file_references,
    "ssh": _ssh,
}

_SERVICE: dict[str, Callable[[Any, Path], Any]] = {
    "build": _build,
    "configs": _file_references,
    "depends_on": _depends_on,
    "devices": _devices,
    "dns": _dns,
    "env_file": _env_file,
    "extends": _extends,
    "gpus": _gpus,
    "label_file": _texts,
    "models": _names,
    "networks": _names,
    "ports": _ports,
    "secrets": _file_references,
    "triggers": _triggers,
    "volumes": _mounts,
}


LENGTHENED = frozenset(_SERVICE) & attributes.SERVICE.keys()


def _external(resource: dict[str, Any], path: Path, warn: Warn) -> None:
    """Turn the deprecated ``external: {name: …}`` into ``external: true`` and ``name``."""
    external = resource.get("external")
    if not isinstance(external, dict):
        return
    where = ".".join(map(str, path))
    resource["external"] = True
    if "name" not in external:
        return
    warn(
        (*path, "external"),
        Message("%(path)s: external.name is deprecated. Please set name and external: true", path=where),
    )
    if resource.get("name") not in (None, external["name"]):
        raise PathError(path, Message("%(path)s: name and external.name conflict; only use name", path=where))
    resource["name"] = external["name"]
