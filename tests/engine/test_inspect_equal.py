"""What this engine makes is, inspected, what the reference's own program makes of the same files."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import pytest

from projects.compose.loader import load
from projects.services import verbs
from projects.services.engine import DockerEngine
from tests.conftest import remove_container, remove_project

PROJECTS = Path(__file__).parent / "projects"
STARTED = ["process", "host", "networks", "storage", "sharing", "given", "deploy"]
CREATED = ["resources", "created"]
RECENT = ["recent"]
RECENT_API = (1, 49)

Json = Any

# Ids, times, addresses and places on the disk, which differ from one container to the next.
VARYING = {
    "ExecIDs", "Id", "Created", "CreatedAt", "Pid", "StartedAt", "FinishedAt", "ResolvConfPath", "HostnamePath",
    "HostsPath", "LogPath", "GraphDriver", "SandboxID", "SandboxKey", "EndpointID", "NetworkID", "IPAddress",
    "Gateway", "GlobalIPv6Address", "IPv6Gateway", "Log", "Mountpoint", "DNSNames", "Health", "Containers",
    "ConfigFrom", "Status", "Peers", "Storage", "Endpoints", "Scope", "GlobalIPv6PrefixLen", "IPPrefixLen",
}  # fmt: skip
ANY_ORDER = {"Binds", "Mounts", "Env", "Ulimits", "Aliases", "Links", "SecurityOpt", "ExtraHosts"}
OWN_SUBNETS = ("10.213.171.", "2001:db8:")
VERSION = "com.docker.compose.version"
DEPENDS_ON = "com.docker.compose.depends_on"
CONFIG_HASH = "com.docker.compose.config-hash"


@dataclass(frozen=True)
class Place:
    """A project directory and what it refers to outside of itself."""

    directory: Path
    name: str
    environment: Mapping[str, str]
    client: docker.DockerClient

    def cli(self, program: str, *arguments: str) -> None:
        command = [program, "-p", self.name, *arguments]
        done = subprocess.run(
            command, cwd=self.directory, env={**os.environ, **self.environment}, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr

    def ours(self, engine: DockerEngine, **options: bool) -> None:
        environment = {**os.environ, **self.environment}
        application = load(str(self.directory), environment=environment, project_name=self.name).application
        outcome = verbs.up(application, engine, lambda _: None, threading.Event(), verbs.UpOptions(**options))  # type: ignore[arg-type]
        assert outcome.failures == ()

    def made(self) -> dict[str, Json]:
        """Return what is there of the project, by kind and name, without what varies."""
        api = self.client.api
        mine: dict[str, Any] = {"label": f"com.docker.compose.project={self.name}"}
        containers = [api.inspect_container(each["Id"]) for each in api.containers(all=True, filters=mine)]
        networks = [api.inspect_network(each["Id"]) for each in api.networks(filters=mine)]
        volumes = api.volumes(filters=mine)["Volumes"] or ()
        ids = {each["Id"]: each["Name"] for each in (*containers, *networks, *self.outside())}
        found = {
            "container": {each["Name"]: each for each in containers},
            "network": {each["Name"]: each for each in networks},
            "volume": {each["Name"]: each for each in volumes},
        }
        return {
            f"{kind} {name}": plain(named(detail, ids))
            for kind, details in found.items()
            for name, detail in details.items()
        }

    def outside(self) -> list[Json]:
        foreign = self.environment["FOREIGN"]
        return [self.client.api.inspect_container(foreign)]

    def remove(self) -> None:
        remove_project(self.client, self.name)
        shutil.rmtree(self.directory / "made", ignore_errors=True)


def named(detail: Json, ids: Mapping[str, str]) -> Json:
    """Return the detail with names in the place of ids, short ids and names of anonymous volumes."""
    text = json.dumps(detail)
    for identity, name in ids.items():
        text = text.replace(identity, f"<{name}>").replace(identity[:12], f"<{name}>")
    without_hashes = re.sub(r'("com\.docker\.compose\.(?:config-hash|image)": "(?:sha256:)?)', r"\1=", text)
    return json.loads(re.sub(r"(?<![0-9a-f:=])[0-9a-f]{64}(?![0-9a-f])", "<anonymous>", without_hashes))


def plain(tree: Json, key: str = "") -> Json:
    """Return the tree without what varies and with lists sorted whose order means nothing."""
    if isinstance(tree, dict):
        kept = {name: plain(value, name) for name, value in tree.items() if name not in VARYING and name != VERSION}
        if key == "Labels" and DEPENDS_ON in kept:
            kept[DEPENDS_ON] = ",".join(sorted(kept[DEPENDS_ON].split(",")))
        if str(kept.get("MacAddress") or "02:42:")[:6] != "02:aa:":
            kept.pop("MacAddress", None)
        if "Subnet" in kept and not kept["Subnet"].startswith(OWN_SUBNETS):
            return "chosen by the engine"
        if "HostConfig" in kept and borrows(kept["HostConfig"]):
            kept["Config"]["Labels"].pop(CONFIG_HASH, None)  # it is made of the other container's id
        return kept
    if isinstance(tree, list):
        items = [plain(item) for item in tree]
        if key.endswith(("/tcp", "/udp")):
            return [{**item, "HostPort": "chosen"} if chosen(item.get("HostPort") or "") else item for item in items]
        return sorted(items, key=json.dumps) if key in ANY_ORDER else items
    return tree


def chosen(port: str) -> bool:
    """Tell whether the engine chose the port, of its own range or of the one that the files name."""
    return port.isdigit() and not 27110 <= int(port) <= 27114


def borrows(host: Json) -> bool:
    modes = [host["NetworkMode"], host["PidMode"], host["IpcMode"]]
    return bool(host["VolumesFrom"]) or any(mode.startswith("container:") for mode in modes)


@pytest.fixture
def place(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    project_name: str,
    busybox_image: str,
    docker_client: docker.DockerClient,
) -> Iterator[Place]:
    directory = tmp_path / "project"
    shutil.copytree(PROJECTS / request.param, directory)
    network = docker_client.networks.create(f"{project_name}-outside")
    volume = docker_client.volumes.create(f"{project_name}-outside")
    mounted = {f"{project_name}-outside": {"bind": "/foreign", "mode": "rw"}}
    foreign = docker_client.containers.run(
        busybox_image, "sleep 1000", name=f"{project_name}-foreign", volumes=mounted, detach=True
    )
    outside = {"FOREIGN": f"{project_name}-foreign", "OUTSIDE": f"{project_name}-outside"}
    environment = {"IMAGE": busybox_image, "NAME": project_name, "SAID": "in the environment", **outside}
    place = Place(directory, project_name, environment, docker_client)
    yield place
    place.remove()
    remove_container(foreign)
    network.remove()
    volume.remove(force=True)


def differences(ours: Json, theirs: Json, where: str = "") -> list[str]:
    """Return one line for each value that differs."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        keys = sorted({*ours, *theirs})
        return [line for key in keys for line in differences(ours.get(key), theirs.get(key), f"{where} {key}")]
    return [] if ours == theirs else [f"{where}: ours {json.dumps(ours)}, theirs {json.dumps(theirs)}"]


