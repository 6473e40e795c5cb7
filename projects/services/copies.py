"""Files between this machine and containers, as ``docker cp`` copies them; archives stream in both directions."""

from __future__ import annotations

import io
import os
import posixpath
import tarfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from projects.compose.copy_rules import asserts_directory, destination, renamed
from projects.compose.errors import ComposeError, NotFound
from projects.compose.messages import Message
from projects.services.contract import Engine
from projects.services.contract_inside import PathStat

PIECE: Final = 256 * 1024


def copy_in(
    engine: Engine, container: str, source: str, target: str, *, archive: bool = False, follow_link: bool = False
) -> None:
    """Copy a file or directory of this machine into a container; with `archive` its owners go along.

    Raises `ComposeError` where source or target are not what they need to be.
    """
    path = Path(source)
    if follow_link and path.is_symlink():
        path = path.resolve()
    if not path.exists() and not path.is_symlink():
        raise ComposeError(Message("lstat %(path)s: no such file or directory", path=str(path.absolute())))
    is_directory = path.is_dir() and not path.is_symlink()
    target, stat = _container_target(engine, container, target)
    to = destination(
        source,
        target,
        source_is_directory=is_directory,
        target_exists=stat is not None,
        target_is_directory=stat is not None and stat.is_directory,
    )
    engine.unpack(container, to.directory, tar_of(path, to.name), copy_uid_gid=archive)


def copy_archive_in(
    engine: Engine, container: str, data: Iterable[bytes], target: str, *, archive: bool = False
) -> None:
    """Unpack a tar stream into a directory of a container; raises `ComposeError` where it is none."""
    target, stat = _container_target(engine, container, target)
    if stat is None or not stat.is_directory:
        raise ComposeError(
            Message('destination "%(container)s:%(path)s" must be a directory', container=container, path=target)
        )
    engine.unpack(container, target, data, copy_uid_gid=archive)


def _container_target(engine: Engine, container: str, target: str) -> tuple[str, PathStat | None]:
    """Return the absolute path that is meant, its symbolic link followed, and what is there."""
    absolute = posixpath.join("/", target)
    stat = _stat(engine, container, absolute)
    if stat is not None and stat.link_target:
        absolute = posixpath.join(posixpath.dirname(absolute), stat.link_target)
        stat = _stat(engine, container, absolute)
    return absolute, stat


def _stat(engine: Engine, container: str, path: str) -> PathStat | None:
    try:
        return engine.stat_path(container, path)
    except NotFound:
        return None


def copy_out(
    engine: Engine, container: str, source: str, target: str, *, archive: bool = False, follow_link: bool = False
) -> None:
    """Copy a file or directory of a container to this machine; raises `ComposeError` as `copy_in` does."""
    source = posixpath.join("/", source)
    real = _followed(engine, container, source) if follow_link else source
    here = Path(target)
    parent = here.absolute().parent
    if not here.is_dir() and not parent.is_dir():
        raise ComposeError(Message('invalid output path: directory "%(path)s" does not exist', path=str(parent)))
    stat = _existing(engine, container, real)
    to = destination(
        source,
        target,
        source_is_directory=stat.is_directory,
        target_exists=here.exists() or here.is_symlink(),
        target_is_directory=here.is_dir(),
    )
    first = posixpath.basename(posixpath.normpath(real)) or "."
    _extract(engine.archive(container, real), Path(to.directory), lambda name: renamed(name, first, to.name), archive)


def archive_out(engine: Engine, container: str, source: str, *, follow_link: bool = False) -> Iterator[bytes]:
    """Yield the tar stream of a file or directory of a container; raises `NotFound`."""
    source = posixpath.join("/", source)
    yield from engine.archive(container, _followed(engine, container, source) if follow_link else source)


def _followed(engine: Engine, container: str, source: str) -> str:
    target = _existing(engine, container, source).link_target
    return posixpath.join(posixpath.dirname(source), target) if target else source


def _existing(engine: Engine, container: str, path: str) -> PathStat:
    stat = _stat(engine, container, path)
    if stat is None:
        raise NotFound(
            Message("Could not find the file %(path)s in container %(container)s", path=path, container=container)
        )
    if asserts_directory(path) and not stat.is_directory:
        raise ComposeError(Message("not a directory"))
    return stat


def tar_of(path: Path, name: str) -> Iterator[bytes]:
    """Yield the tar stream of a file or directory under another name; ``.`` names the contents of a directory."""
    for found, member in _walk(path, name):
        info = tarfile.TarInfo(member)
        stat = found.lstat()
        info.mode, info.uid, info.gid, info.mtime = stat.st_mode & 0o7777, stat.st_uid, stat.st_gid, stat.st_mtime
        if found.is_symlink():
            info.type, info.linkname = tarfile.SYMTYPE, str(found.readlink())
        elif found.is_dir():
            info.type = tarfile.DIRTYPE
        elif found.is_file():
            info.size = stat.st_size
        else:
            continue  # sockets, pipes and devices are not copied
        yield info.tobuf(tarfile.PAX_FORMAT)
        if info.isreg():
            yield from _contents(found, info.size)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _walk(path: Path, name: str) -> Iterator[tuple[Path, str]]:
    yield path, name
    if path.is_dir() and not path.is_symlink():
        for child in sorted(path.iterdir()):
            yield from _walk(child, posixpath.join(name, child.name))


def _contents(path: Path, size: int) -> Iterator[bytes]:
    """Yield exactly `size` bytes, as the header has promised, and fill the last block."""
    left = size
    with path.open("rb") as file:
        while left and (data := file.read(min(PIECE, left))):
            left -= len(data)
            yield data
    yield bytes(left + -size % tarfile.BLOCKSIZE)


class _Readable(io.RawIOBase):
    """A stream of pieces as a file that can be read."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._rest = self._rest or next(self._pieces, b"")
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count


def _extract(pieces: Iterable[bytes], directory: Path, rename: Callable[[str], str], owners: bool) -> None:
    """Unpack below a directory; nothing of an archive gets outside of it."""

    def member_of(info: tarfile.TarInfo, destination: str) -> tarfile.TarInfo | None:
        name = rename(info.name)
        kept = info.replace(name=name, deep=False)
        if info.islnk():
            kept = kept.replace(linkname=rename(info.linkname), deep=False)
        if not owners:
            kept = kept.replace(uid=os.geteuid(), gid=os.getegid(), uname="", gname="", deep=False)
        if not info.issym():
            tarfile.tar_filter(kept, destination)
        return kept

    with tarfile.open(fileobj=io.BufferedReader(_Readable(pieces), PIECE), mode="r|") as tar:
        tar.extractall(directory, filter=member_of, numeric_owner=True)
