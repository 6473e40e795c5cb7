"""Canonical tree → the dataclasses of `model`, guided by their declarations.

Strings are cast where a number or boolean is declared, as interpolation leaves strings behind.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

from projects.compose import casts, model, shellwords
from projects.compose.document import Path
from projects.compose.gofloat import to_float32
from projects.compose.messages import Message
from projects.compose.problems import PathError
from projects.compose.scalars import Timestamp, as_go_text, as_text, is_true
from projects.compose.units import MAX_INT64, Bytes, Duration, FileMode, parse_bytes, parse_duration

Convert: TypeAlias = Callable[[Any, Path], Any]
Record = TypeVar("Record")


def decode(kind: type[Record], tree: Mapping[str, Any], path: Path, **given: Any) -> Record:
    """Return an instance of a model class; raises PathError for a value that cannot be cast.

    Null and absent are the same; unknown keys, which are ``x-`` keys, become `extensions`; `given` are fields that do
    not come from the tree.
    """
    known = _KNOWN.get(kind) or _learn(kind)
    values = given
    extensions: dict[str, Any] = {}
    for key, value in tree.items():
        converter = known.get(key)
        if converter is None:
            extensions[key] = value
        elif value is not None:
            values[key] = converter(value, (*path, key))
    if extensions and issubclass(kind, model.Part):
        values["extensions"] = extensions
    return kind(**values)


_KNOWN: dict[type[Any], dict[str, Convert]] = {}


def _learn(kind: type[Any]) -> dict[str, Convert]:
    """Return a converter for each field of a class, found once from its declarations."""
    hints = get_type_hints(kind)
    hidden = ("extensions", "name") if issubclass(kind, model.WorkloadSpec) else ("extensions",)
    _KNOWN[kind] = {
        each.name: _SPECIAL.get((kind, each.name))
        or _BY_NAME.get(each.name)
        or _converter(hints[each.name], each.metadata)
        for each in fields(kind)
        if each.name not in hidden
    }
    return _KNOWN[kind]


def _converter(hint: Any, metadata: Mapping[str, Any]) -> Convert:
    if "hosts" in metadata:
        return _hosts
    if "ssh" in metadata:
        return _ssh
    if hint == model.Environment:
        return _environment
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        inner = next(argument for argument in arguments if argument is not type(None))
        return _words if inner == tuple[str, ...] else _converter(inner, metadata)
    if origin is tuple:
        return _list_of(_converter(arguments[0], {}))
    if origin is not None:
        return _mapping_of(arguments[1])
    return _SCALARS.get(hint) or _record_of(hint)


def _record_of(kind: type[Any]) -> Convert:
    def convert(value: Any, path: Path) -> Any:
        if not isinstance(value, dict):
            raise _cannot_cast(value, path, "a mapping")
        return decode(kind, value, path)

    return convert


def _list_of(item: Convert) -> Convert:
    if item is _text:
        return _texts
    return lambda value, path: tuple(item(each, (*path, index)) for index, each in enumerate(value))


def _mapping_of(hint: Any) -> Convert:
    if hint is str:
        return _labels
    if get_origin(hint) is tuple:
        return lambda value, path: {key: _texts(item, path) for key, item in _gathered(value).items()}
    item = _converter(hint, {})

    def convert(value: dict[str, Any], path: Path) -> dict[str, Any]:
        if hint is not model.Dependency:
            value = _gathered(value)
        return {
            key: None if each is None else item({} if key == EXTENSIONS else each, (*path, key))
            for key, each in value.items()
        }

    return convert


def _gathered(value: dict[str, Any]) -> dict[str, Any]:
    """Return a mapping with its ``x-`` keys put into one: the reference takes them for extensions in any mapping."""
    extras = {key: item for key, item in value.items() if key.startswith("x-")}
    if not extras:
        return value
    return {**{key: item for key, item in value.items() if key not in extras}, EXTENSIONS: extras}


def _text(value: Any, path: Path) -> str:
    return value if type(value) is str else as_text(value)


def _texts(value: Any, path: Path) -> tuple[str, ...]:
    return tuple(map(as_text, value)) if isinstance(value, list) else (as_go_text(value),)


def _cannot_cast(value: Any, path: Path, kind: str) -> PathError:
    message = Message(
        "%(path)s: failed to cast to expected type: %(value)s is not %(kind)s",
        path=".".join(map(str, path)),
        value=f'"{str(value)[:80]}"',
        kind=kind,
    )
    return PathError(path, message)


def _wrapped_integer(value: Any, path: Path) -> int:
    """Return an integer; a number that is too large for 64 bits becomes what Go makes of it."""
    if isinstance(value, float) and abs(value) > MAX_INT64:
        return -MAX_INT64 - 1
    if isinstance(value, int) and value > MAX_INT64:
        return int(value) - 2**64
    return _integer(value, path)


def _unsigned(bits: int, *, strings: bool = True) -> Convert:
    """Return what reads a number of so many bits, more of them cut off as by Go; `strings` are cast or else refused."""

    def convert(value: Any, path: Path) -> int:
        found = casts.integer(value) if isinstance(value, str) and strings else value
        if not isinstance(found, int | float) or isinstance(found, bool) or found < 0:
            raise _cannot_cast(value, path, "an unsigned integer")
        return int(found) % (1 << bits)

    return convert


def _integer(value: Any, path: Path) -> int:
    found = casts.integer(value) if isinstance(value, str) else value
    if isinstance(found, float) and abs(found) <= MAX_INT64:
        found = int(found)
    if not isinstance(found, int) or isinstance(found, bool) or not -MAX_INT64 <= found <= MAX_INT64:
        raise _cannot_cast(value, path, "an integer")
    return found


def _float(value: Any, path: Path) -> float:
    found = casts.number(value) if isinstance(value, str) else value
    if found is None:
        raise _cannot_cast(value, path, "a number")
    try:
        rounded = to_float32(float(found))
    except OverflowError as error:
        raise _cannot_cast(value, path, "a number") from error
    if rounded != rounded or abs(rounded) == float("inf"):
        raise _cannot_cast(value, path, "a number")
    return rounded


def _boolean(value: Any, path: Path) -> bool:
    if isinstance(value, bool):
        return value
    return is_true(value)  # `shapes` has refused other words


def _bytes(value: Any, path: Path) -> Bytes:
    if isinstance(value, float | Timestamp) or (isinstance(value, int) and value > MAX_INT64):
        return Bytes(0)  # the reference takes no notice of such a size
    if isinstance(value, int):
        return Bytes(value)
    return Bytes(_measured(parse_bytes, str(value), path))


def _duration(value: Any, path: Path) -> Duration:
    return Duration(_measured(parse_duration, as_text(value), path))


def _measured(parse: Callable[[str], int], value: str, path: Path) -> int:
    try:
        return parse(value)
    except ValueError as error:
        message = Message("%(path)s: %(reason)s", path=".".join(map(str, path)), reason=str(error)[:200])
        raise PathError(path, message) from error


def _mode(value: Any, path: Path) -> FileMode:
    if isinstance(value, int) and value <= MAX_INT64:
        return FileMode(value)
    try:
        return FileMode(int(value, 8))
    except (ValueError, TypeError) as error:
        raise _cannot_cast(value, path, "an octal mode") from error


def _words(value: Any, path: Path) -> tuple[str, ...] | None:
    """Return a command: a string is split as a shell would, a list is kept, and of a date no notice is taken."""
    if isinstance(value, Timestamp):
        return None
    if isinstance(value, list):
        return tuple(map(as_text, value))
    try:
        return tuple(shellwords.split(as_text(value)))
    except ValueError as error:
        message = Message("%(path)s: %(reason)s", path=".".join(map(str, path)), reason=str(error))
        raise PathError(path, message) from error


def _labels(value: Any, path: Path) -> dict[str, str]:
    """Return a mapping of strings from a mapping or a list of ``KEY=value``; what is absent is empty."""
    return {key: item or "" for key, item in _pairs(value)}


def _pairs(value: Any) -> list[tuple[str, str | None]]:
    if isinstance(value, dict):
        return [(key, None if item is None else as_go_text(item)) for key, item in _gathered(value).items()]
    pairs: list[tuple[str, str | None]] = []
    for item in value if isinstance(value, list) else [value]:
        key, separator, text = as_text(item).partition("=")
        pairs.append((key, text if separator else None))
    return pairs


def _environment(value: Any, path: Path) -> dict[str, str | None]:
    pairs = _pairs(value)
    if isinstance(value, list):
        for index, (key, _) in enumerate(pairs):
            if key != key.rstrip():
                message = Message("environment variable %(name)s is declared with a trailing space", name=key)
                raise PathError((*path, index), message)
    return dict(pairs)


def _hosts(value: Any, path: Path) -> dict[str, tuple[str, ...]]:
    hosts: dict[str, list[str]] = {}
    for host, addresses in _host_entries(value, path):
        if not host or ":" in host or "=" in host:
            raise PathError(path, Message("bad host name '%(host)s'", host=host[:200]))
        hosts.setdefault(host, []).extend(_unbracketed(address) for address in addresses)
    return {host: tuple(addresses) for host, addresses in hosts.items()}


def _host_entries(value: Any, path: Path) -> list[tuple[str, list[str]]]:
    if isinstance(value, dict):
        return [
            (host, [as_text(each) for each in (item if isinstance(item, list) else [item])])
            for host, item in _without_extensions(value, path).items()
        ]
    entries = []
    for index, item in enumerate(value):
        text = as_text(item)
        separator = "=" if "=" in text else ":"
        host, found, addresses = text.partition(separator)
        if not found:
            raise PathError((*path, index), Message("invalid additional host, missing IP: %(text)s", text=text[:200]))
        entries.append((host, addresses.split(",")))
    return entries


def _without_extensions(value: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return a mapping whose values must be strings; raises PathError where a key is taken for an extension."""
    for key in value:
        if key.startswith("x-"):
            message = Message(
                "%(path)s: %(key)s is taken for an extension. Write the entries as a list.",
                path=".".join(map(str, path)),
                key=key[:80],
            )
            raise PathError((*path, key), message)
    return value


