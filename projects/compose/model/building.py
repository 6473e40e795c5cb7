"""How images are built, and what happens while their sources are edited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from projects.compose.model.common import ALWAYS, AS_HOSTS, NO_BYTES, Environment, FileReference, Hosts, Part, Ulimit
from projects.compose.units import Bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class SshKey:
    """An SSH agent socket or key for a build; ``default`` is the agent of the person who builds."""

    id: str
    path: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Build(Part):
    """How a service's image is built; `context` is absolute or a URL."""

    context: str = ""
    dockerfile: str = ""
    dockerfile_inline: str = ""
    entitlements: tuple[str, ...] = ()
    args: Environment = field(default_factory=dict)
    provenance: str = ""
    sbom: str = ""
    ssh: tuple[SshKey, ...] = field(default=(), metadata={"ssh": True})
    labels: Mapping[str, str] = field(default_factory=dict)
    cache_from: tuple[str, ...] = ()
    cache_to: tuple[str, ...] = ()
    no_cache: bool = False
    no_cache_filter: tuple[str, ...] = ()
    additional_contexts: Mapping[str, str] = field(default_factory=dict)
    pull: bool = False
    extra_hosts: Hosts = field(default_factory=dict, metadata=AS_HOSTS)
    isolation: str = ""
    network: str = ""
    target: str = ""
    secrets: tuple[FileReference, ...] = ()
    shm_size: Bytes = NO_BYTES
    tags: tuple[str, ...] = ()
    ulimits: Mapping[str, Ulimit] = field(default_factory=dict)
    platforms: tuple[str, ...] = ()
    privileged: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceHook(Part):
    """A command run in a service's container after its start or before its stop."""

    command: tuple[str, ...] | None = field(default=None, metadata=ALWAYS)
    user: str = ""
    privileged: bool = False
    working_dir: str = ""
    environment: Environment = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Trigger(Part):
    """One rule of ``develop.watch``."""

    path: str = field(default="", metadata=ALWAYS)
    action: str = field(default="", metadata=ALWAYS)
    target: str = ""
    exec: ServiceHook = field(default_factory=ServiceHook)
    include: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    initial_sync: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Develop(Part):
    """What happens to a service while its sources are edited."""

    watch: tuple[Trigger, ...] = ()
