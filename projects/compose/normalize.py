"""What a file leaves unsaid: defaults, implied networks, names and dependencies, on the canonical tree."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from projects.compose import attributes, mounts
from projects.compose.document import Path, Tree, copy_tree, dotted
from projects.compose.merge import merge
from projects.compose.messages import Message
from projects.compose.problems import PathError
from projects.compose.scalars import as_text, is_true

_NAMESPACES = ("network_mode", "ipc", "pid", "uts", "cgroup")
SERVICE_PREFIX = "service:"
CONTAINER_PREFIX = "container:"


def set_defaults(tree: dict[str, Tree]) -> None:
    """Fill in the defaults that each part has by itself, in place."""
    for service in _workloads(tree):
        for port in _dicts(service.get("ports")):
            port.setdefault("mode", "ingress")
            port.setdefault("protocol", "tcp")
        for mount in _dicts(service.get("volumes")):
            if isinstance(mount.get("bind"), dict):
                mount["bind"].setdefault("create_host_path", True)
        for secret in service.get("secrets") or []:
            if secret.get("target") is None:
                secret["target"] = f"/run/secrets/{secret.get('source', '')}"
        if isinstance(service.get("build"), dict):
            service["build"].setdefault("context", ".")
        for request in _device_requests(service):
            if "count" not in request and "device_ids" not in request:
                request["count"] = "all"


def _device_requests(service: dict[str, Any]) -> list[dict[str, Any]]:
    hooks = [request for hook in service.get("pre_start") or [] for request in hook.get("gpus") or []]
    reserved = _inside(service, "deploy", "resources", "reservations").get("devices") or []
    return [*(service.get("gpus") or []), *reserved, *hooks]


def _dicts(items: Any) -> list[dict[str, Any]]:
    return [item for item in items or [] if isinstance(item, dict)]


def _inside(part: dict[str, Any], *keys: str) -> dict[str, Any]:
    for key in keys:
        part = part.get(key) or {}
    return part


def _workloads(tree: dict[str, Any]) -> list[dict[str, Any]]:
    return [*_parts(tree.get("services")), *_parts(tree.get("jobs"))]


def _parts(section: Any) -> list[dict[str, Any]]:
    return [part for part in section.values() if isinstance(part, dict)] if isinstance(section, dict) else []


def check_parts(tree: dict[str, Tree]) -> None:
    """Refuse, with PathError, what one part by itself gets wrong though every value has a right type."""
    for name, volume in (tree.get("volumes") or {}).items():
        _check_external(volume or {}, ("volumes", name))
    for name, config in (tree.get("configs") or {}).items():
        _check_source(config or {}, ("configs", name), ("file", "environment", "content"))
    for name, secret in (tree.get("secrets") or {}).items():
        _check_exclusive(secret or {}, ("secrets", name), ("file", "environment"))
    for kind in ("services", "jobs"):
        for name, service in (tree.get(kind) or {}).items():
            if isinstance(service, dict):
                _check_service(service, (kind, name))


def _check_external(volume: dict[str, Any], path: Path) -> None:
    if not is_true(volume.get("external")):
        return
    for key in ("driver", "driver_opts", "labels"):
        if key in volume:
            raise PathError(
                (*path, key),
                Message(
                    '%(path)s: conflicting parameters "external" and "%(key)s" specified', path=dotted(path), key=key
                ),
            )


def _check_exclusive(part: dict[str, Any], path: Path, keys: tuple[str, ...]) -> int:
    given = [key for key in keys if key in part]
    if len(given) > 1:
        message = Message(
            "%(path)s: %(keys)s attributes are mutually exclusive", path=dotted(path), keys="|".join(keys)
        )
        raise PathError((*path, given[1]), message)
    return len(given)


def _check_source(part: dict[str, Any], path: Path, keys: tuple[str, ...]) -> None:
    if not _check_exclusive(part, path, keys) and "external" not in part and "driver" not in part:
        raise PathError(path, Message("%(path)s: one of %(keys)s must be set", path=dotted(path), keys="|".join(keys)))


def _check_service(service: dict[str, Any], path: Path) -> None:
    triggers = service.get("triggers")
    if triggers is not None and not triggers.keys() & {"manual", "schedule"}:
        where = (*path, "triggers")
        raise PathError(where, Message("%(path)s missing property '%(name)s'", path=dotted(where), name="manual"))
    for index, port in enumerate(_dicts(service.get("ports"))):
        _check_address(port.get("host_ip"), (*path, "ports", index, "host_ip"))
    reserved = _inside(service, "deploy", "resources", "reservations").get("devices") or []
    for index, request in enumerate(reserved):
        _check_request(request, (*path, "deploy", "resources", "reservations", "devices", index))
    for index, request in enumerate(service.get("gpus") or []):
        _check_request(request, (*path, "gpus", index))
    for index, rule in enumerate(_inside(service, "develop").get("watch") or []):
        if rule.get("path") == "":
            where = (*path, "develop", "watch", index, "path")
            raise PathError(where, Message("%(path)s: value can't be blank", path=dotted(where)))


def _check_address(address: Any, path: Path) -> None:
    if address is None:
        return
    try:
        ipaddress.ip_address(address if "%" not in address else "a zone")
    except ValueError:
        message = Message("%(path)s: invalid ip address: %(address)s", path=dotted(path), address=str(address)[:100])
        raise PathError(path, message) from None


def _check_request(request: dict[str, Any], path: Path) -> None:
    if "count" in request and "device_ids" in request:
        raise PathError(path, Message('%(path)s: "count" and "device_ids" attributes are exclusive', path=dotted(path)))
    if "capabilities" not in request and "driver" not in request and "gpus" not in path:
        raise PathError(path, Message('%(path)s: one of "capabilities" or "driver" must be set', path=dotted(path)))


def resolve_environment(tree: dict[str, Tree], environment: Mapping[str, str], *, included: bool) -> None:
    """Give each service's bare environment variables the values of the project's environment, in place.

    An `included` part's own environment fills in lists only; null in a mapping waits for that of the whole.
    """
    for service in _workloads(tree):
        if isinstance(service.get("environment"), list if included else list | dict):
            service["environment"] = resolve_bare(service["environment"], environment, keep=True)


def resolve_bare(value: Any, environment: Mapping[str, str], *, keep: bool) -> Any:
    """Return variables with those without a value looked up; what is not found is kept, or else left out."""
    if isinstance(value, dict):
        found = {key: environment.get(key) if item is None else item for key, item in value.items()}
        return {key: item for key, item in found.items() if keep or item is not None}
    resolved = []
    for item in value if isinstance(value, list) else []:
        text = as_text(item)
        if "=" in text:
            resolved.append(text)
        elif text in environment:
            resolved.append(f"{text}={environment[text]}")
        elif keep:
            resolved.append(text)
    return resolved


def normalize(tree: dict[str, Tree], project: str, environment: Mapping[str, str]) -> None:
    """Fill in everything that follows from the whole, in place."""
    _join_default_network(tree)
    for service in _workloads(tree):
        _normalize_service(service, environment)
    for kind in ("networks", "volumes", "configs", "secrets"):
        _name_resources(tree, kind, project)


def _join_default_network(tree: dict[str, Tree]) -> None:
    used = False
    for service in _workloads(tree):
        if "provider" in service or service.get("network_mode") is not None:
            continue
        if not service.get("networks"):
            service["networks"] = {"default": None}
        used = used or "default" in service["networks"]
    if used:
        tree["networks"] = {**(tree.get("networks") or {})}
        tree["networks"].setdefault("default", None)


def _normalize_service(service: dict[str, Any], environment: Mapping[str, str]) -> None:
    if service.get("pull_policy") == "if_not_present":
        service["pull_policy"] = "missing"
    if service.get("scale") is not None and isinstance(service.get("deploy"), dict):
        service["deploy"].setdefault("replicas", service["scale"])
    build = service.get("build")
    if isinstance(build, dict):
        if build.get("dockerfile") is None and build.get("dockerfile_inline") is None:
            build["dockerfile"] = "Dockerfile"
        if build.get("args") is not None:
            build["args"] = resolve_bare(build["args"], environment, keep=False)
    for mount in service.get("volumes") or []:
        if mount.get("target") is not None:
            mount["target"] = mounts.clean(mount["target"])
    if service.get("pre_start"):
        service["pre_start"] = [_inherit(hook, service, ("services", "*")) for hook in service["pre_start"]]
    implied = _implied_dependencies(service)
    if implied:
        service["depends_on"] = {**implied, **(service.get("depends_on") or {})}


def _inherit(hook: dict[str, Any], service: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return a ``pre_start`` hook merged over what its service says of its container, but for its mounts."""
    container = {key: service[key] for key in attributes.CONTAINER if key in service and key != "volumes"}
    return dict(merge(copy_tree(container), hook, path))


def _implied_dependencies(service: dict[str, Any]) -> dict[str, Any]:
    implied: dict[str, Any] = {}

    def imply(name: str, *, restart: bool) -> None:
        implied.setdefault(name, {"condition": "service_started", "restart": restart, "required": True})

    for link in service.get("links") or []:
        parts = link.split(":")
        imply(parts[0] if len(parts) == 2 else link, restart=True)
    for namespace in _NAMESPACES:
        shared = service.get(namespace) or ""
        if shared.startswith(SERVICE_PREFIX):
            imply(shared.removeprefix(SERVICE_PREFIX), restart=True)
    for source in service.get("volumes_from") or []:
        if not source.startswith(CONTAINER_PREFIX):
            imply(source.partition(":")[0], restart=False)
    return implied


def _name_resources(tree: dict[str, Tree], kind: str, project: str) -> None:
    for key, resource in (tree.get(kind) or {}).items():
        if resource is None:
            resource = tree[kind][key] = {}
        if isinstance(resource, dict) and resource.get("name") is None:
            resource["name"] = key if is_true(resource.get("external")) else f"{project}_{key}"
