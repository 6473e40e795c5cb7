"""The engine's events in words, and whose they are."""

from __future__ import annotations

from typing import Any

import pytest

from projects.compose.happenings import Claims, Happening, Topic, Weight, happening_from, in_words, weight_of

WEB = "a" * 64
OTHER = "b" * 64


def container(action: str, second: int = 1, *, project: str = "demo", of: str = WEB, **told: str) -> dict[str, Any]:
    labels = {"com.docker.compose.project": project, "com.docker.compose.service": "web", "name": f"{project}-web-1"}
    return message("container", action, second, of, **{**labels, **told})


def message(kind: str, action: str, second: int, subject: str, **told: str) -> dict[str, Any]:
    return {
        "Type": kind,
        "Action": action,
        "timeNano": second * 1_000_000_000,
        "Actor": {"ID": subject, "Attributes": told},
    }


def network(action: str, second: int = 1, subject: str = "n1", **told: str) -> dict[str, Any]:
    return message("network", action, second, subject, name="demo_default", type="bridge", **told)


def read(told: dict[str, Any]) -> Happening:
    happening = happening_from(told)
    assert happening is not None
    return happening


def claims(**known: Any) -> Claims:
    return Claims("demo", **{"containers": {}, **known})


@pytest.mark.parametrize(
    ("told", "words", "weight"),
    [
        (container("start"), "Container started", Weight.GOOD),
        (container("die", exitCode="0"), "Container exited with code 0", Weight.PLAIN),
        (container("die", exitCode="3"), "Container exited with code 3", Weight.BAD),
        (container("die", exitCode="137"), "Container ended by SIGKILL (code 137)", Weight.PLAIN),
        (container("kill", signal="15"), "SIGTERM sent to the container", Weight.PLAIN),
        (container("kill", signal="42"), "42 sent to the container", Weight.PLAIN),
        (container("oom"), "Out of memory: the kernel ended a process of the container", Weight.BAD),
        (container("rename", oldName="/old"), "Container renamed, formerly old", Weight.PLAIN),
        (container("health_status: healthy"), "The container is healthy", Weight.GOOD),
        (container("health_status: unhealthy"), "The container is unhealthy: its health check fails", Weight.BAD),
        (container("health_status: odd"), "The container's health: odd", Weight.PLAIN),
        (container("resize"), "Container: resize", Weight.PLAIN),
        (network("create"), "Network demo_default created", Weight.PLAIN),
        (network("connect", container=WEB), "Connected to network demo_default", Weight.PLAIN),
        (message("volume", "mount", 1, "v", destination="/data"), "Volume v mounted at /data", Weight.PLAIN),
        (message("volume", "unmount", 1, "0f" * 32), "Volume 0f0f0f0f0f0f unmounted", Weight.PLAIN),
        (message("image", "pull", 1, "redis:alpine", name="redis"), "Image redis:alpine pulled", Weight.PLAIN),
        (message("image", "save", 1, "redis:alpine", name="redis"), "redis: save", Weight.PLAIN),
    ],
)
def test_an_event_is_a_sentence(told: dict[str, Any], words: str, weight: Weight) -> None:
    happening = read(told)
    assert (str(in_words(happening)), weight_of(happening)) == (words, weight)


def test_an_exit_has_its_code_its_service_and_its_time() -> None:
    happening = read(container("die", 7, exitCode="3"))
    assert (happening.topic, happening.exit_code, happening.at) == (Topic.CONTAINER, 3, 7.0)
    assert (happening.service, happening.container_name, happening.project) == ("web", "demo-web-1", "demo")


@pytest.mark.parametrize(
    "told",
    [
        message("daemon", "reload", 1, "x"),
        message("network", "create", 1, ""),
        {},
        message("container", "start", 1, WEB),
    ],
)
def test_what_concerns_no_project_is_left_out(told: dict[str, Any]) -> None:
    assert happening_from(told) is None


def test_only_the_events_of_the_projects_own_containers_are_its() -> None:
    mine, other = read(container("start")), read(container("start", project="other", of=OTHER))
    assert claims().sorted([mine, other]) == [mine]


def test_a_network_is_the_projects_by_the_container_that_is_connected_to_it_even_before() -> None:
    told = [
        network("create", 1),
        network("create", 1, "n2"),
        container("create", 2),
        network("connect", 3, container=WEB),
        network("connect", 3, "n2", container=OTHER),
        network("destroy", 4),
    ]
    found = claims().sorted(map(read, told))
    assert [(each.action, each.subject) for each in found] == [
        ("create", "n1"),
        ("create", WEB),
        ("connect", "n1"),
        ("destroy", "n1"),
    ]
    assert [each.service for each in found] == ["", "web", "web", ""]


def test_a_network_that_is_claimed_later_is_told_later() -> None:
    mine = claims()
    assert mine.sorted([read(network("create", 1))]) == []
    later = mine.sorted([read(container("create", 2)), read(network("connect", 3, container=WEB))])
    assert [each.action for each in later] == ["create", "create", "connect"]
    assert mine.sorted([read(network("destroy", 4))])[0].action == "destroy"


def test_what_the_engine_lists_for_the_project_is_its_own() -> None:
    mine = claims(resources=["n1", "demo_data"], containers={WEB: ("demo-web-1", "web")}, images=["redis", "Bad Name"])
    told = [
        network("destroy"),
        network("disconnect", container=WEB),
        message("volume", "destroy", 1, "demo_data", driver="local"),
        message("volume", "destroy", 1, "others", driver="local"),
        message("image", "pull", 1, "redis:latest", name="redis"),
        message("image", "pull", 1, "redis:alpine", name="redis"),
        message("image", "untag", 1, "sha256:1", name="docker.io/library/redis:latest"),
        message("image", "delete", 1, "sha256:1", name="sha256:1"),
    ]
    found = mine.sorted(map(read, told))
    assert [(each.topic, each.action) for each in found] == [
        (Topic.NETWORK, "destroy"),
        (Topic.NETWORK, "disconnect"),
        (Topic.VOLUME, "destroy"),
        (Topic.IMAGE, "pull"),
        (Topic.IMAGE, "untag"),
    ]
    assert found[1].container_name == "demo-web-1"