@pytest.mark.parametrize("place", STARTED, indirect=True)
def test_what_is_brought_up_is_what_the_reference_brings_up(
    place: Place, engine: DockerEngine, compose_cli: str
) -> None:
    place.cli(compose_cli, "up", "-d", "-t", "0")
    theirs = place.made()
    place.remove()
    place.ours(engine)
    assert theirs
    assert "\n".join(differences(place.made(), theirs)) == ""


@pytest.mark.parametrize("place", CREATED, indirect=True)
def test_what_is_created_is_what_the_reference_creates(place: Place, engine: DockerEngine, compose_cli: str) -> None:
    place.cli(compose_cli, "create")
    theirs = place.made()
    place.remove()
    place.ours(engine, no_start=True)
    assert theirs
    assert "\n".join(differences(place.made(), theirs)) == ""


@pytest.mark.parametrize("place", RECENT, indirect=True)
def test_what_recent_engines_know_is_asked_of_them(place: Place, engine: DockerEngine, compose_cli: str) -> None:
    if engine.api_version < RECENT_API:
        pytest.skip(f"the engine speaks API {engine.api_version}, these attributes need {RECENT_API}")
    place.cli(compose_cli, "up", "filler")
    place.cli(compose_cli, "up", "-d", "-t", "0", "recent")
    theirs = place.made()
    place.remove()
    place.ours(engine, services=("filler",))  # type: ignore[arg-type]
    place.ours(engine)
    assert theirs
    assert "\n".join(differences(place.made(), theirs)) == ""
