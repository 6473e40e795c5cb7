"""Names, labels and hashes: how Docker Compose recognises what belongs to a project."""

from __future__ import annotations

import re
from dataclasses import Field, fields, is_dataclass, replace
from functools import cache
from hashlib import sha256
from json.encoder import encode_basestring
from typing import Any

from projects.compose.gofloat import format_float32
from projects.compose.messages import Message
from projects.compose.model import (
    SERVICE_ORDER,
    Application,
    Job,
    Mount,
    Network,
    Part,
    Service,
    SshKey,
    Ulimit,
    Volume,
    WorkloadSpec,
)
from projects.compose.units import Bytes, Duration, FileMode

COMPOSE_VERSION = "5.6.1"
COMPATIBILITY = "COMPOSE_COMPATIBILITY"

LABEL_PROJECT = "com.docker.compose.project"
LABEL_SERVICE = "com.docker.compose.service"
LABEL_NETWORK = "com.docker.compose.network"
LABEL_VOLUME = "com.docker.compose.volume"
LABEL_VERSION = "com.docker.compose.version"
LABEL_ONEOFF = "com.docker.compose.oneoff"
LABEL_NUMBER = "com.docker.compose.container-number"
LABEL_WORKING_DIR = "com.docker.compose.project.working_dir"
LABEL_CONFIG_FILES = "com.docker.compose.project.config_files"
LABEL_ENVIRONMENT_FILE = "com.docker.compose.project.environment_file"
LABEL_CONFIG_HASH = "com.docker.compose.config-hash"
LABEL_DEPENDS_ON = "com.docker.compose.depends_on"
LABEL_IMAGE = "com.docker.compose.image"
LABEL_IMAGE_BUILDER = "com.docker.compose.image.builder"
LABEL_REPLACE = "com.docker.compose.replace"
LABEL_SLUG = "com.docker.compose.slug"
LABEL_HOOK = "com.docker.compose.hook"
LABEL_HOOK_INDEX = "com.docker.compose.hook-index"
LABEL_IMAGE_VOLUME_DIGEST = "com.docker.compose.image-volume-digest"

_BIND_OPTIONS_OF_V2 = ("selinux", "propagation", "create_host_path", "recursive")
_TRUE = frozenset({"1", "t", "true", "y"})
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_NOT_IN_NAMES = re.compile(r"[^a-z0-9_-]")
_HTML = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def normalize_project_name(name: str) -> str:
    """Return `name` as Compose derives it from a directory or a ``name:``; empty where nothing usable is left."""
    return _NOT_IN_NAMES.sub("", name.lower()).lstrip("_-")


def project_name_problem(name: str) -> Message | None:
    """Say why `name` cannot be a project's name, or return None."""
    if not name:
        return Message("A project needs a name. Give it one of lowercase letters and digits.")
    if _NAME.fullmatch(name):
        return None
    return Message(
        'invalid project name "%(name)s": must consist only of lowercase alphanumeric characters, hyphens, '
        "and underscores as well as start with a letter or number. For example: %(example)s",
        name=name[:100],
        example=normalize_project_name(name)[:100] or "my-project",
    )


def container_name(application: Application, service: Service, number: int) -> str:
    """Return the name of the `number`th container of a service, counted from 1."""
    return service.container_name or joined(application, service.name, str(number))


def is_temporary(name: str, final: str) -> bool:
    """Return whether a container bears the name that it has while it takes the place of another."""
    return re.fullmatch(f"[0-9a-f]{{12}}_{re.escape(final)}", name) is not None


def image_name(application: Application, service: Service | Job) -> str:
    """Return the image a service or job runs: its own, or the name that its build gets."""
    return service.image or joined(application, service.name)


def joined(application: Application, *parts: str) -> str:
    """Return a name made of the project's and these; ``COMPOSE_COMPATIBILITY`` has them joined as Compose 1 did."""
    return separator(application).join((application.name, *parts))


def separator(application: Application) -> str:
    """Return what stands between the parts of names."""
    return "_" if truth(application.environment.get(COMPATIBILITY, "")) else "-"


def truth(text: str) -> bool:
    """Return whether a variable says yes."""
    return text.strip().lower() in _TRUE


def service_hash(service: Service) -> str:
    """Return the config hash of a service (64 hex digits), as Compose v5 writes it in its containers' label.

    What does not make a container differ is left out: build, depends_on, profiles, pull_policy, scale and replicas.
    """
    return hash_of_json(hashed_json(service))


def service_hashes(service: Service) -> frozenset[str]:
    """Return the config hashes that a container of a service may bear and be up to date.

    They are that of Compose v5, and that of Compose up to 2.40, which wrote the options of bind mounts in another way.
    """
    tree = hashed_json(service)
    current = hash_of_json(tree)
    if not any(mount.bind for mount in service.volumes):
        return frozenset({current})
    tree["volumes"] = [_as_of_v2(mount) for mount in service.volumes]
    return frozenset({current, hash_of_json(tree)})


def _as_of_v2(mount: Mount) -> dict[str, Any]:
    """Return the JSON-ready tree of a mount as Compose up to 2.40 hashed it: a path is made only where that is said."""
    tree = _object(mount)
    if mount.bind is not None:
        options = ((name, getattr(mount.bind, name)) for name in _BIND_OPTIONS_OF_V2)
        tree["bind"] = {name: value for name, value in options if value}
    return tree


