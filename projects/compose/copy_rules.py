"""Where a copied file or directory comes to lie: the rules of ``docker cp``, apart from any file system."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from projects.compose.errors import ComposeError
from projects.compose.messages import Message


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """The directory to unpack into, and the name that the archive's first part gets there; ``.``: its contents only."""

    directory: str
    name: str


def destination(
    source: str, target: str, *, source_is_directory: bool, target_exists: bool, target_is_directory: bool
) -> Destination:
    """Return where `source` goes when it is copied to `target`; raises `ComposeError` where it cannot."""
    name = "." if source_is_directory and contents_only(source) else posixpath.basename(source.rstrip("/")) or "."
    if target_is_directory:
        return Destination(directory=target, name=name)
    if target_exists and source_is_directory:
        raise ComposeError(Message("cannot copy directory"))
    if not source_is_directory and asserts_directory(target):
        raise ComposeError(Message("no such directory"))
    plain = target.rstrip("/").removesuffix("/.")
    return Destination(directory=posixpath.dirname(plain) or ".", name=posixpath.basename(plain))


def contents_only(path: str) -> bool:
    """Return whether a path means what is in a directory rather than the directory itself."""
    return path == "." or path.endswith("/.")


def asserts_directory(path: str) -> bool:
    """Return whether a path can only be a directory's."""
    return path.endswith("/") or contents_only(path)


def renamed(member: str, first: str, name: str) -> str:
    """Return the name of an archive's member whose first part `first` is to be called `name`."""
    member = posixpath.normpath(member)
    rest = "" if member == first else member.removeprefix(f"{first}/") if first != "." else member
    if member == ".":
        rest = ""
    return posixpath.normpath(posixpath.join(name, rest))
