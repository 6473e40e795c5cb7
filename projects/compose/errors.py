"""The one exception tree of the project.

::

    ComposeError
    ├── ComposeFileError          a project's files cannot be understood; has a place
    │   └── ProjectNameError      a project name breaks Compose's rule
    ├── PlanError                 the files are right but cannot be carried out as asked
    ├── WorkspaceError            the project directory on disk
    │   ├── UnsafePath            a path that leaves the project directory
    │   ├── FileChanged           the file on disk is no longer the one that was loaded
    │   ├── ProjectDirectoryMissing
    │   └── StorageFull
    ├── OperationError            an operation cannot be begun
    │   └── OperationInProgress   another operation of the project is unfinished
    ├── Cancelled                 a person asked for the work to stop
    └── EngineError               the engine refused or failed
        ├── EngineUnavailable     no engine answers
        ├── NotFound              no such container, image, network or volume
        ├── Conflict              the engine's state does not allow it
        ├── PortTaken             a host port is in use
        ├── ImageNotFound         a registry has no such image, or asks for a login
        ├── BuildFailed           a build step failed
        ├── ContainerLost         a restarted engine cannot start what it was just starting any more
        └── ContainerFailed       a container exited or became unhealthy while being waited for

Every error carries a `Message`: the service, the cause, the next step.
"""

from __future__ import annotations

from dataclasses import dataclass

from projects.compose.messages import Message


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where in a file something is: 1-based line and column, and the path such as ``services.web.ports[0]``."""

    file: str = ""
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    path: str = ""


class ComposeError(Exception):
    """Root of all errors that are told to a person."""

    def __init__(self, message: Message, *, service: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.service = service

    def __str__(self) -> str:
        return str(self.message)


class ComposeFileError(ComposeError):
    """A project's files cannot be understood."""

    def __init__(self, message: Message, *, place: Place | None = None, service: str = "") -> None:
        super().__init__(message, service=service)
        self.place = place or Place()


class ProjectNameError(ComposeFileError):
    """A project name breaks Compose's rule."""


class PlanError(ComposeError):
    """The files are right but cannot be carried out as asked."""


class WorkspaceError(ComposeError):
    """Something about the project directory on disk."""


class UnsafePath(WorkspaceError):
    """A path that leaves the project directory."""


class FileChanged(WorkspaceError):
    """The file on disk is no longer the one that was loaded."""


class ProjectDirectoryMissing(WorkspaceError):
    """The project directory was removed or is unreachable."""


class StorageFull(WorkspaceError):
    """No space is left where the project lives."""


class OperationError(ComposeError):
    """An operation cannot be begun."""


class OperationInProgress(OperationError):
    """Another operation of the project is unfinished."""


class Cancelled(ComposeError):
    """A person asked for the work to stop."""


class EngineError(ComposeError):
    """The engine refused or failed."""


class EngineUnavailable(EngineError):
    """No engine answers."""


class EngineStopping(EngineError):
    """The engine refuses because it is being stopped, though it answers yet."""


class NotFound(EngineError):
    """No such container, image, network or volume."""


class Conflict(EngineError):
    """The engine's state does not allow the request."""


class PortTaken(EngineError):
    """A host port is in use."""


class ContainerLost(EngineError):
    """The engine was restarted while it started a container, and cannot start that any more."""


class ImageNotFound(EngineError):
    """A registry has no such image, or asks for a login."""


class BuildFailed(EngineError):
    """A build step failed."""


class ContainerFailed(EngineError):
    """A container exited or became unhealthy while being waited for."""