def _unbracketed(address: str) -> str:
    return address[1:-1] if len(address) > 2 and address[0] == "[" and address[-1] == "]" else address


def _ssh(value: Any, path: Path) -> tuple[model.SshKey, ...]:
    if isinstance(value, str):
        value = [value]
    return tuple(model.SshKey(id=key, path=item or "") for key, item in dict(_pairs(value)).items())


def _health_test(value: Any, path: Path) -> tuple[str, ...]:
    return ("CMD-SHELL", value) if isinstance(value, str) else tuple(map(as_text, value))


def _ulimits(value: Any, path: Path) -> dict[str, model.Ulimit]:
    return {name: _ulimit(item, (*path, name)) for name, item in _gathered(value).items()}


def _ulimit(value: Any, path: Path) -> model.Ulimit:
    if isinstance(value, dict):
        return decode(model.Ulimit, {} if path[-1] == EXTENSIONS else value, path)
    return model.Ulimit(single=_integer(value, path))


def _count(value: Any, path: Path) -> int:
    if value == "all":
        return -1
    if isinstance(value, float):
        raise _cannot_cast(value, path, "an integer")
    if isinstance(value, str) and casts.integer(value) is None:
        message = Message(
            "%(path)s: invalid value \"%(value)s\", the only value allowed is 'all' or a number",
            path=".".join(map(str, path)),
            value=value[:80],
        )
        raise PathError(path, message)
    return _integer(value, path)


