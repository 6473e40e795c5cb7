"""What people are told before they press Up or Down."""

from __future__ import annotations

from dataclasses import replace

from projects.compose.differences import Difference
from projects.compose.messages import Message
from projects.compose.model import Application, Build, Dependency, PreStartHook
from projects.compose.planner import DownOptions, UpOptions, plan_down, plan_images, plan_up
from projects.compose.preview import DownPreview, Fate, Question, UpPreview
from projects.compose.previewing import preview_down, preview_up
from projects.compose.state import ObservedMount, ObservedState, ObservedVolume
from tests.compose.planning import IMAGE, application, container, data, nothing, service, state

WEB = UpOptions(build=True)


def told(project: Application, observed: ObservedState, options: UpOptions = WEB, **more: object) -> UpPreview:
    images, plan = plan_images(project, observed, options), plan_up(project, observed, options)
    return preview_up(project, observed, images, plan, **more)  # type: ignore[arg-type]


def test_a_first_up_is_told_in_one_sentence() -> None:
    project = application(service("db", volumes=data()), service("web"))
    preview = told(project, replace(nothing(project), images={"busybox": None}))
    assert str(preview.summary) == (
        "Up will create db, web, pull busybox, create volume demo_data, create network demo_default."
    )
    assert preview.pulls[0].services == ("db", "web")
    assert preview.pulls[0].present == 0


def test_nothing_to_do_is_said() -> None:
    project = application(service("web"))
    preview = told(project, state(project, container(project, "web")))
    assert str(preview.summary) == "Up to date: nothing to do."
    assert preview.does_nothing


def test_no_services_are_said() -> None:
    project = application()
    assert str(told(project, nothing(project)).summary) == "The files declare no services yet."


def test_what_is_recreated_comes_first_and_what_is_kept_last() -> None:
    project = application(service("a"), service("b"), service("c"), service("d"))
    observed = state(
        project,
        container(project, "a"),
        container(project, "b", config_hash="old"),
        container(project, "c", state="exited", exit_code=1),
    )
    change = Difference(attribute="environment", key="FOO", before="1", after="2")
    preview = told(project, observed, changes={"demo-b-1": (change,)})
    assert str(preview.summary) == "Up will recreate b, create d, start c, keep a."
    [recreated] = [each for each in preview.services if each.fate is Fate.RECREATED]
    assert recreated.changes == (change,)
    assert [str(cause) for cause in recreated.causes] == ["configuration changed"]
    [started] = [each for each in preview.services if each.fate is Fate.STARTED]
    assert [str(cause) for cause in started.causes] == ["exited (1)"]


def test_hooks_before_the_start_and_stops_of_what_has_ended_are_left_out() -> None:
    hooked = service("web", pre_start=(PreStartHook(command=("true",)),))
    project = application(service("db"), hooked, service("job", depends_on={"db": Dependency(restart=True)}))
    observed = state(
        project,
        container(project, "db", config_hash="old"),
        container(project, "web", state="exited", exit_code=3),
        container(project, "job", state="exited", exit_code=0),
    )
    preview = told(project, observed)
    assert str(preview.summary) == "Up will recreate db, start web, job."
    causes = {each.name: [str(cause) for cause in each.causes] for each in preview.services}
    assert causes == {"db": ["configuration changed"], "web": ["exited (3)"], "job": ["exited (0)"]}


def test_of_many_services_the_first_few_are_named() -> None:
    project = application(*(service(f"s{number}") for number in range(8)))
    preview = told(project, state(project))
    assert str(preview.summary) == "Up will create s0, s1, s2, s3, s4 and 3 more."


def test_a_build_and_a_pull_of_what_is_there_may_bring_something_new() -> None:
    built = service("web", "", build=Build(context="/demo"))
    project = application(built, service("db", pull_policy="always"))
    images = {"demo-web": IMAGE, "busybox": replace(IMAGE, size=4_000_000)}
    observed = state(project, container(project, "web"), container(project, "db"), images=images)
    preview = told(project, observed)
    assert str(preview.summary) == "Up to date; Up will pull busybox, build web to see whether anything is new."
    assert [(each.name, each.build, each.pull) for each in preview.services] == [
        ("web", True, False),
        ("db", False, True),
    ]
    assert preview.pulls[0].present == 4_000_000
    assert preview.changes_nothing
    assert not preview.does_nothing


def test_a_service_scaled_down_loses_containers_and_one_scaled_up_gets_some() -> None:
    project = application(service("web"))
    observed = state(project, container(project, "web"), container(project, "web", 2))
    fewer = told(project, observed).services[0]
    assert (fewer.fate, fewer.containers) == (Fate.REMOVED, ("demo-web-2",))
    assert str(told(project, observed).summary) == "Up will remove demo-web-2."
    more = told(project, observed, UpOptions(scale={"web": 3})).services[0]
    assert (more.fate, more.containers) == (Fate.CREATED, ("demo-web-3",))


def test_what_is_restarted_with_another_service_is_told() -> None:
    again = {"db": Dependency(condition="service_started", restart=True)}
    project = application(service("db"), service("web", depends_on=again))
    preview = told(project, state(project, container(project, "db", config_hash="x"), container(project, "web")))
    assert str(preview.summary) == "Up will recreate db, restart web."


def test_a_volume_in_question_is_no_nothing() -> None:
    project = application(service("db", volumes=data()))
    changed = (ObservedVolume(name="demo_data", key="data", project="demo", config_hash="old"),)
    observed = state(project, container(project, "db"), volumes=changed)
    asked = Question(volume="demo_data", cause=Message("configuration changed"), services=("db",))
    preview = told(project, observed, questions=[asked])
    assert str(preview.summary) == "Up to date, apart from volume demo_data."
    assert preview.warnings == ()  # the question tells of it


def test_orphans_are_told_apart_from_the_warnings() -> None:
    project, old = application(service("web")), application(service("old"))
    preview = told(project, state(project, container(project, "web"), container(old, "old")))
    assert preview.orphans == ("demo-old-1",)
    assert preview.warnings == ()
    assert [each.name for each in preview.services] == ["web"]


def down(project: Application, observed: ObservedState) -> DownPreview:
    plan = plan_down("demo", project, observed, DownOptions(volumes=True))
    return preview_down(project, observed, plan)


def test_down_tells_what_goes_and_which_data_may_be_lost() -> None:
    project = application(service("db", volumes=data()))
    anonymous = ObservedMount(type="volume", target="/x", name="a" * 64)
    db = container(project, "db")
    observed = state(project, replace(db, mounts=(*db.mounts, anonymous)), container(application(service("o")), "o"))
    preview = down(project, observed)
    assert preview == DownPreview(
        containers=("demo-db-1",), networks=(), volumes=("demo_data",), anonymous=1, orphans=("demo-o-1",)
    )
    assert str(preview.summary) == "Removed: containers demo-db-1."


def test_down_of_nothing_says_so() -> None:
    project = application(service("db"))
    assert str(down(project, nothing(project)).summary) == "There is nothing to remove."
