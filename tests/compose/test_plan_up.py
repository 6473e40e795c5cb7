from __future__ import annotations

from dataclasses import replace
from textwrap import dedent
from typing import Any

import pytest

from projects.compose.engine_answers import network_from_list, volume_from_list
from projects.compose.errors import PlanError
from projects.compose.given_files import problem_of
from projects.compose.identity import service_hash, service_hashes
from projects.compose.model import (
    Application,
    BindOptions,
    Config,
    Dependency,
    Deploy,
    FileReference,
    Healthcheck,
    Mount,
    Network,
    Port,
    PreStartHook,
    Provider,
    Secret,
    Service,
    ServiceHook,
    ServiceNetwork,
    Volume,
)
from projects.compose.plan import Do, Plan
from projects.compose.planner import UpOptions, plan_orphans, plan_up
from projects.compose.state import ObservedContainer, ObservedNetwork, ObservedState, ObservedVolume, PublishedPort
from projects.compose.units import Duration
from tests.compose.planning import (
    IMAGE,
    application,
    completed,
    container,
    data,
    healthy,
    nothing,
    service,
    state,
    volumes,
)


def same(plan: Plan, text: str) -> None:
    assert str(plan) == dedent(text).strip()


def test_a_first_up_creates_everything_and_starts_in_the_order_of_dependencies() -> None:
    project = application(service("db", volumes=data()), service("web", depends_on=["db"]))
    same(
        plan_up(project, nothing(project)),
        """
        [] -> #1 CreateNetwork demo_default, no such network yet
        [] -> #2 CreateVolume demo_data, no such volume yet
        [1,2] -> #3 CreateContainer demo-db-1, no container yet
        [1] -> #4 CreateContainer demo-web-1, no container yet
        [3] -> #5 StartContainer demo-db-1, newly created
        [5] -> #6 WaitRunning demo-db-1, to see that it stays up
        [4,5] -> #7 StartContainer demo-web-1, newly created
        [7] -> #8 WaitRunning demo-web-1, to see that it stays up
        """,
    )


def test_an_unchanged_up_is_a_no_op() -> None:
    project = application(service("db", volumes=data()), service("web", depends_on=["db"]))
    same(
        plan_up(project, state(project, container(project, "db"), container(project, "web"))),
        """
        [] -> #1 Keep demo-db-1, up to date
        [] -> #2 Keep demo-web-1, up to date
        """,
    )


def test_a_container_that_compose_2_created_is_kept_as_it_is() -> None:
    mount = Mount(type="bind", source="/src", target="/app", bind=BindOptions(create_host_path=True))
    project = application(service("web", volumes=(mount,)), service("side", network_mode="service:web"))
    [of_v2] = service_hashes(project.services["web"]) - {service_hash(project.services["web"])}
    found = state(project, container(project, "web", config_hash=of_v2), container(project, "side"))
    same(
        plan_up(project, found),
        """
        [] -> #1 Keep demo-side-1, up to date
        [] -> #2 Keep demo-web-1, up to date
        """,
    )


def test_a_bind_mount_that_changed_recreates_a_container_of_compose_2() -> None:
    def project(source: str) -> Application:
        mount = Mount(type="bind", source=source, target="/app", bind=BindOptions(create_host_path=True))
        return application(service("web", volumes=(mount,)))

    before = project("/old").services["web"]
    [of_v2] = service_hashes(before) - {service_hash(before)}
    found = state(project("/new"), container(project("/new"), "web", config_hash=of_v2))
    same(
        plan_up(project("/new"), found),
        """
        [] -> #1 CreateContainer 776562000001_demo-web-1 {demo-web-1}, configuration changed
        [1] -> #2 StopContainer demo-web-1, configuration changed
        [2] -> #3 RemoveContainer demo-web-1, configuration changed
        [3] -> #4 RenameContainer 776562000001_demo-web-1 {demo-web-1}, configuration changed
        [4] -> #5 StartContainer demo-web-1, recreated
        [5] -> #6 WaitRunning demo-web-1, to see that it stays up
        """,
    )


def test_independent_services_start_side_by_side() -> None:
    project = application(service("a"), service("b"))
    starts = [action for action in plan_up(project, nothing(project)).actions if action.do is Do.START_CONTAINER]
    creates = [action.id for action in plan_up(project, nothing(project)).actions if action.do is Do.CREATE_CONTAINER]
    assert [start.after for start in starts] == [(creates[0],), (creates[1],)]


def test_a_changed_service_is_recreated_under_a_temporary_name() -> None:
    project = application(service("db"), service("web", depends_on=["db"]))
    same(
        plan_up(project, state(project, container(project, "db"), container(project, "web", config_hash="old"))),
        """
        [] -> #1 Keep demo-db-1, up to date
        [] -> #2 CreateContainer 776562000001_demo-web-1 {demo-web-1}, configuration changed
        [2] -> #3 StopContainer demo-web-1, configuration changed
        [3] -> #4 RemoveContainer demo-web-1, configuration changed
        [4] -> #5 RenameContainer 776562000001_demo-web-1 {demo-web-1}, configuration changed
        [5] -> #6 StartContainer demo-web-1, recreated
        [6] -> #7 WaitRunning demo-web-1, to see that it stays up
        """,
    )


def test_an_exited_container_is_removed_without_a_stop_when_it_changed() -> None:
    project = application(service("web"))
    observed = state(project, container(project, "web", config_hash="old", state="exited", exit_code=1))
    assert Do.STOP_CONTAINER not in {action.do for action in plan_up(project, observed).actions}


