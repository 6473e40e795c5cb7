"""What is in a project directory."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import Final

from projects.workspace.paths import DIRECTORY, told

MAX_ENTRIES: Final = 2000
MAX_DEPTH: Final = 12
TEMPORARY: Final = ".~compose-ui-"  # how the names of files begin that are being written
CLOSED_DIRECTORIES: Final = frozenset({".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv"})


@dataclass(frozen=True, kw_only=True, slots=True)
class FileEntry:
    """One file or directory; `kind` is file, directory, link or other, `size` is in bytes, `depth` counts from 0."""

    path: str
    name: str
    depth: int
    kind: str
    size: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """What is in the directory, each directory followed by what is in it; `truncated` where that is not all."""

    entries: tuple[FileEntry, ...]
    truncated: bool


def listed(directory: int) -> Listing:
    """List an open directory, at most 2000 entries and 12 levels; links are named but not followed."""
    found: list[FileEntry] = []
    complete = _walk(directory, "", 0, found)
    return Listing(entries=tuple(found), truncated=not complete)


def _walk(directory: int, prefix: str, depth: int, found: list[FileEntry]) -> bool:
    """Append what is in `directory` to `found`, directories first; False where not all of it was taken."""
    with os.scandir(directory) as scan:
        entries = sorted(scan, key=lambda entry: (not entry.is_dir(follow_symlinks=False), entry.name))
    complete = True
    for entry in entries:
        if entry.name.startswith(TEMPORARY):
            continue
        if len(found) >= MAX_ENTRIES:
            return False
        found.append(_entry(entry, prefix, depth))
        if found[-1].kind == "directory" and entry.name not in CLOSED_DIRECTORIES:
            complete = _walk_into(directory, entry.name, prefix, depth, found) and complete
    return complete


def _walk_into(directory: int, name: str, prefix: str, depth: int, found: list[FileEntry]) -> bool:
    if depth + 1 >= MAX_DEPTH:
        return False
    try:
        below = os.open(name, DIRECTORY, dir_fd=directory)
    except OSError:
        return False
    try:
        return _walk(below, f"{prefix}{name}/", depth + 1, found)
    finally:
        os.close(below)


def _entry(entry: os.DirEntry[str], prefix: str, depth: int) -> FileEntry:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        raise told(error, prefix + entry.name) from error
    kinds = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "link"}
    kind = kinds.get(stat.S_IFMT(status.st_mode), "other")
    return FileEntry(path=prefix + entry.name, name=entry.name, depth=depth, kind=kind, size=status.st_size)
