"""What is deleted is kept: a directory of its own in the trash, with a note of where it came from."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings

from projects.compose.errors import WorkspaceError
from projects.compose.identity import project_name_problem
from projects.compose.messages import Message
from projects.workspace.paths import like_parent, opened_parent, told

NOTE: Final = "restore.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """Something in the trash: its place there, where it was, and when it was deleted (Unix seconds)."""

    place: Path
    path: str
    project_name: str
    deleted_at: float


def keep(parent: int, name: str, path: Path, project_name: str) -> Kept:
    """Move `name` out of the open directory `parent` into the trash; `path` is where it was."""
    place = Path(settings.TRASH_ROOT) / f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(4)}"
    os.stat(name, dir_fd=parent, follow_symlinks=False)
    place.mkdir(parents=True, mode=0o700)
    entry = Kept(place=place, path=str(path), project_name=project_name, deleted_at=time.time())
    note = {"path": entry.path, "project_name": project_name, "deleted_at": entry.deleted_at, "name": name}
    (place / NOTE).write_text(json.dumps(note))
    # The open directory, by the name the kernel gives it: no link can be slipped in between.
    shutil.move(f"/proc/self/fd/{parent}/{name}" if Path("/proc/self/fd").is_dir() else path, place / "content")
    return entry


def kept(place: Path) -> Kept:
    """Read the note of something in the trash."""
    note = json.loads((place / NOTE).read_text())
    return Kept(place=place, path=note["path"], project_name=note["project_name"], deleted_at=float(note["deleted_at"]))


def restore(place: Path) -> Path:
    """Put something from the trash back where it was, and return that place; nothing is overwritten."""
    entry = kept(place)
    target = Path(entry.path)
    with opened_parent(target.parent, target.name, follow_last=False) as (parent, name):
        if os.path.lexists(target):
            raise WorkspaceError(Message("“%(path)s” exists already. Choose another name.", path=str(target)))
        shutil.move(place / "content", target)
        like_parent(name, parent)
    shutil.rmtree(place)
    return target


def create_project_directory(root: Path | str, name: str) -> Path:
    """Make the directory of a new project below `root`; raises `WorkspaceError` where there is one already."""
    problem = project_name_problem(name)
    if problem is not None:
        raise WorkspaceError(problem)
    directory = Path(root) / name
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        directory.mkdir()
    except FileExistsError:
        raise WorkspaceError(
            Message(
                "There is a directory %(directory)s already. Choose another name, or adopt what is there.",
                directory=str(directory),
            )
        ) from None
    except OSError as error:
        raise told(error, str(directory)) from error
    return directory


def trash_project(directory: Path | str, name: str) -> Kept:
    """Move a whole project directory to the trash."""
    path = Path(directory)
    with opened_parent(path.parent, path.name, follow_last=False) as (parent, last):
        return keep(parent, last, path, name)
