"""Create bodies, compared with those that Docker Compose v5.6.1 sent to an engine (recorded, empty fields left out)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from projects.compose.loader import load
from projects.compose.model import (
    Application,
    BindOptions,
    Deploy,
    Device,
    DeviceRequest,
    ImageOptions,
    Mount,
    Resource,
    Resources,
    RestartPolicy,
    Service,
    Volume,
    VolumeOptions,
)
from projects.compose.payload_mounts import anonymous_volumes
from projects.compose.payload_networks import network_payload
from projects.compose.payloads import container_payload, resolved, volume_payload
from projects.compose.plan import Do
from projects.compose.planner import plan_up
from projects.compose.replica import Replica
from projects.compose.state import ObservedContainer, ObservedImage, ObservedMount, ObservedState

HERE = Path(__file__).parent
DB_ID = "3c4bd4ba5cee72371f598851eb330e20b9bd255a8589ea1f8bd7e322c9581a6d"
IMAGES = {
    "busybox": "sha256:8e82c7813d6793eac4fe87ab5203f51eda34a67fbb04e9506604383cdff63907",
    "redis:alpine": "sha256:784d83a5bf2b564b741b76a76eb0cb136d00c9ee48f2a1496d04d37212137432",
}
ANY_ORDER = {"Binds", "Mounts", "Env", "Ulimits"}


@cache
def recorded() -> list[dict[str, Any]]:
    requests: list[dict[str, Any]] = json.loads((HERE / "recordings" / "created_by_compose.json").read_text())
    return requests


def sent(path: str) -> dict[str, Any]:
    """Return the recorded body of the request whose path and query contain `path`."""
    (body,) = [each["body"] for each in recorded() if path in each["request"]]
    tree: dict[str, Any] = ordered(body)
    return tree


def ordered(body: Any, key: str = "") -> Any:
    """Return the body with the lists sorted that the reference writes in random order, and empty fields left out."""
    if isinstance(body, Mapping):
        tree = {name: ordered(value, name) for name, value in body.items()}
        return {name: value for name, value in tree.items() if value not in (None, "", 0, [], {}) or name in KEPT}
    if isinstance(body, list):
        items = [ordered(item) for item in body]
        return sorted(items, key=json.dumps) if key in ANY_ORDER else items
    return body


KEPT = {"Init", "OomKillDisable", "EnableIPv6", "Cmd"}


@cache
def application() -> Application:
    """The project of the recording, as if it lay in /project."""

    def read(path: str) -> bytes:
        return (HERE / "projects" / "every_attribute" / Path(path).name).read_bytes()

    return load("/project", environment={}, config_files=("/project/compose.yaml",), read_file=read).application


def state(**more: Any) -> ObservedState:
    images = {name: ObservedImage(id=image, reference=name) for name, image in IMAGES.items()}
    return ObservedState(project="bfull", images=images, **more)


@cache
def planned() -> dict[str, dict[str, Any]]:
    """Return the create bodies of a first `up` by container name."""
    actions = plan_up(application(), state()).actions
    creates = [action for action in actions if action.do is Do.CREATE_CONTAINER]
    return {action.target: resolved(action.payload, {"bfull-db-1": DB_ID}) for action in creates}


@pytest.mark.parametrize(
    "name",
    [
        "bfull-db-1",
        "bfull-everything-1",
        "bfull-linked-1",
        "bfull-linked-2",
        "bfull-custom",
        "bfull-hostmode-1",
        "bfull-none-1",
    ],
)
def test_a_container_is_created_as_the_reference_creates_it(name: str) -> None:
    assert ordered(planned()[name]) == sent(f"create?name={name}")


@pytest.mark.parametrize("key", ["default", "back"])
def test_a_network_is_created_as_the_reference_creates_it(key: str) -> None:
    asked = network_payload(application(), key)
    (body,) = [each["body"] for each in recorded() if each["body"].get("Name") == asked["Name"]]
    assert ordered(asked) == ordered(body)


@pytest.mark.parametrize("key", ["data", "data2"])
def test_a_volume_is_created_as_the_reference_creates_it(key: str) -> None:
    asked = volume_payload(application(), key)
    (body,) = [each["body"] for each in recorded() if each["body"].get("Name") == asked["Name"]]
    assert ordered(asked) == ordered(body)


def test_an_older_engine_is_told_of_further_networks_by_connecting() -> None:
    (connect,) = [a for a in plan_up(application(), state()).actions if a.do is Do.CONNECT_NETWORK]
    assert ordered(connect.payload["endpoint"]) == sent("networks/bfull_default/connect")["EndpointConfig"]
    assert (connect.target, connect.payload["container"]) == ("bfull_default", "bfull-everything-1")


def test_a_newer_engine_is_told_of_all_networks_at_once() -> None:
    actions = plan_up(application(), state(api_version=(1, 44))).actions
    (create,) = [
        action for action in actions if action.target == "bfull-everything-1" and action.do is Do.CREATE_CONTAINER
    ]
    assert list(create.payload["body"]["NetworkingConfig"]["EndpointsConfig"]) == ["bfull_back", "bfull_default"]
    assert Do.CONNECT_NETWORK not in {action.do for action in actions}


def body_of(service: Service, **resources: Any) -> dict[str, Any]:
    """Return the create body of a service in a project of its own."""
    project = Application(name="demo", working_dir="/demo", services={service.name: service}, **resources)
    replica = Replica(service=service, image="busybox", number=1, name="demo-web-1")
    body: dict[str, Any] = container_payload(project, replica, (1, 41))["body"]
    return body


@pytest.mark.parametrize(
    ("restart", "policy", "body"),
    [
        ("no", None, {"Name": "no"}),
        ("always", None, {"Name": "always"}),
        ("on-failure:5", None, {"Name": "on-failure", "MaximumRetryCount": 5}),
        ("always", RestartPolicy(condition="none"), {"Name": "no"}),
        ("", RestartPolicy(condition="any"), {"Name": "always"}),
        ("", RestartPolicy(condition="on-failure", max_attempts=4), {"Name": "on-failure", "MaximumRetryCount": 4}),
    ],
)
def test_the_restart_policy_of_deploy_wins(restart: str, policy: RestartPolicy | None, body: dict[str, Any]) -> None:
    service = Service(name="web", restart=restart, deploy=Deploy(restart_policy=policy))
    assert body_of(service)["HostConfig"]["RestartPolicy"] == body


def test_gpus_and_devices_become_device_requests() -> None:
    reserved = Resource(devices=(DeviceRequest(capabilities=("gpu", "utility"), device_ids=("0",)),))
    service = Service(
        name="web",
        gpus=(DeviceRequest(count=-1), DeviceRequest(driver="nvidia", count=2, options={"a": "b"})),
        devices=(
            Device(source="vendor.com/gpu=all", target="vendor.com/gpu=all", permissions="rwm"),
            Device(source="/dev/fuse", target="/dev/fuse", permissions="r"),
        ),
        deploy=Deploy(resources=Resources(reservations=reserved)),
    )
    host = body_of(service)["HostConfig"]
    assert host["DeviceRequests"] == [
        {"Capabilities": [["gpu", "utility"]], "DeviceIDs": ["0"]},
        {"Capabilities": [["gpu"]], "Count": -1},
        {"Capabilities": [["gpu"]], "Count": 2, "Driver": "nvidia", "Options": {"a": "b"}},
        {"Driver": "cdi", "DeviceIDs": ["vendor.com/gpu=all"]},
    ]
    assert host["Devices"] == [{"PathOnHost": "/dev/fuse", "PathInContainer": "/dev/fuse", "CgroupPermissions": "r"}]


def test_an_added_capability_wins_over_a_dropped_one() -> None:
    host = body_of(Service(name="web", cap_add=("net_admin", "CAP_CHOWN"), cap_drop=("NET_ADMIN", "mknod")))[
        "HostConfig"
    ]
    assert (host["CapAdd"], host["CapDrop"]) == (["CAP_CHOWN", "CAP_NET_ADMIN"], ["CAP_MKNOD"])


def test_unconfined_system_paths_are_unmasked() -> None:
    host = body_of(Service(name="web", security_opt=("systempaths=unconfined", "label=disable")))["HostConfig"]
    assert (host["MaskedPaths"], host["ReadonlyPaths"], host["SecurityOpt"]) == ([], [], ["label=disable"])


def test_volumes_with_options_go_to_mounts_and_plain_ones_to_binds() -> None:
    service = Service(
        name="web",
        volumes=(
            Mount(type="volume", source="data", target="/plain", volume=VolumeOptions()),
            Mount(type="volume", source="data", target="/sub", volume=VolumeOptions(subpath="a", labels={"l": "1"})),
            Mount(type="bind", source="/src", target="/rec", bind=BindOptions(recursive="disabled")),
            Mount(type="image", source="busybox", target="/img", image=ImageOptions(subpath="bin")),
            Mount(type="tmpfs", target="/t", read_only=True),
        ),
    )
    host = body_of(service, volumes={"data": Volume(name="demo_data")})["HostConfig"]
    assert host["Binds"] == ["demo_data:/plain:rw"]
    assert host["Mounts"] == [
        {
            "Type": "volume",
            "Source": "demo_data",
            "Target": "/sub",
            "VolumeOptions": {"Labels": {"l": "1"}, "Subpath": "a"},
        },
        {
            "Type": "bind",
            "Source": "/src",
            "Target": "/rec",
            "BindOptions": {"CreateMountpoint": True, "NonRecursive": True},
        },
        {"Type": "image", "Source": "busybox", "Target": "/img", "ImageOptions": {"Subpath": "bin"}},
        {"Type": "tmpfs", "Target": "/t", "ReadOnly": True},
    ]


def test_anonymous_volumes_are_taken_over_but_named_ones_are_not_shadowed() -> None:
    service = Service(
        name="web",
        volumes=(
            Mount(type="volume", target="/anon", volume=VolumeOptions()),
            Mount(type="volume", source="data", target="/data", volume=VolumeOptions()),
        ),
    )
    old = ObservedContainer(
        id="ab",
        name="demo-web-1",
        project="demo",
        service="web",
        mounts=(
            ObservedMount(type="volume", target="/anon", name="1111"),
            ObservedMount(type="volume", target="/data", name="2222"),
            ObservedMount(type="volume", target="/image", name="3333"),
            ObservedMount(type="volume", target="/other", name="4444"),
            ObservedMount(type="bind", target="/image", source="/x"),
        ),
    )
    image = ObservedImage(id="sha256:1", reference="busybox", volumes=("/data", "/image"))
    inherited = anonymous_volumes(service, image, old)
    assert inherited == {"/anon": "1111", "/image": "3333"}
    project = Application(name="demo", working_dir="/demo", volumes={"data": Volume(name="demo_data")})
    replica = Replica(service=service, image="busybox", number=1, name="demo-web-1", inherited=inherited, replaces=True)
    body = container_payload(project, replica, (1, 41))["body"]
    assert [(m["Target"], m.get("Source")) for m in body["HostConfig"]["Mounts"]] == [
        ("/anon", "1111"),
        ("/image", "3333"),
    ]
    assert body["Labels"]["com.docker.compose.replace"] == "web-1"


def test_a_container_that_exists_is_named_by_its_id_at_once() -> None:
    service = Service(name="web", network_mode="service:db", volumes_from=("db:ro", "container:other:ro"))
    replica = Replica(
        service=service,
        image="busybox",
        number=1,
        name="demo-web-1",
        containers={"db": ("demo-db-2", "demo-db-1")},
        ids={"demo-db-1": "1d"},
    )
    payload = container_payload(Application(name="demo", working_dir="/"), replica, (1, 41))
    host = resolved(payload, {})["HostConfig"]
    assert (host["NetworkMode"], host["VolumesFrom"]) == ("container:1d", ["1d", "other"])


def test_environment_files_are_noted_in_a_label_only_where_they_were_named() -> None:
    service = Service(name="web")
    replica = Replica(service=service, image="busybox", number=1, name="demo-web-1")
    named = Application(name="demo", working_dir="/d", environment_files=("/d/a.env", "/d/b.env"))
    label = "com.docker.compose.project.environment_file"
    assert container_payload(named, replica, (1, 41))["body"]["Labels"][label] == "/d/a.env,/d/b.env"
    assert label not in body_of(service)["Labels"]


def test_a_users_label_does_not_displace_one_of_compose() -> None:
    labels = body_of(Service(name="web", labels={"com.docker.compose.project": "evil", "mine": "x"}))["Labels"]
    assert (labels["com.docker.compose.project"], labels["mine"]) == ("demo", "x")
