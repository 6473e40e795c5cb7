from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from textwrap import dedent

import pytest

from projects.compose.errors import PlanError
from projects.compose.model import Application, Mount, Network, PreStartHook, ServiceHook, Volume
from projects.compose.plan import Do, Plan
from projects.compose.planner import (
    DownOptions,
    KillOptions,
    PauseOptions,
    RestartOptions,
    StartOptions,
    StopOptions,
    plan_down,
    plan_kill,
    plan_pause,
    plan_restart,
    plan_start,
    plan_stop,
    plan_unpause,
)
from projects.compose.state import ObservedContainer, ObservedMount, ObservedNetwork
from tests.compose.planning import application, completed, container, data, healthy, nothing, service, state

CHAIN = application(service("db", volumes=data()), service("web", depends_on={"db": healthy(restart=True)}))
UP = state(CHAIN, container(CHAIN, "db"), container(CHAIN, "web"))


def same(plan: Plan, text: str) -> None:
    assert str(plan) == dedent(text).strip()


def test_down_removes_dependents_first_and_keeps_volumes_and_images() -> None:
    same(
        plan_down("demo", CHAIN, UP),
        """
        [] -> #1 StopContainer demo-web-1, asked for
        [1] -> #2 RemoveContainer demo-web-1, asked for
        [2] -> #3 StopContainer demo-db-1, asked for
        [3] -> #4 RemoveContainer demo-db-1, asked for
        [2,4] -> #5 RemoveNetwork demo_default (best effort), no container uses it any more
        """,
    )


def test_down_removes_volumes_and_images_where_that_is_asked_for() -> None:
    plan = plan_down("demo", CHAIN, UP, DownOptions(volumes=True, images="all", timeout=1))
    same(
        Plan(project="demo", actions=plan.actions[4:]),
        """
        [2,4] -> #5 RemoveNetwork demo_default (best effort), no container uses it any more
        [2,4] -> #6 RemoveVolume demo_data (best effort), asked for, with its data
        [2,4] -> #7 RemoveImage busybox:latest (best effort), asked for
        """,
    )
    assert (plan.actions[0].payload, plan.actions[1].payload) == ({"timeout": 1}, {"force": True, "v": True})
    assert not {a.do for a in plan_down("demo", CHAIN, UP, DownOptions(images="local")).actions} & {Do.REMOVE_IMAGE}


def test_down_without_files_goes_by_the_labels() -> None:
    same(
        plan_down("demo", None, UP, DownOptions(volumes=True)),
        """
        [] -> #1 StopContainer demo-web-1, asked for
        [1] -> #2 RemoveContainer demo-web-1, asked for
        [2] -> #3 StopContainer demo-db-1, asked for
        [3] -> #4 RemoveContainer demo-db-1, asked for
        [2,4] -> #5 RemoveNetwork demo_default (best effort), no container uses it any more
        [2,4] -> #6 RemoveVolume demo_data (best effort), asked for, with its data
        """,
    )


def test_down_of_one_service_leaves_its_dependents_where_there_are_files() -> None:
    db = DownOptions(services=("db",))
    assert {a.service for a in plan_down("demo", CHAIN, UP, db).actions} == {"db", ""}
    assert {a.service for a in plan_down("demo", None, UP, db).actions} == {"db", "web", ""}


def test_down_of_one_service_without_files_takes_the_volumes_that_its_containers_use() -> None:
    plan = plan_down("demo", None, UP, DownOptions(services=("web",), volumes=True))
    assert Do.REMOVE_VOLUME not in {action.do for action in plan.actions}
    plan = plan_down("demo", None, UP, DownOptions(services=("db",), volumes=True))
    assert [action.target for action in plan.actions if action.do is Do.REMOVE_VOLUME] == ["demo_data"]


def test_down_of_one_service_tries_what_others_use() -> None:
    same(
        plan_down("demo", CHAIN, UP, DownOptions(services=("web",), volumes=True)),
        """
        [] -> #1 StopContainer demo-web-1, asked for
        [1] -> #2 RemoveContainer demo-web-1, asked for
        [2] -> #3 RemoveNetwork demo_default (best effort), tried, though containers are on it
        """,
    )


