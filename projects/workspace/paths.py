"""Paths that cannot leave the project directory, and the sentences for what the disk refuses.

A path is resolved, checked to lie inside, and then opened one component at a time without following links: a
container that may write into the directory can swap a file for a link at any moment, and gains nothing by it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from projects.compose.errors import ProjectDirectoryMissing, StorageFull, UnsafePath, WorkspaceError
from projects.compose.messages import Message

MAX_PATH: Final = 1024
DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def checked(path: str) -> tuple[str, ...]:
    """Return the components of a relative path that a person gave; raises `UnsafePath`."""
    parts = tuple(part for part in path.split("/") if part not in {"", "."})
    if path.startswith("/") or "\\" in path or ".." in parts:
        raise UnsafePath(Message("“%(path)s” lies outside the project directory. Choose a path inside it.", path=path))
    if not parts or len(path) > MAX_PATH or any(not character.isprintable() for character in path):
        raise UnsafePath(
            Message(
                "“%(path)s” is not a usable file name. Use letters, digits, “.”, “-” and “_”.", path=repr(path)[:80]
            )
        )
    if any(len(part.encode()) > 255 for part in parts):
        raise UnsafePath(Message("The name “%(path)s…” is too long. Use at most 255 bytes.", path=path[:60]))
    return parts


def resolved(root: Path, parts: tuple[str, ...], *, follow_last: bool = True) -> tuple[str, ...]:
    """Return the components of the real path below `root`; raises `UnsafePath` where a link leads out."""
    real_root = os.path.realpath(root)
    parent = os.path.realpath(Path(real_root, *parts[:-1]))
    target = str(Path(parent, parts[-1]))
    if follow_last:
        target = os.path.realpath(target)
    if os.path.commonpath([real_root, target]) != real_root or target == real_root:
        raise UnsafePath(
            Message("“%(path)s” is a link that leads out of the project directory. Remove it.", path="/".join(parts))
        )
    return tuple(os.path.relpath(target, real_root).split("/"))


@contextmanager
def opened_root(root: Path) -> Iterator[int]:
    """Open the project directory; raises `ProjectDirectoryMissing`."""
    try:
        handle = os.open(os.path.realpath(root), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        raise ProjectDirectoryMissing(
            Message(
                "The project directory %(directory)s is gone. Put it back, or remove the project from the list.",
                directory=str(root),
            )
        ) from None
    except OSError as error:
        raise told(error, str(root)) from error
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def opened_parent(root: Path, path: str, *, make: bool = False, follow_last: bool = True) -> Iterator[tuple[int, str]]:
    """Open the directory that holds `path`, making the missing ones where asked; gives it and the last name."""
    with opened_root(root) as handle:
        *parents, name = resolved(root, checked(path), follow_last=follow_last)
        current = os.dup(handle)
        try:
            for part in parents:
                current = _step(current, part, make)
            yield current, name
        except OSError as error:
            raise told(error, path) from error
        finally:
            os.close(current)


def _step(current: int, part: str, make: bool) -> int:
    """Go one directory down; `current` is closed, also on failure."""
    if make:
        try:
            os.mkdir(part, 0o755, dir_fd=current)
            like_parent(part, current)
        except FileExistsError:
            pass
    below = os.open(part, DIRECTORY, dir_fd=current)
    os.dup2(below, current)
    os.close(below)
    return current


def like_parent(name: str, parent: int) -> None:
    """Give what was just made to the owner of its directory: a dashboard running as root must not lock people out."""
    if os.geteuid() == 0:
        owner = os.fstat(parent)
        os.chown(name, owner.st_uid, owner.st_gid, dir_fd=parent, follow_symlinks=False)


def told(error: OSError, path: str) -> WorkspaceError:
    """Return the error that tells a person what the disk refused."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StorageFull(
            Message(
                "No space is left for “%(path)s”; nothing was changed. Free some space on the disk, then save again.",
                path=path,
            )
        )
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return WorkspaceError(
            Message(
                "The dashboard may not use “%(path)s”. Give user %(user)s access to it, then try again.",
                path=path,
                user=os.geteuid(),
            )
        )
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return WorkspaceError(Message("There is no “%(path)s”. Reload the page to see what is there.", path=path))
    if error.errno == errno.ELOOP:
        return UnsafePath(
            Message("“%(path)s” is a link that leads out of the project directory. Remove it.", path=path)
        )
    if error.errno in {errno.EEXIST, errno.ENOTEMPTY, errno.EISDIR}:
        return WorkspaceError(Message("“%(path)s” exists already. Choose another name.", path=path))
    reason = error.strerror or str(error)
    return WorkspaceError(Message("“%(path)s” cannot be used: %(reason)s.", path=path, reason=reason))
