"""What the parts of a model have in common: extensions, files, limits, and what field metadata say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from projects.compose.units import Bytes, Duration, FileMode

Extensions: TypeAlias = Mapping[str, Any]
Hosts: TypeAlias = Mapping[str, tuple[str, ...]]
Environment: TypeAlias = Mapping[str, str | None]
NO_BYTES = Bytes(0)
NO_TIME = Duration(0)
ALWAYS = {"always": True}
HIDDEN = {"hidden": True}
AS_HOSTS = {"hosts": True}
ONLY_FALSE = {"only_false": True}


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Anything in a Compose file that may carry ``x-*`` keys; they are kept, and neither written to JSON nor hashed."""

    extensions: Extensions = field(default_factory=dict, metadata=HIDDEN)


@dataclass(frozen=True, kw_only=True, slots=True)
class FileReference(Part):
    """A service's (or a build's) use of a secret or config."""

    source: str = ""
    target: str = ""
    uid: str = ""
    gid: str = ""
    mode: FileMode | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ulimit(Part):
    """``single`` where one number was given for both, else ``soft`` and ``hard``; written as a number where single."""

    single: int = 0
    soft: int = 0
    hard: int = 0