def test_down_of_one_service_takes_its_own_volumes_and_the_networks_that_it_and_its_dependencies_use() -> None:
    project = replace(
        application(
            service("db", networks={"back": None}, volumes=(Mount(type="volume", source="data", target="/d"),)),
            service("web", networks={"front": None}, volumes=(Mount(type="volume", source="www", target="/w"),),
                    depends_on=["db"]),
            service("other", networks={"apart": None}),
            volumes={key: Volume(name=f"demo_{key}") for key in ("data", "www")},
        ),
        networks={key: Network(name=f"demo_{key}") for key in ("back", "front", "apart")},
    )  # fmt: skip
    plan = plan_down("demo", project, state(project), DownOptions(services=("web",), volumes=True))
    assert [action.target for action in plan.actions] == ["demo_back", "demo_front", "demo_www"]
    assert plan.warnings == ()


def test_down_leaves_what_is_external_or_not_the_projects_own() -> None:
    project = replace(
        application(service("web", volumes=data()), volumes={"data": Volume(name="outside", external=True)}),
        networks={"default": Network(name="net-outside", external=True)},
    )
    observed = state(project, container(project, "web"), networks=(ObservedNetwork(id="n", name="net-outside"),))
    plan = plan_down("demo", project, observed, DownOptions(volumes=True))
    assert [action.do for action in plan.actions] == [Do.STOP_CONTAINER, Do.REMOVE_CONTAINER]


def test_down_takes_orphans_only_where_that_is_asked_for() -> None:
    both = application(service("web"), service("old"))
    project = application(service("web"))
    observed = state(project, container(both, "web"), container(both, "old"))
    plan = plan_down("demo", project, observed)
    assert {action.target for action in plan.actions} == {"demo-web-1", "demo_default"}
    plan = plan_down("demo", project, observed, DownOptions(remove_orphans=True))
    assert {action.target for action in plan.actions} == {"demo-web-1", "demo-old-1", "demo_default"}


def test_down_of_nothing_says_so_where_no_files_declare_a_network() -> None:
    plan = plan_down("demo", None, nothing(CHAIN))
    assert (plan.actions, [str(w) for w in plan.warnings]) == (
        (),
        ['No resource found to remove for project "demo".'],
    )
    plan = plan_down("demo", CHAIN, nothing(CHAIN))
    assert (plan.actions, plan.warnings) == ((), ())


def test_stop_takes_dependents_first_and_tells_of_what_has_stopped_already() -> None:
    same(
        plan_stop("demo", CHAIN, UP),
        """
        [] -> #1 StopContainer demo-web-1, asked for
        [1] -> #2 StopContainer demo-db-1, asked for
        """,
    )
    exited = state(CHAIN, container(CHAIN, "db"), container(CHAIN, "web", state="exited"))
    assert plan_stop("demo", CHAIN, exited) == plan_stop("demo", CHAIN, UP)
    same(plan_stop("demo", CHAIN, UP, StopOptions(services=("db",))), "[] -> #1 StopContainer demo-db-1, asked for")


def test_the_order_reaches_over_services_without_containers() -> None:
    project = application(service("a"), service("b", depends_on=["a"]), service("c", depends_on=["b"]))
    same(
        plan_stop("demo", project, state(project, container(project, "a"), container(project, "c"))),
        """
        [] -> #1 StopContainer demo-c-1, asked for
        [1] -> #2 StopContainer demo-a-1, asked for
        """,
    )


def test_hooks_run_before_the_stop() -> None:
    project = application(service("web", pre_stop=(ServiceHook(command=("flush",)),)))
    same(
        plan_stop("demo", project, state(project, container(project, "web"))),
        """
        [] -> #1 RunHook demo-web-1, hook before the stop
        [1] -> #2 StopContainer demo-web-1, asked for
        """,
    )


def test_start_starts_what_exists_with_its_dependencies_and_waits() -> None:
    exited = state(
        CHAIN,
        container(CHAIN, "db", state="exited", exit_code=0),
        container(CHAIN, "web", state="exited", exit_code=137),
    )
    lines = """
        [] -> #1 StartContainer demo-db-1, exited (0)
        [1] -> #2 WaitRunning demo-db-1, to see that it stays up
        [1] -> #3 WaitHealthy demo-db-1, others need it healthy
        [3] -> #4 StartContainer demo-web-1, exited (137)
        [4] -> #5 WaitRunning demo-web-1, to see that it stays up
        """
    same(plan_start("demo", CHAIN, exited), lines)
    same(plan_start("demo", CHAIN, exited, StartOptions(services=("web",))), lines)
    same(plan_start("demo", None, exited), lines)


def test_start_of_what_runs_looks_at_its_dependencies_alone() -> None:
    same(plan_start("demo", CHAIN, UP), "[] -> #1 WaitHealthy demo-db-1, others need it healthy")


