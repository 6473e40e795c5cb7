"""An engine of a test's own, to be ended and started again: a dockerd with a network namespace of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import docker
from docker.errors import DockerException

START_SECONDS = 60.0


def missing() -> str:
    """Return why no engine can be started here; empty: one can."""
    if os.geteuid() != 0:
        return "an engine of one's own needs root"
    lacking = [program for program in ("dockerd", "ip", "nsenter") if shutil.which(program) is None]
    return f"not installed: {', '.join(lacking)}" if lacking else ""


class OwnEngine:
    """A dockerd whose state lies below `directory`, in the network namespace `name`."""

    def __init__(self, directory: Path, name: str) -> None:
        self._directory = directory
        self._name = name
        self._process: subprocess.Popen[bytes] | None = None
        self._log = (directory / "log").open("ab")
        subprocess.run(["ip", "netns", "add", name], check=True)
        subprocess.run(["ip", "netns", "exec", name, "ip", "link", "set", "lo", "up"], check=True)

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"unix://{self._directory}/docker.sock"

    def start(self) -> None:
        """Start it and wait until it answers."""
        where = self._directory
        self._process = subprocess.Popen(
            [
                *("nsenter", f"--net=/var/run/netns/{self._name}", "dockerd", "-H", self.address),
                *(
                    "--data-root",
                    str(where / "data"),
                    "--exec-root",
                    str(where / "exec"),
                    "--pidfile",
                    str(where / "pid"),
                ),
            ],
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self._process.poll() is None, (where / "log").read_text()[-2000:]
            assert time.monotonic() < deadline, (where / "log").read_text()[-2000:]
            time.sleep(0.2)

    def stop(self) -> None:
        """End it as a machine that is shut down does, after which nothing is mounted any more."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(60)
        mounted = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
        for point in sorted((p for p in mounted if p.startswith(f"{self._directory}/")), reverse=True):
            subprocess.run(["umount", "--lazy", point], check=False)

    def remove(self) -> None:
        """End it, with everything it holds."""
        if self._process is not None and self._process.poll() is None:
            self.stop()
        self._log.close()
        subprocess.run(["ip", "netns", "delete", self._name], check=False)

    def client(self) -> docker.DockerClient:
        """Return the Docker SDK's own client."""
        return docker.DockerClient(self.address, timeout=60)

    def _answers(self) -> bool:
        with suppress(DockerException, OSError):
            return bool(self.client().ping())
        return False