def hashed_json(service: Service) -> dict[str, Any]:
    """Return the JSON-ready tree that `service_hash` hashes."""
    deploy = replace(service.deploy, replicas=None) if service.deploy else None
    bare = replace(service, build=None, depends_on={}, profiles=(), pull_policy="", scale=None, deploy=deploy)
    tree = _object(bare)
    return {key: tree[key] for key in SERVICE_ORDER if key in tree}


def network_hash(network: Network) -> str:
    """Return the config hash of a network, as Compose writes it in the network's label."""
    return hash_of_json(as_json(network))


def volume_hash(volume: Volume) -> str:
    """Return the config hash of a volume, as Compose writes it in the volume's label."""
    return hash_of_json(as_json(replace(volume, driver=volume.driver or "local")))


def hash_of_json(tree: Any) -> str:
    """Return the SHA-256 of a JSON-ready tree as Go writes it."""
    return sha256(go_json(tree).encode("utf-8", "surrogatepass")).hexdigest()


def as_json(value: Any, extensions: bool = False) -> Any:
    """Return a part of the model as the JSON-ready tree that ``docker compose config --format json`` prints of it.

    `extensions` adds the ``x-`` keys, as the YAML form has them.
    """
    if isinstance(value, Ulimit) and value.single:
        return value.single
    if is_dataclass(value):
        return _object(value, extensions)
    if isinstance(value, tuple | list):
        return [as_json(item, extensions) for item in value]
    if isinstance(value, dict):
        return {key: as_json(value[key], extensions) for key in sorted(value, key=_bytewise)}
    if isinstance(value, float):
        return _float32(value)
    if isinstance(value, Duration | FileMode):
        return str(value)
    return str(int(value)) if isinstance(value, Bytes) else value


def extensions_json(value: Any) -> Any:
    """Return what ``x-`` keys hold, JSON-ready: unlike the model's own, its numbers are of double precision."""
    if isinstance(value, dict):
        return {key: extensions_json(value[key]) for key in sorted(value, key=_bytewise)}
    return [extensions_json(item) for item in value] if isinstance(value, list) else value


def _float32(value: float) -> int | float:
    """Return the shortest number that is the same in single precision, whole where it can be."""
    shortest = float(format_float32(value))
    return int(shortest) if shortest.is_integer() and abs(shortest) < 1e15 else shortest


def _object(part: Any, extensions: bool = False) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, key, rule in _written(part.__class__):
        value = getattr(part, name)
        if extensions and _is_left_out_of_yaml(value, rule):
            continue
        if rule == "always":
            tree[key] = as_json(value, extensions)
        elif rule == "only_false":
            if value is False:
                tree[key] = False
        elif rule == "optional":
            if value is not None:
                tree[key] = as_json(value, extensions)
        elif value:
            tree[key] = (
                _hosts(value) if rule == "hosts" else _ssh(value) if rule == "ssh" else as_json(value, extensions)
            )
    return tree | extensions_json(dict(part.extensions)) if extensions and isinstance(part, Part) else tree


def _is_left_out_of_yaml(value: Any, rule: str) -> bool:
    """Return whether a value is written to JSON only: a null, or a part of which nothing was said."""
    if rule == "always":
        return value is None
    return rule == "" and isinstance(value, Part) and value == type(value)()


@cache
def _written(part: type) -> tuple[tuple[str, str, str], ...]:
    """Return (attribute, JSON key, rule) of everything that is written of a class, in order."""
    written = []
    for each in _in_order(part):
        rule = next((name for name in ("always", "only_false", "hosts", "ssh", "hidden") if name in each.metadata), "")
        if rule != "hidden":
            optional = "optional" if str(each.type).endswith("| None") else ""
            written.append((each.name, each.metadata.get("key", each.name), rule or optional))
    return tuple(written)


def _in_order(part: type) -> list[Field[Any]]:
    """Return the fields of a class as the reference has them: what services and jobs have alone stands first."""
    if part not in (Service, Job):
        return list(fields(part))
    shared = {each.name for each in fields(WorkloadSpec)}
    return sorted(fields(part), key=lambda each: each.name in shared)


def _hosts(hosts: dict[str, tuple[str, ...]]) -> list[str]:
    return sorted((f"{host}={address}" for host, addresses in hosts.items() for address in addresses), key=_bytewise)


def _ssh(keys: tuple[SshKey, ...]) -> list[str]:
    return [f"{key.id}={key.path}" if key.path else key.id for key in keys]


def _bytewise(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def go_json(tree: Any) -> str:
    """Write a JSON-ready tree byte for byte as Go's ``encoding/json`` does."""
    if isinstance(tree, str):
        return html_safe(encode_basestring(tree))
    if isinstance(tree, dict):
        return "{" + ",".join(f"{go_json(key)}:{go_json(item)}" for key, item in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ",".join(map(go_json, tree)) + "]"
    if isinstance(tree, float):
        return format_float32(tree)
    return (
        {None: "null", True: "true", False: "false"}[tree]
        if tree is None or tree is True or tree is False
        else str(tree)
    )


def html_safe(text: str) -> str:
    """Return JSON text with the characters escaped that Go escapes for the sake of HTML."""
    return text.translate(_HTML)
