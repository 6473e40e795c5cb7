"""Reading, writing and listing the files of one project directory."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import secrets
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from projects.compose.errors import FileChanged, WorkspaceError
from projects.compose.messages import Message
from projects.workspace import archive, trash
from projects.workspace.listing import TEMPORARY, Listing, listed
from projects.workspace.paths import checked, like_parent, opened_parent, opened_root

MAX_TEXT: Final = 1024 * 1024
MAX_UPLOAD: Final = 100 * 1024 * 1024
LEFT_BEHIND_SECONDS: Final = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class FileContent:
    """The text of a file and the `version` it has; the version is a hash of the bytes on disk."""

    path: str
    text: str
    version: str


class Workspace:
    """The files of one project. All paths are relative to its directory and separated by ``/``.

    Every method raises `WorkspaceError`s: `UnsafePath`, `FileChanged`, `ProjectDirectoryMissing`, `StorageFull`.
    """

    def __init__(self, directory: str | Path) -> None:
        self.directory = Path(directory)

    def check(self) -> None:
        """Raise `ProjectDirectoryMissing` where the directory is gone."""
        with opened_root(self.directory):
            pass

    def files(self) -> Listing:
        """List the directory, at most 2000 entries and 12 levels; links are named but not followed."""
        with opened_root(self.directory) as root:
            return listed(root)

    def exists(self, path: str) -> bool:
        """Return whether there is something at `path`."""
        try:
            with opened_parent(self.directory, path) as (parent, name):
                os.stat(name, dir_fd=parent, follow_symlinks=False)
        except (WorkspaceError, FileNotFoundError):
            return False
        return True

    def read(self, path: str) -> FileContent:
        """Return a text file of at most 1 MiB."""
        content = self.read_bytes(path, limit=MAX_TEXT)
        try:
            text = content.decode()
        except UnicodeDecodeError:
            text = "\0"
        if "\0" in text:
            raise WorkspaceError(Message("“%(path)s” is not a text file, so it cannot be edited here.", path=path))
        return FileContent(path="/".join(checked(path)), text=text, version=version_of(content))

    def read_bytes(self, path: str, *, limit: int = MAX_TEXT) -> bytes:
        """Return what a regular file of at most `limit` bytes holds."""
        with opened_parent(self.directory, path) as (parent, name):
            handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent)
            with os.fdopen(handle, "rb") as file:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise WorkspaceError(Message("“%(path)s” is not a file.", path=path))
                content = file.read(limit + 1)
        if len(content) > limit:
            raise WorkspaceError(
                Message(
                    "“%(path)s” is larger than %(limit)s KiB, too large to be opened here.",
                    path=path,
                    limit=limit // 1024,
                )
            )
        return content

    def write(self, path: str, text: str, expected_version: str | None) -> str:
        """Replace the text of a file and return its new version.

        `expected_version` is what `read` gave; None means that there must be no such file. Where the file on disk is
        another one by now, it is left alone and `FileChanged` is raised. Windows line ends stay what they were.
        """
        content = text.encode()
        with self._locked(), opened_parent(self.directory, path, make=expected_version is None) as (parent, name):
            before = _content(parent, name)
            if (version_of(before) if before is not None else None) != expected_version:
                raise _changed(path, before)
            if before and b"\r\n" in before and b"\r\n" not in content:
                content = content.replace(b"\n", b"\r\n")
            replace(parent, name, [content])
        return version_of(content)

    def create(self, path: str, text: str = "") -> str:
        """Make a new file, and the directories above it, and return its version."""
        try:
            return self.write(path, text, None)
        except FileChanged:
            raise WorkspaceError(Message("“%(path)s” exists already. Choose another name.", path=path)) from None

    def create_directory(self, path: str) -> None:
        """Make a new directory, and the ones above it."""
        with opened_parent(self.directory, path, make=True) as (parent, name):
            os.mkdir(name, 0o755, dir_fd=parent)
            like_parent(name, parent)

    def rename(self, path: str, to: str) -> None:
        """Move a file or directory to another name; nothing is ever overwritten."""
        if self.exists(to):
            raise WorkspaceError(Message("“%(path)s” exists already. Choose another name.", path=to))
        with (
            self._locked(),
            opened_parent(self.directory, path, follow_last=False) as (source, old),
            opened_parent(self.directory, to, make=True, follow_last=False) as (target, new),
        ):
            os.rename(old, new, src_dir_fd=source, dst_dir_fd=target)

    def delete(self, path: str, *, project_name: str = "") -> trash.Kept:
        """Move a file, a directory or a link to the trash; the target of a link is left alone."""
        with self._locked(), opened_parent(self.directory, path, follow_last=False) as (parent, name):
            return trash.keep(parent, name, self.directory / "/".join(checked(path)), project_name)

    def upload(self, path: str, chunks: Iterable[bytes], *, executable: bool = False) -> None:
        """Make a new file of at most 100 MiB from `chunks`."""
        with self._locked(), opened_parent(self.directory, path, make=True) as (parent, name):
            if _content(parent, name, limit=0) is not None:
                raise WorkspaceError(Message("“%(path)s” exists already. Choose another name.", path=path))
            replace(parent, name, _bounded(chunks, path), mode=0o755 if executable else 0o644)

    def import_zip(self, stream: IO[bytes]) -> tuple[str, ...]:
        """Unpack a zip archive: all of it or nothing. Returns the paths.

        No entry may leave the directory, be a link or replace a file; a single directory around everything is
        taken off. At most 2000 files and 100 MiB.
        """
        with archive.opened(stream) as entries:
            for entry in entries:
                if self.exists(entry.path):
                    raise WorkspaceError(Message("“%(path)s” exists already. Choose another name.", path=entry.path))
            return self._unpack(entries)

    def _unpack(self, entries: archive.Entries) -> tuple[str, ...]:
        done: list[str] = []
        try:
            for entry in entries:
                self.upload(entry.path, entry.chunks(), executable=entry.executable)
                done.append(entry.path)
        except WorkspaceError:
            self._forget(done)
            raise
        return tuple(done)

    def _forget(self, paths: list[str]) -> None:
        for path in paths:
            with opened_parent(self.directory, path, follow_last=False) as (parent, name):
                os.unlink(name, dir_fd=parent)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one writer at a time into the directory, over all processes."""
        with opened_root(self.directory) as root:
            fcntl.flock(root, fcntl.LOCK_EX)
            yield

    def reader(self, *, outside: bool) -> Callable[[str], bytes]:
        """Return the function with which the Compose loader reads files by absolute path, at most 1 MiB each.

        With `outside`, files outside the directory are read too (adopted projects share files with others);
        otherwise they are refused with PermissionError.
        """

        def read_file(path: str) -> bytes:
            real = Path(os.path.realpath(path))
            relative = os.path.relpath(os.path.normpath(path), self.directory)
            try:
                if outside:
                    return Workspace(real.parent).read_bytes(real.name)
                if not relative.startswith("../"):
                    return self.read_bytes(relative)
            except WorkspaceError as error:
                raise _as_os_error(error, path) from error
            raise _lies_outside(path)

        return read_file

    def guard(self, *, outside: bool) -> Callable[[str], None]:
        """Return the function that the Compose loader asks about what it does not read itself.

        Where `reader` would not read, links followed, it raises PermissionError.
        """
        root = os.path.realpath(self.directory)

        def may_read(path: str) -> None:
            if not outside and not Path(os.path.realpath(path)).is_relative_to(root):
                raise _lies_outside(path)

        return may_read


