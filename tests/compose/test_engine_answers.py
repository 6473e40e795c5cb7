from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from projects.compose.engine_answers import (
    container_from_inspect,
    container_from_list,
    image_from_inspect,
    network_from_list,
    volume_from_list,
)
from projects.compose.resource_settings import network_settings
from projects.compose.state import ObservedMount, ObservedNetwork, ObservedVolume, PublishedPort

ENGINE = json.loads((Path(__file__).parent / "recordings" / "engine_state.json").read_text())
LISTED = {item["Names"][0]: item for item in ENGINE["list"]}
INSPECTED = {detail["Name"]: detail for detail in ENGINE["inspect"]}


def with_status(state: str, status: str) -> dict[str, Any]:
    return {**LISTED["/bobs-job-1"], "State": state, "Status": status}


def test_a_running_container_is_read_from_the_list() -> None:
    container = container_from_list(LISTED["/bobs-web-2"])
    assert (container.name, container.project, container.service, container.number) == ("bobs-web-2", "bobs", "web", 2)
    assert (container.state, container.health, container.exit_code) == ("running", "healthy", None)
    assert (container.config_hash, container.oneoff, container.image) == ("cd" * 32, False, "busybox")
    assert container.ports[0] == PublishedPort(host_ip="0.0.0.0", published=15080, target=80)
    assert len(container.ports) == 4
    assert container.networks == {
        "bobs_default": LISTED["/bobs-web-2"]["NetworkSettings"]["Networks"]["bobs_default"]["NetworkID"]
    }
    assert [(m.type, m.target, m.name) for m in container.mounts] == [
        ("volume", "/data", "bobs_data"),
        ("bind", "/host", ""),
    ]


@pytest.mark.parametrize("name", ["/bobs-web-2", "/bobs-job-1", "/bobs-new-1"])
def test_list_and_inspect_agree(name: str) -> None:
    listed, inspected = container_from_list(LISTED[name]), container_from_inspect(INSPECTED[name])
    for field in (
        "id",
        "name",
        "labels",
        "state",
        "exit_code",
        "health",
        "ports",
        "networks",
        "mounts",
        "image_id",
        "image",
    ):
        assert getattr(listed, field) == getattr(inspected, field), field
    assert abs(listed.created - inspected.created) < 1


@pytest.mark.parametrize(
    ("state", "status", "exit_code", "health"),
    [
        ("exited", "Exited (137) 2 hours ago", 137, ""),
        ("exited", "Exited (0) Less than a second ago", 0, ""),
        ("exited", "Exited (-1) 3 days ago", -1, ""),
        ("restarting", "Restarting (1) 2 seconds ago", 1, ""),
        ("running", "Up 3 minutes (unhealthy)", None, "unhealthy"),
        ("running", "Up 2 seconds (health: starting)", None, "starting"),
        ("paused", "Up 2 minutes (Paused)", None, ""),
        ("created", "Created", None, ""),
        ("dead", "Dead", None, ""),
    ],
)
def test_the_status_sentence_tells_exit_code_and_health(
    state: str, status: str, exit_code: int | None, health: str
) -> None:
    container = container_from_list(with_status(state, status))
    assert (container.state, container.exit_code, container.health) == (state, exit_code, health)


def test_a_container_without_labels_or_with_foreign_ones_belongs_to_no_project() -> None:
    bare = container_from_list({"Id": "ab", "Names": ["/lonely"], "Labels": None, "Status": None, "State": "created"})
    assert (bare.name, bare.project, bare.service, bare.number) == ("lonely", "", "", 1)
    odd = container_from_list({"Id": "ab", "Names": ["/x"], "Labels": {"com.docker.compose.container-number": "²"}})
    assert odd.number == 1


def test_names_that_links_add_are_not_taken_for_the_containers_own() -> None:
    assert container_from_list({"Id": "ab", "Names": ["/web/db", "/db"]}).name == "db"


def test_networks_and_volumes_are_known_by_their_labels() -> None:
    (network,), (volume,) = ENGINE["networks"], ENGINE["volumes"]
    assert network_from_list(network) == ObservedNetwork(
        id=network["Id"],
        name="bobs_default",
        key="default",
        project="bobs",
        config_hash="ab" * 32,
        settings=network_settings(network),
    )
    assert volume_from_list(volume) == ObservedVolume(
        name="bobs_data",
        key="data",
        project="bobs",
        settings={("driver", ""): "local"},
        driver="local",
        mountpoint=volume["Mountpoint"],
        scope="local",
        labels=volume["Labels"],
    )
    assert volume_from_list({"Name": "mine", "Labels": None}) == ObservedVolume(name="mine")


def test_an_image_tells_its_platform_volumes_and_ports() -> None:
    image = image_from_inspect("redis:alpine", ENGINE["image"])
    assert (image.reference, image.platform, image.volumes, image.exposed) == (
        "redis:alpine",
        "linux/amd64",
        ("/data",),
        ("6379/tcp",),
    )
    assert image.last_tagged == 0  # the engine notes the time of a tag or build, not of a pull
    tagged = image_from_inspect("x", {"Id": "sha256:1", "Metadata": {"LastTagTime": "2026-11-23T08:26:04.807729498Z"}})
    assert tagged.last_tagged == pytest.approx(1795422364.807729)


def test_a_volume_mount_keeps_its_name_and_a_bind_its_source() -> None:
    mounts = container_from_inspect(INSPECTED["/bobs-web-2"]).mounts
    assert mounts[1] == ObservedMount(type="bind", target="/host", source="/tmp")
