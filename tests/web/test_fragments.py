"""The fragments that websockets push: stable ids, only what changed, nothing unescaped."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import translation

from projects import fragments
from projects.compose.events import Event, Kind, Status
from projects.compose.messages import Message
from projects.compose.progress import Progress
from projects.compose.state import ObservedContainer, PublishedPort
from projects.fragments.project import ports_of, state_look
from projects.models import Operation, Project, State
from projects.services.picture import EngineStatus, Picture, ProjectPicture


@pytest.fixture
def operation(project: Project) -> Operation:
    return Operation.objects.create(project=project, verb="up", state=State.RUNNING)


def layer(name: str, current: int, at: float = 1.0) -> Event:
    parent = "image:redis:alpine"
    return Event(
        id=f"{parent}/{name}",
        kind=Kind.LAYER,
        status=Status.WORKING,
        at=at,
        parent=parent,
        name=name,
        text="Downloading",
        current=current,
        total=1000,
    )


def pulling() -> Progress:
    image = Event(id="image:redis:alpine", kind=Kind.IMAGE, status=Status.WORKING, at=0.5, text="Pulling")
    return Progress([image, layer("aaa", 100), layer("bbb", 200)])


def container(service: str, *, state: str = "running", **fields: Any) -> ObservedContainer:
    return ObservedContainer(
        id=service, name=f"demo-{service}-1", project="demo", service=service, state=state, **fields
    )


def ids(html: str) -> list[str]:
    return re.findall(r' id="([^"]+)"', html)


def test_changes_hold_the_changed_layer_and_not_its_neighbour(operation: Operation, people: dict[str, User]) -> None:
    progress = pulling()
    whole = fragments.operation_panel(operation, progress, user=people["viewer"])
    changed = progress.apply(layer("bbb", 900, at=2.0))
    changes = fragments.operation_changes(operation, progress, [changed.id], user=people["viewer"])
    assert ">aaa<" in whole and ">bbb<" in whole
    assert ">bbb<" in changes and ">aaa<" not in changes
    assert set(ids(changes)) <= set(ids(whole))


def test_a_new_layer_names_the_list_it_belongs_to(operation: Operation, people: dict[str, User]) -> None:
    progress = pulling()
    whole = fragments.operation_panel(operation, progress, user=people["viewer"])
    new = progress.apply(layer("ccc", 1, at=2.0))
    changes = fragments.operation_changes(operation, progress, [new.id], user=people["viewer"])
    [container_id] = re.findall(r'class="layer" data-in="([^"]+)"', changes)
    assert container_id in ids(whole)


def test_every_top_level_task_belongs_to_a_list_of_the_panel(operation: Operation, people: dict[str, User]) -> None:
    kinds = (Kind.IMAGE, Kind.BUILD, Kind.NETWORK, Kind.VOLUME, Kind.CONTAINER)
    events = [Event(id=f"{kind}:x", kind=kind, status=Status.WORKING, at=1.0) for kind in kinds]
    empty = fragments.operation_panel(operation, Progress(events[:1]), user=people["viewer"])
    progress = Progress(events)
    changes = fragments.operation_changes(operation, progress, [e.id for e in events], user=people["viewer"])
    lists = re.findall(r'data-in="([^"]+)"', changes)
    assert len(lists) == len(kinds)
    assert set(lists) <= set(ids(empty))


def test_the_same_state_gives_the_same_panel_but_for_its_clocks(operation: Operation, people: dict[str, User]) -> None:
    panels = [fragments.operation_panel(operation, pulling(), user=people["viewer"]) for _ in range(2)]
    one, other = (re.sub(r"<time.*?</time>", "", panel) for panel in panels)
    assert one == other


def test_only_operators_get_a_cancel_button(operation: Operation, people: dict[str, User]) -> None:
    assert "/cancel/" in fragments.operation_panel(operation, pulling(), user=people["operator"])
    assert "/cancel/" not in fragments.operation_panel(operation, pulling(), user=people["viewer"])


def test_long_output_shows_its_end_and_says_how_much_is_before(operation: Operation, people: dict[str, User]) -> None:
    output = "".join(f"line {n}\n" for n in range(500))
    step = Event(id="build:web/1", kind=Kind.STEP, parent="build:web", status=Status.WORKING, at=1.0, output=output)
    page = fragments.operation_panel(operation, Progress([step]), user=people["viewer"])
    assert "line 499" in page and "line 299\n" not in page
    assert "300 earlier lines" in page


def test_what_engines_and_builds_say_is_escaped(operation: Operation, people: dict[str, User]) -> None:
    hostile = "<script>alert(1)</script>"
    events = [
        Event(id=f"image:{hostile}", kind=Kind.IMAGE, status=Status.ERROR, at=1.0, name=hostile, text=hostile),
        Event(
            id="build:x",
            kind=Kind.BUILD,
            status=Status.ERROR,
            at=1.0,
            name=hostile,
            message=Message("%(x)s", x=hostile),
        ),
        Event(id="build:x/1", kind=Kind.STEP, parent="build:x", status=Status.ERROR, at=1.0, output=hostile),
    ]
    events.append(
        Event(
            id="container:x",
            kind=Kind.CONTAINER,
            status=Status.WORKING,
            at=1.0,
            text="Recreate",
            cause=Message("environment %(x)s changed", x=hostile),
        )
    )
    progress = Progress(events)
    changes = fragments.operation_changes(operation, progress, [e.id for e in events], user=people["viewer"])
    panel = fragments.operation_panel(operation, progress, user=people["viewer"])
    assert "<script" not in changes + panel
    assert "environment &lt;script&gt;" in panel


def test_a_failure_of_a_build_is_told_once(operation: Operation, people: dict[str, User]) -> None:
    told = Message("Step 1 failed.")
    events = [
        Event(id="build:x", kind=Kind.BUILD, status=Status.ERROR, at=1.0, service="x", message=told),
        Event(id="build:x/1", kind=Kind.STEP, parent="build:x", status=Status.ERROR, at=1.0, message=told),
    ]
    panel = fragments.operation_panel(operation, Progress(events), user=people["viewer"])
    assert panel.count("Step 1 failed.") == 1


def test_the_services_of_the_files_come_first_then_those_the_engine_knows(
    project: Project, people: dict[str, User]
) -> None:
    picture = ProjectPicture(name="demo", containers=(container("old", exit_code=1, state="exited"),))
    html = fragments.services_table(project, None, picture, user=people["operator"])
    assert html.index(">web<") < html.index(">old<")
    assert "not created" in html
    assert "exited (1)" in html
    assert "not in the files" in html


def test_a_viewer_gets_no_buttons_for_services(project: Project, people: dict[str, User]) -> None:
    picture = ProjectPicture(name="demo", containers=(container("web"),))
    assert 'value="stop"' in fragments.services_table(project, None, picture, user=people["operator"])
    assert 'value="stop"' not in fragments.services_table(project, None, picture, user=people["viewer"])


def test_a_published_port_is_a_link_to_the_host_the_person_uses(project: Project, people: dict[str, User]) -> None:
    port = PublishedPort(host_ip="0.0.0.0", published=5000, target=5000)
    picture = ProjectPicture(name="demo", containers=(container("web", ports=(port, port)),))
    html = fragments.project_state(project, picture, user=people["viewer"], host="box.lan")
    assert html.count('href="http://box.lan:5000"') == 1
    assert "1 running" in html


def test_links_to_ports() -> None:
    ports = [
        PublishedPort(host_ip="", published=443, target=443),
        PublishedPort(host_ip="", published=53, target=53, protocol="udp"),
    ]
    shown = ports_of([container("web", ports=tuple(ports))], "::1")
    assert [port.url for port in shown] == ["", "https://[::1]:443"]


@pytest.mark.parametrize(
    ("containers", "css"),
    [
        ([], "state-quiet"),
        ([container("a")], "state-ok"),
        ([container("a"), container("b", state="exited", exit_code=0)], "state-ok"),
        ([container("a"), container("b", state="exited", exit_code=1)], "state-bad"),
        ([container("a", health="starting")], "state-busy"),
        ([container("a", health="unhealthy")], "state-bad"),
        ([container("a"), container("b", state="paused")], "state-warn"),
    ],
)
def test_the_look_of_a_project_is_that_of_its_worst_part(containers: list[ObservedContainer], css: str) -> None:
    assert state_look(containers).css == css


def test_the_banner_is_there_only_without_an_engine() -> None:
    problem = Message("Nothing listens on %(place)s.", place="unix:///x")
    missing = EngineStatus(available=False, problem=problem)
    assert "Nothing listens on unix:///x." in fragments.engine_banner(missing)
    assert "notice" not in fragments.engine_banner(EngineStatus(available=True))


def test_fragments_speak_the_language_that_is_active(project: Project, people: dict[str, User]) -> None:
    nothing = ProjectPicture(name="demo", containers=())
    with translation.override("zh-hans"):
        html = fragments.services_table(project, None, nothing, user=people["operator"])
    assert "服务" in html


def test_without_an_engine_the_state_is_unknown_and_not_called_gone(project: Project, people: dict[str, User]) -> None:
    away = Picture(projects={}, engine=EngineStatus(available=False))
    there = Picture(projects={}, engine=EngineStatus(available=True))
    told = [
        fragments.project_state(project, fragments.seen(picture, project), user=people["viewer"])
        + fragments.services_table(project, None, fragments.seen(picture, project), user=people["viewer"])
        for picture in (away, there)
    ]
    assert "unknown" in told[0] and "not created" not in told[0]
    assert "not created" in told[1] and "unknown" not in told[1]


def test_service_buttons_wait_for_a_running_operation(operation: Operation, people: dict[str, User]) -> None:
    picture = ProjectPicture(name="demo", containers=(container("web"),))
    busy = fragments.services_table(operation.project, operation, picture, user=people["operator"])
    operation.state = State.SUCCEEDED
    idle = fragments.services_table(operation.project, operation, picture, user=people["operator"])
    assert 'value="stop" disabled' in busy
    assert 'value="stop" disabled' not in idle


def test_the_headline_of_a_failure_does_not_repeat_the_problem_below(
    operation: Operation, people: dict[str, User]
) -> None:
    why, values = Message("Its image is missing."), {"who": "Ada", "verb": "up", "project": "demo", "duration": "2 s"}
    result = Message(
        "%(who)s began “%(verb)s” of %(project)s, which failed after %(duration)s: %(why)s", **values, why=why
    )
    operation.state, operation.result = State.FAILED, result.as_json()
    event = Event(id="image:x", kind=Kind.IMAGE, status=Status.ERROR, at=1.0, message=why)
    told = fragments.operation_panel(operation, Progress([event]), user=people["viewer"])
    assert told.count("Its image is missing.") == 1
    assert "which failed after 2 s.<" in told
    alone = fragments.operation_panel(operation, Progress(), user=people["viewer"])
    assert "which failed after 2 s: Its image is missing.<" in alone
