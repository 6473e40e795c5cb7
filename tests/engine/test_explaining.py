"""What the real engine shows of a container, compared with what the files ask for."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from projects.compose.differences import names_of
from projects.compose.loader import load
from projects.compose.model import Application
from projects.compose.planner import plan_up
from projects.services import verbs
from projects.services.engine import DockerEngine
from projects.services.explaining import Explained, explained
from projects.services.observation import observe

FILE = """
services:
  web:
    image: {image}
    command: sleep 600
    stop_signal: SIGKILL
    environment: {{FOO: one, EMPTY: "", UNSET: }}
    ports: ["80", "127.0.0.1::81/udp"]
    expose: ["99"]
    volumes:
      - data:/d
      - /tmp:/x:ro
      - /anonymous
      - {{type: tmpfs, target: /tt}}
      - {{type: volume, source: data, target: /d2, volume: {{nocopy: true}}}}
    labels: {{a: b}}
    restart: unless-stopped
    mem_limit: 64m
    cpus: 0.5
    pids_limit: 50
    ulimits: {{nofile: 100, nproc: {{soft: 10, hard: 20}}}}
    cap_drop: [NET_RAW, CHOWN]
    dns: [1.1.1.1]
    extra_hosts: ["a:1.2.3.4", "b:1.2.3.4"]
    healthcheck: {{test: [CMD, "true"], interval: 500s}}
    stop_grace_period: 3s
    hostname: box
    user: "0"
    working_dir: /tmp
    init: true
    shm_size: 32m
    tmpfs: [/t]
    logging: {{driver: json-file, options: {{max-size: 1m}}}}
    networks: {{default: {{aliases: [zz]}}, other: }}
    secrets: [note]
  side: {{image: {image}, network_mode: "service:web", command: sleep 600, stop_signal: SIGKILL}}
  host: {{image: {image}, network_mode: host, command: sleep 600, stop_signal: SIGKILL}}
  plain: {{image: {image}, entrypoint: sleep 600, read_only: true, stop_signal: SIGKILL}}
networks: {{other: {{}}}}
volumes: {{data: {{}}}}
secrets: {{note: {{file: ./note.txt}}}}
"""

Up = Callable[[Path, str, DockerEngine], None]


def by_dashboard(directory: Path, name: str, engine: DockerEngine) -> None:
    verbs.up(loaded(directory, name), engine, lambda event: None, threading.Event())


def by_reference(directory: Path, name: str, engine: DockerEngine) -> None:
    program = Path(__file__).parents[2] / ".venv" / "bin" / "docker-compose"
    command = [str(program), "-p", name, "up", "-d"]
    subprocess.run(command, cwd=directory, capture_output=True, check=True)


def loaded(directory: Path, name: str) -> Application:
    return load(str(directory), environment={}, project_name=name).application


def looked_into(directory: Path, name: str, engine: DockerEngine, *, stale: bool = False) -> Explained:
    """The plan of an `up` with exact causes; `stale` lets all containers look as if they had to be recreated."""
    application = loaded(directory, name)
    seen = observe(engine, name, application)
    if stale:
        seen = replace(seen, containers=tuple(replace(each, config_hash="0") for each in seen.containers))
    return explained(plan_up(application, seen), engine, seen)


@pytest.mark.parametrize("up", [by_dashboard, by_reference])
def test_a_container_shows_the_settings_that_it_was_made_with_and_then_what_has_changed(
    up: Up, tmp_path: Path, project_name: str, engine: DockerEngine, busybox_image: str, compose_cli: str
) -> None:
    file, text = tmp_path / "compose.yaml", FILE.format(image=busybox_image)
    file.write_text(text)
    (tmp_path / "note.txt").write_text("x")
    up(tmp_path, project_name, engine)
    names = {name: f"{project_name}-{name}-1" for name in ("web", "host", "plain")}

    unchanged = looked_into(tmp_path, project_name, engine, stale=True)
    assert unchanged.changes == dict.fromkeys(names.values(), ())

    changes = {"FOO: one": "FOO: two", "a: b": "c: d", "64m": "65m", "/tmp:/x:ro": "/tmp:/x", "[zz]": "[yy]"}
    for old, new in {**changes, "network_mode: host, ": "", "entrypoint: sleep 600": "command: sleep 7"}.items():
        text = text.replace(old, new)
    file.write_text(text)
    found = {name: names_of(each) for name, each in looked_into(tmp_path, project_name, engine).changes.items()}
    assert found == {
        names["web"]: (f"environment FOO; labels a, c; mem_limit; networks {project_name}_default; volumes /x"),
        names["host"]: f"network_mode; networks {project_name}_default",
        names["plain"]: "command; entrypoint",
    }


def test_a_change_is_named_in_the_cause_of_the_recreation_and_costs_one_inspect(
    tmp_path: Path, project_name: str, engine: DockerEngine, busybox_image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "compose.yaml"
    same = f"  same: {{image: {busybox_image}, command: sleep 600, stop_signal: SIGKILL}}\n"
    file.write_text("services:\n" + same + same.replace("same", "web"))
    by_dashboard(tmp_path, project_name, engine)
    asked: list[str] = []

    def counted(ask: Callable[[str], object]) -> Callable[[str], object]:
        return lambda each: (asked.append(each), ask(each))[1]  # type: ignore[func-returns-value]

    monkeypatch.setattr(engine, "inspect_container", counted(engine.inspect_container))
    assert looked_into(tmp_path, project_name, engine).changes == {}
    assert asked == []

    file.write_text("services:\n" + same + same.replace("same", "web").replace("600", "601"))
    monkeypatch.setattr(engine, "image", counted(engine.image))
    plan = looked_into(tmp_path, project_name, engine).plan
    assert {str(action.cause) for action in plan.actions if action.service == "web"} >= {"command changed"}
    assert len(asked) == 2  # the image of its name, and the container
