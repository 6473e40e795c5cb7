"""The short syntax of a service's ``volumes``: ``[SOURCE:]TARGET[:OPTIONS]``."""

from __future__ import annotations

import posixpath
from typing import Any

_PROPAGATIONS = ("rprivate", "private", "rshared", "shared", "rslave", "slave")


def parse(spec: str) -> dict[str, Any]:
    """Return the long form of a short mount; raises ValueError (compose-go, format.ParseVolume).

    A source that begins with ``.``, ``/``, ``~``, ``\\\\`` or a drive letter is a path, any other names a volume.
    Unknown options are ignored. A spec of at most two characters has no ``volume`` part, which the config hash shows.
    """
    if not spec:
        raise ValueError("invalid empty volume spec")
    if len(spec.encode()) <= 2:
        return {"type": "volume", "target": spec}
    source, target, options = _sections(spec)
    mount: dict[str, Any] = {"type": "volume", "source": source, "target": target}
    for option in options.split(","):
        _apply(option, mount)
    if _is_path(source):
        mount["type"] = "bind"
        mount.setdefault("bind", {})["create_host_path"] = True
    else:
        mount.setdefault("volume", {})
    return {key: value for key, value in mount.items() if value != ""}


def clean(path: str) -> str:
    """Return a path without empty and relative steps, as Go's ``path.Clean`` does."""
    cleaned = posixpath.normpath(path)
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def _sections(spec: str) -> tuple[str, str, str]:
    sections = _split(spec)
    if "" in sections:
        raise ValueError(f"invalid spec: {spec}: empty section between colons")
    if len(sections) > 3:
        raise ValueError(f"invalid spec: {spec}: too many colons")
    if len(sections) == 1:
        return "", sections[0], ""
    source, target, *options = sections
    return source, target, options[0] if options else ""


def _split(spec: str) -> list[str]:
    """Split at colons, but not behind a drive letter nor inside ``${…}``."""
    sections, section, depth = [], "", 0
    for index, character in enumerate(spec):
        if character == "$" and spec[index + 1 : index + 2] == "{":
            depth += 1
        elif character == "}" and depth:
            depth -= 1
        elif character == ":" and not depth and not _is_drive(section):
            sections.append(section)
            section = ""
            continue
        section += character
    return [*sections, section]


def _is_drive(text: str) -> bool:
    return len(text) == 1 and text.isalpha()


def _apply(option: str, mount: dict[str, Any]) -> None:
    if option in ("ro", "rw"):
        mount["read_only"] = option == "ro"
    elif option == "nocopy":
        mount["volume"] = {"nocopy": True}
    elif option in _PROPAGATIONS:
        mount.setdefault("bind", {})["propagation"] = option
    elif option in ("z", "Z"):
        mount.setdefault("bind", {})["selinux"] = option


def _is_path(source: str) -> bool:
    return source.startswith((".", "/", "~", "\\\\")) or (_is_drive(source[:1]) and source[1:2] == ":")
