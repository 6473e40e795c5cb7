"""What may stand where in a Compose file, as JSON for an editor: keys, words, names and explanations.

It is made of the shapes that files are checked with, so that an editor offers what is accepted and nothing else. What
the shapes do not say (words for attributes that take any text, where names of services are meant) stands in tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias, TypeVar

from projects.compose import explained_parts, explained_resources, explained_services
from projects.compose.attributes import COMPOSE_FILE
from projects.compose.messages import Message
from projects.compose.shapes import Choice, Shape
from projects.compose.structures import ListOf, MapOf, OneOf, Record

EXPLAINED: Final[Mapping[str, Message]] = {
    **explained_services.EXPLAINED,
    **explained_parts.EXPLAINED,
    **explained_resources.EXPLAINED,
}
# Attributes that take any text, of which some words are meant.
WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "depends_on.restart": ("true", "false"),
    "restart": ("no", "always", "on-failure", "unless-stopped"),
    "pull_policy": ("always", "never", "missing", "build", "refresh", "daily", "weekly", "every_12h"),
    "network_mode": ("bridge", "host", "none"),
    "ipc": ("host", "none", "private", "shareable"),
    "pid": ("host",),
    "uts": ("host",),
    "userns_mode": ("host",),
    "isolation": ("default", "process", "hyperv"),
    "stop_signal": ("SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGKILL"),
    "platform": ("linux/amd64", "linux/arm64", "linux/arm/v7"),
    "cap_add": ("ALL", "NET_ADMIN", "NET_RAW", "SYS_ADMIN", "SYS_NICE", "SYS_PTRACE", "SYS_TIME"),
    "cap_drop": ("ALL", "CHOWN", "DAC_OVERRIDE", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID"),
    "security_opt": ("no-new-privileges:true", "seccomp=unconfined", "apparmor=unconfined"),
    "env_file.format": ("raw",),
    "logging.driver": ("json-file", "local", "journald", "syslog", "none"),
    "healthcheck.test": ("CMD", "CMD-SHELL", "NONE"),
    "ports.protocol": ("tcp", "udp", "sctp"),
    "ports.mode": ("host", "ingress"),
    "ports.app_protocol": ("http", "https", "grpc"),
    "bind.propagation": ("rprivate", "private", "rshared", "shared", "rslave", "slave"),
    "volumes.consistency": ("consistent", "cached", "delegated"),
    "deploy.mode": ("replicated", "global", "replicated-job", "global-job"),
    "deploy.endpoint_mode": ("vip", "dnsrr"),
    "restart_policy.condition": ("none", "on-failure", "any"),
    "update_config.failure_action": ("continue", "pause", "rollback"),
    "rollback_config.failure_action": ("continue", "pause"),
    "build.network": ("default", "host", "none"),
    "build.entitlements": ("network.host", "security.insecure"),
    "devices.capabilities": ("gpu", "utility", "compute"),
    "gpus.capabilities": ("gpu", "utility", "compute"),
    "networks.driver": ("bridge", "overlay", "macvlan", "ipvlan", "host", "none"),
    "volumes.driver": ("local",),
}
# Where names are meant that the same file declares: the section, and what stands before and after the name.
NAMED: Final[Mapping[str, tuple[str, str, str]]] = {
    "depends_on": ("services", "", ""),
    "links": ("services", "", ""),
    "volumes_from": ("services", "", ""),
    "extends": ("services", "", ""),
    "extends.service": ("services", "", ""),
    "network_mode": ("services", "service:", ""),
    "ipc": ("services", "service:", ""),
    "pid": ("services", "service:", ""),
    ".services.networks": ("networks", "", ""),
    ".jobs.networks": ("networks", "", ""),
    ".services.volumes": ("volumes", "", ":"),
    ".jobs.volumes": ("volumes", "", ":"),
    "volumes.source": ("volumes", "", ""),
    ".services.secrets": ("secrets", "", ""),
    "build.secrets": ("secrets", "", ""),
    "secrets.source": ("secrets", "", ""),
    ".services.configs": ("configs", "", ""),
    "configs.source": ("configs", "", ""),
    ".services.models": ("models", "", ""),
}
_KINDS: Final = {str: "text", bool: "boolean", int: "number", float: "number", list: "list", dict: "mapping"}

Path: TypeAlias = tuple[str, ...]
Node: TypeAlias = dict[str, Any]
Value = TypeVar("Value")


def vocabulary(say: Callable[[Message], str] = str) -> Node:
    """Return the JSON-ready node of a whole file; `say` turns explanations into sentences of a language.

    A node has what applies of: ``about`` (the explanation), ``kinds`` (of value: text, number, boolean, list, mapping),
    ``keys`` (name to node), ``required`` (keys), ``each`` (the node of every value of a mapping with free names),
    ``item`` (of every item of a list), ``words``, ``names`` (section, before, after).
    """
    return _node(COMPOSE_FILE, ("",), say)


def explanation(path: Path) -> Message | None:
    """Return what is said about the attribute at a path of keys: the longest end of the path that is explained."""
    return _longest(EXPLAINED, path)


def paths(node: Node, path: Path = ("",)) -> Iterator[Path]:
    """Yield the path of every attribute of a vocabulary, free names and list items left out of it."""
    for key, child in node.get("keys", {}).items():
        yield (*path, key)
        yield from paths(child, (*path, key))
    for inner in ("each", "item"):
        if inner in node:
            yield from paths(node[inner], path)


def _longest(table: Mapping[str, Value], path: Path) -> Value | None:
    return next((table[end] for start in range(len(path)) if (end := ".".join(path[start:])) in table), None)


def _node(shape: Shape, path: Path, say: Callable[[Message], str]) -> Node:
    node = _inside(shape, path, say)
    node["kinds"] = sorted({_KINDS[kind] for kind in shape.types if kind in _KINDS})
    words = [*_words(shape), *(_longest(WORDS, path) or ())]
    if not words and bool in shape.types and not {int, dict} & shape.types:
        words = ["true", "false"]
    if words:
        node["words"] = words
    if names := _longest(NAMED, path):
        node["names"] = names
    return node


def _inside(shape: Shape, path: Path, say: Callable[[Message], str]) -> Node:
    """Return what a node tells of the values inside."""
    if isinstance(shape, OneOf):
        merged: Node = {}
        for alternative in shape.shapes:
            merged |= _inside(alternative, path, say)
        return merged
    if isinstance(shape, Record):
        keys = {key: _attribute(inner, (*path, key), say) for key, inner in shape.attributes.items()}
        return {"keys": keys} | ({"required": list(shape.required)} if shape.required else {})
    if isinstance(shape, MapOf):
        return {"each": _node(shape.item, path, say)}
    return {"item": _node(shape.item, path, say)} if isinstance(shape, ListOf) else {}


def _attribute(shape: Shape, path: Path, say: Callable[[Message], str]) -> Node:
    said = explanation(path)
    return _node(shape, path, say) | ({"about": say(said)} if said else {})


def _words(shape: Shape) -> tuple[str, ...]:
    if isinstance(shape, OneOf):
        return tuple(word for alternative in shape.shapes for word in _words(alternative))
    return shape.words if isinstance(shape, Choice) else ()
