"""A project as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from projects.compose.model.common import Part
from projects.compose.model.resources import AiModel, Config, Network, Secret, Volume
from projects.compose.model.workloads import Job, Service


@dataclass(frozen=True, kw_only=True, slots=True)
class Application(Part):
    """Everything a project's files ask for.

    `config_files` and `environment_files` are absolute (the latter only those that were named, never the default
    ``.env``). `environment` is what interpolation saw. `disabled_services` are those that no active profile or
    selection includes; they are not orphans.
    """

    name: str
    working_dir: str
    config_files: tuple[str, ...] = ()
    environment_files: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    services: Mapping[str, Service] = field(default_factory=dict)
    networks: Mapping[str, Network] = field(default_factory=dict)
    volumes: Mapping[str, Volume] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    configs: Mapping[str, Config] = field(default_factory=dict)
    models: Mapping[str, AiModel] = field(default_factory=dict)
    jobs: Mapping[str, Job] = field(default_factory=dict)
    disabled_services: Mapping[str, Service] = field(default_factory=dict)
    profiles: tuple[str, ...] = ()

    @property
    def all_services(self) -> dict[str, Service]:
        """The services that take part, and then those that are disabled."""
        return {**self.services, **self.disabled_services}
