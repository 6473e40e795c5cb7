"""A directory of Compose files and a project name that this engine and the reference's own program both work on."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import docker

from tests.engine.forked import Forked

ENDS = "com.example.ends"
ANONYMOUS = re.compile("[0-9a-f]{64}")
Completed: TypeAlias = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Stage:
    """A copy of a story's directory, and a project name."""

    directory: Path
    name: str
    environment: dict[str, str]
    client: docker.DockerClient

    forked: Forked
    program: str

    def ours(self, arguments: tuple[str, ...]) -> Completed:
        return self.forked.run(["-p", self.name, *arguments], self.directory, self.environment)

    def theirs(self, arguments: tuple[str, ...]) -> Completed:
        given = [self.program, "-p", self.name, *arguments]
        return subprocess.run(
            given, cwd=self.directory, env=self.environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )

    def containers(self) -> dict[str, Any]:
        mine: dict[str, Any] = {"label": f"com.docker.compose.project={self.name}"}
        api = self.client.api
        found = [api.inspect_container(each["Id"]) for each in api.containers(all=True, filters=mine)]
        return {each["Name"]: each for each in found}

    def identities(self) -> dict[str, tuple[str, str]]:
        """Return which containers there are, and when each was started."""
        return {name: (each["Id"], each["State"]["StartedAt"]) for name, each in self.containers().items()}

    def await_ends(self) -> None:
        """Wait until the containers have ended that say of themselves that they do."""
        deadline = time.monotonic() + 20
        ending = [each for each in self.containers().values() if ENDS in each["Config"]["Labels"]]
        while any(each["State"]["Running"] for each in ending) and time.monotonic() < deadline:
            time.sleep(0.1)
            ending = [each for each in self.containers().values() if ENDS in each["Config"]["Labels"]]

    def running(self) -> set[str]:
        """Return the names of the containers that run."""
        return {name.removeprefix("/") for name, each in self.containers().items() if each["State"]["Running"]}

    def seen(self, before: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
        """Return what is there, and which containers were there `before`."""
        mine: dict[str, Any] = {"label": f"com.docker.compose.project={self.name}"}
        api = self.client.api
        self.await_ends()
        return {
            "containers": {
                name: look(each, before.get(name, ("", ""))) for name, each in sorted(self.containers().items())
            },
            "networks": sorted(each["Name"] for each in api.networks(filters=mine)),
            "volumes": sorted(each["Name"] for each in api.volumes(filters=mine)["Volumes"] or () if named(each)),
        }


def named(volume: Mapping[str, Any]) -> bool:
    return not ANONYMOUS.fullmatch(volume["Name"])


def look(detail: Mapping[str, Any], before: tuple[str, str]) -> dict[str, Any]:
    state = detail["State"]
    exited = state["Status"] == "exited"
    return {
        "state": state["Status"],
        "exit code": state["ExitCode"] if exited else None,
        "is the same": detail["Id"] == before[0],
        "was not started anew": state["StartedAt"] == before[1],
        "networks": sorted(detail["NetworkSettings"]["Networks"]),
        "number": detail["Config"]["Labels"].get("com.docker.compose.container-number"),
        "depends on": sorted((detail["Config"]["Labels"].get("com.docker.compose.depends_on") or "").split(",")),
        "replaces": detail["Config"]["Labels"].get("com.docker.compose.replace"),
    }
