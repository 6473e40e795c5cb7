"""What a project's files come to, for the pages that show it: the effective configuration, and its variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from projects.compose.container_environment import ContainerVariable, container_variables
from projects.compose.differences import Difference
from projects.compose.drift import Drift, ServiceDrift, drifts
from projects.compose.environment import lines_of
from projects.compose.errors import ComposeFileError
from projects.compose.loader import Loaded, Options
from projects.compose.render import config_yaml
from projects.compose.state import ObservedContainer
from projects.compose.variables import Source, Variable
from projects.models import Project
from projects.operations import load_application, load_variables
from projects.operations.forecast import forecast
from projects.workspace import Workspace


@dataclass(frozen=True, kw_only=True, slots=True)
class Effective:
    """The resolved model as ``docker compose config`` prints it, and how each service stands to what runs.

    `changes` are the settings that differ, by the service whose containers have others; empty where nobody knows them.
    """

    text: str
    services: Sequence[ServiceDrift]
    changes: Mapping[str, Sequence[Difference]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """The variables that the files use or that ``.env`` sets, and those that the containers get.

    `lines` tells of each environment file on which line it sets a variable. Where there is a `problem` with the files,
    the variables are those of what could be read, and what containers get is not known.
    """

    variables: Sequence[Variable]
    lines: Mapping[str, Mapping[str, int]]
    containers: Sequence[ContainerVariable] = ()
    problem: ComposeFileError | None = None


def effective(project: Project, containers: Sequence[ObservedContainer]) -> Effective:
    """Return the effective configuration; raises what `load_application` raises."""
    application = load_application(project).application
    services = drifts(application, containers)
    changed = any(service.drift is Drift.CHANGED for service in services)
    return Effective(text=config_yaml(application), services=services, changes=_changes(project) if changed else {})


def _changes(project: Project) -> Mapping[str, Sequence[Difference]]:
    """Ask the engine which settings of containers are not those of the files, by service."""
    previews = forecast(project).previews
    up = previews.up if previews else None
    return {service.name: service.changes for service in up.services} if up else {}


def environment_of(project: Project) -> Environment:
    """Return a project's variables; raises what `load_application` raises, but not about what the files hold."""
    read_file = Workspace(project.directory).reader(outside=project.adopted)
    try:
        loaded, problem = load_application(project, Options(env_files=False)), None
    except ComposeFileError as error:
        loaded, problem = load_variables(project), error
    return Environment(
        variables=_with_own(loaded),
        lines={file: lines_of(file, read_file) for file in loaded.environment_files},
        containers=() if problem else container_variables(loaded.application, loaded.documents, read_file),
        problem=problem,
    )


def _with_own(loaded: Loaded) -> list[Variable]:
    """Return the variables, those too that loading sets by itself (the project's name)."""
    own = Source(file="", values=loaded.application.environment)
    return [
        variable
        if variable.value is not None or variable.name not in own.values
        else Variable(name=variable.name, value=own.values[variable.name], source=own, uses=variable.uses)
        for variable in loaded.variables
    ]
