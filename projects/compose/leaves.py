"""The leaves of the canonical tree → the values that `model` declares: numbers, sizes, commands, maps of strings.

Each takes a value and its path, and raises PathError for what cannot be cast. Strings are cast where a number or
boolean is declared, as interpolation leaves strings behind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from projects.compose import casts, model, shellwords
from projects.compose.document import Path
from projects.compose.gofloat import to_float32
from projects.compose.messages import Message
from projects.compose.problems import PathError
from projects.compose.scalars import Timestamp, as_go_text, as_text, is_true
from projects.compose.units import MAX_INT64, Bytes, Duration, FileMode, parse_bytes, parse_duration

Convert: TypeAlias = Callable[[Any, Path], Any]
EXTENSIONS = "#extensions"


def text(value: Any, path: Path) -> str:
    """Return a string as it is, another scalar as it was written."""
    return value if type(value) is str else as_text(value)


def texts(value: Any, path: Path) -> tuple[str, ...]:
    """Return a list of strings; a single one is a list of one."""
    return tuple(map(as_text, value)) if isinstance(value, list) else (as_go_text(value),)


def cannot_cast(value: Any, path: Path, kind: str) -> PathError:
    """Return the error of a value that is not of the declared `kind`, which is told in words."""
    message = Message(
        "%(path)s: failed to cast to expected type: %(value)s is not %(kind)s",
        path=".".join(map(str, path)),
        value=f'"{str(value)[:80]}"',
        kind=kind,
    )
    return PathError(path, message)


def boolean(value: Any, path: Path) -> bool:
    """Return a boolean; `shapes` has refused words that are none."""
    if isinstance(value, bool):
        return value
    return is_true(value)


def wrapped_integer(value: Any, path: Path) -> int:
    """Return an integer; a number that is too large for 64 bits becomes what Go makes of it."""
    if isinstance(value, float) and abs(value) > MAX_INT64:
        return -MAX_INT64 - 1
    if isinstance(value, int) and value > MAX_INT64:
        return int(value) - 2**64
    return integer(value, path)


def integer(value: Any, path: Path) -> int:
    """Return an integer of 64 bits."""
    found = casts.integer(value) if isinstance(value, str) else value
    if isinstance(found, float) and abs(found) <= MAX_INT64:
        found = int(found)
    if not isinstance(found, int) or isinstance(found, bool) or not -MAX_INT64 <= found <= MAX_INT64:
        raise cannot_cast(value, path, "an integer")
    return found


def unsigned(bits: int, *, strings: bool = True) -> Convert:
    """Return what reads a number of so many bits, more of them cut off as by Go; `strings` are cast or else refused."""

    def convert(value: Any, path: Path) -> int:
        found = casts.integer(value) if isinstance(value, str) and strings else value
        if not isinstance(found, int | float) or isinstance(found, bool) or found < 0:
            raise cannot_cast(value, path, "an unsigned integer")
        return int(found) % (1 << bits)

    return convert


def float32(value: Any, path: Path) -> float:
    """Return a number, rounded as the reference does, which keeps 32 bits of it."""
    found = casts.number(value) if isinstance(value, str) else value
    if found is None:
        raise cannot_cast(value, path, "a number")
    try:
        rounded = to_float32(float(found))
    except OverflowError as error:
        raise cannot_cast(value, path, "a number") from error
    if rounded != rounded or abs(rounded) == float("inf"):
        raise cannot_cast(value, path, "a number")
    return rounded


def count(value: Any, path: Path) -> int:
    """Return a count of devices; ``all`` is -1."""
    if value == "all":
        return -1
    if isinstance(value, float):
        raise cannot_cast(value, path, "an integer")
    if isinstance(value, str) and casts.integer(value) is None:
        message = Message(
            "%(path)s: invalid value \"%(value)s\", the only value allowed is 'all' or a number",
            path=".".join(map(str, path)),
            value=value[:80],
        )
        raise PathError(path, message)
    return integer(value, path)


def size(value: Any, path: Path) -> Bytes:
    """Return a size in bytes."""
    if isinstance(value, float | Timestamp) or (isinstance(value, int) and value > MAX_INT64):
        return Bytes(0)  # the reference takes no notice of such a size
    if isinstance(value, int):
        return Bytes(value)
    return Bytes(_measured(parse_bytes, str(value), path))


def duration(value: Any, path: Path) -> Duration:
    """Return a duration in nanoseconds."""
    return Duration(_measured(parse_duration, as_text(value), path))


def _measured(parse: Callable[[str], int], value: str, path: Path) -> int:
    try:
        return parse(value)
    except ValueError as error:
        message = Message("%(path)s: %(reason)s", path=".".join(map(str, path)), reason=str(error)[:200])
        raise PathError(path, message) from error


def file_mode(value: Any, path: Path) -> FileMode:
    """Return the bits of a file's mode, which a string holds in octal."""
    if isinstance(value, int) and value <= MAX_INT64:
        return FileMode(value)
    try:
        return FileMode(int(value, 8))
    except (ValueError, TypeError) as error:
        raise cannot_cast(value, path, "an octal mode") from error


def command(value: Any, path: Path) -> tuple[str, ...] | None:
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


def labels(value: Any, path: Path) -> dict[str, str]:
    """Return a mapping of strings from a mapping or a list of ``KEY=value``; what is absent is empty."""
    return {key: item or "" for key, item in _pairs(value)}


def environment(value: Any, path: Path) -> dict[str, str | None]:
    """Return variables and their values; None is a variable that is taken from around."""
    pairs = _pairs(value)
    if isinstance(value, list):
        for index, (key, _) in enumerate(pairs):
            if key != key.rstrip():
                message = Message("environment variable %(name)s is declared with a trailing space", name=key)
                raise PathError((*path, index), message)
    return dict(pairs)


def _pairs(value: Any) -> list[tuple[str, str | None]]:
    if isinstance(value, dict):
        return [(key, None if item is None else as_go_text(item)) for key, item in gathered(value).items()]
    pairs: list[tuple[str, str | None]] = []
    for item in value if isinstance(value, list) else [value]:
        key, separator, text = as_text(item).partition("=")
        pairs.append((key, text if separator else None))
    return pairs


def gathered(value: dict[str, Any]) -> dict[str, Any]:
    """Return a mapping with its ``x-`` keys put into one: the reference takes them for extensions in any mapping."""
    extras = {key: item for key, item in value.items() if key.startswith("x-")}
    if not extras:
        return value
    return {**{key: item for key, item in value.items() if key not in extras}, EXTENSIONS: extras}


def hosts(value: Any, path: Path) -> dict[str, tuple[str, ...]]:
    """Return the addresses of each host of ``extra_hosts``."""
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


def ssh_keys(value: Any, path: Path) -> tuple[model.SshKey, ...]:
    """Return the agents and keys that a build may use."""
    if isinstance(value, str):
        value = [value]
    return tuple(model.SshKey(id=key, path=item or "") for key, item in dict(_pairs(value)).items())


def options(value: Any, path: Path) -> dict[str, str]:
    """Return options whose values the reference takes as strings and integers only."""
    for key, item in _without_extensions(value, path).items():
        if isinstance(item, dict | list | float | bool | Timestamp):
            raise cannot_cast(item, (*path, key), "a string")
    return {key: as_text(item) for key, item in value.items()}


def health_test(value: Any, path: Path) -> tuple[str, ...]:
    """Return the command of a health check; a string is run by a shell."""
    return ("CMD-SHELL", value) if isinstance(value, str) else tuple(map(as_text, value))
