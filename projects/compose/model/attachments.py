"""The smaller parts of a service: devices, networks, ports, logging, health, and what it depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from projects.compose.model.common import ALWAYS, HIDDEN, NO_BYTES, ONLY_FALSE, Part
from projects.compose.units import Bytes, Duration


@dataclass(frozen=True, kw_only=True, slots=True)
class WeightDevice(Part):
    """The share of block I/O of one device."""

    path: str = field(default="", metadata={"always": True, "key": "Path"})
    weight: int = field(default=0, metadata={"always": True, "key": "Weight"})


@dataclass(frozen=True, kw_only=True, slots=True)
class ThrottleDevice(Part):
    """A limit of block I/O on one device, in bytes or operations a second."""

    path: str = field(default="", metadata={"always": True, "key": "Path"})
    rate: Bytes = field(default=NO_BYTES, metadata={"always": True, "key": "Rate"})


@dataclass(frozen=True, kw_only=True, slots=True)
class BlkioConfig(Part):
    """Limits of block I/O."""

    weight: int = 0
    weight_device: tuple[WeightDevice, ...] = ()
    device_read_bps: tuple[ThrottleDevice, ...] = ()
    device_read_iops: tuple[ThrottleDevice, ...] = ()
    device_write_bps: tuple[ThrottleDevice, ...] = ()
    device_write_iops: tuple[ThrottleDevice, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CredentialSpec(Part):
    """Credentials of a managed Windows service account."""

    config: str = ""
    file: str = ""
    registry: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dependency(Part):
    """What a service waits for: `condition` is service_started, service_healthy or service_completed_successfully."""

    condition: str = ""
    restart: bool = False
    required: bool = field(default=True, metadata=ALWAYS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Device(Part):
    """A device of the host inside a container; `permissions` is made of r, w and m."""

    source: str = ""
    target: str = ""
    permissions: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Provider(Part):
    """A program that provides a service without a container; `ready` once it has done so."""

    type: str = ""
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ready: bool = field(default=False, metadata=HIDDEN)


@dataclass(frozen=True, kw_only=True, slots=True)
class EnvFile(Part):
    """A file of environment variables; `format` is empty (dotenv) or ``raw``."""

    path: str = ""
    required: bool = field(default=True, metadata=ONLY_FALSE)
    format: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Extends:
    """The service that a service takes its attributes from."""

    file: str = ""
    service: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Healthcheck(Part):
    """How the engine finds out whether a container is healthy; `test` begins with CMD, CMD-SHELL or NONE."""

    test: tuple[str, ...] = ()
    timeout: Duration | None = None
    interval: Duration | None = None
    retries: int | None = None
    start_period: Duration | None = None
    start_interval: Duration | None = None
    disable: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Logging(Part):
    """The engine's logging driver for a service."""

    driver: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceModel(Part):
    """The variables in which a service is told about an AI model."""

    endpoint_var: str = ""
    model_var: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceNetwork(Part):
    """How a service takes part in a network."""

    aliases: tuple[str, ...] = ()
    driver_opts: Mapping[str, str] = field(default_factory=dict)
    gw_priority: int = 0
    interface_name: str = ""
    ipv4_address: str = ""
    ipv6_address: str = ""
    link_local_ips: tuple[str, ...] = ()
    mac_address: str = ""
    priority: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Port(Part):
    """A published port; `published` is empty, a number or a range such as ``8000-8010``."""

    name: str = ""
    mode: str = ""
    host_ip: str = ""
    target: int = 0
    published: str = ""
    protocol: str = ""
    app_protocol: str = ""
