"""Services, jobs, and the containers that run before a service starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
)
from projects.compose.model.building import Build, Develop, ServiceHook
from projects.compose.model.common import (
    ALWAYS,
    AS_HOSTS,
    HIDDEN,
    NO_BYTES,
    Environment,
    FileReference,
    Hosts,
    Part,
    Ulimit,
)
from projects.compose.model.deployment import Deploy, DeviceRequest
from projects.compose.model.mounting import Mount
from projects.compose.units import Bytes, Duration


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerSpec(Part):
    """What services, jobs and ``pre_start`` hooks say about their containers."""

    annotations: Mapping[str, str] = field(default_factory=dict)
    blkio_config: BlkioConfig | None = None
    cap_add: tuple[str, ...] = ()
    cap_drop: tuple[str, ...] = ()
    cgroup_parent: str = ""
    cgroup: str = ""
    cpu_count: int = 0
    cpu_percent: float = 0.0
    cpu_period: int = 0
    cpu_quota: int = 0
    cpu_rt_period: int = 0
    cpu_rt_runtime: int = 0
    cpus: float = 0.0
    cpuset: str = ""
    cpu_shares: int = 0
    command: tuple[str, ...] | None = field(default=None, metadata=ALWAYS)
    configs: tuple[FileReference, ...] = ()
    credential_spec: CredentialSpec | None = None
    device_cgroup_rules: tuple[str, ...] = ()
    devices: tuple[Device, ...] = ()
    dns: tuple[str, ...] = ()
    dns_opt: tuple[str, ...] = ()
    dns_search: tuple[str, ...] = ()
    domainname: str = ""
    entrypoint: tuple[str, ...] | None = field(default=None, metadata=ALWAYS)
    environment: Environment = field(default_factory=dict)
    env_file: tuple[EnvFile, ...] = ()
    extra_hosts: Hosts = field(default_factory=dict, metadata=AS_HOSTS)
    group_add: tuple[str, ...] = ()
    gpus: tuple[DeviceRequest, ...] = ()
    hostname: str = ""
    image: str = ""
    init: bool | None = None
    ipc: str = ""
    isolation: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    label_file: tuple[str, ...] = ()
    logging: Logging | None = None
    mem_limit: Bytes = NO_BYTES
    mem_reservation: Bytes = NO_BYTES
    memswap_limit: Bytes = NO_BYTES
    mem_swappiness: Bytes = NO_BYTES
    mac_address: str = ""
    models: Mapping[str, ServiceModel | None] = field(default_factory=dict)
    network_mode: str = ""
    networks: Mapping[str, ServiceNetwork | None] = field(default_factory=dict)
    oom_kill_disable: bool = False
    oom_score_adj: int = 0
    pid: str = ""
    pids_limit: int = 0
    platform: str = ""
    privileged: bool = False
    pull_policy: str = ""
    pull_refresh_after: str = ""
    read_only: bool = False
    runtime: str = ""
    secrets: tuple[FileReference, ...] = ()
    security_opt: tuple[str, ...] = ()
    shm_size: Bytes = NO_BYTES
    stop_grace_period: Duration | None = None
    stop_signal: str = ""
    storage_opt: Mapping[str, str] = field(default_factory=dict)
    sysctls: Mapping[str, str] = field(default_factory=dict)
    tmpfs: tuple[str, ...] = ()
    ulimits: Mapping[str, Ulimit] = field(default_factory=dict)
    use_api_socket: bool = False
    user: str = ""
    userns_mode: str = ""
    uts: str = ""
    volumes: tuple[Mount, ...] = ()
    volumes_from: tuple[str, ...] = ()
    working_dir: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PreStartHook(ContainerSpec):
    """A container that runs to its end before a service starts; what it leaves unsaid it takes from the service."""

    per_replica: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkloadSpec(ContainerSpec):
    """What services and jobs share."""

    build: Build | None = None
    depends_on: Mapping[str, Dependency] = field(default_factory=dict)
    expose: tuple[str, ...] = ()
    healthcheck: Healthcheck | None = None
    ports: tuple[Port, ...] = ()
    stdin_open: bool = False
    tty: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule(Part):
    """When a job runs: `cron` in `timezone`."""

    cron: str = ""
    timezone: str = ""
    concurrency: str = ""
    missed_fires: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Triggers(Part):
    """What starts a job."""

    manual: bool = False
    schedule: tuple[Schedule, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Job(WorkloadSpec):
    """A container that runs when it is triggered; Compose v5.6 reads jobs but has no command that runs them."""

    name: str = field(default="", metadata=HIDDEN)
    profiles: tuple[str, ...] = ()
    triggers: Triggers = field(default_factory=Triggers)


@dataclass(frozen=True, kw_only=True, slots=True)
class Service(WorkloadSpec):
    """A service as it is to run: everything resolved, in long form, with absolute paths."""

    name: str = field(default="", metadata=HIDDEN)
    profiles: tuple[str, ...] = ()
    deploy: Deploy | None = None
    develop: Develop | None = None
    restart: str = ""
    scale: int | None = None
    attach: bool | None = None
    container_name: str = ""
    provider: Provider | None = None
    extends: Extends | None = None
    external_links: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    pre_start: tuple[PreStartHook, ...] = ()
    post_start: tuple[ServiceHook, ...] = ()
    pre_stop: tuple[ServiceHook, ...] = ()

    @property
    def replicas(self) -> int:
        """How many containers the files ask for."""
        if self.scale is not None:
            return self.scale
        if self.deploy is not None and self.deploy.replicas is not None:
            return self.deploy.replicas
        return 1

    @property
    def network_names(self) -> tuple[str, ...]:
        """The keys of the service's networks, the primary one first (highest priority, then by name)."""
        joined = self.networks

        def order(key: str) -> tuple[int, str]:
            how = joined[key]
            return (-how.priority if how else 0, key)

        return tuple(sorted(joined, key=order))


