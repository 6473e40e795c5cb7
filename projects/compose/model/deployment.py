"""Replicas, resources and their limits: ``deploy``, and the device requests that ``gpus`` shares with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from projects.compose.model.common import ALWAYS, NO_BYTES, NO_TIME, Part
from projects.compose.units import Bytes, Duration


@dataclass(frozen=True, kw_only=True, slots=True)
class UpdateConfig(Part):
    """How a swarm updates or rolls back; kept and hashed, without effect on a plain engine."""

    parallelism: int | None = None
    delay: Duration = NO_TIME
    failure_action: str = ""
    monitor: Duration = NO_TIME
    max_failure_ratio: float = 0.0
    order: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceRequest(Part):
    """A request for devices such as GPUs; a `count` of -1 asks for all."""

    capabilities: tuple[str, ...] = ()
    driver: str = ""
    count: int = 0
    device_ids: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class DiscreteResource(Part):
    """A counted resource of a swarm node."""

    kind: str = field(default="", metadata=ALWAYS)
    value: int = field(default=0, metadata=ALWAYS)


@dataclass(frozen=True, kw_only=True, slots=True)
class GenericResource(Part):
    """A resource that a person defined."""

    discrete_resource_spec: DiscreteResource | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Resource(Part):
    """What a service may use at most, or is promised; `cpus` in CPUs, `memory` in bytes."""

    cpus: float = 0.0
    memory: Bytes = NO_BYTES
    pids: int = 0
    devices: tuple[DeviceRequest, ...] = ()
    generic_resources: tuple[GenericResource, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Resources(Part):
    """Limits and reservations of a service."""

    limits: Resource | None = None
    reservations: Resource | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RestartPolicy(Part):
    """When a stopped container is started again; `condition` and `max_attempts` reach the engine."""

    condition: str = ""
    delay: Duration | None = None
    max_attempts: int | None = None
    window: Duration | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacementPreference(Part):
    """How a swarm spreads a service."""

    spread: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Placement(Part):
    """On which nodes of a swarm a service runs; without effect on a plain engine."""

    constraints: tuple[str, ...] = ()
    preferences: tuple[PlacementPreference, ...] = ()
    max_replicas_per_node: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Deploy(Part):
    """How a service is deployed: replicas, resources and restart policy; the rest concerns swarms."""

    mode: str = ""
    replicas: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    update_config: UpdateConfig | None = None
    rollback_config: UpdateConfig | None = None
    resources: Resources = field(default_factory=Resources)
    restart_policy: RestartPolicy | None = None
    placement: Placement = field(default_factory=Placement)
    endpoint_mode: str = ""