def test_what_has_ended_is_told_as_stopped_before_it_goes_or_changes_its_network() -> None:
    project = application(service("web", volumes=data()))
    kinds = [Do.STOP_CONTAINER, Do.REMOVE_CONTAINER]
    changed = (ObservedNetwork(id="id-default", name="demo_default", key="default", project="demo", config_hash="old"),)
    other = (ObservedVolume(name="demo_data", key="data", project="demo", config_hash="old"),)
    for status in ("running", "exited", "created"):
        web = container(project, "web", state=status)
        fewer = plan_up(project, state(project, web), UpOptions(scale={"web": 0}))
        assert [action.do for action in fewer.actions] == kinds
        moved = plan_up(project, state(project, web, networks=changed))
        assert [action.do for action in moved.actions][:2] == [Do.STOP_CONTAINER, Do.DISCONNECT_NETWORK]
        emptied = plan_up(project, state(project, web, volumes=other), UpOptions(yes=True))
        assert [action.do for action in emptied.actions][:2] == kinds
    going = container(project, "web", state="removing")
    assert [a.do for a in plan_up(project, state(project, going), UpOptions(scale={"web": 0})).actions] == kinds[1:]


def test_a_newer_image_recreates_its_containers() -> None:
    project = application(service("web"))
    observed = state(project, container(project, "web"), images={"busybox": replace(IMAGE, id="sha256:new")})
    plan = plan_up(project, observed)
    assert str(plan.actions[0].cause) == "image busybox is newer"
    assert plan.actions[0].payload["body"]["Labels"]["com.docker.compose.image"] == "sha256:new"


def test_changed_ports_are_named_as_the_cause() -> None:
    project = application(service("web", ports=(Port(target=80, published="8081", protocol="tcp"),)))
    old = container(project, "web", config_hash="old", ports=(PublishedPort(host_ip="", published=8080, target=80),))
    assert str(plan_up(project, state(project, old)).actions[0].cause) == "ports changed"


def test_what_stopped_is_started_again_and_what_is_paused_goes_on() -> None:
    project = application(service("a"), service("b"), service("c"))
    observed = state(
        project,
        container(project, "a", state="exited", exit_code=3),
        container(project, "b", state="paused"),
        container(project, "c", state="created"),
    )
    same(
        plan_up(project, observed),
        """
        [] -> #1 StartContainer demo-a-1, exited (3)
        [1] -> #2 WaitRunning demo-a-1, to see that it stays up
        [] -> #3 UnpauseContainer demo-b-1, paused
        [3] -> #4 WaitRunning demo-b-1, to see that it stays up
        [] -> #5 StartContainer demo-c-1, not running
        [5] -> #6 WaitRunning demo-c-1, to see that it stays up
        """,
    )


def test_what_stopped_is_started_after_its_network_is_there_again() -> None:
    project = application(service("web"))
    lines = str(plan_up(project, state(project, container(project, "web", state="created"), networks=()))).splitlines()
    assert lines[0] == "[] -> #1 CreateNetwork demo_default, no such network yet"
    assert lines[1] == "[1] -> #2 StartContainer demo-web-1, not running"


def test_a_dependency_is_waited_for_until_it_is_healthy_or_completed() -> None:
    project = application(
        service("db"),
        service("migrate", depends_on={"db": healthy()}),
        service("web", depends_on={"migrate": completed(), "db": healthy()}),
    )
    starts = plan_up(project, nothing(project), UpOptions()).actions[4:]
    same(
        Plan(project="demo", actions=starts),
        """
        [2] -> #5 StartContainer demo-db-1, newly created
        [5] -> #6 WaitRunning demo-db-1, to see that it stays up
        [5] -> #7 WaitHealthy demo-db-1, others need it healthy
        [3,7] -> #8 StartContainer demo-migrate-1, newly created
        [8] -> #9 WaitRunning demo-migrate-1, to see that it stays up
        [8] -> #10 WaitCompleted demo-migrate-1, others need it completed
        [4,7,10] -> #11 StartContainer demo-web-1, newly created
        [11] -> #12 WaitRunning demo-web-1, to see that it stays up
        """,
    )


def test_a_dependency_is_waited_for_as_long_as_was_asked_for() -> None:
    project = application(service("db"), service("web", depends_on={"db": healthy()}))
    (wait,) = [
        a for a in plan_up(project, nothing(project), UpOptions(wait_timeout=9)).actions if "required" in a.payload
    ]
    assert wait.payload == {"required": True, "timeout": 9}


def test_a_dependency_that_is_scaled_to_none_is_not_missed() -> None:
    project = application(service("db"), service("web", depends_on={"db": healthy()}))
    plan = plan_up(project, nothing(project), UpOptions(scale={"db": 0}))
    assert {action.do for action in plan.actions if action.service == "db"} == set()


def test_a_dependency_that_runs_already_is_still_waited_for() -> None:
    project = application(service("db"), service("web", depends_on={"db": healthy()}))
    same(
        plan_up(project, state(project, container(project, "db"), container(project, "web", state="exited"))),
        """
        [] -> #1 Keep demo-db-1, up to date
        [] -> #2 WaitHealthy demo-db-1, others need it healthy
        [2] -> #3 StartContainer demo-web-1, exited (0)
        [3] -> #4 WaitRunning demo-web-1, to see that it stays up
        """,
    )


def test_the_failure_of_a_dependency_that_is_not_required_is_borne() -> None:
    project = application(service("db"), service("web", depends_on={"db": healthy(required=False)}))
    (wait,) = [a for a in plan_up(project, nothing(project)).actions if a.do is Do.WAIT_HEALTHY]
    assert (wait.best_effort, wait.payload) == (True, {"required": False})


def test_dependents_that_ask_for_it_are_restarted_around_a_recreation() -> None:
    project = application(service("db"), service("web", depends_on={"db": healthy(restart=True)}))
    same(
        plan_up(project, state(project, container(project, "db", config_hash="old"), container(project, "web"))),
        """
        [] -> #1 StopContainer demo-web-1, service db is recreated
        [] -> #2 CreateContainer 646200000001_demo-db-1 {demo-db-1}, configuration changed
        [1,2] -> #3 StopContainer demo-db-1, configuration changed
        [3] -> #4 RemoveContainer demo-db-1, configuration changed
        [4] -> #5 RenameContainer 646200000001_demo-db-1 {demo-db-1}, configuration changed
        [5] -> #6 StartContainer demo-db-1, recreated
        [6] -> #7 WaitRunning demo-db-1, to see that it stays up
        [6] -> #8 WaitHealthy demo-db-1, others need it healthy
        [1,8] -> #9 StartContainer demo-web-1, started again with what it depends on
        [9] -> #10 WaitRunning demo-web-1, to see that it stays up
        """,
    )