def _options(value: Any, path: Path) -> dict[str, str]:
    """Return options whose values the reference takes as strings and integers only."""
    for key, item in _without_extensions(value, path).items():
        if isinstance(item, dict | list | float | bool | Timestamp):
            raise _cannot_cast(item, (*path, key), "a string")
    return {key: as_text(item) for key, item in value.items()}


_SCALARS: dict[Any, Convert] = {
    str: _text,
    int: _wrapped_integer,
    float: _float,
    bool: _boolean,
    Bytes: _bytes,
    Duration: _duration,
    FileMode: _mode,
}

EXTENSIONS = "#extensions"

_SPECIAL: dict[tuple[type, str], Convert] = {
    (model.Healthcheck, "test"): _health_test,
    (model.DeviceRequest, "count"): _count,
    (model.TmpfsOptions, "mode"): _unsigned(32, strings=False),
    (model.BlkioConfig, "weight"): _unsigned(16, strings=False),
    (model.WeightDevice, "weight"): _unsigned(16, strings=False),
    (model.Port, "target"): _unsigned(32),
    (model.Healthcheck, "retries"): _unsigned(64),
    (model.UpdateConfig, "parallelism"): _unsigned(64),
    (model.RestartPolicy, "max_attempts"): _unsigned(64),
    (model.Placement, "max_replicas_per_node"): _unsigned(64),
    (model.Service, "scale"): _integer,
    (model.Deploy, "replicas"): _integer,
    (model.Ulimit, "soft"): _integer,
    (model.Ulimit, "hard"): _integer,
    (model.Secret, "driver_opts"): _options,
}

_BY_NAME: dict[str, Convert] = {"ulimits": _ulimits, "storage_opt": _options}
