"""Uploaded zip archives, which are hostile: everything is checked before anything is written."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Final, TypeAlias

from projects.compose.errors import UnsafePath, WorkspaceError
from projects.compose.messages import Message
from projects.workspace.paths import checked

MAX_FILES: Final = 2000
MAX_BYTES: Final = 100 * 1024 * 1024
MAX_RATIO: Final = 200
RATIO_MATTERS_FROM: Final = 1024 * 1024
LITTER: Final = ("__MACOSX/", ".DS_Store", "Thumbs.db")
CHUNK: Final = 64 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One file of an archive; `path` is safe."""

    path: str
    info: zipfile.ZipInfo
    source: zipfile.ZipFile

    @property
    def executable(self) -> bool:
        """Whether its owner may run it."""
        return bool(self.info.external_attr >> 16 & 0o100)

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes, never more than the header promised."""
        left = self.info.file_size
        try:
            with self.source.open(self.info) as file:
                while chunk := file.read(CHUNK):
                    left -= len(chunk)
                    if left < 0:
                        raise _broken()
                    yield chunk
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, zlib.error) as e:
            raise _broken() from e


Entries: TypeAlias = tuple[Entry, ...]


@contextmanager
def opened(stream: IO[bytes]) -> Iterator[Entries]:
    """Open an archive and check all its entries; raises `WorkspaceError` and `UnsafePath`."""
    try:
        source = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise _broken() from None
    with source:
        infos = [info for info in source.infolist() if not info.is_dir() and not _is_litter(info.filename)]
        _check_size(infos)
        shared = _shared_directory([info.filename for info in infos])
        yield tuple(Entry(path=_safe(info)[len(shared) :], info=info, source=source) for info in infos)


def _is_litter(name: str) -> bool:
    return name.startswith(LITTER[0]) or name.rsplit("/", 1)[-1] in LITTER


def _check_size(infos: list[zipfile.ZipInfo]) -> None:
    size, packed = sum(info.file_size for info in infos), sum(info.compress_size for info in infos)
    if not infos:
        raise WorkspaceError(Message("The archive holds no files."))
    if len(infos) > MAX_FILES or size > MAX_BYTES or (size > RATIO_MATTERS_FROM and size > MAX_RATIO * packed):
        raise WorkspaceError(
            Message(
                "The archive is too large: at most %(files)s files and %(size)s MiB unpacked are taken.",
                files=MAX_FILES,
                size=MAX_BYTES // 1024 // 1024,
            )
        )


def _safe(info: zipfile.ZipInfo) -> str:
    """Return the path of an entry; raises `UnsafePath` for one that leaves the directory or is a link."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in {0, stat.S_IFREG}:
        raise UnsafePath(
            Message("“%(path)s” in the archive is a link or a device. Only plain files are taken.", path=info.filename)
        )
    if info.flag_bits & 0x1:
        raise WorkspaceError(Message("The archive is encrypted. Pack it without a password."))
    # zipfile cuts names at NUL; what it was given is what counts.
    return "/".join(checked(info.orig_filename))


def _shared_directory(names: list[str]) -> str:
    """Return the one directory around all files, with its slash, or nothing."""
    first = names[0].partition("/")[0] + "/"
    return first if first not in {"/", "./", "../"} and all(name.startswith(first) for name in names) else ""


def _broken() -> WorkspaceError:
    return WorkspaceError(Message("The archive cannot be read. Pack it again as a zip file."))