def test_a_dependent_that_has_ended_is_told_as_stopped_and_is_started_for_its_own_cause() -> None:
    project = application(service("db"), service("web", depends_on={"db": healthy(restart=True)}))
    web = container(project, "web", state="exited", exit_code=3)
    lines = str(plan_up(project, state(project, container(project, "db", config_hash="old"), web))).splitlines()
    assert lines[0] == "[] -> #1 StopContainer demo-web-1, service db is recreated"
    assert "[1,8] -> #9 StartContainer demo-web-1, exited (3)" in lines


def test_what_a_service_without_containers_depends_on_is_waited_for() -> None:
    db = service("db")
    project = application(db, service("web", scale=0, depends_on={"db": healthy()}))
    there = state(project, container(project, "db"))
    assert "[] -> #2 WaitHealthy demo-db-1, others need it healthy" in str(plan_up(project, there))
    deployed = application(db, service("web", deploy=Deploy(replicas=0), depends_on={"db": healthy()}))
    assert str(plan_up(deployed, there)) == "[] -> #1 Keep demo-db-1, up to date"


def test_a_container_that_bears_a_name_of_compose_1_keeps_it() -> None:
    project = application(service("web"))
    plan = plan_up(project, state(project, replace(container(project, "web"), name="demo_web_1")))
    assert str(plan) == "[] -> #1 Keep demo_web_1, up to date"


def test_what_shares_a_namespace_is_recreated_with_its_parent() -> None:
    project = application(service("db"), service("side", network_mode="service:db", depends_on=["db"]))
    same(
        plan_up(project, state(project, container(project, "db"), container(project, "side"))),
        """
        [] -> #1 Keep demo-db-1, up to date
        [] -> #2 Keep demo-side-1, up to date
        """,
    )
    plan = plan_up(project, state(project, container(project, "db", config_hash="old"), container(project, "side")))
    causes = {action.group: str(action.cause) for action in plan.actions if action.do is Do.CREATE_CONTAINER}
    assert causes == {"demo-db-1": "configuration changed", "demo-side-1": "service db is recreated"}
    creates = [action for action in plan.actions if action.do is Do.CREATE_CONTAINER]
    assert creates[0].id in creates[1].after


def test_scaling_up_goes_on_from_the_highest_number() -> None:
    project = application(service("web", scale=3))
    same(
        plan_up(project, state(project, container(project, "web", 2)), UpOptions(no_start=True)),
        """
        [] -> #1 Keep demo-web-2, up to date
        [] -> #2 CreateContainer demo-web-3, scaled to 3
        [] -> #3 CreateContainer demo-web-4, scaled to 3
        """,
    )


def test_scaling_down_removes_outdated_containers_first_and_then_the_highest_numbers() -> None:
    project = application(service("web", scale=3))
    first, second, third = (container(project, "web", number) for number in (1, 2, 3))
    same(
        plan_up(project, state(project, first, second, third), UpOptions(scale={"web": 1})),
        """
        [] -> #1 StopContainer demo-web-2, scaled to 1
        [1] -> #2 RemoveContainer demo-web-2, scaled to 1
        [] -> #3 StopContainer demo-web-3, scaled to 1
        [3] -> #4 RemoveContainer demo-web-3, scaled to 1
        [] -> #5 Keep demo-web-1, up to date
        """,
    )
    same(
        plan_up(project, state(project, replace(first, config_hash="old"), second, third), UpOptions(scale={"web": 2})),
        """
        [] -> #1 StopContainer demo-web-1, scaled to 2
        [1] -> #2 RemoveContainer demo-web-1, scaled to 2
        [] -> #3 Keep demo-web-2, up to date
        [] -> #4 Keep demo-web-3, up to date
        """,
    )


def test_a_recreation_that_was_interrupted_is_completed() -> None:
    project = application(service("web"))
    old = container(project, "web", config_hash="old")
    new = replace(container(project, "web"), id="f" * 64, name=f"{old.id[:12]}_demo-web-1", state="created")
    same(
        plan_up(project, state(project, old, new)),
        """
        [] -> #1 StopContainer demo-web-1, replaced by a newer container
        [1] -> #2 RemoveContainer demo-web-1, replaced by a newer container
        [2] -> #3 RenameContainer 776562000001_demo-web-1 {demo-web-1}, an interrupted recreation is completed
        [3] -> #4 StartContainer demo-web-1, not running
        [4] -> #5 WaitRunning demo-web-1, to see that it stays up
        """,
    )


def test_a_container_whose_connecting_was_interrupted_is_made_anew() -> None:
    project = application(service("web", networks={"default": None, "back": None}))
    half = container(project, "web", state="created", networks={"demo_back": ""})
    assert str(plan_up(project, state(project, half)).actions[0].cause) == "not connected to network demo_default"


def test_a_running_container_off_its_network_or_volume_is_recreated() -> None:
    project = application(service("web", volumes=data()))
    off = container(project, "web", networks={"demo_default": "another id"})
    assert str(plan_up(project, state(project, off)).actions[0].cause) == "not connected to network demo_default"
    bare = container(project, "web", mounts=())
    assert str(plan_up(project, state(project, bare)).actions[0].cause) == "volume demo_data is not mounted"


def test_an_older_engine_connects_further_networks_before_the_start() -> None:
    project = application(service("web", networks={"default": None, "back": None}))
    same(
        plan_up(project, nothing(project)),
        """
        [] -> #1 CreateNetwork demo_back, no such network yet
        [] -> #2 CreateNetwork demo_default, no such network yet
        [1,2] -> #3 CreateContainer demo-web-1, no container yet
        [3] -> #4 ConnectNetwork demo_default {demo-web-1}, joins network demo_default
        [3,4] -> #5 StartContainer demo-web-1, newly created
        [5] -> #6 WaitRunning demo-web-1, to see that it stays up
        """,
    )


