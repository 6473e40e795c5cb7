"""``manage.py compose watch`` on the real engine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import docker
import pytest

ROOT = Path(__file__).parents[2]

FILES = """
services:
  web:
    image: {image}
    command: sh -c 'mkdir -p /app && exec sleep 600'
    stop_signal: SIGKILL
    develop:
      watch:
        - {{action: sync, path: ./src, target: /app, initial_sync: true, ignore: ["*.skip"]}}
        - {{action: sync+restart, path: ./conf, target: /conf}}
        - {{action: sync+exec, path: ./run, target: /run, exec: {{command: touch /executed}}}}
"""


def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.2)


def test_changes_come_into_the_containers(
    docker_client: docker.DockerClient, busybox_image: str, project_name: str, tmp_path: Path
) -> None:
    (tmp_path / "compose.yaml").write_text(FILES.format(image=busybox_image))
    for name in ("src", "conf", "run"):
        (tmp_path / name).mkdir()
    (tmp_path / "src" / "first").write_text("1")
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    with (tmp_path / "told").open("wb") as told:
        watching = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "compose", "-p", project_name, "watch"],
            cwd=tmp_path,
            env=environment | {"COMPOSE_UI_DATA": str(tmp_path / "data")},
            stdout=told,
            stderr=told,
        )
    try:
        until(lambda: "Watch enabled" in (tmp_path / "told").read_text(), "the watch")
        container = docker_client.containers.get(f"{project_name}-web-1")
        started = container.attrs["State"]["StartedAt"]

        def has(path: str) -> bool:
            return container.exec_run(["test", "-e", path]).exit_code == 0

        assert has("/app/first")
        (tmp_path / "src" / "left.skip").write_text("1")
        (tmp_path / "src" / "deep").mkdir()
        (tmp_path / "src" / "deep" / "file").write_text("1")
        until(lambda: has("/app/deep/file"), "the new file")
        assert not has("/app/left.skip")
        (tmp_path / "src" / "first").unlink()
        until(lambda: not has("/app/first"), "the file to go")
        (tmp_path / "run" / "x").write_text("1")
        until(lambda: has("/executed"), "the command")
        (tmp_path / "conf" / "x").write_text("1")
        client = docker_client.api
        until(lambda: client.inspect_container(f"{project_name}-web-1")["State"]["StartedAt"] != started, "the restart")
        until(lambda: client.inspect_container(f"{project_name}-web-1")["State"]["Running"], "the new start")
        assert has("/conf/x")
    finally:
        watching.send_signal(signal.SIGINT)
        assert watching.wait(30) == 130


REBUILT = """
services:
  web:
    build: .
    command: sleep 600
    stop_signal: SIGKILL
    develop:
      watch:
        - {{action: rebuild, path: ./src}}
        - {{action: sync, path: ./synced, target: /synced}}
  other: {{image: {image}, command: sh -c "echo the other; exec sleep 600", stop_signal: SIGKILL}}
"""


@pytest.mark.parametrize("arguments", [("watch",), ("up", "--watch")], ids=" ".join)
def test_a_change_rebuilds_the_image_and_recreates_the_container(
    docker_client: docker.DockerClient,
    busybox_image: str,
    project_name: str,
    tmp_path: Path,
    arguments: tuple[str, ...],
) -> None:
    (tmp_path / "compose.yaml").write_text(REBUILT.format(image=busybox_image))
    (tmp_path / "Dockerfile").write_text(f"FROM {busybox_image}\nCOPY src /src\n")
    for name in ("src", "synced"):
        (tmp_path / name).mkdir()
    (tmp_path / "src" / "file").write_text("first")
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    environment |= {"COMPOSE_UI_DATA": str(tmp_path / "data")}
    command = [sys.executable, str(ROOT / "manage.py"), "compose", "-p", project_name]
    with (tmp_path / "told").open("wb") as told:
        watching = subprocess.Popen([*command, *arguments], cwd=tmp_path, env=environment, stdout=told, stderr=told)
    try:
        until(lambda: "Watch enabled" in (tmp_path / "told").read_text(), "the watch")
        client = docker_client.api
        before = {name: client.inspect_container(f"{project_name}-{name}-1")["Id"] for name in ("web", "other")}
        image = docker_client.images.get(f"{project_name}-web").id
        (tmp_path / "src" / "file").write_text("second")
        until(lambda: 'service(s) ["web"] successfully built' in (tmp_path / "told").read_text(), "the build")
        web = docker_client.containers.get(f"{project_name}-web-1")
        assert web.exec_run(["cat", "/src/file"]).output == b"second"
        assert web.id != before["web"]
        assert client.inspect_container(f"{project_name}-other-1")["Id"] == before["other"]
        left = {"dangling": True, "label": f"com.docker.compose.project={project_name}"}
        until(lambda: client.images(filters=left, quiet=True) == [], "the old image to go")
        assert docker_client.images.get(f"{project_name}-web").id != image
        (tmp_path / "synced" / "file").write_text("1")
        until(lambda: web.exec_run(["test", "-e", "/synced/file"]).exit_code == 0, "the synced file")
    finally:
        watching.send_signal(signal.SIGINT)
        assert watching.wait(60) == 130
    said = (tmp_path / "told").read_text()
    assert "Traceback" not in said
    states = {c.name: c.status for c in docker_client.containers.list(all=True, filters={"name": f"{project_name}-"})}
    # What is attached is stopped with it; a watch alone leaves all as it is.
    left_running = "running" if arguments == ("watch",) else "exited"
    assert states == {f"{project_name}-web-1": left_running, f"{project_name}-other-1": left_running}
    assert ("the other" in said) == (arguments != ("watch",))


def test_without_rules_there_is_nothing_to_watch(busybox_image: str, project_name: str, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(f"services:\n  web:\n    image: {busybox_image}\n")
    ran = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "compose", "-p", project_name, "watch"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 1
    assert "none of the selected services is configured for watch" in ran.stderr
