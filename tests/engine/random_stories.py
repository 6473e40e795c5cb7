"""Random stories told to this engine and to the reference's own program: what they leave behind must be the same.

By hand, on a machine with an engine and nothing else to do::

    python -m tests.engine.random_stories SEED COUNT

Each story is a few steps: edits of the files, and verbs. Where the two differ, the story, the files and what differs
are printed, and the next one begins. What is a matter of time (an end that a start races with) shows up now and then.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import docker
import yaml

ROOT = Path(__file__).parents[2]
OURS = [sys.executable, str(ROOT / "manage.py"), "compose"]
THEIRS = [str(Path(sys.executable).parent / "docker-compose")]
STEPS = 9
GIVES_UP_SECONDS = 45  # what waits for ever (for a dependency that never ends) has to do so with both
WAITS_FOR_EVER = -9
# Lines of progress; how a failure is explained, and that a container was left out for it, is each program's own matter.
SAID = re.compile(r"(DRY-RUN MODE - )?(Container|Network|Volume|Image) ")
IDS = re.compile("[0-9a-f]{12,64}")
OWN_WORDS = re.compile(
    r"Error .*|Error$|Not done.*|(?<=failed to start):.*|(?<=complete successfully):.*|Skipped(?=$| Not)"
)
SETTLES_SECONDS = 0.9  # after which what ends by itself has ended
Model: TypeAlias = dict[str, Any]

COMMANDS = ["sleep 1000"] * 3 + ["true", "sh -c 'sleep 0.3; exit 3'"]
# How often a key is drawn, and from what.
KEYS: Mapping[str, tuple[float, list[Any]]] = {
    "environment": (0.4, [{"A": "0"}, {"A": "1"}, {"A": "2"}]),
    "labels": (0.3, [{"l": "0"}, {"l": "1"}]),
    "volumes": (0.3, [["v1:/v1"], ["v2:/v2", "/anon"], ["/anon"], ["v1:/v1", "v2:/v2"]]),
    "networks": (0.3, [["n1"], ["n1", "n2"], ["default", "n2"]]),
    "scale": (0.15, [0, 1, 2, 3]),
    "profiles": (0.15, [["p"], ["q"]]),
    "init": (0.1, [True]),
    "hostname": (0.08, ["h0", "h1"]),
    "configs": (0.1, [["c"]]),
    "ports": (0.1, [["80"], ["80", "81"]]),
    "restart": (0.08, ["on-failure:1", "unless-stopped"]),
    "container_name": (0.06, ["${COMPOSE_PROJECT_NAME}-own"]),
    "stop_grace_period": (0.05, ["0s"]),
    "tmpfs": (0.05, [["/t"]]),
    "build": (0.12, [{"context": ".", "args": {"N": number}} for number in "01"]),
    "pull_policy": (0.05, ["missing", "never", "build"]),
    "deploy": (0.04, [{"replicas": 0}, {"replicas": 2}]),
    "secrets": (0.06, [["s"]]),
    "pre_start": (0.05, [[{"image": "busybox", "command": "true"}], [{"image": "busybox", "command": "false"}]]),
    "pre_stop": (0.08, [[{"command": "true"}]]),
    "healthcheck": (0.1, [{"test": test, "interval": "0.2s", "retries": 2} for test in ("true", "false")]),
}
UP_FLAGS = {
    "--force-recreate": 0.1,
    "--no-recreate": 0.06,
    "--no-deps": 0.12,
    "--remove-orphans": 0.2,
    "--no-start": 0.06,
    "--always-recreate-deps": 0.06,
    "-V": 0.06,
    "--wait --wait-timeout 20": 0.1,
    "--build": 0.1,
    "--no-build": 0.04,
    "--quiet-build": 0.04,
    "-t 0": 0.05,
    "-y": 0.5,
}
OF_SERVICES = [
    "stop", "start", "restart", "restart --no-deps", "down", "rm -f", "rm -fs", "rm -fsv", "create", "kill",
    "create --force-recreate", "stop -t 0", "create --build", "build", "kill -s STOP", "kill -s CONT", "unpause",
    "start --wait --wait-timeout 20", "create --no-recreate", "up --no-start",
]  # fmt: skip
OF_ALL = ["down", "down -v", "down --remove-orphans", "down -v --rmi local", "up -d --dry-run", "down --dry-run"]
TOLD = [
    "ps -a --format {{.Name}}|{{.Service}}|{{.State}}|{{.ExitCode}}|{{.Project}}", "ps --services --all",
    "config --hash *", "config --images", "config --services", "config --volumes", "config --networks",
    "config", "images -q", "ps --orphans=false -aq --status running",
]  # fmt: skip
OF_ONE = ["run --rm {} true", "run -d {} sleep 900", "run --rm --no-deps {} true", "scale {}=2", "scale {}=0"]


def drawn_service(draw: random.Random, others: list[str]) -> Model:
    service: Model = {"image": "busybox", "command": draw.choice(COMMANDS), "stop_signal": "KILL"}
    service |= {key: draw.choice(values) for key, (often, values) in KEYS.items() if draw.random() < often}
    if "deploy" in service:
        service.pop("scale", None)
    if "build" in service:
        del service["image"]
    if others and draw.random() < 0.35:
        conditions = ["service_started", "service_started", "service_completed_successfully", "service_healthy"]
        service["depends_on"] = {
            other: {
                "condition": draw.choice(conditions),
                "required": draw.random() < 0.7,
                "restart": draw.random() < 0.5,
            }
            for other in draw.sample(others, min(len(others), draw.randint(1, 2)))
        }
    if others and draw.random() < 0.08:
        service.pop("networks", None)
        service["network_mode"] = f"service:{draw.choice(others)}"
    if others and draw.random() < 0.08:
        service |= {draw.choice(["ipc", "pid"]): f"service:{draw.choice(others)}"}
    if others and draw.random() < 0.06:
        service |= {"volumes_from": [draw.choice(others)]}
    if others and draw.random() < 0.06 and "network_mode" not in service:
        service |= {"links": [f"{draw.choice(others)}:linked"]}
    if "networks" in service and draw.random() < 0.2:
        service["networks"] = {name: {"aliases": [f"alias-{name}"]} for name in service["networks"]}
    if draw.random() < 0.1:
        service |= {"command": "sleep 1000", "post_start": [{"command": "true"}]}
    return service


def drawn_resources(draw: random.Random) -> Model:
    return {
        "volumes": {"v1": draw.choice([None, None, {"labels": {"x": "0"}}, {"labels": {"x": "1"}}]), "v2": None},
        "networks": {"n1": draw.choice([None, None, {"labels": {"x": "0"}}, {"internal": True}]), "n2": None},
        "configs": {"c": {"content": draw.choice(["x0", "x1"])}},
        "secrets": {"s": {"environment": "HOME"}},
    }


def drawn(draw: random.Random) -> Model:
    names = list("abcd")[: draw.randint(1, 4)]
    services = {name: drawn_service(draw, names[:place]) for place, name in enumerate(names)}
    return {"services": services, **drawn_resources(draw)}


def edited(draw: random.Random, model: Model) -> Model:
    services: Model = dict(model["services"])
    names, kind = list(services), draw.random()
    if kind < 0.5:
        name = draw.choice(names)
        services[name] = drawn_service(draw, names[: names.index(name)])
    elif kind < 0.65 and len(names) > 1 and not any(names[-1] in s.get("depends_on", ()) for s in services.values()):
        del services[names[-1]]
    elif kind < 0.8:
        services["e"] = drawn_service(draw, [name for name in names if name != "e"])
    else:
        return {"services": services, **drawn_resources(draw)}
    return {**model, "services": services}


def drawn_step(draw: random.Random, model: Model) -> list[str]:
    names = list(model["services"])
    some = draw.choice([[], [], [draw.choice(names)], draw.sample(names, min(2, len(names)))])
    profile = draw.choice([[], [], [], ["--profile", "p"], ["--profile", "*"]])
    kind = draw.random()
    if kind < 0.45:
        flags = [flag for flag, often in UP_FLAGS.items() if draw.random() < often]
        scaled = ["--scale", f"{draw.choice(names)}={draw.randint(0, 3)}"] if draw.random() < 0.1 else []
        return [*profile, "up", "-d", *" ".join(flags).split(), *scaled, *some]
    if kind < 0.8:
        return [*profile, *draw.choice(OF_SERVICES).split(), *some]
    if kind < 0.84:
        return [*profile, *draw.choice(TOLD).split()]
    if kind < 0.89:
        return [*profile, *draw.choice(OF_ALL).split()]
    step = draw.choice(OF_ONE).format(draw.choice(names)).split()
    if step[0] == "scale" and any("build" in service for service in model["services"].values()):
        return [*profile, "build"]  # the reference scales what is not built yet without building it, and fails
    return [*profile, *step]


@dataclass(frozen=True)
class Teller:
    """One of the two programs, with a project and a directory of its own."""

    program: list[str]
    name: str
    directory: Path
    client: docker.DockerClient

    def tell(self, step: list[str], model: Model) -> subprocess.CompletedProcess[str]:
        (self.directory / "Dockerfile").write_text("FROM busybox\nARG N\nENV BUILT=$N\n")
        (self.directory / "compose.yaml").write_text(yaml.safe_dump(model, sort_keys=False))
        environment = os.environ | {"COMPOSE_PROJECT_NAME": self.name}
        limit = ["timeout", "--signal=KILL", str(GIVES_UP_SECONDS)]
        return subprocess.run(
            [*limit, *self.program, *step], cwd=self.directory, env=environment, capture_output=True, text=True,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def words(self, step: list[str], told: subprocess.CompletedProcess[str]) -> list[str]:
        """Return what is printed, and the lines of progress, in the order of the alphabet: both must say the same."""
        printed = told.stdout.replace(self.name, "NAME").replace(str(self.directory), "DIRECTORY").splitlines()
        verbs = {told.split()[0] for told in TOLD}
        printed = [line for line in printed if not IDS.fullmatch(line) and not verbs.isdisjoint(step)]
        lines = [re.sub(r"\s+", " ", line).strip() for line in told.stderr.replace(self.name, "NAME").splitlines()]
        lines = [re.sub("-run-[0-9a-f]+", "-run", re.sub(OWN_WORDS, "", line)).strip() for line in lines]
        return sorted(set(printed)) + sorted({line for line in lines if SAID.match(line) and line.count(" ") > 1})

    def containers(self) -> list[Any]:
        mine = {"label": f"com.docker.compose.project={self.name}"}
        return [
            self.client.api.inspect_container(each["Id"]) for each in self.client.api.containers(all=True, filters=mine)
        ]

    def looks(self, before: Iterable[Any]) -> Any:
        """Return what is there, with nothing in it that differs from one project to another."""
        started = {each["Id"]: each["State"]["StartedAt"] for each in before}
        mine = {"label": f"com.docker.compose.project={self.name}"}
        containers = sorted((look(each, started) for each in self.containers()), key=json.dumps)
        networks = sorted(each["Name"] for each in self.client.api.networks(filters=mine))
        volumes = sorted(each["Name"] for each in self.client.api.volumes(filters=mine)["Volumes"] or ())
        named = [name for name in volumes if not re.fullmatch("[0-9a-f]{64}", name)]
        return json.loads(json.dumps([containers, networks, named]).replace(self.name, "NAME"))

    def clean(self) -> None:
        for each in self.containers():
            self.client.api.remove_container(each["Id"], force=True, v=True)
        subprocess.run([*THEIRS, "-p", self.name, "down", "-v"], capture_output=True, check=False)


def look(detail: Any, started: Mapping[str, str]) -> Model:
    labels = detail["Config"]["Labels"]
    flaps = detail["HostConfig"]["RestartPolicy"]["Name"] not in ("", "no") and detail["Config"]["Cmd"][0] != "sleep"
    state = "flaps" if flaps else detail["State"]["Status"]
    return {
        "name": re.sub("-run-[0-9a-f]+", "-run", detail["Name"]),
        "state": [state, detail["State"]["ExitCode"] if state == "exited" else None],
        "is the same": detail["Id"] in started,
        "was not started anew": not flaps and started.get(detail["Id"]) == detail["State"]["StartedAt"],
        "networks": sorted(detail["NetworkSettings"]["Networks"]),
        "depends on": sorted(labels.get("com.docker.compose.depends_on", "").split(",")),
        "number": labels.get("com.docker.compose.container-number"),
        "environment": detail["Config"]["Env"],
        "ports": sorted(detail["NetworkSettings"]["Ports"]),
        "restart": detail["HostConfig"]["RestartPolicy"],
        "mounts": sorted(mount["Destination"] for mount in detail["Mounts"]),
    }


def differing(draw: random.Random, tellers: tuple[Teller, Teller]) -> str:
    """Tell one story to both; what differs, or nothing."""
    model, story = drawn(draw), list[str]()
    for number in range(STEPS):
        if number and draw.random() < 0.45:
            model = edited(draw, model)
            story.append("(edit)")
        step = drawn_step(draw, model) if number else ["up", "-d"]
        story.append(" ".join(step))
        before = [teller.containers() for teller in tellers]
        with ThreadPoolExecutor(2) as both:
            told = list(both.map(Teller.tell, tellers, [step] * 2, [model] * 2))
        time.sleep(SETTLES_SECONDS)
        looks = [teller.looks(there) for teller, there in zip(tellers, before, strict=True)]
        failed = told[0].returncode == told[1].returncode != 0
        if told[0].returncode == told[1].returncode == WAITS_FOR_EVER or (failed and looks[0] != looks[1]):
            return ""
        # How far others had come when something failed is a matter of time.
        words = [[] if failed else teller.words(step, each) for teller, each in zip(tellers, told, strict=True)]
        if looks[0] != looks[1] or told[0].returncode != told[1].returncode or words[0] != words[1]:
            files = yaml.safe_dump(model, sort_keys=False, default_flow_style=None)
            said = "\n".join(f"-- {each.returncode}\n{(each.stdout + each.stderr)[-900:]}" for each in told)
            pictures = "\n".join(map(json.dumps, looks)) if looks[0] != looks[1] else "left behind: the same"
            only = [sorted(set(one) - set(other)) for one, other in (words, reversed(words))]
            return f"{' / '.join(story)}\n{files}\n{pictures}\nwords: {only[0]} / {only[1]}\n{said}"
    return ""


def main() -> None:
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    client = docker.from_env()
    for number in range(count):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            ours = Teller(OURS, f"story{seed}x{number}a", Path(one), client)
            theirs = Teller(THEIRS, f"story{seed}x{number}b", Path(other), client)
            try:
                found = differing(random.Random(f"{seed} {number}"), (ours, theirs))
            finally:
                ours.clean()
                theirs.clean()
        print(f"== {number}: {found or 'the same'}", flush=True)


if __name__ == "__main__":
    main()