def test_a_changed_network_is_made_anew_and_its_containers_are_connected_to_it() -> None:
    project = application(service("web"))
    changed = (ObservedNetwork(id="id-default", name="demo_default", key="default", project="demo", config_hash="old"),)
    same(
        plan_up(project, state(project, container(project, "web"), networks=changed)),
        """
        [] -> #1 StopContainer demo-web-1, network demo_default changed
        [1] -> #2 DisconnectNetwork demo_default {demo-web-1}, network demo_default changed
        [2] -> #3 RemoveNetwork demo_default, configuration changed
        [3] -> #4 CreateNetwork demo_default, configuration changed
        [2,4] -> #5 ConnectNetwork demo_default {demo-web-1}, joins network demo_default
        [5] -> #6 StartContainer demo-web-1, its network was made anew
        [6] -> #7 WaitRunning demo-web-1, to see that it stays up
        """,
    )


def test_a_network_with_a_new_name_takes_over_the_containers_of_the_old_one() -> None:
    project = application(service("web", networks={"default": ServiceNetwork(aliases=("www",))}))
    before = (ObservedNetwork(id="id-default", name="old", key="default", project="demo", config_hash="old"),)
    web = replace(container(project, "web"), networks={"old": "id-default"})
    plan = plan_up(project, state(project, web, networks=before))
    same(
        plan,
        """
        [] -> #1 CreateNetwork demo_default, has a new name
        [] -> #2 StopContainer demo-web-1, network old changed
        [2] -> #3 DisconnectNetwork old {demo-web-1}, network old changed
        [3] -> #4 RemoveNetwork old (best effort), another name replaces it
        [1,3] -> #5 ConnectNetwork demo_default {demo-web-1}, joins network demo_default
        [5] -> #6 StartContainer demo-web-1, its network was made anew
        [6] -> #7 WaitRunning demo-web-1, to see that it stays up
        """,
    )
    assert plan.actions[4].payload["endpoint"]["Aliases"] == ["demo-web-1", "web", "www"]


def test_a_container_on_two_changed_networks_is_stopped_once_and_joins_both() -> None:
    project = application(service("web", networks={"a": None, "b": None}))
    changed = tuple(
        ObservedNetwork(id=f"id-{key}", name=f"demo_{key}", key=key, project="demo", config_hash="old") for key in "ab"
    )
    same(
        plan_up(project, state(project, container(project, "web"), networks=changed)),
        """
        [] -> #1 StopContainer demo-web-1, network demo_a changed
        [1] -> #2 DisconnectNetwork demo_a {demo-web-1}, network demo_a changed
        [2] -> #3 RemoveNetwork demo_a, configuration changed
        [3] -> #4 CreateNetwork demo_a, configuration changed
        [2] -> #5 DisconnectNetwork demo_b {demo-web-1}, network demo_b changed
        [5] -> #6 RemoveNetwork demo_b, configuration changed
        [6] -> #7 CreateNetwork demo_b, configuration changed
        [4,5] -> #8 ConnectNetwork demo_a {demo-web-1}, joins network demo_a
        [7,8] -> #9 ConnectNetwork demo_b {demo-web-1}, joins network demo_b
        [9] -> #10 StartContainer demo-web-1, its network was made anew
        [10] -> #11 WaitRunning demo-web-1, to see that it stays up
        """,
    )


def test_a_stopped_container_that_lost_its_network_is_made_anew() -> None:
    project = application(service("web"))
    lost = replace(container(project, "web", state="exited"), networks={})
    plan = plan_up(project, state(project, lost))
    assert str(plan.actions[0].cause) == "not connected to network demo_default"


def test_a_volume_with_a_new_name_leaves_the_old_one_with_its_data() -> None:
    project = application(service("db", volumes=data()))
    old = ObservedVolume(name="old", key="data", project="demo", config_hash="old")
    first = plan_up(project, state(project, container(project, "db"), volumes=(old,)))
    assert [str(a) for a in first.actions if a.do is Do.REMOVE_VOLUME] == []
    assert str(first).splitlines()[0] == "[] -> #1 CreateVolume demo_data, no such volume yet"
    then = plan_up(project, state(project, container(project, "db"), volumes=(old, *volumes(project))))
    assert [str(warning) for warning in then.warnings] == [
        "Volume old was made for what the files call demo_data now; it is left as it is. "
        "Remove it if it is no longer needed."
    ]


def test_containers_that_share_a_range_of_ports_start_one_after_the_other() -> None:
    ports = (Port(target=80, published="8000-8009", protocol="tcp"),)
    project = application(service("a", ports=ports, scale=2), service("b"), service("c", ports=ports))
    plan = plan_up(project, nothing(project), UpOptions(settle=False))
    starts = [a for a in plan.actions if a.do is Do.START_CONTAINER]
    ids = {action.target: action.id for action in starts}
    assert [sorted(set(ids.values()) & set(action.after)) for action in starts] == [
        [],
        [ids["demo-a-1"]],
        [],
        [ids["demo-a-2"]],
    ]


def test_what_is_started_is_looked_at_for_a_moment_unless_that_is_declined() -> None:
    project = application(service("web"))
    waits = [
        [action.do for action in plan_up(project, nothing(project), UpOptions(settle=settle)).actions].count(
            Do.WAIT_RUNNING
        )
        for settle in (True, False)
    ]
    assert waits == [1, 0]


