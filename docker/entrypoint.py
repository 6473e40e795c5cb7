"""Start the dashboard in its container as an ordinary user, where the engine's socket allows that.

The socket belongs to a group of the host that no image can know: the group is joined here, by its number, before root's
rights are given up. ``entrypoint.py healthy`` is the image's health check.
"""

from __future__ import annotations

import os
import stat
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path

USER = 1000  # number of the user and of the group the dashboard runs as
GROUP_MAY_USE = stat.S_IRGRP | stat.S_IWGRP
ALL_MAY_USE = stat.S_IROTH | stat.S_IWOTH


def main(arguments: Sequence[str]) -> None:
    """Check the health of a running dashboard, or become the command given."""
    if arguments == ["healthy"]:
        sys.exit(0 if is_healthy() else 1)
    if os.geteuid() == 0:
        give_up_root()
    os.execvp(arguments[0], list(arguments))


def is_healthy() -> bool:
    """Return whether the dashboard answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{os.environ['PORT']}/health/", timeout=4) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def give_up_root() -> None:
    """Become `USER` with the group of the engine's socket; stay root, and say so, where that group may not use it."""
    try:
        groups = groups_that_reach_the_engine(engine_socket())
    except PermissionError as error:
        print(f"Compose UI runs as root: {error}", file=sys.stderr, flush=True)
        return
    for directory in (os.environ["COMPOSE_UI_DATA"], os.environ.get("COMPOSE_UI_PROJECTS")):
        if directory:
            hand_over(Path(directory))
    os.setgroups([USER, *groups])
    os.setgid(USER)
    os.setuid(USER)
    os.environ["HOME"] = os.environ["COMPOSE_UI_DATA"]


def engine_socket() -> Path:
    """Return where the engine's socket is mounted; a path that does not exist where the engine is reached otherwise."""
    address = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    return Path(address.removeprefix("unix://"))


def groups_that_reach_the_engine(socket: Path) -> list[int]:
    """Return the groups an ordinary user must be in to use `socket`.

    Raises PermissionError where no group may use it.
    """
    if not socket.is_socket():
        return []
    status = socket.stat()
    if status.st_mode & ALL_MAY_USE == ALL_MAY_USE:
        return []
    if status.st_mode & GROUP_MAY_USE == GROUP_MAY_USE:
        return [status.st_gid]
    raise PermissionError(f"only root may use {socket}. To change that on the host: chmod g+rw {socket}")


def hand_over(directory: Path) -> None:
    """Make `directory` writable for `USER`; what lies in it keeps its owners, other than a data directory of root's."""
    directory.mkdir(parents=True, exist_ok=True)
    if directory.stat().st_uid == 0:
        os.chown(directory, USER, USER)


if __name__ == "__main__":
    main(sys.argv[1:])
