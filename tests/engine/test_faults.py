"""What goes wrong on a real engine: afterwards a second `up` brings all in order, and nothing is left lying about."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
import pytest

from projects.compose.errors import Conflict, ContainerFailed, PortTaken
from projects.compose.events import Event
from projects.compose.loader import load
from projects.compose.model import Application
from projects.services import verbs
from projects.services.engine import DockerEngine
from tests.conftest import remove_container

QUIET: Mapping[str, Any] = {"command": ["sleep", "1000"], "stop_signal": "KILL"}
AT_ONCE = verbs.UpOptions(settle=False)


@dataclass
class Project:
    """A project directory whose services tests write and change."""

    directory: Path
    name: str
    image: str
    engine: DockerEngine
    volumes: set[str] = field(default_factory=set)

    def write(self, services: Mapping[str, Mapping[str, Any]], **sections: Any) -> None:
        full = {name: {"image": self.image, **QUIET, **service} for name, service in services.items()}
        (self.directory / "compose.yaml").write_text(json.dumps({"services": full, **sections}))

    def application(self) -> Application:
        return load(str(self.directory), environment={}, project_name=self.name).application

    def up(
        self,
        options: verbs.UpOptions = AT_ONCE,
        emit: Callable[[Event], None] = lambda event: None,
        cancel: threading.Event | None = None,
    ) -> verbs.Outcome:
        outcome = verbs.up(self.application(), self.engine, emit, cancel or threading.Event(), options)
        self.volumes |= {m.name for c in self.engine.containers(project=self.name) for m in c.mounts if m.name}
        return outcome

    def states(self) -> dict[str, str]:
        return {container.name: container.state for container in self.engine.containers(project=self.name)}

    def running(self, *names: str) -> dict[str, str]:
        return {f"{self.name}-{name}": "running" for name in names}

    def leave(self) -> None:
        """Take all down, and see that nothing is left of it, anonymous volumes included."""
        options = verbs.DownOptions(volumes=True, remove_orphans=True, timeout=0)
        given = (self.engine, lambda event: None, threading.Event())
        assert verbs.down(self.name, self.application(), *given, options).state == "succeeded"
        assert self.states() == {}
        assert self.engine.networks(self.name) == ()
        assert self.volumes & {volume.name for volume in self.engine.volumes()} == set()


@pytest.fixture
def project(tmp_path: Path, project_name: str, busybox_image: str, engine: DockerEngine) -> Project:
    return Project(tmp_path, project_name, busybox_image, engine)


def test_a_container_that_never_gets_healthy(project: Project) -> None:
    check = {"test": "test -e /tmp/ready", "interval": "100ms", "retries": 2}
    waiting = {"depends_on": {"db": {"condition": "service_healthy"}}}
    project.write({"db": {"healthcheck": check}, "web": waiting})
    outcome = project.up()
    (failure,) = outcome.failures
    assert isinstance(failure, ContainerFailed)
    assert f"container {project.name}-db-1 is unhealthy" in str(failure)
    assert project.states() == {f"{project.name}-db-1": "running", f"{project.name}-web-1": "created"}
    project.write({"db": {"healthcheck": {**check, "test": "true"}}, "web": waiting})
    assert project.up().state == "succeeded"
    assert project.states() == project.running("db-1", "web-1")
    project.leave()


def test_two_services_that_race_for_a_port(project: Project) -> None:
    project.write({name: {"ports": ["27411:80"]} for name in ("a", "b")})
    outcome = project.up()
    (failure,) = outcome.failures
    assert isinstance(failure, PortTaken)
    assert sorted(project.states().values()) == ["created", "running"]
    project.write({"a": {"ports": ["27411:80"]}, "b": {"ports": ["27412:80"]}})
    assert project.up().state == "succeeded"
    assert project.states() == project.running("a-1", "b-1")
    project.leave()


def test_many_containers_that_share_a_range_of_ports_get_one_each(project: Project) -> None:
    project.write({name: {"ports": ["27420-27427:80"], "scale": 4} for name in ("a", "b")})
    assert project.up().state == "succeeded"
    ports = [p.published for c in project.engine.containers(project=project.name) for p in c.ports]
    assert sorted(set(ports)) == list(range(27420, 27428))
    project.leave()


def test_two_hundred_services_are_made_and_removed_within_a_minute(project: Project) -> None:
    project.write({f"s{number:03}": {"network_mode": "none"} for number in range(200)})
    began = time.monotonic()
    assert project.up(verbs.UpOptions(no_start=True)).state == "succeeded"
    assert len(project.states()) == 200
    project.leave()
    assert time.monotonic() - began < 60


def test_the_name_of_a_foreign_container(project: Project, docker_client: docker.DockerClient) -> None:
    taken = f"{project.name}-b-1"
    foreign = docker_client.containers.create(project.image, "sleep 1000", name=taken)
    project.write({name: {"volumes": ["/kept"]} for name in "abc"})
    try:
        outcome = project.up()
        (failure,) = outcome.failures
        assert isinstance(failure, Conflict)
        assert taken in str(failure)
        assert project.states() == project.running("a-1", "c-1")
    finally:
        remove_container(foreign)
    assert project.up().state == "succeeded"
    assert project.states() == project.running("a-1", "b-1", "c-1")
    project.leave()


@pytest.mark.parametrize("begun", [False, True], ids=["on nothing", "on what is to be made anew"])
def test_two_ups_at_the_same_time(project: Project, begun: bool) -> None:
    services = {name: {"volumes": ["/kept"]} for name in "abc"}
    if begun:
        project.write(services)
        project.up()
    project.write({name: {**service, "environment": {"A": "1"}} for name, service in services.items()})
    threads = [threading.Thread(target=project.up) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcome = project.up()
    assert not outcome.failures
    assert outcome.state == "succeeded"
    assert project.states() == project.running("a-1", "b-1", "c-1")
    kept = [container.id for container in project.engine.containers(project=project.name)]
    assert project.up().state == "succeeded"
    assert [container.id for container in project.engine.containers(project=project.name)] == kept
    project.leave()


def test_an_up_while_all_is_taken_down(project: Project) -> None:
    project.write({name: {"volumes": ["/kept"]} for name in "abcd"})
    project.up()
    down = verbs.DownOptions(timeout=0, volumes=True)
    arguments = (project.name, project.application(), project.engine, lambda event: None, threading.Event(), down)
    threads = [threading.Thread(target=project.up), threading.Thread(target=verbs.down, args=arguments)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert project.up().state == "succeeded"
    assert project.states() == project.running("a-1", "b-1", "c-1", "d-1")
    project.leave()


CHANGES = [
    "network Creating",
    "volume Created",
    "container Creating",
    "container Created",
    "container Starting",
    "container Started",
    "container Waiting",
]
ANEW = ["container Recreate", "container Recreated", "container Starting", "network Removing", "container Stopping"]


class CancelAt:
    """Sets an event when a word is said."""

    def __init__(self, word: str) -> None:
        self.kind, _, self.text = word.partition(" ")
        self.cancel = threading.Event()
        self.said = False

    def __call__(self, event: Event) -> None:
        if (event.kind, event.text) == (self.kind, self.text):
            self.said = True
            self.cancel.set()


STACK: Mapping[str, Mapping[str, Any]] = {
    "db": {"volumes": ["data:/data", "/kept"], "healthcheck": {"test": "true", "interval": "300ms"}},
    "web": {"depends_on": {"db": {"condition": "service_healthy", "restart": True}}, "networks": ["default", "back"]},
    "other": {"volumes": ["/kept"]},
}


@pytest.mark.parametrize("word", CHANGES)
def test_a_cancel_while_a_project_is_made(project: Project, word: str) -> None:
    project.write(STACK, networks={"back": {}}, volumes={"data": {}})
    _cancelled_and_completed(project, word)


@pytest.mark.parametrize("word", ANEW)
def test_a_cancel_while_a_project_is_made_anew(project: Project, word: str) -> None:
    project.write(STACK, networks={"back": {}}, volumes={"data": {}})
    assert project.up().state == "succeeded"
    changed = {name: {**service, "environment": {"A": "1"}} for name, service in STACK.items() if name != "web"}
    project.write({**STACK, **changed}, networks={"back": {"labels": {"a": "b"}}}, volumes={"data": {}})
    _cancelled_and_completed(project, word)


def _cancelled_and_completed(project: Project, word: str) -> None:
    at = CancelAt(word)
    outcome = project.up(emit=at, cancel=at.cancel)
    assert at.said
    assert outcome.state in ("cancelled", "succeeded")  # what was under way may have been the last of it
    assert project.up().state == "succeeded"
    assert project.states() == project.running("db-1", "web-1", "other-1")
    again = project.up()
    assert (again.state, again.skipped) == ("succeeded", 0)
    web = project.engine.inspect_container(f"{project.name}-web-1")
    assert set(web.networks) == {f"{project.name}_default", f"{project.name}_back"}
    project.leave()