def test_containers_of_other_services_come_back_to_a_network_that_was_made_anew() -> None:
    project = application(service("db"), service("web"))
    changed = (ObservedNetwork(id="id-default", name="demo_default", key="default", project="demo", config_hash="old"),)
    observed = state(project, container(project, "db"), container(project, "web"), networks=changed)
    plan = plan_up(project, observed, UpOptions(services=("web",)))
    same(
        Plan(project="demo", actions=tuple(a for a in plan.actions if a.service == "db")),
        """
        [] -> #1 StopContainer demo-db-1, network demo_default changed
        [1] -> #2 DisconnectNetwork demo_default {demo-db-1}, network demo_default changed
        [2,6] -> #8 ConnectNetwork demo_default {demo-db-1}, its network was made anew
        [8] -> #9 StartContainer demo-db-1, its network was made anew
        """,
    )


def test_a_network_without_a_hash_is_left_alone() -> None:
    project = application(service("web"))
    unknown = (ObservedNetwork(id="id-default", name="demo_default", key="default", project="demo"),)
    same(
        plan_up(project, state(project, container(project, "web"), networks=unknown)),
        "[] -> #1 Keep demo-web-1, up to date",
    )


def test_networks_and_volumes_of_others_are_used_with_a_warning() -> None:
    project = application(service("web", volumes=data()))
    plan = plan_up(
        project,
        state(
            project,
            networks=(),
            volumes=(),
            foreign_networks=(ObservedNetwork(id="f", name="demo_default"),),
            foreign_volumes=(ObservedVolume(name="demo_data"),),
        ),
    )
    assert not {Do.CREATE_NETWORK, Do.CREATE_VOLUME} & {action.do for action in plan.actions}
    assert [str(warning).partition(" exists")[0] for warning in plan.warnings] == [
        "Network demo_default",
        "Volume demo_data",
    ]


def test_a_volume_with_another_configuration_is_kept_for_its_data() -> None:
    project = application(service("web", volumes=data()))
    changed = (ObservedVolume(name="demo_data", key="data", project="demo", config_hash="old"),)
    plan = plan_up(project, state(project, container(project, "web"), volumes=changed))
    assert [action.do for action in plan.actions] == [Do.KEEP]
    assert "demo_data does not match its configuration" in str(plan.warnings[0])


def test_a_volume_is_made_anew_with_the_containers_that_use_it_where_that_was_asked_for() -> None:
    project = application(service("db", volumes=data()), service("web", depends_on=["db"]))
    changed = (ObservedVolume(name="demo_data", key="data", project="demo", config_hash="old"),)
    observed = state(project, container(project, "db"), container(project, "web"), volumes=changed)
    plan = plan_up(project, observed, UpOptions(recreate_volumes=("demo_data",)))
    same(
        plan,
        """
        [] -> #1 StopContainer demo-db-1, volume demo_data is made anew
        [1] -> #2 RemoveContainer demo-db-1, volume demo_data is made anew
        [2] -> #3 RemoveVolume demo_data, configuration changed, its data is lost
        [3] -> #4 CreateVolume demo_data, configuration changed
        [4] -> #5 CreateContainer demo-db-1, its volume is made anew
        [] -> #6 Keep demo-web-1, up to date
        [5] -> #7 StartContainer demo-db-1, newly created
        [7] -> #8 WaitRunning demo-db-1, to see that it stays up
        """,
    )
    assert plan_up(project, observed, UpOptions(yes=True)) == plan
    other = plan_up(project, observed, UpOptions(recreate_volumes=("other",)))
    assert Do.REMOVE_VOLUME not in {action.do for action in other.actions}


def test_a_container_goes_once_though_two_of_its_volumes_and_its_network_changed() -> None:
    mounts = (*data("/a"), replace(data("/b")[0], source="more"))
    project = application(service("db", volumes=mounts))
    changed = tuple(
        ObservedVolume(name=f"demo_{key}", key=key, project="demo", config_hash="old") for key in ("data", "more")
    )
    networks = (ObservedNetwork(id="id-default", name="demo_default", key="default", project="demo", config_hash="x"),)
    observed = state(project, container(project, "db"), volumes=changed, networks=networks)
    plan = plan_up(project, observed, UpOptions(yes=True))
    done = [(action.do, action.target) for action in plan.actions]
    assert len(done) == len(set(done))
    assert [action.target for action in plan.actions if action.do is Do.STOP_CONTAINER] == ["demo-db-1"]
    [create] = [action for action in plan.actions if action.do is Do.CREATE_CONTAINER]
    assert len(create.after) == 3  # its network and both volumes


def test_a_changed_network_or_volume_names_its_keys() -> None:
    net = Network(name="demo_default", driver="bridge", internal=True, labels={"a": "b"})
    project = application(service("db", volumes=data()), networks=[net], volumes={"data": Volume(name="demo_data")})
    was = {"Name": "demo_data", "Driver": "local", "Options": {"type": "tmpfs"}}
    labels = {"com.docker.compose.project": "demo", "com.docker.compose.config-hash": "old"}
    volume = volume_from_list(was | {"Labels": labels | {"com.docker.compose.volume": "data"}})
    network = network_from_list(
        {
            "Id": "id-default",
            "Name": "demo_default",
            "Driver": "bridge",
            "IPAM": {"Driver": "default", "Config": [{"Subnet": "172.18.0.0/16"}]},
            "Labels": labels | {"com.docker.compose.network": "default"},
        }
    )
    plan = plan_up(project, state(project, volumes=(volume,), networks=(network,)), UpOptions(yes=True))
    causes = {action.do: str(action.cause) for action in plan.actions}
    assert causes[Do.CREATE_VOLUME] == "driver_opts type changed"
    assert causes[Do.REMOVE_NETWORK] == "internal; labels a changed"


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("network", "network outside declared as external, but could not be found"),
        ("volume", 'external volume "outside" not found'),
    ],
)
def test_an_external_resource_must_exist(kind: str, told: str) -> None:
    if kind == "network":
        project = application(service("web"), networks=[Network(name="outside", external=True)])
        project = replace(project, networks={"default": Network(name="outside", external=True)})
    else:
        project = application(service("web", volumes=data()), volumes={"data": Volume(name="outside", external=True)})
    with pytest.raises(PlanError, match=told):
        plan_up(project, state(project, networks=(), volumes=()))


