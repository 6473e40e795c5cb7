"""A recreation names what changed: the container's inspect against the body that would create it now."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from projects.compose.causes import changes_of, unexplained, with_causes
from projects.compose.differences import Difference, differences, names_of
from projects.compose.model import Application, Healthcheck, Mount, Port, Service, ServiceNetwork
from projects.compose.plan import Do, Plan
from projects.compose.planner import plan_up
from projects.compose.settings import image_defaults, settings_of_inspect
from projects.compose.state import ObservedContainer, ObservedImage
from projects.compose.units import Duration
from tests.compose.planning import application, container, data, nothing, service, state

IMAGE_CONFIG = {
    "Env": ["PATH=/bin", "LANG=C"],
    "Cmd": ["serve"],
    "Entrypoint": ["/entry"],
    "WorkingDir": "/app",
    "User": "app",
    "Labels": {"maker": "us"},
    "ExposedPorts": {"80/tcp": {}},
    "Volumes": {"/cache": {}},
    "Healthcheck": {"Test": ["CMD", "true"], "Interval": 5},
}
IMAGE = ObservedImage(id="sha256:b0", reference="busybox", defaults=image_defaults(IMAGE_CONFIG))


def inspected(project: Application, name: str, **image: Any) -> dict[str, Any]:
    """The inspect of a container as the engine would show it: the body, the image's part, and its own defaults."""
    config = IMAGE_CONFIG | image
    plan = plan_up(project, nothing(project))
    [create] = [a for a in plan.actions if a.do is Do.CREATE_CONTAINER and a.service == name]
    body = create.payload["body"]
    endpoints = dict((body.get("NetworkingConfig") or {}).get("EndpointsConfig") or {})
    endpoints |= {
        a.target: a.payload["endpoint"] for a in plan.actions if a.do is Do.CONNECT_NETWORK and a.service == name
    }
    short = "0123456789ab"
    for how in endpoints.values():
        how["Aliases"] = [*how["Aliases"], short]
    merged = {
        **config,
        **{key: value for key, value in body.items() if key not in ("HostConfig", "NetworkingConfig")},
        "Hostname": body.get("Hostname", short),
        "Env": [*body.get("Env", []), *(e for e in config["Env"] if e.split("=")[0] not in str(body.get("Env")))],
        "Labels": {**config["Labels"], **body["Labels"]},
        "ExposedPorts": {**config["ExposedPorts"], **body.get("ExposedPorts", {})},
        "Healthcheck": {**config["Healthcheck"], **body.get("Healthcheck", {})},
        "Cmd": body.get("Cmd") or (None if body.get("Entrypoint") else config["Cmd"]),
    }
    host: dict[str, Any] = {
        "ShmSize": 67108864,
        "Runtime": "runc",
        "IpcMode": "private",
        "CgroupnsMode": "host",
        "PidsLimit": None,
    }
    host |= {"LogConfig": {"Type": "json-file", "Config": {}}, "MemorySwappiness": None, "OomKillDisable": False}
    host |= {"RestartPolicy": {"Name": "no", "MaximumRetryCount": 0}, "Mounts": None, "Binds": None} | body[
        "HostConfig"
    ]
    if "Memory" in host:
        host["MemorySwap"] = 2 * host["Memory"]
    return {
        "Id": short.ljust(64, "0"),
        "Name": "/" + create.target,
        "Image": "sha256:b0",
        "Config": merged,
        "HostConfig": host,
        "NetworkSettings": {"Networks": endpoints},
    }


def changed(before: Service, after: Service) -> tuple[Difference, ...]:
    found = settings_of_inspect(inspected(application(before), before.name))
    project = application(after)
    [create] = [a for a in plan_up(project, nothing(project)).actions if a.do is Do.CREATE_CONTAINER]
    body = create.payload["body"]
    return differences(create.target, found, body, body["NetworkingConfig"]["EndpointsConfig"], IMAGE.defaults)


FULL: dict[str, Any] = {
    "environment": {"FOO": "one", "LANG": "de", "EMPTY": ""},
    "ports": (Port(target=80, published="8080", protocol="tcp"),),
    "volumes": data(),
    "labels": {"a": "b"},
    "restart": "always",
    "cap_add": ("SYS_TIME", "CHOWN"),
    "mem_limit": 64,
    "hostname": "box",
    "stop_grace_period": Duration(3_000_000_000),
    "healthcheck": Healthcheck(test=("CMD", "false")),
}