def test_start_runs_the_hooks_whose_containers_are_there_and_refuses_where_they_are_not() -> None:
    project = application(service("web", pre_start=(PreStartHook(image="busybox"),)))
    web = container(project, "web", state="created")
    runner = replace(
        container(project, "web", state="created"),
        id="hook",
        name="demo-web-pre_start-0",
        config_hash="",
        labels={"com.docker.compose.hook": "pre_start", "com.docker.compose.hook-index": "0"},
    )
    same(
        plan_start("demo", project, state(project, web, runner)),
        """
        [] -> #1 StartContainer demo-web-pre_start-0, hook before the start
        [1] -> #2 WaitCompleted demo-web-pre_start-0, hook before the start
        [2] -> #3 RemoveContainer demo-web-pre_start-0, the hook is done
        [3] -> #4 StartContainer demo-web-1, not running
        [4] -> #5 WaitRunning demo-web-1, to see that it stays up
        """,
    )
    with pytest.raises(PlanError, match="Service web has pre_start hooks, whose containers are used up"):
        plan_start("demo", project, state(project, web))


def test_start_without_containers_is_refused() -> None:
    with pytest.raises(PlanError, match='service "db" has no container to start'):
        plan_start("demo", CHAIN, nothing(CHAIN))
    only_db = state(CHAIN, container(CHAIN, "db"))
    plan = plan_start("demo", CHAIN, only_db, StartOptions(services=("web",)))
    assert [str(warning) for warning in plan.warnings] == [
        'service "web" has no container to start. Bring it up instead.'
    ]


def test_start_misses_a_dependency_without_containers() -> None:
    only_web = state(CHAIN, container(CHAIN, "web", state="exited"))
    missing = "web is missing dependency db. Bring it up first."
    with pytest.raises(PlanError, match=missing):
        plan_start("demo", CHAIN, only_web)
    optional = application(service("db"), service("web", depends_on={"db": healthy(required=False)}))
    plan = plan_start("demo", optional, state(optional, container(optional, "web", state="exited")))
    assert ([str(warning) for warning in plan.warnings], len(plan.actions)) == ([missing], 2)
    with pytest.raises(PlanError, match="demo is missing dependency web"):
        plan_start("demo", CHAIN, state(CHAIN, container(CHAIN, "db")), StartOptions(wait=True))


def test_start_asks_for_no_container_of_what_is_scaled_to_none() -> None:
    none = application(service("web", scale=0))
    assert plan_start("demo", none, nothing(none), StartOptions(services=("web",))) == Plan(project="demo", actions=())


def test_without_files_a_service_that_is_gone_is_no_mistake_but_for_start_and_restart() -> None:
    named = ("wob",)
    quiet = [
        plan_stop("demo", None, UP, StopOptions(services=named)),
        plan_down("demo", None, UP, DownOptions(services=named)),
        plan_kill("demo", None, UP, KillOptions(services=named)),
        plan_pause("demo", None, UP, PauseOptions(services=named)),
    ]
    assert [plan.actions for plan in quiet] == [(), (), (), ()]
    assert [str(warning) for warning in quiet[1].warnings] == [
        'Any of the services [wob] not running in project "demo".'
    ]
    with pytest.raises(PlanError, match="no such service: wob"):
        plan_start("demo", None, UP, StartOptions(services=named))
    with pytest.raises(PlanError, match="no such service: wob"):
        plan_restart("demo", None, UP, RestartOptions(services=named))
    with pytest.raises(PlanError, match='no container found for project "demo": not found'):
        plan_start("demo", None, nothing(CHAIN))


def test_restart_reaches_dependents_that_ask_for_it() -> None:
    project = application(
        service("db"),
        service("web", depends_on={"db": healthy(restart=True)}),
        service("job", depends_on={"db": completed()}),
    )
    observed = state(project, *(container(project, name) for name in ("db", "web", "job")))
    same(
        plan_restart("demo", project, observed, RestartOptions(services=("db",), timeout=2)),
        """
        [] -> #1 RestartContainer demo-db-1, asked for
        [1] -> #2 WaitRunning demo-db-1, to see that it stays up
        [1] -> #3 WaitHealthy demo-db-1, others need it healthy
        [3] -> #4 RestartContainer demo-web-1, depends on what is restarted
        [4] -> #5 WaitRunning demo-web-1, to see that it stays up
        """,
    )
    plan = plan_restart("demo", project, observed, RestartOptions(services=("db",), no_deps=True))
    assert {action.service for action in plan.actions} == {"db"}
    assert {action.service for action in plan_restart("demo", None, observed).actions} == {"db", "web", "job"}
    at_once = [action for action in plan_restart("demo", project, observed).actions if action.service == "job"]
    assert at_once[0].after == ()
    with pytest.raises(PlanError, match="web is missing dependency db"):
        plan_restart("demo", project, state(project, container(project, "web")))
    alone = plan_restart("demo", project, state(project, container(project, "web")), RestartOptions(services=("web",)))
    assert {action.service for action in alone.actions} == {"web"}


