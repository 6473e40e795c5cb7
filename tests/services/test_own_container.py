from __future__ import annotations

from pathlib import Path

import pytest

from projects.compose.state import ObservedMount
from projects.services.own_container import is_same_place, own_container_id

CONTAINER = "3f0c" * 16
PROJECTS = Path("/srv/compose-ui/projects")


def bind(source: str, target: str) -> ObservedMount:
    return ObservedMount(type="bind", source=source, target=target)


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        (f"/var/lib/docker/containers/{CONTAINER}/hostname", CONTAINER),
        (f"/data/docker/containers/{CONTAINER}/hostname", CONTAINER),
        ("/etc/hostname", None),
    ],
)
def test_the_container_is_known_by_the_files_the_engine_mounts(root: str, expected: str | None) -> None:
    line = f"2451 2429 254:1 {root} /etc/hostname rw,relatime - ext4 /dev/vda1 rw\n"
    assert own_container_id("22 1 0:21 / /proc rw - proc proc rw\n" + line) == expected


@pytest.mark.parametrize(
    ("mounts", "same"),
    [
        ([bind("/srv/compose-ui/projects", "/srv/compose-ui/projects")], True),
        ([bind("/srv", "/srv")], True),
        ([bind("/host_mnt/srv", "/srv")], True),
        ([bind("/home/me/projects", "/srv/compose-ui/projects")], False),
        ([ObservedMount(type="volume", name="data", target="/srv/compose-ui")], False),
        ([bind("/srv", "/srv"), ObservedMount(type="volume", name="p", target="/srv/compose-ui/projects")], False),
        ([bind("/srv/compose-ui/projects-old", "/srv/compose-ui/projects-old")], False),
        ([], False),
    ],
)
def test_only_a_bind_mount_at_the_same_path_is_the_same_place(mounts: list[ObservedMount], same: bool) -> None:
    assert is_same_place(PROJECTS, mounts) is same
