"""The live picture: what the engine holds of all projects at one moment; immutable, shared by all who look."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from projects.compose.identity import LABEL_CONFIG_FILES, LABEL_WORKING_DIR
from projects.compose.messages import Message
from projects.compose.state import ObservedContainer


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineStatus:
    """Whether the engine answers and who it is; `problem` says why it does not and what to do."""

    available: bool = False
    version: str = ""
    api_version: str = ""
    name: str = ""
    problem: Message | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectPicture:
    """The containers of one project by service and number, one-off ones last; where its files lie, by its labels."""

    name: str
    containers: tuple[ObservedContainer, ...] = ()
    working_dir: str = ""
    config_files: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """All projects that have containers; while the engine is away, as they were last seen."""

    engine: EngineStatus = EngineStatus()
    projects: Mapping[str, ProjectPicture] = field(default_factory=lambda: MappingProxyType({}))


def by_project(containers: Iterable[ObservedContainer]) -> Mapping[str, ProjectPicture]:
    """Return the picture of each project that one of the containers belongs to."""
    groups: defaultdict[str, list[ObservedContainer]] = defaultdict(list)
    for container in containers:
        if container.project:
            groups[container.project].append(container)
    return MappingProxyType({name: project_picture(name, groups[name]) for name in sorted(groups)})


def project_picture(name: str, containers: Iterable[ObservedContainer]) -> ProjectPicture:
    """Return the picture of one project; directory and files are those of the newest container that tells them."""
    ordered = tuple(sorted(containers, key=lambda c: (c.oneoff, c.service, c.number, c.name)))
    labelled = max((c for c in ordered if c.labels.get(LABEL_WORKING_DIR)), key=lambda c: c.created, default=None)
    labels = labelled.labels if labelled else {}
    return ProjectPicture(
        name=name,
        containers=ordered,
        working_dir=labels.get(LABEL_WORKING_DIR, ""),
        config_files=tuple(file for file in labels.get(LABEL_CONFIG_FILES, "").split(",") if file),
    )
