"""The dashboard's real server process, with a data directory of its own."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks import processes

ROOT = Path(__file__).resolve().parent.parent
SERVE = (str(ROOT / ".venv" / "bin" / "python"), "manage.py", "serve")
MAKE_RUN = ("make", "--silent", "run")
FIRST_PAGE = "/sign-in/"
SECONDS_TO_START = 60


class Dashboard:
    """A running server on 127.0.0.1; `seconds_to_first_page` counts from the start of its process."""

    def __init__(self, data: Path, command: Sequence[str] = SERVE) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self.data = data
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.output = data / "server.log"
        began = time.perf_counter()
        self._process = self._launch(command)
        self._wait_until(self._first_page_is_served, "the first page was not served")
        self.seconds_to_first_page = time.perf_counter() - began

    @property
    def processes(self) -> list[int]:
        """The server's process and its descendants."""
        return processes.family(self._process.pid)

    @property
    def projects(self) -> Path:
        """Where it keeps the projects made in it."""
        return self.data / "projects"

    def setup_link(self) -> str:
        """Return the one-time link it printed, with which the first administrator is made."""
        self._wait_until(lambda: bool(self._printed_links()), "no set-up link was printed")
        return self._printed_links()[0]

    def stop(self) -> None:
        """End the server and everything it started."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _launch(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "HOST": "127.0.0.1", "PORT": str(self.port), "COMPOSE_UI_DATA": str(self.data)}
        with self.output.open("wb") as output:
            return subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
            )

    def _first_page_is_served(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", FIRST_PAGE)
            response = connection.getresponse()
            return response.status == 200 and bool(response.read())
        except OSError:
            return False
        finally:
            connection.close()

    def _printed_links(self) -> list[str]:
        return re.findall(r"http://\S+/setup/\S+", self.output.read_text(errors="replace"))

    def _wait_until(self, condition: Callable[[], bool], problem: str) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        while not condition():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"{problem}; the server's output:\n{self.output.read_text(errors='replace')}")
            time.sleep(0.01)


@contextmanager
def running(data: Path, command: Sequence[str] = SERVE) -> Iterator[Dashboard]:
    """Start a server, and stop it at the end."""
    dashboard = Dashboard(data, command)
    try:
        yield dashboard
    finally:
        dashboard.stop()


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