def _lies_outside(path: str) -> PermissionError:
    return PermissionError(errno.EACCES, "lies outside the project directory", path)


def version_of(content: bytes) -> str:
    """Return the version of a file that holds `content`."""
    return hashlib.sha256(content).hexdigest()[:32]


def replace(parent: int, name: str, chunks: Iterable[bytes], *, mode: int = 0o644) -> None:
    """Write a file whole or not at all: beside it, to the disk, then in its place with its mode and owner."""
    _sweep(parent)
    temporary = TEMPORARY + secrets.token_hex(8)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=parent)
    try:
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            _dress(handle, parent, name, mode)
            os.fsync(handle)
        os.rename(temporary, name, src_dir_fd=parent, dst_dir_fd=parent)
    except BaseException:
        os.unlink(temporary, dir_fd=parent)
        raise
    os.fsync(parent)


def _sweep(directory: int) -> None:
    """Remove what a server that was killed in the middle of a save has left behind."""
    for name in os.listdir(directory):
        if name.startswith(TEMPORARY):
            with suppress(FileNotFoundError):
                if os.stat(name, dir_fd=directory, follow_symlinks=False).st_mtime < time.time() - LEFT_BEHIND_SECONDS:
                    os.unlink(name, dir_fd=directory)


def _dress(handle: int, parent: int, name: str, mode: int) -> None:
    """Give the new file the mode and owner of the one it replaces, or those usual in its directory."""
    try:
        old = os.stat(name, dir_fd=parent, follow_symlinks=False)
        mode, owner = stat.S_IMODE(old.st_mode), old
    except FileNotFoundError:
        owner = os.fstat(parent)
    if os.geteuid() == 0:
        os.fchown(handle, owner.st_uid, owner.st_gid)
    os.fchmod(handle, mode)


def _content(parent: int, name: str, *, limit: int = MAX_TEXT) -> bytes | None:
    """Return what is there now (one byte more than `limit` at most), None where there is nothing."""
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent)
    except FileNotFoundError:
        return None
    with os.fdopen(handle, "rb") as file:
        return file.read(limit + 1)


def _changed(path: str, before: bytes | None) -> FileChanged:
    if before is None:
        return FileChanged(
            Message(
                "“%(path)s” was deleted since you opened it. Save it under a new name to keep your text.", path=path
            )
        )
    return FileChanged(
        Message("“%(path)s” was changed on disk since you opened it. Compare both before you save.", path=path)
    )


def _bounded(chunks: Iterable[bytes], path: str) -> Iterator[bytes]:
    left = MAX_UPLOAD
    for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            raise WorkspaceError(
                Message("“%(path)s” is larger than %(limit)s MiB.", path=path, limit=MAX_UPLOAD // 1024 // 1024)
            )
        yield chunk


def _as_os_error(error: WorkspaceError, path: str) -> OSError:
    if isinstance(error.__cause__, OSError):
        return type(error.__cause__)(error.__cause__.errno, error.__cause__.strerror, path)
    return PermissionError(errno.EACCES, str(error), path)
