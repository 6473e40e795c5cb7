"""Canonical tree → the dataclasses of `model`, guided by their declarations.

Strings are cast where a number or boolean is declared, as interpolation leaves strings behind.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from projects.compose import leaves, model
from projects.compose.document import Path
from projects.compose.leaves import Convert
from projects.compose.units import Bytes, Duration, FileMode

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
        return leaves.hosts
    if "ssh" in metadata:
        return leaves.ssh_keys
    if hint == model.Environment:
        return leaves.environment
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        inner = next(argument for argument in arguments if argument is not type(None))
        return leaves.command if inner == tuple[str, ...] else _converter(inner, metadata)
    if origin is tuple:
        return _list_of(_converter(arguments[0], {}))
    if origin is not None:
        return _mapping_of(arguments[1])
    return _SCALARS.get(hint) or _record_of(hint)


def _record_of(kind: type[Any]) -> Convert:
    def convert(value: Any, path: Path) -> Any:
        if not isinstance(value, dict):
            raise leaves.cannot_cast(value, path, "a mapping")
        return decode(kind, value, path)

    return convert


def _list_of(item: Convert) -> Convert:
    if item is leaves.text:
        return leaves.texts
    return lambda value, path: tuple(item(each, (*path, index)) for index, each in enumerate(value))


def _mapping_of(hint: Any) -> Convert:
    if hint is str:
        return leaves.labels
    if get_origin(hint) is tuple:
        return lambda value, path: {key: leaves.texts(item, path) for key, item in leaves.gathered(value).items()}
    item = _converter(hint, {})

    def convert(value: dict[str, Any], path: Path) -> dict[str, Any]:
        if hint is not model.Dependency:
            value = leaves.gathered(value)
        return {
            key: None if each is None else item({} if key == leaves.EXTENSIONS else each, (*path, key))
            for key, each in value.items()
        }

    return convert


def _ulimits(value: Any, path: Path) -> dict[str, model.Ulimit]:
    return {name: _ulimit(item, (*path, name)) for name, item in leaves.gathered(value).items()}


def _ulimit(value: Any, path: Path) -> model.Ulimit:
    if isinstance(value, dict):
        return decode(model.Ulimit, {} if path[-1] == leaves.EXTENSIONS else value, path)
    return model.Ulimit(single=leaves.integer(value, path))


_SCALARS: dict[Any, Convert] = {
    str: leaves.text,
    int: leaves.wrapped_integer,
    float: leaves.float32,
    bool: leaves.boolean,
    Bytes: leaves.size,
    Duration: leaves.duration,
    FileMode: leaves.file_mode,
}

_SPECIAL: dict[tuple[type, str], Convert] = {
    (model.Healthcheck, "test"): leaves.health_test,
    (model.DeviceRequest, "count"): leaves.count,
    (model.TmpfsOptions, "mode"): leaves.unsigned(32, strings=False),
    (model.BlkioConfig, "weight"): leaves.unsigned(16, strings=False),
    (model.WeightDevice, "weight"): leaves.unsigned(16, strings=False),
    (model.Port, "target"): leaves.unsigned(32),
    (model.Healthcheck, "retries"): leaves.unsigned(64),
    (model.UpdateConfig, "parallelism"): leaves.unsigned(64),
    (model.RestartPolicy, "max_attempts"): leaves.unsigned(64),
    (model.Placement, "max_replicas_per_node"): leaves.unsigned(64),
    (model.Service, "scale"): leaves.integer,
    (model.Deploy, "replicas"): leaves.integer,
    (model.Ulimit, "soft"): leaves.integer,
    (model.Ulimit, "hard"): leaves.integer,
    (model.Secret, "driver_opts"): leaves.options,
}

_BY_NAME: dict[str, Convert] = {"ulimits": _ulimits, "storage_opt": leaves.options}
