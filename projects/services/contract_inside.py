"""What the services ask of an engine about the inside of a container: commands, files, processes, figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from projects.services.streams import ByteStream, Messages, RawStream, Terminal


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """A command to run in a running container; `user`, `working_dir`: those of the container where empty."""

    argv: tuple[str, ...]
    tty: bool = False
    stdin: bool = False
    detach: bool = False
    user: str = ""
    privileged: bool = False
    working_dir: str = ""
    environment: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ExecState:
    """How a command fares; `exit_code` is None before its end."""

    running: bool
    exit_code: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Processes:
    """What ``ps`` tells of a container's processes: its columns, and a row a process."""

    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PathStat:
    """A path in a container; `link_target` of a symbolic link is absolute."""

    name: str
    is_directory: bool
    link_target: str = ""


class InsideEngine(Protocol):
    """The part of `Engine` about the inside of containers; containers are given by id or name."""

    def create_exec(self, container: str, command: Command) -> str:
        """Prepare a command and return its id; raises `NotFound`, `Conflict` where the container does not run."""

    def start_exec(self, exec_id: str, command: Command) -> Terminal:
        """Start a prepared command and return its two directions; without `detach` the stream ends as it does."""

    def resize_exec(self, exec_id: str, *, height: int, width: int) -> None:
        """Give a running command's terminal another size, in characters."""

    def inspect_exec(self, exec_id: str) -> ExecState:
        """Return how a command fares."""

    def attach(self, container: str, *, stdin: bool = True, detach_keys: str = "") -> Terminal:
        """Return the two directions of a container's own process, from now on."""

    def resize_container(self, container: str, *, height: int, width: int) -> None:
        """Give a container's own terminal another size, in characters."""

    def wait(self, container: str) -> Messages:
        """Return a stream whose one message, ``{"StatusCode": …}``, comes when the container has stopped."""

    def top(self, container: str) -> Processes:
        """Return the processes of a running container."""

    def stats(self, container: str, *, stream: bool = True) -> Messages:
        """Return a container's figures (Engine API, ``GET /containers/{id}/stats``), one message or one a second."""

    def open_stats_stream(self, container: str) -> RawStream:
        """Return the same, one message a second, as lines of bytes for an event loop."""

    def stat_path(self, container: str, path: str) -> PathStat:
        """Return what is at a path; raises `NotFound`."""

    def archive(self, container: str, path: str) -> ByteStream:
        """Return a file or directory as a tar stream whose first member bears the last part of `path`."""

    def unpack(self, container: str, path: str, data: Iterable[bytes], *, copy_uid_gid: bool = False) -> None:
        """Unpack a tar stream into a directory that exists; no directory becomes a file by it, nor the other way."""

    def export(self, container: str) -> ByteStream:
        """Return the whole file system of a container as a tar stream."""

    def commit(
        self,
        container: str,
        *,
        reference: str = "",
        author: str = "",
        message: str = "",
        changes: Sequence[str] = (),
        pause: bool = True,
    ) -> str:
        """Make an image of a container, named `reference` if given, and return its id."""