def test_a_container_is_no_different_from_the_files_that_it_was_made_of() -> None:
    assert changed(service("web"), service("web")) == ()
    assert changed(service("web", **FULL), service("web", **FULL)) == ()


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        ({"environment": {"FOO": "one"}}, {"environment": {"FOO": "two"}}, "environment FOO"),
        ({"environment": {"A": "1", "C": "3"}}, {"environment": {"B": "2", "C": "3"}}, "environment A, B"),
        ({"environment": {"LANG": "de"}}, {}, "environment LANG"),
        ({}, {"command": ("sleep", "1")}, "command"),
        ({}, {"entrypoint": ("sh",)}, "command; entrypoint"),
        ({"restart": "always"}, {"restart": "on-failure:3"}, "restart"),
        ({"restart": "no"}, {}, ""),
        ({"user": "1"}, {}, "user"),
        ({}, {"working_dir": "/x"}, "working_dir"),
        ({"labels": {"a": "1"}}, {"labels": {"a": "2", "maker": "them"}}, "labels a, maker"),
        ({}, {"healthcheck": Healthcheck(disable=True)}, "healthcheck"),
        ({}, {"mem_limit": 64, "cpus": 0.5}, "cpus; mem_limit"),
        ({"privileged": True}, {"read_only": True}, "privileged; read_only"),
        ({"expose": ("90",)}, {}, "expose"),
        ({}, {"volumes": data()}, "volumes /data"),
        ({"volumes": (Mount(type="bind", source="/a", target="/x", read_only=True),)}, {}, "volumes /x"),
        ({}, {"networks": {"default": ServiceNetwork(aliases=("db",))}}, "networks demo_default"),
        ({}, {"networks": {"other": None}}, "networks demo_default, demo_other"),
        ({"hostname": "box"}, {}, "hostname"),
        ({}, {"runtime": "kata"}, "runtime"),
        ({}, {"labels": {f"l{n}": "" for n in range(7)}}, "labels l0, l1, l2, l3, … (+3)"),
    ],
)
def test_what_changed_is_named(before: dict[str, Any], after: dict[str, Any], names: str) -> None:
    assert names_of(changed(service("web", **before), service("web", **after))) == names


def test_before_and_after_are_told() -> None:
    [change] = changed(service("web", restart="always"), service("web", restart="unless-stopped"))
    assert (change.name, change.before, change.after) == ("restart", "always", "unless-stopped")


@pytest.mark.parametrize(
    "after",
    [
        {"environment": {"DB_PASSWORD": "hunter2"}},
        {"environment": {"URL": "postgres://me:hunter2@db/x"}},
        {"command": ("redis-server", "--requirepass", "hunter2")},
    ],
)
def test_what_looks_secret_is_named_but_not_told(after: dict[str, Any]) -> None:
    [change] = changed(service("web"), service("web", **after))
    assert change.secret
    assert "hunter2" not in repr(change)


def test_a_default_of_the_engine_is_not_taken_for_a_change() -> None:
    assert changed(service("web", shm_size=1), service("web")) == ()


def planned(before: Service, after: Service, **image: Any) -> tuple[Plan, dict[str, ObservedContainer]]:
    """The plan for `after` with exact causes, where a container of `before` runs."""
    project = application(after)
    found = container(application(before), before.name)
    plan = plan_up(project, state(project, found, **image))
    seen = replace(
        found, image_id="sha256:b0", settings=settings_of_inspect(inspected(application(before), before.name))
    )
    known = {found.id: seen}
    return with_causes(plan, known, changes_of(plan, known, {"sha256:b0": IMAGE})), known


def test_the_plan_says_what_changed_at_every_step_of_the_recreation() -> None:
    plan, _ = planned(service("web", environment={"FOO": "1"}), service("web", environment={"FOO": "2"}, tty=True))
    assert str(plan).splitlines() == [
        "[] -> #1 CreateContainer 776562000001_demo-web-1 {demo-web-1}, environment FOO; tty changed",
        "[1] -> #2 StopContainer demo-web-1, environment FOO; tty changed",
        "[2] -> #3 RemoveContainer demo-web-1, environment FOO; tty changed",
        "[3] -> #4 RenameContainer 776562000001_demo-web-1 {demo-web-1}, environment FOO; tty changed",
        "[4] -> #5 StartContainer demo-web-1, recreated",
        "[5] -> #6 WaitRunning demo-web-1, to see that it stays up",
    ]


def test_a_newer_image_is_told_beside_what_changed() -> None:
    newer = replace(IMAGE, id="sha256:new")
    plan, _ = planned(service("web"), service("web", tty=True), images={"busybox": newer})
    assert str(plan.actions[0].cause) == "tty changed, image busybox is newer"


def test_another_image_is_a_change_and_not_a_newer_one() -> None:
    other = replace(IMAGE, id="sha256:new", reference="redis")
    plan, _ = planned(service("web"), service("web", image="redis"), images={"redis": other})
    assert str(plan.actions[0].cause) == "image changed"


def test_what_an_inspect_does_not_show_is_a_changed_configuration() -> None:
    plan, _ = planned(service("web"), service("web", attach=False))
    assert str(plan.actions[0].cause) == "configuration changed"


def test_only_recreations_for_the_configuration_are_looked_into() -> None:
    project = application(service("same"), service("old"), service("gone", image="new"))
    found = [container(project, "same"), container(project, "old", config_hash="x")]
    newer = {"busybox": IMAGE, "new": replace(IMAGE, id="sha256:c0")}
    stale = container(project, "gone")
    plan = plan_up(project, state(project, *found, stale, images=newer))
    assert unexplained(plan) == (found[1].id,)


def test_without_an_inspect_the_plan_stays_as_it_is() -> None:
    project = application(service("web"))
    plan = plan_up(project, state(project, container(project, "web", config_hash="x")))
    assert with_causes(plan, {}, changes_of(plan, {}, {})) == plan
