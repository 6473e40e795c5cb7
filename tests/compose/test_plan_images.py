from __future__ import annotations

from dataclasses import replace
from textwrap import dedent
from typing import Any

import pytest

from projects.compose.errors import PlanError
from projects.compose.model import Build, Mount, Provider, Service, Ulimit
from projects.compose.plan import Plan
from projects.compose.planner import UpOptions, image_references, plan_images
from projects.compose.state import ObservedImage, ObservedState
from projects.compose.units import Bytes
from tests.compose.planning import IMAGE, application, service

HERE = Build(context="/demo", dockerfile="Dockerfile")


def absent(**more: Any) -> ObservedState:
    return ObservedState(project="demo", **more)


def present(*references: str, **changes: Any) -> ObservedState:
    images: dict[str, ObservedImage | None] = {name: replace(IMAGE, **changes) for name in references}
    return ObservedState(project="demo", images=images, at=1_000_000.0)


def same(plan: Plan, text: str) -> None:
    assert str(plan) == dedent(text).strip()


def test_absent_images_are_pulled_once_and_built_ones_are_built() -> None:
    project = application(
        service("cache", image="redis:alpine"),
        service("queue", image="redis:alpine"),
        service("web", image="", build=HERE),
    )
    same(
        plan_images(project, absent()),
        """
        [] -> #1 PullImage redis:alpine, not on the engine yet
        [] -> #2 BuildImage demo-web, not built yet
        """,
    )
    assert plan_images(project, present("redis:alpine", "demo-web")).actions == ()


def test_builds_follow_the_order_of_dependencies() -> None:
    project = application(
        service("base", image="", build=HERE), service("web", image="", build=HERE, depends_on=["base"])
    )
    same(
        plan_images(project, absent()),
        """
        [] -> #1 BuildImage demo-base, not built yet
        [1] -> #2 BuildImage demo-web, not built yet
        """,
    )


def test_an_image_that_has_a_name_and_a_build_is_pulled_first_and_built_where_that_fails() -> None:
    project = application(service("web", image="example/web:1", build=HERE))
    plan = plan_images(project, absent())
    same(
        plan,
        """
        [] -> #1 PullImage example/web:1 (best effort), not on the engine yet
        [1] -> #2 BuildImage example/web:1, not built yet
        """,
    )
    assert plan.actions[1].payload["unless_present"] is True


@pytest.mark.parametrize(
    ("policy", "here", "line"),
    [
        ("always", True, "[] -> #1 PullImage busybox, pulled every time"),
        ("missing", True, ""),
        ("if_not_present", False, "[] -> #1 PullImage busybox, not on the engine yet"),
        ("never", True, ""),
        ("daily", True, "[] -> #1 PullImage busybox, older than its pull policy allows"),
        ("weekly", True, ""),
        ("every_12h", True, "[] -> #1 PullImage busybox, older than its pull policy allows"),
        ("every_1w2d", True, ""),
        ("daily", False, "[] -> #1 PullImage busybox, not on the engine yet"),
    ],
)
def test_the_pull_policy_decides(policy: str, here: bool, line: str) -> None:
    project = application(service("web", pull_policy=policy))
    two_days_ago = 1_000_000.0 - 2 * 86_400
    same(plan_images(project, present("busybox", last_tagged=two_days_ago) if here else absent()), line)


def test_an_image_that_may_not_be_pulled_must_be_there() -> None:
    project = application(service("web", pull_policy="never"))
    with pytest.raises(PlanError, match="Service web: image busybox is not on the engine"):
        plan_images(project, absent())


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (UpOptions(build=True), "[] -> #1 BuildImage demo-web, a build was asked for"),
        (UpOptions(), ""),
        (UpOptions(no_build=True), ""),
        (UpOptions(pull="always"), ""),
    ],
)
def test_a_build_can_be_asked_for(options: UpOptions, line: str) -> None:
    project = application(service("web", image="", build=HERE))
    same(plan_images(project, present("demo-web"), options), line)


def test_a_pull_policy_of_build_builds_every_time() -> None:
    project = application(service("web", image="example/web", build=HERE, pull_policy="build"))
    same(plan_images(project, present("example/web")), "[] -> #1 BuildImage example/web, built every time")


def test_what_may_not_be_built_must_be_there() -> None:
    project = application(service("web", image="", build=HERE))
    with pytest.raises(PlanError, match="Service web: image demo-web is not on the engine"):
        plan_images(project, absent(), UpOptions(no_build=True))


@pytest.mark.parametrize(
    ("platform", "pulled"), [("linux/amd64", False), ("linux/arm64", True), ("", False), ("linux/amd64/v8", False)]
)
def test_an_image_of_another_platform_counts_as_absent(platform: str, pulled: bool) -> None:
    project = application(service("web", platform=platform))
    plan = plan_images(project, present("busybox"))
    assert bool(plan.actions) == pulled
    if pulled:
        assert plan.actions[0].payload == {"platform": platform}


def test_only_the_images_of_wanted_services_are_looked_at() -> None:
    project = application(
        service("db", image="db"), service("web", image="web", depends_on=["db"]), service("x", image="x")
    )
    assert [a.target for a in plan_images(project, absent(), UpOptions(services=("web",))).actions] == ["db", "web"]
    alone = UpOptions(services=("web",), no_deps=True)
    assert [a.target for a in plan_images(project, absent(), alone).actions] == ["web"]


def test_a_service_of_a_provider_needs_no_image() -> None:
    project = application(service("web"), Service(name="model", provider=Provider(type="model")))
    assert [action.service for action in plan_images(project, absent()).actions] == ["web"]


def test_the_images_that_matter_are_those_of_services_and_of_image_mounts() -> None:
    mount = Mount(type="image", source="alpine", target="/a")
    project = application(service("web", image="", build=HERE), service("db", image="redis", volumes=(mount,)))
    assert image_references(project) == ("alpine", "demo-web", "redis")


def test_the_options_of_a_build_are_passed_on_in_the_words_of_the_specification() -> None:
    build = Build(
        context="/demo/web",
        dockerfile="Dockerfile.prod",
        args={"VERSION": "1", "TOKEN": None, "UNKNOWN": None},
        target="prod",
        labels={"mine": "x"},
        extra_hosts={"h": ("10.0.0.1",)},
        shm_size=Bytes(64),
        no_cache=True,
        tags=("example/web:2",),
        ulimits={"nofile": Ulimit(single=5)},
    )
    project = replace(application(service("web", image="", build=build)), environment={"TOKEN": "t", "OTHER": "o"})
    (action,) = plan_images(project, absent()).actions
    assert action.payload == {
        "context": "/demo/web",
        "dockerfile": "Dockerfile.prod",
        "labels": {
            "mine": "x",
            "com.docker.compose.project": "demo",
            "com.docker.compose.service": "web",
            "com.docker.compose.version": "5.6.1",
        },
        "args": {"VERSION": "1", "TOKEN": "t"},
        "target": "prod",
        "extra_hosts": ["h:10.0.0.1"],
        "shm_size": 64,
        "no_cache": True,
        "tags": ["example/web:2"],
        "ulimits": {"nofile": {"soft": 5, "hard": 5}},
    }
