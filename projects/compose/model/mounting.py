"""Entries of ``volumes``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from projects.compose.model.common import NO_BYTES, ONLY_FALSE, Part
from projects.compose.units import Bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class BindOptions(Part):
    """Options of a bind mount; `create_host_path` is None where nothing is said of it, which means that it is made."""

    selinux: str = ""
    propagation: str = ""
    create_host_path: bool | None = field(default=None, metadata=ONLY_FALSE)
    recursive: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class VolumeOptions(Part):
    """Options of a volume mount."""

    labels: Mapping[str, str] = field(default_factory=dict)
    nocopy: bool = False
    subpath: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class TmpfsOptions(Part):
    """Options of a tmpfs mount; `mode` is a plain number."""

    size: Bytes = NO_BYTES
    mode: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageOptions(Part):
    """Options of an image mount."""

    subpath: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mount(Part):
    """An entry of a service's `volumes`: `type` is bind, volume, tmpfs, cluster, npipe or image."""

    type: str = ""
    source: str = ""
    target: str = ""
    read_only: bool = False
    consistency: str = ""
    bind: BindOptions | None = None
    volume: VolumeOptions | None = None
    tmpfs: TmpfsOptions | None = None
    image: ImageOptions | None = None