def test_an_external_network_is_used_as_it_is() -> None:
    project = replace(application(service("web")), networks={"default": Network(name="outside", external=True)})
    plan = plan_up(project, state(project, foreign_networks=(ObservedNetwork(id="f", name="outside"),)))
    assert ([action.do for action in plan.actions][:1], plan.warnings) == ([Do.CREATE_CONTAINER], ())


def test_orphans_are_told_of_and_removed_only_where_that_is_asked_for() -> None:
    project = application(service("web"))
    gone = application(service("web"), service("old"))
    observed = state(project, container(project, "web"), container(gone, "old"))
    same(
        plan_up(project, observed),
        """
        [] -> #1 Keep demo-web-1, up to date
        ! Found orphan containers (demo-old-1) for this project: its files do not name their services. Remove them if \
they are no longer needed.
        """,
    )
    same(
        plan_up(project, observed, UpOptions(remove_orphans=True)),
        """
        [] -> #1 StopContainer demo-old-1, no service old in the files
        [1] -> #2 RemoveContainer demo-old-1, no service old in the files
        [] -> #3 Keep demo-web-1, up to date
        """,
    )
    assert plan_up(project, observed, UpOptions(ignore_orphans=True)).warnings == ()


def test_where_no_service_is_brought_up_orphans_are_told_of_and_removed_all_the_same() -> None:
    project = application(service("web"))
    ended = replace(container(project, "web"), name="demo-web-run-1", oneoff=True, state="exited")
    observed = state(project, container(application(service("old")), "old"), ended)
    assert "(demo-old-1, demo-web-run-1)" in str(plan_orphans(project, observed, UpOptions()))
    same(
        plan_orphans(project, observed, UpOptions(remove_orphans=True)),
        """
        [] -> #1 StopContainer demo-old-1, no service old in the files
        [1] -> #2 RemoveContainer demo-old-1, no service old in the files
        [] -> #3 StopContainer demo-web-run-1, its command has ended
        [3] -> #4 RemoveContainer demo-web-run-1, its command has ended
        """,
    )


def test_disabled_services_are_no_orphans() -> None:
    both = application(service("web"), service("debug"))
    project = replace(both, services={"web": both.services["web"]}, disabled_services={"debug": both.services["debug"]})
    assert plan_up(project, state(project, container(both, "web"), container(both, "debug"))).warnings == ()


def test_only_the_named_services_and_what_they_need_come_up() -> None:
    project = application(service("db"), service("web", depends_on=["db"]), service("other"))
    plan = plan_up(project, nothing(project), UpOptions(services=("web",)))
    assert {action.service for action in plan.actions if action.service} == {"db", "web"}
    plan = plan_up(project, nothing(project), UpOptions(services=("web",), no_deps=True))
    assert {action.service for action in plan.actions if action.service} == {"web"}


def test_a_service_that_does_not_exist_is_refused_by_name() -> None:
    project = application(service("db"), service("web"))
    with pytest.raises(PlanError, match=r"no such service: wob\. Services of this project: db, web\."):
        plan_up(project, nothing(project), UpOptions(services=("wob",)))


@pytest.mark.parametrize(
    ("options", "recreated"),
    [
        (UpOptions(force_recreate=True), {"db", "web"}),
        (UpOptions(force_recreate=True, services=("web",)), {"web"}),
        (UpOptions(always_recreate_deps=True, services=("web",)), {"db"}),
        (UpOptions(renew_anon_volumes=True, services=("web",)), {"web"}),
        (UpOptions(), set()),
    ],
)
def test_recreation_can_be_asked_for(options: UpOptions, recreated: set[str]) -> None:
    project = application(service("db"), service("web", depends_on=["db"]))
    plan = plan_up(project, state(project, container(project, "db"), container(project, "web")), options)
    assert {action.service for action in plan.actions if action.do is Do.CREATE_CONTAINER} == recreated


def test_recreation_can_be_declined() -> None:
    project = application(service("web"))
    plan = plan_up(project, state(project, container(project, "web", config_hash="old")), UpOptions(no_recreate=True))
    same(plan, "[] -> #1 Keep demo-web-1, up to date")


@pytest.mark.parametrize(
    ("attributes", "what"),
    [
        ({"network_mode": "service:db"}, "network namespace"),
        ({"ipc": "service:db"}, "IPC namespace"),
        ({"pid": "service:db"}, "PID namespace"),
        ({"volumes_from": ("db:ro",)}, "volume"),
    ],
)
def test_what_has_no_container_cannot_be_shared(attributes: dict[str, Any], what: str) -> None:
    project = application(service("db"), service("web", **attributes))
    with pytest.raises(PlanError, match=f"cannot share {what} with service db: container missing"):
        plan_up(project, nothing(project), UpOptions(services=("web",), no_deps=True))


def test_an_interval_of_the_start_needs_its_period() -> None:
    project = application(service("web", healthcheck=Healthcheck(test=("CMD", "true"), start_interval=Duration(1))))
    with pytest.raises(PlanError, match=r"healthcheck\.start_interval requires healthcheck\.start_period to be set"):
        plan_up(project, nothing(project))


def test_several_containers_cannot_bear_one_name() -> None:
    project = application(service("web", container_name="mine"))
    with pytest.raises(PlanError, match='The "web" service is using the custom container name "mine"'):
        plan_up(project, nothing(project), UpOptions(scale={"web": 2}))


def test_a_stop_timeout_is_passed_on() -> None:
    project = application(service("web"))
    plan = plan_up(project, state(project, container(project, "web", config_hash="old")), UpOptions(timeout=3))
    assert [action.payload for action in plan.actions if action.do is Do.STOP_CONTAINER] == [{"timeout": 3}]


