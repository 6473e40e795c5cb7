"""What a project's files mean: the Compose Specification as frozen dataclasses.

Every attribute bears the specification's name and every class lists them in the order in which Docker Compose
prints and hashes them (services are hashed in another, `SERVICE_ORDER`). `identity.as_json` derives the JSON from the
declarations alone:

- a value that is empty, zero or false is left out;
- a field declared ``… | None`` is left out only where it is None;
- a nested class is never left out; `Bytes`, `Duration`, `FileMode` and `float` are written as Go writes them;
- field metadata state the exceptions: ``always`` (never left out), ``hidden`` (never written),
  ``only_false`` (written only where false), ``key`` (another name in JSON), ``hosts`` and ``ssh`` (written as lists).
"""

from __future__ import annotations

from projects.compose.model.application import Application
from projects.compose.model.attachments import (
    BlkioConfig,
    CredentialSpec,
    Dependency,
    Device,
    EnvFile,
    Extends,
    Healthcheck,
    Logging,
    Port,
    Provider,
    ServiceModel,
    ServiceNetwork,
    ThrottleDevice,
    WeightDevice,
)
from projects.compose.model.building import Build, Develop, ServiceHook, SshKey, Trigger
from projects.compose.model.common import Environment, Extensions, FileReference, Hosts, Part, Ulimit
from projects.compose.model.deployment import (
    Deploy,
    DeviceRequest,
    DiscreteResource,
    GenericResource,
    Placement,
    PlacementPreference,
    Resource,
    Resources,
    RestartPolicy,
    UpdateConfig,
)
from projects.compose.model.mounting import BindOptions, ImageOptions, Mount, TmpfsOptions, VolumeOptions
from projects.compose.model.resources import AiModel, Config, Ipam, IpamPool, Network, Secret, Volume
from projects.compose.model.workloads import (
    SERVICE_ORDER,
    ContainerSpec,
    Job,
    PreStartHook,
    Schedule,
    Service,
    Triggers,
    WorkloadSpec,
)

__all__ = [
    "SERVICE_ORDER",
    "AiModel",
    "Application",
    "BindOptions",
    "BlkioConfig",
    "Build",
    "Config",
    "ContainerSpec",
    "CredentialSpec",
    "Dependency",
    "Deploy",
    "Develop",
    "Device",
    "DeviceRequest",
    "DiscreteResource",
    "EnvFile",
    "Environment",
    "Extends",
    "Extensions",
    "FileReference",
    "GenericResource",
    "Healthcheck",
    "Hosts",
    "ImageOptions",
    "Ipam",
    "IpamPool",
    "Job",
    "Logging",
    "Mount",
    "Network",
    "Part",
    "Placement",
    "PlacementPreference",
    "Port",
    "PreStartHook",
    "Provider",
    "Resource",
    "Resources",
    "RestartPolicy",
    "Schedule",
    "Secret",
    "Service",
    "ServiceHook",
    "ServiceModel",
    "ServiceNetwork",
    "SshKey",
    "ThrottleDevice",
    "TmpfsOptions",
    "Trigger",
    "Triggers",
    "Ulimit",
    "UpdateConfig",
    "Volume",
    "VolumeOptions",
    "WeightDevice",
    "WorkloadSpec",
]
