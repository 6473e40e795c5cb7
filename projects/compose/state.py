"""What the engine holds of one project, as planning, previews and pages see it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from projects.compose.identity import (
    LABEL_HOOK,
)
from projects.compose.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedPort:
    """One published port of a container."""

    host_ip: str
    published: int
    target: int
    protocol: str = "tcp"


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservedMount:
    """One mount of a container: `type` bind, volume or tmpfs; `name` of a volume, `source` of a bind."""

    type: str
    target: str
    name: str = ""
    source: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservedContainer:
    """A container of a project; `state` and `health` are the engine's words, times are Unix seconds.

    A `lost` one cannot be started any more: known from having tried only.
    """

    id: str
    name: str
    project: str
    service: str
    number: int = 1
    oneoff: bool = False
    config_hash: str = ""
    image: str = ""
    image_id: str = ""
    command: str = ""
    state: str = "created"
    exit_code: int | None = None
    health: str = ""
    status_text: str = ""
    created: float = 0.0
    started_at: float = 0.0  # the last start and the last exit: known from an inspect only, 0 for never
    finished_at: float = 0.0
    ports: tuple[PublishedPort, ...] = ()
    exposed: tuple[PublishedPort, ...] = ()  # not published: neither address nor published port
    networks: Mapping[str, str] = field(default_factory=dict)
    mounts: tuple[ObservedMount, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    settings: Settings | None = None  # known from an inspect only
    lost: bool = False

    @property
    def is_hook(self) -> bool:
        """Whether it carries out a ``pre_start`` hook instead of being one of the service's own."""
        return LABEL_HOOK in self.labels


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservedNetwork:
    """A network: `key` and `config_hash` are its labels, empty where it has none."""

    id: str
    name: str
    key: str = ""
    project: str = ""
    config_hash: str = ""
    settings: Settings = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservedVolume:
    """A volume: `key` and `config_hash` are its labels, empty where it has none."""

    name: str
    key: str = ""
    project: str = ""
    config_hash: str = ""
    settings: Settings = field(default_factory=dict)
    driver: str = ""
    mountpoint: str = ""
    scope: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservedImage:
    """An image on the engine: what planning needs of its inspect; `platform` such as ``linux/arm64/v8``.

    `defaults` are the settings that its containers take over, as the Engine API words them; `size` is in bytes.
    Times of `…_at` are RFC 3339, empty for never.
    """

    id: str
    reference: str
    platform: str = ""
    last_tagged: float = 0.0
    volumes: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    size: int = 0
    created_at: str = ""
    tagged_at: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservedState:
    """A snapshot of one project on the engine.

    `images` maps every reference asked about to its image, or to None where the engine has none.
    `foreign_networks` and `foreign_volumes` hold what bears a name the project needs without being its own.
    `at` is when it was taken (Unix seconds), `api_version` what the engine speaks.
    """

    project: str
    at: float = 0.0
    api_version: tuple[int, int] = (1, 41)
    containers: tuple[ObservedContainer, ...] = ()
    networks: tuple[ObservedNetwork, ...] = ()
    volumes: tuple[ObservedVolume, ...] = ()
    images: Mapping[str, ObservedImage | None] = field(default_factory=dict)
    foreign_networks: tuple[ObservedNetwork, ...] = ()
    foreign_volumes: tuple[ObservedVolume, ...] = ()

    def with_lost(self, names: Collection[str]) -> ObservedState:
        """Return the state in which the containers of these names are `lost`."""
        marked = tuple(replace(each, lost=each.name in names) for each in self.containers)
        return replace(self, containers=marked)