def test_secrets_without_a_file_are_put_into_the_container_before_it_starts() -> None:
    project = application(
        service(
            "web",
            secrets=(FileReference(source="token", uid="7"),),
            configs=(FileReference(source="cfg", target="/etc/c"),),
        ),
        secrets={"token": Secret(environment="TOKEN", content="s3cret")},
        configs={"cfg": Config(content="a=1")},
        environment={"TOKEN": "s3cret"},
    )
    plan = plan_up(project, nothing(project))
    (put,) = [action for action in plan.actions if action.do is Do.PUT_FILES]
    (start,) = [action for action in plan.actions if action.do is Do.START_CONTAINER]
    assert put.payload["files"] == [
        {"name": "/run/secrets/token", "content": "s3cret", "mode": 0o444, "uid": 7, "gid": 0},
        {"name": "/etc/c", "content": "a=1", "mode": 0o444, "uid": 0, "gid": 0},
    ]
    assert start.after == (put.id,)
    assert "s3cret" not in str(plan)


@pytest.mark.parametrize(
    ("secret", "problem"),
    [
        (Secret(external=True), "Service web uses token, which is external"),
        (Secret(driver="vault"), "Service web uses token, which names a driver"),
        (Secret(content="x", template_driver="golang"), "Service web uses token, which names a driver"),
    ],
)
def test_secrets_that_cannot_be_given_are_refused_before_anything_is_done(secret: Secret, problem: str) -> None:
    project = application(service("web", secrets=(FileReference(source="token"),)), secrets={"token": secret})
    with pytest.raises(PlanError, match=problem):
        plan_up(project, nothing(project))


@pytest.mark.parametrize(
    ("secret", "read_only", "problem"),
    [
        (Secret(content="x"), True, "It is read-only, so only"),
        (Secret(name="demo_token", environment="TOKEN"), False, 'variable "TOKEN" required by secret "demo_token" is'),
    ],
)
def test_what_a_start_cannot_give_fails_with_the_start_as_with_the_reference(
    secret: Secret, read_only: bool, problem: str
) -> None:
    web = service("web", secrets=(FileReference(source="token"),), read_only=read_only)
    project = application(web, service("other"), secrets={"token": secret})
    (put,) = [a for a in plan_up(project, nothing(project)).actions if a.do is Do.PUT_FILES]
    assert problem in str(problem_of(put.payload["files"]))


def test_what_shares_a_namespace_is_stopped_before_that_is_recreated() -> None:
    base = service("base")
    beside = service("beside", network_mode="service:base", depends_on={"base": Dependency(restart=True)})
    project = application(base, beside)
    observed = state(project, container(project, "base", config_hash="old"), container(project, "beside"))
    plan = plan_up(project, observed)
    stop, gone = (
        next(a for a in plan.actions if a.do is do and a.service == name)
        for do, name in ((Do.STOP_CONTAINER, "beside"), (Do.STOP_CONTAINER, "base"))
    )
    assert stop.id in gone.after
    assert [a.do for a in plan.actions if a.service == "beside"].count(Do.STOP_CONTAINER) == 1


def test_hooks_run_after_the_start() -> None:
    project = application(service("web", post_start=(ServiceHook(command=("a", "b"), user="root"),)))
    plan = plan_up(project, nothing(project))
    (hook,) = [action for action in plan.actions if action.do is Do.RUN_HOOK]
    assert (plan.actions[hook.after[0] - 1].do, hook.payload["command"]) == (Do.START_CONTAINER, ["a", "b"])


def test_a_circle_of_services_is_named() -> None:
    project = application(service("a", depends_on=["b"]), service("b", depends_on=["a"]))
    with pytest.raises(PlanError, match="in a circle: a → b → a"):
        plan_up(project, nothing(project))


def test_actions_come_after_what_they_need() -> None:
    names = [f"s{number}" for number in range(20)]
    services = [
        service(n, volumes=data(), depends_on={o: healthy(restart=True) for o in names[:i]})
        for i, n in enumerate(names)
    ]
    project = application(*services)
    half = [container(project, name, config_hash="old" if i % 3 else "x") for i, name in enumerate(names[:10])]
    for observed in (nothing(project), state(project, *half), ObservedState(project="demo")):
        actions = plan_up(project, observed).actions
        assert [action.id for action in actions] == list(range(1, len(actions) + 1))
        assert all(before < action.id for action in actions for before in action.after)


def test_a_service_without_networks_or_with_none_is_planned() -> None:
    project = application(Service(name="web", image="busybox", network_mode="none"))
    assert plan_up(project, nothing(project)).actions[0].do is Do.CREATE_CONTAINER


@pytest.mark.parametrize(
    ("attributes", "problem"),
    [
        ({"models": {"small": None}}, "Service needy asks for models"),
        ({"provider": Provider(type="cloud")}, "Service needy is provided by the program cloud"),
    ],
)
def test_what_an_engine_alone_cannot_give_is_refused(attributes: dict[str, Any], problem: str) -> None:
    project = application(service("needy", **attributes), service("web", depends_on=["needy"]), service("other"))
    for services in ((), ("web",), ("needy",)):
        with pytest.raises(PlanError, match=problem):
            plan_up(project, nothing(project), UpOptions(services=services))
    for options in (UpOptions(services=("other",)), UpOptions(services=("web",), no_deps=True)):
        assert plan_up(project, nothing(project), options).actions