SERVICE_ORDER = (
    "profiles",
    "annotations",
    "attach",
    "build",
    "develop",
    "blkio_config",
    "cap_add",
    "cap_drop",
    "cgroup_parent",
    "cgroup",
    "cpu_count",
    "cpu_percent",
    "cpu_period",
    "cpu_quota",
    "cpu_rt_period",
    "cpu_rt_runtime",
    "cpus",
    "cpuset",
    "cpu_shares",
    "command",
    "configs",
    "container_name",
    "credential_spec",
    "depends_on",
    "deploy",
    "device_cgroup_rules",
    "devices",
    "dns",
    "dns_opt",
    "dns_search",
    "domainname",
    "entrypoint",
    "provider",
    "environment",
    "env_file",
    "expose",
    "extends",
    "external_links",
    "extra_hosts",
    "group_add",
    "gpus",
    "hostname",
    "healthcheck",
    "image",
    "init",
    "ipc",
    "isolation",
    "labels",
    "label_file",
    "links",
    "logging",
    "mem_limit",
    "mem_reservation",
    "memswap_limit",
    "mem_swappiness",
    "mac_address",
    "models",
    "network_mode",
    "networks",
    "oom_kill_disable",
    "oom_score_adj",
    "pid",
    "pids_limit",
    "platform",
    "ports",
    "privileged",
    "pull_policy",
    "read_only",
    "restart",
    "runtime",
    "scale",
    "secrets",
    "security_opt",
    "shm_size",
    "stdin_open",
    "stop_grace_period",
    "stop_signal",
    "storage_opt",
    "sysctls",
    "tmpfs",
    "tty",
    "ulimits",
    "use_api_socket",
    "user",
    "userns_mode",
    "uts",
    "volumes",
    "volumes_from",
    "working_dir",
    "pre_start",
    "post_start",
    "pre_stop",
    "pull_refresh_after",
)
