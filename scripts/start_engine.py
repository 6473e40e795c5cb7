"""Start a Docker engine for tests on the default socket, where none answers and this machine can run one."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from contextlib import closing
from pathlib import Path

import docker
from docker.errors import DockerException

STATE = Path("/var/lib/compose-ui-test-engine")
SECONDS_TO_START = 60


def engine_answers() -> bool:
    """Return whether an engine answers at DOCKER_HOST or on the default socket."""
    try:
        with closing(docker.from_env(timeout=5)) as client:
            return bool(client.ping())
    except (DockerException, OSError):
        return False


def start_engine(mirror: str | None = None) -> str | None:
    """Start dockerd detached, pulling through `mirror` if given; return None, or why there is no engine.

    It is left running: the next run of the tests finds it, and nothing has to be stopped in a hurry.
    """
    dockerd = shutil.which("dockerd")
    if os.environ.get("DOCKER_HOST"):
        return f"no Docker engine answers at DOCKER_HOST={os.environ['DOCKER_HOST']}"
    if not dockerd:
        return "no Docker engine answers, and none is installed (Debian/Ubuntu: sudo apt install docker.io)"
    if os.geteuid() != 0:
        return "no Docker engine answers, and only root can start one (sudo systemctl start docker)"
    STATE.mkdir(parents=True, exist_ok=True)
    command = [dockerd, "--data-root", str(STATE / "data"), "--exec-root", str(STATE / "exec")]
    if mirror:
        command += ["--registry-mirror", mirror]
    with (STATE / "log").open("ab") as log:
        # In a directory that stays: this one may be deleted while the engine goes on, and then its git finds no way.
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/"
        )
    return None if comes_up(process) else f"the Docker engine did not start; its log is {STATE / 'log'}"


def comes_up(process: subprocess.Popen[bytes]) -> bool:
    """Wait until the engine answers; return False if it ended or needed too long."""
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        if engine_answers():
            return True
        time.sleep(0.2)
    return False