@pytest.mark.parametrize("option", ["seccomp=profile.json", "seccomp:/demo/profile.json"])
def test_a_seccomp_profile_is_read_when_the_container_is_made(option: str) -> None:
    project = application(service("web", security_opt=(option, "no-new-privileges:true")))
    (create,) = [action for action in plan_up(project, nothing(project)).actions if action.do is Do.CREATE_CONTAINER]
    assert create.payload["seccomp"] == "/demo/profile.json"
    assert create.payload["body"]["HostConfig"]["SecurityOpt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("option", ["seccomp=unconfined", "seccomp:unconfined", "no-new-privileges:true"])
def test_security_options_without_a_file_are_passed_on(option: str) -> None:
    project = application(service("web", security_opt=(option,)))
    (create,) = [action for action in plan_up(project, nothing(project)).actions if action.do is Do.CREATE_CONTAINER]
    assert create.payload["body"]["HostConfig"]["SecurityOpt"] == [option]


HOOKS = (PreStartHook(command=("one",)), PreStartHook(command=("two",), image="tools"))


def test_hooks_run_to_their_end_one_after_the_other_before_the_first_start() -> None:
    project = application(service("web", pre_start=HOOKS, scale=2))
    same(
        plan_up(project, nothing(project)),
        """
        [] -> #1 CreateNetwork demo_default, no such network yet
        [1] -> #2 CreateContainer demo-web-1, no container yet
        [1] -> #3 CreateContainer demo-web-2, no container yet
        [2] -> #4 CreateContainer demo-web-pre_start-0, hook before the start
        [2] -> #5 CreateContainer demo-web-pre_start-1, hook before the start
        [4] -> #6 StartContainer demo-web-pre_start-0, hook before the start
        [6] -> #7 WaitCompleted demo-web-pre_start-0, hook before the start
        [7] -> #8 RemoveContainer demo-web-pre_start-0, the hook is done
        [5,8] -> #9 StartContainer demo-web-pre_start-1, hook before the start
        [9] -> #10 WaitCompleted demo-web-pre_start-1, hook before the start
        [10] -> #11 RemoveContainer demo-web-pre_start-1, the hook is done
        [2,11] -> #12 StartContainer demo-web-1, newly created
        [12] -> #13 WaitRunning demo-web-1, to see that it stays up
        [3,11] -> #14 StartContainer demo-web-2, newly created
        [14] -> #15 WaitRunning demo-web-2, to see that it stays up
        """,
    )


def test_hooks_do_not_run_where_a_container_of_the_service_runs_already() -> None:
    project = application(service("web", pre_start=HOOKS, scale=2))
    plan = plan_up(project, state(project, container(project, "web")))
    assert not [action for action in plan.actions if "pre_start" in action.target]


def test_what_a_failed_hook_has_left_makes_room_for_another_attempt() -> None:
    project = application(service("web", pre_start=HOOKS[:1]))
    left = ObservedContainer(
        id="left",
        name="demo-web-pre_start-0",
        project="demo",
        service="web",
        state="exited",
        labels={"com.docker.compose.hook": "pre_start"},
    )
    plan = plan_up(project, state(project, container(project, "web", state="created"), left))
    assert str(plan).splitlines()[:2] == [
        "[] -> #1 RemoveContainer demo-web-pre_start-0, left by a hook that failed",
        "[1] -> #2 CreateContainer demo-web-pre_start-0, hook before the start",
    ]


def test_a_hook_shares_the_first_containers_volumes_under_labels_of_its_own() -> None:
    project = application(service("web", pre_start=HOOKS))
    creates = {a.target: a.payload["body"] for a in plan_up(project, nothing(project)).actions if "body" in a.payload}
    one, two = creates["demo-web-pre_start-0"], creates["demo-web-pre_start-1"]
    assert (one["Image"], two["Image"]) == ("busybox", "tools")
    assert one["HostConfig"]["VolumesFrom"] == ["{{demo-web-1}}"]
    assert one["Labels"] == {
        "com.docker.compose.project": "demo",
        "com.docker.compose.service": "web",
        "com.docker.compose.version": "5.6.1",
        "com.docker.compose.depends_on": "",
        "com.docker.compose.hook": "pre_start",
        "com.docker.compose.hook-index": "0",
    }


def test_a_hook_for_each_container_is_refused() -> None:
    project = application(service("web", pre_start=(PreStartHook(per_replica=True),)))
    with pytest.raises(PlanError, match="Service web asks for a pre_start hook for each of its containers"):
        plan_up(project, nothing(project))


def test_what_runs_is_not_up_to_date_while_a_dependency_is_not_healthy() -> None:
    project = application(service("db"), service("web", depends_on={"db": healthy()}))
    same(
        plan_up(project, state(project, container(project, "db"), container(project, "web"))),
        """
        [] -> #1 Keep demo-db-1, up to date
        [] -> #2 Keep demo-web-1, up to date
        [] -> #3 WaitHealthy demo-db-1, others need it healthy
        """,
    )


def test_a_newer_image_behind_a_mount_recreates_its_containers() -> None:
    mount = Mount(type="image", source="tools", target="/tools")
    project = application(service("web", volumes=(mount,)))
    images = {"busybox": IMAGE, "tools": replace(IMAGE, id="sha256:new")}
    digests = {"com.docker.compose.image-volume-digest": "/tools=sha256:old"}
    old = container(project, "web")
    plan = plan_up(project, state(project, replace(old, labels={**old.labels, **digests}), images=images))
    assert str(plan.actions[0].cause) == "an image that it mounts is newer"
    labels = plan.actions[0].payload["body"]["Labels"]
    assert labels["com.docker.compose.image-volume-digest"] == "/tools=sha256:new"


def test_a_port_that_goes_from_one_container_to_another_is_free_before_it_is_taken() -> None:
    def on(port: str) -> tuple[Port, ...]:
        return (Port(target=80, published=port, protocol="tcp"),)

    project = application(service("a", ports=on("8080")), service("b", ports=on("8081")))
    had = (PublishedPort(host_ip="0.0.0.0", published=8080, target=80),)
    observed = state(
        project, container(project, "a", state="created"), container(project, "b", config_hash="old", ports=had)
    )
    same(
        plan_up(project, observed, UpOptions(settle=False)),
        """
        [] -> #1 CreateContainer 620000000001_demo-b-1 {demo-b-1}, ports changed
        [1] -> #2 StopContainer demo-b-1, ports changed
        [2] -> #3 RemoveContainer demo-b-1, ports changed
        [3] -> #4 RenameContainer 620000000001_demo-b-1 {demo-b-1}, ports changed
        [3] -> #5 StartContainer demo-a-1, not running
        [4] -> #6 StartContainer demo-b-1, recreated
        """,
    )
