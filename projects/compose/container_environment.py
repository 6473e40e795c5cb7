"""Which variables a service's containers get, and which of ``environment`` and its ``env_file`` gave each its value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from projects.compose.document import Document, Path
from projects.compose.environment import ReadFile, lines_of, with_environment_files
from projects.compose.errors import Place
from projects.compose.model import Application, EnvFile, Service


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Something that gives a variable a value: a line of ``environment``, or an ``env_file``."""

    place: Place
    value: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerVariable:
    """A variable of a service's containers: the origin that won, and those that it overrode, nearest first."""

    service: str
    name: str
    origin: Origin
    overridden: tuple[Origin, ...] = ()


def container_variables(
    application: Application, documents: Sequence[Document], read_file: ReadFile
) -> tuple[ContainerVariable, ...]:
    """Return the variables of every service's containers, by service and name.

    `application` is loaded with ``Options(env_files=False)``, so that its services still name their files.
    Raises ComposeFileError, or the PathError of a file that is missing.
    """
    found = []
    for _, service in sorted(application.services.items()):
        origins = _origins(application, service, documents, read_file)
        found += [
            ContainerVariable(service=service.name, name=name, origin=given[-1], overridden=tuple(given[-2::-1]))
            for name, given in sorted(origins.items())
        ]
    return tuple(found)


def _origins(
    application: Application, service: Service, documents: Sequence[Document], read_file: ReadFile
) -> dict[str, list[Origin]]:
    """Return what gives each variable a value, in rising precedence."""
    origins: dict[str, list[Origin]] = {}
    for file, values in _files(application, service, read_file):
        lines = lines_of(file.path, read_file, raw=file.format == "raw")
        for name, value in values.items():
            place = Place(file=file.path, line=lines.get(name))
            origins.setdefault(name, []).append(Origin(place=place, value=value))
    for name, given in service.environment.items():
        place = _place(("services", service.name, "environment", name), documents)
        origins.setdefault(name, []).append(Origin(place=place, value=given))
    return origins


def _files(
    application: Application, service: Service, read_file: ReadFile
) -> list[tuple[EnvFile, Mapping[str, str | None]]]:
    """Return each ``env_file`` with its variables; later files may refer to earlier ones."""
    files: list[tuple[EnvFile, Mapping[str, str | None]]] = []
    known = {name: value for name, value in service.environment.items() if value is not None}
    seen = {**known, **application.environment}
    for file in service.env_file:
        alone = replace(service, env_file=(file,), environment={}, label_file=())
        values = with_environment_files(alone, application.working_dir, seen, read_file).environment
        files.append((file, values))
        seen = {**{name: value for name, value in values.items() if value is not None}, **seen}
    return files


def _place(path: Path, documents: Sequence[Document]) -> Place:
    """Return where the last document that has `path` has it; nowhere where it came by another service's name."""
    having = [document for document in documents if document.depth(path) == len(path)]
    return having[-1].place(path, of_key=True) if having else Place()
