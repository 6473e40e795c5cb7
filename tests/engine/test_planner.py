"""What we bring up is up to date for Docker Compose, and what Compose brings up is up to date for us."""

from __future__ import annotations

import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from projects.compose.loader import load
from projects.compose.model import Application
from projects.compose.plan import Do
from projects.compose.planner import UpOptions, plan_up
from projects.services import verbs
from projects.services.engine import DockerEngine

FILE = """\
name: %(name)s
services:
  db:
    image: %(image)s
    command: sleep 1000
    stop_signal: KILL
    volumes: ["data:/data", "/anonymous", "./conf:/conf:ro"]
    networks: [default, back]
    healthcheck: {test: "true", interval: 1s}
    environment: {B: two, A: "1"}
  side:
    image: %(image)s
    command: sleep 1000
    stop_signal: KILL
    network_mode: "service:db"
    volumes_from: [db]
  web:
    image: %(image)s
    command: sleep 1000
    stop_signal: KILL
    depends_on: {db: {condition: service_healthy, restart: true}}
    ports: ["80"]
    scale: 2
    deploy: {resources: {limits: {memory: 50M, cpus: "0.5"}}}
    configs: [note]
configs: {note: {content: remember}}
volumes: {data: {labels: {a: b}}}
networks: {back: {internal: true}}
"""


@dataclass(frozen=True)
class Project:
    """A project directory, its reference program and its engine."""

    directory: Path
    compose: str
    engine: DockerEngine

    def application(self) -> Application:
        return load(str(self.directory), environment={}).application

    def cli(self, *arguments: str) -> list[str]:
        command = [self.compose, *arguments]
        done = subprocess.run(command, cwd=self.directory, capture_output=True, text=True, check=True, timeout=60)
        return (done.stdout + done.stderr).splitlines()

    def up(self, options: UpOptions = UpOptions()) -> verbs.Outcome:  # noqa: B008 - frozen
        return verbs.up(self.application(), self.engine, lambda event: None, threading.Event(), options)

    def plan(self) -> str:
        application = self.application()
        return str(plan_up(application, verbs.observe(self.engine, application.name, application)))

    def edit(self, old: str, new: str) -> None:
        file = self.directory / "compose.yaml"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))


@pytest.fixture
def project(tmp_path: Path, project_name: str, busybox_image: str, compose_cli: str, engine: DockerEngine) -> Project:
    (tmp_path / "compose.yaml").write_text(FILE % {"name": project_name, "image": busybox_image})
    (tmp_path / "conf").mkdir()
    return Project(tmp_path, compose_cli, engine)


def kept(plan: str) -> bool:
    """Return whether nothing is to be done, but for looking whether what others need is healthy."""
    idle = (f" {Do.KEEP} ", f" {Do.WAIT_HEALTHY} ")
    return f" {Do.KEEP} " in plan and all(any(word in line for word in idle) for line in plan.splitlines())


def words(lines: list[str], name: str) -> set[str]:
    """Return the words that the reference says of its containers."""
    return {line.split()[-1] for line in lines if line.strip().startswith(f"Container {name}-")}


def test_compose_finds_nothing_to_do_after_our_up(project: Project, project_name: str) -> None:
    assert project.up().state == "succeeded"
    assert kept(project.plan())
    assert words(project.cli("up", "-d"), project_name) <= {"Running", "Waiting", "Healthy"}
    assert kept(project.plan())


def test_we_find_nothing_to_do_after_an_up_of_compose(project: Project) -> None:
    project.cli("up", "-d")
    assert kept(project.plan())


def test_compose_finds_nothing_to_do_after_our_recreation(project: Project, project_name: str) -> None:
    project.cli("up", "-d")
    project.edit("B: two", "B: three")
    assert project.up().state == "succeeded"
    assert words(project.cli("up", "-d"), project_name) <= {"Running", "Waiting", "Healthy"}


def test_a_recreation_takes_over_anonymous_volumes(project: Project, project_name: str) -> None:
    project.up()
    before = _volume(project, f"{project_name}-db-1", "/anonymous")
    project.edit("B: two", "B: three")
    project.up()
    assert _volume(project, f"{project_name}-db-1", "/anonymous") == before
    project.up(UpOptions(renew_anon_volumes=True))
    assert _volume(project, f"{project_name}-db-1", "/anonymous") != before


def _volume(project: Project, name: str, target: str) -> str:
    return next(mount.name for mount in project.engine.inspect_container(name).mounts if mount.target == target)


def test_a_changed_network_moves_its_containers(project: Project) -> None:
    project.up()
    project.edit("back: {internal: true}", "back: {internal: true, labels: {x: y}}")
    assert project.up().state == "succeeded"
    assert kept(project.plan())


def test_compose_takes_down_what_we_brought_up(project: Project, project_name: str) -> None:
    project.up()
    assert words(project.cli("down", "-t", "1"), project_name) == {"Stopping", "Stopped", "Removing", "Removed"}
    application = project.application()
    left = verbs.observe(project.engine, application.name, application)
    assert (left.containers, left.networks) == ((), ())
    assert [volume.key for volume in left.volumes] == ["data"]
