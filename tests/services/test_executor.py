"""What `execute` does with a plan, at an engine in memory."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from projects.compose.errors import BuildFailed, ContainerFailed, EngineError, ImageNotFound
from projects.compose.events import Event, Status
from projects.compose.messages import Message
from projects.compose.plan import Action, Do, Plan
from projects.services.executor import ExecutionResult, execute
from tests.fakes.engine import FakeEngine
from tests.fakes.exchange import FakeExchange

IMAGE = "busybox:1"


class Journal(list[Event]):
    """Keeps what is emitted; `of` gives the words of one task, `last` its last event."""

    def of(self, task: str) -> list[str]:
        return [f"{event.status} {event.text}".strip() for event in self if event.id == task]

    def last(self, task: str) -> Event:
        return [event for event in self if event.id == task][-1]


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine(IMAGE)


@pytest.fixture
def journal() -> Journal:
    return Journal()


def action(number: int, do: Do, target: str, *after: int, **more: Any) -> Action:
    return Action(id=number, do=do, target=target, cause=Message("tested"), after=after, **more)


def create(number: int, service: str, *after: int, script: str = "sleep 9", **body: Any) -> Action:
    labels = {"com.docker.compose.project": "demo", "com.docker.compose.service": service}
    body = {"Image": IMAGE, "Labels": labels, "Cmd": ["sh", "-c", script], **body}
    return action(number, Do.CREATE_CONTAINER, f"demo-{service}-1", *after, service=service, payload={"body": body})


def on(number: int, do: Do, service: str, *after: int, **more: Any) -> Action:
    return action(number, do, f"demo-{service}-1", *after, service=service, **more)


def run(engine: FakeEngine, journal: Journal, *actions: Action, **more: Any) -> ExecutionResult:
    cancel = more.pop("cancel", None) or threading.Event()
    return execute(Plan(project="demo", actions=actions), engine, journal.append, cancel, **more)


def test_every_task_is_announced_before_anything_is_done(engine: FakeEngine, journal: Journal) -> None:
    engine.before = lambda call, subject: journal.append(journal[0]) if call == "create_network" else None
    network = action(1, Do.CREATE_NETWORK, "demo_default", payload={"Name": "demo_default"})
    run(engine, journal, network, create(2, "web", 1), on(3, Do.START_CONTAINER, "web", 2))
    assert [(event.id, event.status) for event in journal[:2]] == [
        ("network:demo_default", Status.PENDING),
        ("container:demo-web-1", Status.PENDING),
    ]


def test_no_more_is_done_at_a_time_than_the_engine_is_given(engine: FakeEngine, journal: Journal) -> None:
    under_way, most = 0, 0
    lock = threading.Lock()

    def before(call: str, subject: str) -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.02)
        with lock:
            under_way -= 1

    engine.before, engine.parallel = before, 2
    result = run(engine, journal, *(create(number, f"s{number}") for number in range(1, 9)))
    assert (result.done, most) == (8, 2)


def test_actions_come_after_those_they_need(engine: FakeEngine, journal: Journal) -> None:
    network = action(1, Do.CREATE_NETWORK, "demo_default", payload={"Name": "demo_default"})
    result = run(engine, journal, network, create(2, "web", 1), on(3, Do.START_CONTAINER, "web", 2))
    assert engine.calls == ["create_network demo_default", "create demo-web-1", "start demo-web-1"]
    assert journal.of("network:demo_default") == ["pending", "working Creating", "done Created"]
    assert journal.of("container:demo-web-1") == [
        "pending",
        "working Creating",
        "working Created",
        "working Starting",
        "done Started",
    ]
    assert (result.done, result.skipped, result.failures) == (3, 0, ())


def test_independent_actions_run_side_by_side(engine: FakeEngine, journal: Journal) -> None:
    together = threading.Barrier(3, timeout=5)

    def meet(call: str, subject: str) -> None:
        together.wait()

    engine.before = meet
    result = run(engine, journal, create(1, "a"), create(2, "b"), create(3, "c"))
    assert result.done == 3


def test_failure_skips_its_dependents_and_no_others(engine: FakeEngine, journal: Journal) -> None:
    result = run(
        engine,
        journal,
        create(1, "db", Image="missing:1"),
        on(2, Do.START_CONTAINER, "db", 1),
        create(3, "web"),
        on(4, Do.START_CONTAINER, "web", 2, 3),
        create(5, "other"),
        on(6, Do.START_CONTAINER, "other", 5),
    )
    (failure,) = result.failures
    assert isinstance(failure, ImageNotFound)
    assert str(failure).startswith('The container of the service "db" could not be created. ')
    assert failure.service == "db"
    assert (result.done, result.skipped) == (3, 2)
    assert journal.last("container:demo-db-1").status is Status.ERROR
    web = journal.last("container:demo-web-1")
    assert (web.status, str(web.message)) == (
        Status.SKIPPED,
        'Not done, because the service "db" failed before it.',
    )
    assert journal.last("container:demo-other-1").text == "Started"


def test_best_effort_failure_is_a_warning_and_holds_nothing_up(engine: FakeEngine, journal: Journal) -> None:
    engine.create_network({"Name": "demo_default"})
    run(
        engine,
        journal,
        create(1, "web", HostConfig={"NetworkMode": "demo_default"}),
        on(2, Do.START_CONTAINER, "web", 1),
    )
    removal = action(1, Do.REMOVE_NETWORK, "demo_default", best_effort=True)
    result = run(engine, journal, removal, on(2, Do.STOP_CONTAINER, "web", 1))
    assert result.failures == ()
    assert [str(warning) for warning in result.warnings] == [
        'The network "demo_default" could not be removed. network demo_default has active endpoints'
    ]
    assert journal.last("network:demo_default").status is Status.WARNING
    assert journal.last("container:demo-web-1").text == "Stopped"


def test_container_that_exits_at_once_is_named_with_code_and_last_lines(engine: FakeEngine, journal: Journal) -> None:
    result = run(
        engine,
        journal,
        create(1, "web", script="echo loading; echo \x1b[31mno such table\x1b[0m; exit 3"),
        on(2, Do.START_CONTAINER, "web", 1),
        on(3, Do.WAIT_RUNNING, "web", 2),
    )
    (failure,) = result.failures
    assert isinstance(failure, ContainerFailed)
    assert str(failure) == (
        'The service "web" did not stay up. Its container "demo-web-1" exited with code 3. Mend what its last lines '
        "say, then start it again:\nloading\nno such table"
    )
    assert journal.of("container:demo-web-1")[-2:] == ["done Started", "error Error"]


def test_container_that_ends_well_has_done_its_work(engine: FakeEngine, journal: Journal) -> None:
    began = time.monotonic()
    start = on(2, Do.START_CONTAINER, "job", 1)
    wait = on(3, Do.WAIT_RUNNING, "job", 2, payload={"seconds": 5})
    assert run(engine, journal, create(1, "job", script="exit 0"), start, wait).failures == ()
    assert time.monotonic() - began < 2


def test_a_hook_that_could_not_be_started_leaves_nothing_behind(engine: FakeEngine, journal: Journal) -> None:
    engine.before = _refuse_starts
    payload = {"gone_if_refused": True}
    result = run(engine, journal, create(1, "hook"), on(2, Do.START_CONTAINER, "hook", 1, payload=payload))
    assert ([action.id for action in result.failed], engine.containers()) == ([2], ())
    assert run(engine, journal, create(1, "web"), on(2, Do.START_CONTAINER, "web", 1)).failed
    assert [container.service for container in engine.containers()] == ["web"]


def _refuse_starts(call: str, subject: str) -> None:
    if call == "start":
        raise EngineError(Message("refused"))


def test_waits_look_at_the_engine_together(engine: FakeEngine, journal: Journal) -> None:
    actions = []
    for number in range(0, 30, 3):
        service = f"s{number}"
        actions += [create(number, service), on(number + 1, Do.START_CONTAINER, service, number)]
        actions += [on(number + 2, Do.WAIT_RUNNING, service, number + 1, payload={"seconds": 0.5})]
    began = time.monotonic()
    assert run(engine, journal, *actions).done == 30
    assert time.monotonic() - began < 1.5
    assert engine.calls.count("containers") < 15


@pytest.mark.parametrize(
    ("test", "word", "sentence"),
    [
        ("true", "Healthy", ""),
        ("false", "Error", 'Service "db": dependency failed to start: container demo-db-1 is unhealthy.'),
        (None, "Error", 'Service "db": dependency failed to start: container demo-db-1 has no healthcheck'),
    ],
)
def test_health_is_waited_for(engine: FakeEngine, journal: Journal, test: str | None, word: str, sentence: str) -> None:
    body: dict[str, Any] = {} if test is None else {"Healthcheck": {"Test": ["CMD", test]}}
    start = on(2, Do.START_CONTAINER, "db", 1)
    result = run(engine, journal, create(1, "db", **body), start, on(3, Do.WAIT_HEALTHY, "db", 2))
    assert journal.last("container:demo-db-1").text == word
    assert "".join(str(failure) for failure in result.failures).startswith(sentence)
    assert bool(result.failures) == bool(sentence)


def test_completion_is_waited_for(engine: FakeEngine, journal: Journal) -> None:
    start = on(2, Do.START_CONTAINER, "job", 1)
    waits = on(3, Do.WAIT_RUNNING, "job", 2), on(4, Do.WAIT_COMPLETED, "job", 2)
    result = run(engine, journal, create(1, "job", script="exit 7"), start, *waits, create(5, "web", 4))
    assert len(result.failures) == 1
    assert "exited with code 7. It wrote nothing to its log." in str(result.failures[0])
    assert result.skipped == 1


def test_a_dependency_that_takes_longer_than_was_asked_for_is_told(engine: FakeEngine, journal: Journal) -> None:
    start = on(2, Do.START_CONTAINER, "job", 1)
    wait = on(3, Do.WAIT_COMPLETED, "job", 2, payload={"required": True, "timeout": 0.3})
    (failure,) = run(engine, journal, create(1, "job"), start, wait).failures
    assert str(failure).startswith('service "job" timeout waiting for dependencies: after 0s container demo-job-1 is')


def test_what_nothing_comes_after_is_waited_for_no_longer_once_something_failed(
    engine: FakeEngine, journal: Journal
) -> None:
    began = time.monotonic()
    lasting = create(1, "lasting"), on(2, Do.START_CONTAINER, "lasting", 1)
    broken = create(3, "broken", script="exit 1"), on(4, Do.START_CONTAINER, "broken", 3)
    waits = on(5, Do.WAIT_COMPLETED, "lasting", 2), on(6, Do.WAIT_COMPLETED, "broken", 4)
    web = create(7, "web"), on(8, Do.START_CONTAINER, "web", 5, 6, 7), on(9, Do.WAIT_READY, "web", 8)
    result = run(engine, journal, *lasting, *broken, *waits, *web)
    assert time.monotonic() - began < 3
    assert [action.service for action in result.failed] == ["broken"]
    assert (result.done, result.skipped, result.cancelled) == (5, 3, False)
    assert journal.of("container:demo-lasting-1")[-2:] == ["working Waiting", "done Started"]


def test_what_others_still_need_is_waited_for_after_a_failure(engine: FakeEngine, journal: Journal) -> None:
    threading.Timer(0.5, engine.exit, ["demo-db-1", 0]).start()
    db = create(1, "db"), on(2, Do.START_CONTAINER, "db", 1), on(3, Do.WAIT_COMPLETED, "db", 2)
    web = create(4, "web"), on(5, Do.START_CONTAINER, "web", 3, 4)
    result = run(engine, journal, *db, *web, create(6, "other", Image="missing:1"))
    assert (result.done, [action.service for action in result.failed]) == (5, ["other"])
    assert journal.last("container:demo-web-1").text == "Started"


def test_a_hook_before_the_start_that_fails_is_told_with_its_number_and_its_container(
    engine: FakeEngine, journal: Journal
) -> None:
    labels = {"com.docker.compose.project": "demo", "com.docker.compose.service": "web"}
    labels |= {"com.docker.compose.hook": "pre_start", "com.docker.compose.hook-index": "1"}
    hook = create(1, "hook", script="echo no such table; exit 3", Labels=labels), on(2, Do.START_CONTAINER, "hook", 1)
    wait = action(3, Do.WAIT_COMPLETED, "demo-hook-1", 2, service="web")
    (failure,) = run(engine, journal, *hook, wait).failures
    kept = engine.containers()[0].id[:12]
    assert str(failure).startswith(
        f'service "web" pre_start[1] exited with code 3 (hook container {kept} retained for inspection). '
    )
    assert str(failure).endswith("no such table")


def test_recreate_is_told_as_one_task(engine: FakeEngine, journal: Journal) -> None:
    run(engine, journal, create(1, "web"), on(2, Do.START_CONTAINER, "web", 1))
    journal.clear()
    labels = {"com.docker.compose.project": "demo"}
    body = {"Image": IMAGE, "Labels": labels, "Cmd": ["sleep 9"]}
    group = {"group": "demo-web-1", "service": "web"}
    result = run(
        engine,
        journal,
        action(1, Do.CREATE_CONTAINER, "abc_demo-web-1", payload={"body": body}, **group),
        action(2, Do.STOP_CONTAINER, "demo-web-1", 1, **group),
        action(3, Do.REMOVE_CONTAINER, "demo-web-1", 2, **group),
        action(4, Do.RENAME_CONTAINER, "abc_demo-web-1", 3, payload={"name": "demo-web-1"}, **group),
        action(5, Do.START_CONTAINER, "demo-web-1", 4, **group),
    )
    assert result.done == 5
    words = list(dict.fromkeys(journal.of("container:demo-web-1")))
    assert words == ["pending", "working Recreate", "working Recreated", "working Starting", "done Started"]


def test_a_recreated_container_is_told_of_by_the_name_that_it_had_until_it_starts(
    engine: FakeEngine, journal: Journal
) -> None:
    run(engine, journal, create(1, "web"))
    journal.clear()
    body = {"Image": IMAGE, "Labels": {"com.docker.compose.project": "demo"}, "Cmd": ["sleep 9"]}
    group = {"group": "own", "service": "web"}
    run(
        engine,
        journal,
        action(1, Do.CREATE_CONTAINER, "abc_own", payload={"body": body}, **group),
        action(2, Do.REMOVE_CONTAINER, "demo-web-1", 1, **group),
        action(3, Do.RENAME_CONTAINER, "abc_own", 2, payload={"name": "own"}, **group),
        action(4, Do.START_CONTAINER, "own", 3, **group),
    )
    names = dict.fromkeys(f"{event.name} {event.text}".strip() for event in journal if event.id == "container:own")
    assert list(names) == ["own", "demo-web-1 Recreate", "demo-web-1 Recreated", "own Starting", "own Started"]


def test_kept_container_is_told_as_running(engine: FakeEngine, journal: Journal) -> None:
    run(engine, journal, on(1, Do.KEEP, "web"))
    assert journal.of("container:demo-web-1") == ["pending", "done Running"]


def test_missing_image_is_told_with_service_cause_and_next_step(engine: FakeEngine, journal: Journal) -> None:
    result = run(engine, journal, action(1, Do.PULL_IMAGE, "nothing:here", service="web"))
    assert str(result.failures[0]) == (
        'The image of the service "web" could not be pulled. The image "nothing:here" was not found: its registry '
        "has none of that name and tag, or asks for a login (manifest unknown). Check the name and the tag."
    )
    assert journal.last("image:nothing:here").status is Status.ERROR


def test_pull_is_told_layer_by_layer(engine: FakeEngine, journal: Journal) -> None:
    engine.registry["redis:7"] = [
        {"status": "Pulling fs layer", "id": "aa", "progressDetail": {}},
        {"status": "Downloading", "id": "aa", "progressDetail": {"current": 5, "total": 10}},
        {"status": "Pull complete", "id": "aa", "progressDetail": {}},
    ]
    assert run(engine, journal, action(1, Do.PULL_IMAGE, "redis:7", service="db")).done == 1
    assert journal.of("image:redis:7") == ["pending", "working Pulling", "done Pulled"]
    assert journal.of("image:redis:7/aa") == ["pending Pulling fs layer", "working Downloading", "done Pull complete"]


def test_failing_step_is_told_with_its_last_lines(engine: FakeEngine, journal: Journal, tmp_path: Any) -> None:
    (tmp_path / "Dockerfile").write_text("FROM busybox\nRUN make\n")
    engine.builds["demo-web"] = [
        {"stream": "Step 1/3 : FROM busybox"},  # of three: the engine adds one for the label
        {"stream": "\n"},
        {"stream": " ---> 0123456789ab\n"},
        {"stream": "Step 2/3 : RUN make"},
        {"stream": "\n"},
        {"stream": "cc main.c\n"},
        {"stream": "main.c:1: error\n"},
        {"error": "The command '/bin/sh -c make' returned a non-zero code: 2", "errorDetail": {"code": 2}},
    ]
    build = action(1, Do.BUILD_IMAGE, "demo-web", service="web", payload={"context": str(tmp_path)})
    (failure,) = run(engine, journal, build).failures
    assert isinstance(failure, BuildFailed)
    assert str(failure) == (
        'The image of the service "web" could not be built. Step 2 of 2 (RUN make) failed: The command '
        "'/bin/sh -c make' returned a non-zero code: 2. Correct the Dockerfile or what it uses. Its last lines:\n"
        "cc main.c\nmain.c:1: error"
    )
    assert journal.last("build:web/2").status is Status.ERROR
    assert journal.last("build:web").message == failure.message


def test_build_is_left_out_where_the_pull_brought_the_image(engine: FakeEngine, journal: Journal) -> None:
    engine.registry["me/web:1"] = []
    build = action(2, Do.BUILD_IMAGE, "me/web:1", 1, service="web", payload={"context": "/", "unless_present": True})
    result = run(engine, journal, action(1, Do.PULL_IMAGE, "me/web:1", service="web", best_effort=True), build)
    assert result.done == 2
    assert journal.last("build:web").status is Status.SKIPPED


def test_cancel_ends_streams_and_skips_what_was_not_begun(engine: FakeEngine, journal: Journal) -> None:
    engine.held["redis:7"] = FakeExchange(ended=False)
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    began = time.monotonic()
    pull = action(1, Do.PULL_IMAGE, "redis:7", service="db")
    result = run(engine, journal, pull, create(2, "db", 1), on(3, Do.START_CONTAINER, "db", 2), cancel=cancel)
    assert time.monotonic() - began < 1
    assert result.cancelled
    assert (result.done, result.skipped, result.failures) == (0, 2, ())
    assert journal.of("image:redis:7")[-1] == "warning Interrupted"
    skipped = journal.last("container:demo-db-1")
    assert (skipped.status, str(skipped.message)) == (Status.SKIPPED, "Not begun: the operation was cancelled.")
    assert "create demo-db-1" not in engine.calls


def test_cancel_ends_waits(engine: FakeEngine, journal: Journal) -> None:
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    start = on(2, Do.START_CONTAINER, "web", 1)
    wait = on(3, Do.WAIT_COMPLETED, "web", 2)
    began = time.monotonic()
    assert run(engine, journal, create(1, "web"), start, wait, cancel=cancel).cancelled
    assert time.monotonic() - began < 1


def test_cancel_after_everything_is_done_changes_nothing(engine: FakeEngine, journal: Journal) -> None:
    cancel = threading.Event()
    engine.before = lambda call, subject: cancel.set() if call == "create" else None
    result = run(engine, journal, create(1, "web"), cancel=cancel)
    assert (result.done, result.cancelled) == (1, False)


def test_engine_that_goes_away_interrupts(engine: FakeEngine, journal: Journal) -> None:
    engine.before = lambda call, subject: engine.go_away() if call == "start" else None
    result = run(engine, journal, create(1, "web"), on(2, Do.START_CONTAINER, "web", 1), create(3, "late", 2))
    assert result.interrupted is not None
    assert "does not answer" in str(result.interrupted)
    assert (result.failures, result.skipped, result.cancelled) == ((), 1, False)


def test_pull_that_breaks_off_interrupts(engine: FakeEngine, journal: Journal) -> None:
    engine.registry["redis:7"] = [{"status": "Pulling from library/redis", "id": "7"}, ConnectionResetError()]
    result = run(engine, journal, action(1, Do.PULL_IMAGE, "redis:7", service="db"))
    assert result.interrupted is not None
    assert journal.of("image:redis:7")[-1] == "warning Interrupted"


def test_services_without_image_are_given_up(engine: FakeEngine, journal: Journal) -> None:
    keep = on(1, Do.KEEP, "old")
    actions = create(2, "web"), on(3, Do.START_CONTAINER, "web", 2), create(4, "proxy", 3), create(5, "db")
    result = run(engine, journal, keep, *actions, given_up=frozenset({"web", "old"}))
    assert (result.done, result.skipped, result.failures) == (2, 3, ())
    assert [call for call in engine.calls if call.startswith("create")] == ["create demo-db-1"]
    assert str(journal.last("container:demo-web-1").message) == "Not done, because its image is missing."


def test_what_is_gone_already_counts_as_removed(engine: FakeEngine, journal: Journal) -> None:
    removals = (
        on(1, Do.STOP_CONTAINER, "web"),
        on(2, Do.REMOVE_CONTAINER, "web", 1),
        action(3, Do.REMOVE_NETWORK, "demo_default", 2),
        action(4, Do.REMOVE_VOLUME, "demo_data", 2),
        action(5, Do.REMOVE_IMAGE, "demo-web", 2),
    )
    assert run(engine, journal, *removals).done == 5


def test_failing_hook_is_told_with_its_output(engine: FakeEngine, journal: Journal) -> None:
    hook = on(3, Do.RUN_HOOK, "web", 2, payload={"command": ["sh", "-c", "echo no database; exit 4"]})
    result = run(engine, journal, create(1, "web"), on(2, Do.START_CONTAINER, "web", 1), hook)
    assert str(result.failures[0]) == (
        "web hook exited with status 4. Correct it, then try again. Its last lines:\nno database"
    )


def test_unexpected_error_fails_one_action_only(engine: FakeEngine, journal: Journal) -> None:
    def stumble(call: str, subject: str) -> None:
        if subject == "demo-a-1":
            raise ZeroDivisionError

    engine.before = stumble
    result = run(engine, journal, create(1, "a"), create(2, "b"))
    assert result.done == 1
    assert isinstance(result.failures[0], EngineError)
    assert "ZeroDivisionError" in str(result.failures[0])


def test_events_are_emitted_one_at_a_time(engine: FakeEngine) -> None:
    inside = threading.Lock()

    def emit(event: Event) -> None:
        assert inside.acquire(blocking=False), "emit was called by two threads at once"
        time.sleep(0.001)
        inside.release()

    plan = Plan(project="demo", actions=tuple(create(number, f"s{number}") for number in range(20)))
    assert execute(plan, engine, emit, threading.Event()).done == 20


def test_a_hook_leaves_its_container_started(engine: FakeEngine, journal: Journal) -> None:
    hook = on(3, Do.RUN_HOOK, "web", 2, payload={"command": ["true"]})
    run(engine, journal, create(1, "web"), on(2, Do.START_CONTAINER, "web", 1), hook)
    assert journal.of("container:demo-web-1")[-2:] == ["working Started", "done Started"]
