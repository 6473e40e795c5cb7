"""`plan_pull`, `plan_push`, `plan_build`, `plan_remove`, `plan_oneoff`: golden plans."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import pytest

from projects.compose.errors import PlanError
from projects.compose.identity import LABEL_NUMBER, LABEL_ONEOFF, LABEL_SLUG
from projects.compose.model import Build
from projects.compose.plan import Do, Plan
from projects.compose.planner import (
    BuildOptions,
    PullOptions,
    PushOptions,
    RemoveOptions,
    RunOptions,
    UpOptions,
    plan_build,
    plan_oneoff,
    plan_pull,
    plan_push,
    plan_remove,
    plan_up,
)
from tests.compose.planning import application, container, healthy, service, state

MADE = service("made", "own/made:1", build=Build(context="/demo", tags=("own/made:latest",)))
PLAIN = service("plain", depends_on=("made",))
NAMELESS = service("nameless", "", build=Build(context="/demo"), depends_on=("made",))
PROJECT = application(MADE, PLAIN, NAMELESS)
CHAIN = application(service("db"), service("web", depends_on={"db": healthy()}))
SLUG = "0123456789abcdef" * 4


def same(plan: Plan, text: str) -> None:
    assert str(plan) == dedent(text).strip()


def test_pull_takes_every_image_with_a_name_and_forgives_what_can_be_built() -> None:
    same(
        plan_pull(PROJECT, state(PROJECT)),
        """
        [] -> #1 PullImage own/made:1 (best effort), asked for
        [] -> #2 SkipService nameless, No image to be pulled
        [] -> #3 PullImage busybox, asked for
        """,
    )


def test_a_strict_pull_forgives_nothing_unless_it_is_told_to() -> None:
    assert not any(
        action.best_effort for action in plan_pull(PROJECT, state(PROJECT), PullOptions(strict=True)).actions
    )
    lenient = plan_pull(PROJECT, state(PROJECT), PullOptions(strict=True, ignore_failures=True))
    assert all(action.best_effort for action in lenient.actions if action.do is Do.PULL_IMAGE)


def test_pull_leaves_out_what_its_flags_say() -> None:
    same(
        plan_pull(PROJECT, state(PROJECT), PullOptions(ignore_buildable=True)),
        """
        [] -> #1 SkipImage own/made:1, Image can be built
        [] -> #2 SkipService nameless, No image to be pulled
        [] -> #3 PullImage busybox, asked for
        """,
    )
    same(
        plan_pull(PROJECT, state(PROJECT), PullOptions(policy="missing")),
        """
        [] -> #1 SkipImage own/made:1, Image is already present locally
        [] -> #2 SkipService nameless, No image to be pulled
        [] -> #3 PullImage busybox, asked for
        """,
    )
    never = plan_pull(PROJECT, state(PROJECT), PullOptions(policy="never", services=("plain",)))
    assert [(action.do, dict(action.payload)) for action in never.actions] == [(Do.SKIP_IMAGE, {})]
    alone = plan_pull(PROJECT, state(PROJECT), PullOptions(services=("plain",)))
    assert [action.target for action in alone.actions] == ["busybox"]
    both = plan_pull(PROJECT, state(PROJECT), PullOptions(services=("plain",), include_deps=True))
    assert [action.target for action in both.actions] == ["own/made:1", "busybox"]


def test_push_is_about_built_images_with_a_name_and_their_tags() -> None:
    same(
        plan_push(PROJECT, state(PROJECT), PushOptions(ignore_failures=True)),
        """
        [] -> #1 PushImage own/made:1 (best effort), asked for
        [] -> #2 PushImage own/made:latest (best effort), asked for
        [] -> #3 SkipService nameless, it builds no image with a name
        [] -> #4 SkipService plain, it builds no image with a name
        """,
    )


def test_build_says_that_there_is_nothing_to_build() -> None:
    plan = plan_build(PROJECT, state(PROJECT), BuildOptions(services=("plain",)))
    assert (plan.actions, [str(warning) for warning in plan.warnings]) == ((), ["No services to build"])


def test_build_follows_dependencies_where_asked_and_pushes_afterwards() -> None:
    options = BuildOptions(services=("nameless",), with_dependencies=True, push=True, args={"A": "1"}, no_cache=True)
    plan = plan_build(PROJECT, state(PROJECT), options)
    same(
        plan,
        """
        [] -> #1 BuildImage own/made:1, asked for
        [1] -> #2 PushImage own/made:1, asked for
        [1] -> #3 PushImage own/made:latest, asked for
        [1] -> #4 BuildImage demo-nameless, asked for
        """,
    )
    assert (plan.actions[0].payload["args"], plan.actions[0].payload["no_cache"]) == ({"A": "1"}, True)


def test_rm_removes_what_does_not_run() -> None:
    observed = state(CHAIN, container(CHAIN, "db"), container(CHAIN, "web", state="exited"))
    same(plan_remove("demo", CHAIN, observed), "[] -> #1 RemoveContainer demo-web-1, asked for")
    same(plan_remove("demo", CHAIN, observed, RemoveOptions(services=("db",))), "")
    hook = container(CHAIN, "web", state="exited", labels={"com.docker.compose.hook": "pre_start"})
    same(plan_remove("demo", CHAIN, state(CHAIN, hook)), "")
    with pytest.raises(PlanError, match="no such service: wob"):
        plan_remove("demo", CHAIN, observed, RemoveOptions(services=("wob",)))


def test_up_waits_for_everything_where_asked_and_for_nothing_without_settling() -> None:
    observed = state(CHAIN, container(CHAIN, "db"), container(CHAIN, "web", state="exited", exit_code=0))
    waits = plan_up(CHAIN, observed, UpOptions(settle=False, wait=True, wait_timeout=9)).actions
    assert [(a.do, a.target, a.payload) for a in waits if a.do is Do.WAIT_READY] == [
        (Do.WAIT_READY, "demo-db-1", {"timeout": 9}),
        (Do.WAIT_READY, "demo-web-1", {"timeout": 9}),
    ]
    plain = plan_up(CHAIN, observed, UpOptions(settle=False))
    assert not {action.do for action in plain.actions} & {Do.WAIT_READY, Do.WAIT_RUNNING}


def test_a_one_off_waits_for_what_its_service_depends_on() -> None:
    observed = state(CHAIN, container(CHAIN, "db"))
    plan = plan_oneoff(CHAIN, observed, RunOptions(service="web", slug=SLUG, start=True))
    same(
        plan,
        """
        [] -> #1 WaitHealthy demo-db-1, others need it healthy
        [1] -> #2 CreateContainer demo-web-run-0123456789ab, asked for
        [2] -> #3 StartContainer demo-web-run-0123456789ab, asked for
        """,
    )


def test_a_one_off_is_labelled_and_named_as_the_reference_does() -> None:
    options = RunOptions(service="web", slug=SLUG, command=("ls",), remove=True, no_deps=True, labels={"a": "b"})
    (action,) = plan_oneoff(CHAIN, state(CHAIN), options).actions
    body = action.payload["body"]
    assert (body["Labels"][LABEL_ONEOFF], body["Labels"][LABEL_SLUG], body["Labels"]["a"]) == ("True", SLUG, "b")
    assert LABEL_NUMBER not in body["Labels"]
    assert (body["Cmd"], body["OpenStdin"], body["StdinOnce"], body["AttachStdin"]) == (["ls"], True, True, True)
    assert body["HostConfig"]["AutoRemove"] is True
    (endpoint,) = body["NetworkingConfig"]["EndpointsConfig"].values()
    assert endpoint["Aliases"] == ["demo-web-run-0123456789ab"]


def test_a_one_off_takes_its_flags_over_what_the_files_say() -> None:
    project = application(
        replace(service("web", command=("serve",), entrypoint=("/entry",)), restart="always", environment={"A": "1"})
    )
    options = RunOptions(
        service="web",
        slug=SLUG,
        entrypoint=("sh",),
        environment={"B": "2"},
        volumes=("/host:/inside:ro",),
        publish=("8080:80",),
        name="mine",
        use_aliases=True,
    )
    (action,) = plan_oneoff(project, state(project), options).actions
    body = action.payload["body"]
    assert (action.target, body["Entrypoint"], body["Cmd"]) == ("mine", ["sh"], [])
    assert body["Env"] == ["A=1", "B=2"]
    assert body["HostConfig"]["Binds"] == ["/host:/inside:ro"]
    assert body["HostConfig"]["PortBindings"]["80/tcp"][0]["HostPort"] == "8080"
    assert "RestartPolicy" not in body["HostConfig"]
    with pytest.raises(PlanError):
        plan_oneoff(project, state(project), replace(options, publish=("x:y",)))
