"""When the dashboard itself runs in a container: whether the engine sees project files where the dashboard does.

A relative bind mount (``./data:/data``) is resolved to a path here and looked up by the engine on its host. The two
only mean the same directory where the projects are mounted at the same path inside and outside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from projects.compose.errors import EngineError
from projects.compose.messages import Message
from projects.compose.state import ObservedMount
from projects.services.contract import Engine

MOUNTINFO = Path("/proc/self/mountinfo")
DESKTOP_PREFIX = "/host_mnt"  # under which Docker Desktop's engine names the directories of a Mac


def mount_problem(engine: Engine, directory: Path, mountinfo: Path = MOUNTINFO) -> Message | None:
    """Return what is wrong with where `directory` is mounted, or None, as it is outside of a container.

    The engine's own container list (``GET /containers/{id}/json``, field ``Mounts``) tells where each mount comes from.
    """
    container = own_container_id(mountinfo.read_text()) if mountinfo.exists() else None
    if container is None:
        return None
    try:
        mounts = engine.inspect_container(container).mounts
    except EngineError:
        return None  # another engine than the one this container runs on: it cannot be asked
    if is_same_place(directory, mounts):
        return None
    return Message(
        "The projects are kept in %(directory)s inside the dashboard's container, but the engine does not see them "
        "there: relative bind mounts such as ./data would be empty. Mount the directory at the same path inside and "
        "outside (docker run -v %(directory)s:%(directory)s …), as docker/compose.yaml does.",
        directory=str(directory),
    )


def own_container_id(mountinfo: str) -> str | None:
    """Return the id of the container this process runs in, None outside of one.

    The engine mounts ``/etc/hostname`` and its like from ``…/containers/<id>/`` (proc(5), mountinfo's fourth field).
    """
    found = re.search(r"/containers/([0-9a-f]{64})/\S* /etc/", mountinfo)
    return found[1] if found else None


def is_same_place(directory: Path, mounts: Iterable[ObservedMount]) -> bool:
    """Return whether the engine's host has `directory` at the same path: the innermost mount around it decides."""
    around = [mount for mount in mounts if directory.is_relative_to(mount.target)]
    if not around:
        return False
    innermost = max(around, key=lambda mount: len(PurePosixPath(mount.target).parts))
    return innermost.type == "bind" and innermost.source.removeprefix(DESKTOP_PREFIX) == innermost.target
