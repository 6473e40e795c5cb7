"""A person at a terminal, with either program: sizes, keys, signals, and how often Ctrl-C is pressed."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest

ROOT = Path(__file__).parents[2]
FILES = """
services:
  web: {{image: {image}, command: sleep 600, stop_signal: SIGKILL}}
  deaf:
    image: {image}
    command: sh -c 'trap "" TERM; echo deaf; while true; do sleep 1; done'
    stop_grace_period: 10m
"""
# The shell reads what is typed only once it has said that it does.
ASK = (
    "until stty size 2>/dev/null | grep -v '^0 '; do sleep 0.1; done;"
    " trap 'echo caught; exit 7' INT; echo ready; while true; do sleep 0.1; done"
)
Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture(params=["ours", "the reference's"])
def start(
    request: pytest.FixtureRequest, tmp_path: Path, project_name: str, busybox_image: str, compose_cli: str
) -> Iterator[Start]:
    """What starts a verb of one of both programs, with the signals of a program that a person starts."""
    (tmp_path / "compose.yaml").write_text(FILES.format(image=busybox_image))
    program = [sys.executable, str(ROOT / "manage.py"), "compose"] if request.param == "ours" else [compose_cli]
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    environment["COMPOSE_UI_DATA"] = str(tmp_path / "data")
    begun: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str, **how: int) -> subprocess.Popen[bytes]:
        whole = [*program, "-p", project_name, *arguments]
        begun.append(
            subprocess.Popen(whole, cwd=tmp_path, env=environment, start_new_session=True, **how)  # type: ignore[call-overload]
        )
        return begun[-1]

    yield start
    for process in begun:
        if process.poll() is None:
            process.kill()
            process.wait()


class Screen:
    """The other side of a terminal, of 33 lines and 77 columns."""

    def __init__(self) -> None:
        self.keys, self.far = os.openpty()
        fcntl.ioctl(self.far, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 77, 0, 0))
        self.shown = b""

    def until(self, text: bytes, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.shown:
            assert time.monotonic() < deadline, self.shown
            if select.select([self.keys], [], [], 0.2)[0]:
                self.shown += os.read(self.keys, 4096)

    def press(self, keys: bytes) -> None:
        os.write(self.keys, keys)


def test_a_one_off_has_the_size_and_the_keys_of_the_terminal(start: Start) -> None:
    screen = Screen()
    running = start("run", "--rm", "web", "sh", "-c", ASK, stdin=screen.far, stdout=screen.far, stderr=screen.far)
    screen.until(b"ready")
    assert b"33 77" in screen.shown
    screen.press(b"\x03")
    screen.until(b"caught")
    assert running.wait(30) == 7


def test_a_signal_reaches_a_one_off_without_a_terminal_and_its_container_is_gone_with_it(
    start: Start, tmp_path: Path, project_name: str, docker_client: docker.DockerClient
) -> None:
    told = tmp_path / "told"
    script = "trap 'echo caught; exit 9' TERM; echo ready; while true; do sleep 0.1; done"
    with told.open("wb") as out:
        running = start(
            "run", "--rm", "-T", "web", "sh", "-c", script, stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
        await_text(told, b"ready")
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 9
    mine = {"label": [f"com.docker.compose.project={project_name}", "com.docker.compose.oneoff=True"]}
    assert docker_client.api.containers(all=True, filters=mine) == []
    assert b"caught" in told.read_bytes()


# The reference, which says the same, waits for the stop all the same.
@pytest.mark.parametrize("start", ["ours"], indirect=True)
def test_a_second_ctrl_c_kills_what_does_not_stop(
    start: Start, tmp_path: Path, project_name: str, docker_client: docker.DockerClient
) -> None:
    told = tmp_path / "told"
    with told.open("wb") as out:
        running = start("up", "deaf", stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        await_text(told, b"| deaf")
        running.send_signal(signal.SIGINT)
        await_text(told, b"Gracefully Stopping")
        await_text(told, b"deaf-1 Stopping")
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 130
    state = docker_client.containers.get(f"{project_name}-deaf-1").attrs["State"]
    assert (state["Status"], state["ExitCode"]) == ("exited", 137)


def await_text(file: Path, text: bytes) -> None:
    deadline = time.monotonic() + 60
    while text not in file.read_bytes():
        assert time.monotonic() < deadline, file.read_bytes()
        time.sleep(0.1)