def test_pause_unpause_and_kill_look_at_the_state() -> None:
    observed = state(CHAIN, container(CHAIN, "db"), container(CHAIN, "web", state="paused"))
    # The engine is asked for both, as by the reference, and refuses what is so already.
    both = "[] -> #1 {0} demo-db-1, asked for\n[] -> #2 {0} demo-web-1, asked for"
    same(plan_pause("demo", CHAIN, observed), both.format("PauseContainer"))
    same(plan_unpause("demo", None, observed), both.format("UnpauseContainer"))
    stopped = state(CHAIN, container(CHAIN, "web", state="exited"))
    assert plan_pause("demo", CHAIN, stopped, PauseOptions(services=("web",))).actions == ()
    plan = plan_kill("demo", CHAIN, observed, KillOptions(services=("db",), signal="SIGUSR1"))
    assert [(action.target, action.payload) for action in plan.actions] == [("demo-db-1", {"signal": "SIGUSR1"})]


def test_kill_reaches_one_off_containers_as_well() -> None:
    oneoff = replace(container(CHAIN, "db"), name="demo-db-run-1", oneoff=True)
    plan = plan_kill("demo", CHAIN, state(CHAIN, container(CHAIN, "web"), oneoff), KillOptions(services=("db",)))
    assert [action.target for action in plan.actions] == ["demo-db-run-1"]


def test_one_off_containers_are_left_to_down_with_orphans() -> None:
    oneoff = replace(container(CHAIN, "db"), name="demo-db-run-1", oneoff=True)
    observed = state(CHAIN, oneoff)
    assert plan_stop("demo", CHAIN, observed).actions == ()
    assert Do.REMOVE_CONTAINER not in {action.do for action in plan_down("demo", CHAIN, observed).actions}
    both = state(CHAIN, container(CHAIN, "db"), oneoff)
    for files in (CHAIN, None):
        plan = plan_down("demo", files, both, DownOptions(remove_orphans=True))
        assert _removed(plan) == ["demo-db-1", "demo-db-run-1"]


@pytest.mark.parametrize("files", [CHAIN, None])
def test_a_one_off_container_that_is_all_there_is_goes_once_it_has_ended(files: Application | None) -> None:
    oneoff = replace(container(CHAIN, "db"), name="demo-db-run-1", oneoff=True)
    with_orphans = DownOptions(remove_orphans=True)
    assert _removed(plan_down("demo", files, state(CHAIN, oneoff), with_orphans)) == []
    ended = state(CHAIN, replace(oneoff, state="exited"))
    assert _removed(plan_down("demo", files, ended, with_orphans)) == ["demo-db-run-1"]


def _removed(plan: Plan) -> list[str]:
    return [action.target for action in plan.actions if action.do is Do.REMOVE_CONTAINER]


def test_a_service_that_does_not_exist_is_refused_by_every_verb() -> None:
    named = ("wob",)
    refusals: list[Callable[[], Plan]] = [
        lambda: plan_stop("demo", CHAIN, UP, StopOptions(services=named)),
        lambda: plan_down("demo", CHAIN, UP, DownOptions(services=named)),
        lambda: plan_kill("demo", CHAIN, UP, KillOptions(services=named)),
        lambda: plan_pause("demo", CHAIN, UP, PauseOptions(services=named)),
        lambda: plan_start("demo", CHAIN, UP, StartOptions(services=named)),
        lambda: plan_restart("demo", CHAIN, UP, RestartOptions(services=named)),
    ]
    for refused in refusals:
        with pytest.raises(PlanError, match="no such service: wob"):
            refused()


def test_down_with_volumes_takes_the_anonymous_ones_that_a_recreation_took_over() -> None:
    project = application(service("web"))
    taken = ObservedMount(type="volume", target="/kept", name="a" * 64)
    web = container(project, "web", mounts=(taken, ObservedMount(type="volume", target="/data", name="named")))
    again = replace(web, labels={**web.labels, "com.docker.compose.replace": "web-1"})

    def removed(found: ObservedContainer) -> list[str]:
        plan = plan_down("demo", project, state(project, found), DownOptions(volumes=True))
        return [action.target for action in plan.actions if action.do is Do.REMOVE_VOLUME]

    assert removed(web) == []  # the engine removes it with its container
    assert removed(again) == ["a" * 64]
