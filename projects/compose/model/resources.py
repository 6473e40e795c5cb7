"""What stands beside the services: networks, volumes, secrets, configs and models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from projects.compose.model.common import HIDDEN, Part


@dataclass(frozen=True, kw_only=True, slots=True)
class IpamPool(Part):
    """An address range of a network."""

    subnet: str = ""
    gateway: str = ""
    ip_range: str = ""
    aux_addresses: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ipam(Part):
    """How a network hands out addresses."""

    driver: str = ""
    config: tuple[IpamPool, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Network(Part):
    """A network; `name` is its real name on the engine."""

    name: str = ""
    driver: str = ""
    driver_opts: Mapping[str, str] = field(default_factory=dict)
    ipam: Ipam = field(default_factory=Ipam)
    external: bool = False
    internal: bool = False
    attachable: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    enable_ipv4: bool | None = None
    enable_ipv6: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Volume(Part):
    """A volume; `name` is its real name on the engine."""

    name: str = ""
    driver: str = ""
    driver_opts: Mapping[str, str] = field(default_factory=dict)
    external: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Secret(Part):
    """A secret: a file, or an environment variable whose value is `content` (never written or shown)."""

    name: str = ""
    file: str = ""
    environment: str = ""
    content: str = field(default="", repr=False, metadata=HIDDEN)
    external: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    driver: str = ""
    driver_opts: Mapping[str, str] = field(default_factory=dict)
    template_driver: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Config(Part):
    """A config: a file, inline `content`, or an environment variable whose value is `content` (then not written)."""

    name: str = ""
    file: str = ""
    environment: str = ""
    content: str = field(default="", repr=False)
    external: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    driver: str = ""
    driver_opts: Mapping[str, str] = field(default_factory=dict)
    template_driver: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AiModel(Part):
    """An AI model that the engine's model runner serves."""

    name: str = ""
    model: str = ""
    context_size: int = 0
    runtime_flags: tuple[str, ...] = ()
