"""Operations: one at a time, journalled, cancelled, resumed, and told in a sentence."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from projects.compose.errors import ImageNotFound, OperationInProgress
from projects.compose.events import Event, Kind, Status
from projects.compose.messages import Message
from projects.models import AuditEntry, Operation, OperationEvent, Project, State
from projects.operations import Runner, begin, journal_after, progress_of, request_cancel
from projects.operations.carry import Carry, Result, Task
from projects.operations.here import run_here, system_user
from projects.operations.journal import Journal, without_superseded
from projects.operations.runner import DEAD_SECONDS
from projects.templatetags.pages import requester

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).parents[2]
Start = Callable[[Carry], Runner]


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice")


@pytest.fixture
def start() -> Iterator[Start]:
    """Start runners that carry `up` out in the given way; they are stopped at the end."""
    runners: list[Runner] = []

    def start_one(carry: Carry) -> Runner:
        runners.append(Runner({"up": carry, "down": carry}))
        runners[-1].start()
        return runners[-1]

    yield start_one
    for runner in runners:
        runner.stop()
    for thread in threading.enumerate():
        if thread.name.startswith(("operation-", "journal-")):
            thread.join(5)


def event(task_id: str, status: Status, text: str = "", **more: object) -> Event:
    kind = Kind(task_id.partition(":")[0])
    return Event(id=task_id, kind=kind, status=status, at=time.time(), text=text, **more)  # type: ignore[arg-type]


def brings_two_up(task: Task) -> Result:
    for name in ("demo-web-1", "demo-db-1"):
        task.emit(event(f"container:{name}", Status.WORKING, "Starting"))
        task.emit(event(f"container:{name}", Status.DONE, "Started"))
    task.emit(event("network:demo_default", Status.DONE, "Created"))
    return Result(state=State.SUCCEEDED)


def waits_for_cancel(task: Task) -> Result:
    task.emit(event("container:demo-web-1", Status.WORKING, "Starting"))
    assert task.cancel.wait(20)
    return Result(state=State.CANCELLED)


def finished(operation: Operation, seconds: float = 15) -> Operation:
    return until(operation, lambda each: each.finished, seconds)


def until(operation: Operation, reached: Callable[[Operation], bool], seconds: float = 15) -> Operation:
    deadline = time.monotonic() + seconds
    while True:
        operation.refresh_from_db()
        if reached(operation):
            return operation
        assert time.monotonic() < deadline, f"{operation} is {operation.state}"
        time.sleep(0.02)


def is_running(operation: Operation) -> bool:
    return operation.state == State.RUNNING


def test_an_operation_is_run_journalled_and_told_in_a_sentence(project: Project, alice: User, start: Start) -> None:
    start(brings_two_up)
    operation = finished(begin(project, "up", alice))
    assert operation.state == State.SUCCEEDED
    assert str(operation.result_message).startswith("alice brought demo up in 0.")
    assert str(operation.result_message).endswith(" s: 1 network created, 2 containers started.")
    entries = journal_after(operation.pk)
    assert [seq for seq, _event in entries] == list(range(1, len(entries) + 1))
    assert [(e.id, e.status) for _seq, e in (entries[0], entries[-1])] == [
        ("operation", Status.WORKING),
        ("operation", Status.DONE),
    ]
    assert entries[-1][1].message == operation.result_message
    assert [task.name for task in progress_of(operation.pk).containers] == ["demo-web-1", "demo-db-1"]


def test_an_operation_that_is_begun_is_run_at_once(project: Project, alice: User, start: Start) -> None:
    start(brings_two_up)
    time.sleep(0.3)
    begun = time.monotonic()
    finished(begin(project, "up", alice))
    assert time.monotonic() - begun < 1.0


def test_the_services_of_an_operation_are_named(project: Project, alice: User, start: Start) -> None:
    start(brings_two_up)
    operation = finished(begin(project, "up", alice, services=["web", "db"]))
    assert "alice brought web, db of demo up in" in str(operation.result_message)


def test_a_second_operation_waits_for_the_first(project: Project, alice: User, start: Start) -> None:
    start(waits_for_cancel)
    first = begin(project, "up", alice)
    bob = User.objects.create_user("bob", first_name="Bob", last_name="Bee")
    with pytest.raises(OperationInProgress, match="alice began “up” of demo, which is not finished yet"):
        begin(project, "down", bob)
    request_cancel(first, bob)
    finished(first)
    request_cancel(begin(project, "down", bob), bob)


def test_of_two_people_who_press_up_at_once_one_is_told(project: Project, alice: User) -> None:
    together, outcomes = threading.Barrier(4), list[str]()

    def press() -> None:
        together.wait()
        try:
            begin(project, "up", alice)
            outcomes.append("begun")
        except OperationInProgress as error:
            outcomes.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([outcome for outcome in outcomes if outcome == "begun"]) == 1
    assert len([outcome for outcome in outcomes if "alice began “up” of demo" in outcome]) == 3
    assert AuditEntry.objects.filter(action="operation.up").count() == 1


def test_a_queued_operation_is_cancelled_on_the_spot(project: Project, alice: User) -> None:
    operation = begin(project, "up", alice)
    assert request_cancel(operation, alice)
    assert operation.state == State.CANCELLED
    assert str(operation.result_message) == "alice cancelled “up” of demo, begun by alice, before it began."
    assert not request_cancel(operation, alice)
    assert begin(project, "up", alice).state == State.QUEUED


def test_a_running_operation_is_cancelled_at_once(project: Project, alice: User, start: Start) -> None:
    start(waits_for_cancel)
    operation = until(begin(project, "up", alice), lambda each: bool(journal_after(each.pk)))
    asked = time.monotonic()
    request_cancel(operation, alice)
    finished(operation)
    assert time.monotonic() - asked < 0.8
    assert "alice cancelled “up” of demo, begun by alice, after" in str(operation.result_message)
    assert [task.status for task in progress_of(operation.pk).containers] == [Status.SKIPPED]


def test_a_cancel_from_another_process_is_seen_at_the_next_heartbeat(
    project: Project, alice: User, start: Start
) -> None:
    start(waits_for_cancel)
    operation = until(begin(project, "up", alice), is_running)
    Operation.objects.filter(pk=operation.pk).update(cancel_requested=True, cancelled_by=alice)
    assert finished(operation, seconds=2.5).state == State.CANCELLED


def test_a_failure_is_told_with_its_cause(project: Project, alice: User, start: Start) -> None:
    def fails(task: Task) -> Result:
        raise ImageNotFound(Message("web: there is no image %(image)s. Check its name.", image="nope:1"))

    start(fails)
    operation = finished(begin(project, "up", alice))
    assert operation.state == State.FAILED
    assert "alice began “up” of demo, which failed after" in str(operation.result_message)
    assert str(operation.result_message).endswith("web: there is no image nope:1. Check its name.")


def test_several_failures_are_counted(project: Project, alice: User, start: Start) -> None:
    failures = (Message("web: one."), Message("db: two."), Message("cache: three."))
    start(lambda task: Result(state=State.FAILED, failures=failures))
    operation = finished(begin(project, "up", alice))
    assert str(operation.result_message).endswith("web: one. (And 2 more.)")


def test_an_unexpected_error_ends_the_operation_without_its_details(
    project: Project, alice: User, start: Start
) -> None:
    def breaks(task: Task) -> Result:
        raise RuntimeError("password=hunter2")

    start(breaks)
    operation = finished(begin(project, "up", alice))
    assert operation.state == State.FAILED
    assert "RuntimeError" in str(operation.result_message)
    assert "hunter2" not in str(list(OperationEvent.objects.values_list("data", flat=True)))


def test_what_a_dead_runner_left_is_resumed_in_the_same_journal(project: Project, alice: User, start: Start) -> None:
    operation = _left_behind(project, alice, DEAD_SECONDS + 1)
    OperationEvent.objects.create(
        operation=operation, seq=1, data=event("container:demo-web-1", Status.WORKING, "Starting").as_json()
    )
    start(brings_two_up)
    finished(operation)
    assert operation.state == State.SUCCEEDED
    entries = journal_after(operation.pk)
    assert [seq for seq, _event in entries] == list(range(1, len(entries) + 1))
    assert "went on" in str(entries[1][1].message)


def test_an_operation_with_a_fresh_heartbeat_is_left_to_its_runner(project: Project, alice: User, start: Start) -> None:
    operation = _left_behind(project, alice, 0)
    begun = time.monotonic()
    start(brings_two_up)
    finished(operation)
    assert DEAD_SECONDS - 0.5 < time.monotonic() - begun < DEAD_SECONDS + 3


def test_a_cancel_that_nobody_saw_is_carried_out_by_the_next_runner(
    project: Project, alice: User, start: Start
) -> None:
    operation = _left_behind(project, alice, DEAD_SECONDS + 1)
    request_cancel(operation, alice)
    start(waits_for_cancel)
    assert finished(operation).state == State.CANCELLED


def _left_behind(project: Project, user: User, age: float) -> Operation:
    now = timezone.now()
    return Operation.objects.create(
        project=project,
        verb="up",
        requested_by=user,
        state=State.RUNNING,
        runner="gone:1",
        started_at=now,
        heartbeat_at=now - timedelta(seconds=age),
    )


def test_a_runner_that_stops_hands_its_work_over(project: Project, alice: User, start: Start) -> None:
    release = threading.Event()

    def hangs(task: Task) -> Result:
        task.emit(event("container:demo-web-1", Status.WORKING, "Starting"))
        release.wait(20)
        task.emit(event("container:demo-web-1", Status.ERROR, "must not be seen"))
        return Result(state=State.FAILED)

    runner = start(hangs)
    operation = until(begin(project, "up", alice), lambda each: len(journal_after(each.pk)) > 1)
    runner.stop()
    begun = time.monotonic()
    start(brings_two_up)
    finished(operation)
    assert time.monotonic() - begun < 1.5
    release.set()
    time.sleep(0.3)
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED
    assert "must not be seen" not in {entry.text for _seq, entry in journal_after(operation.pk)}


def test_a_runner_that_was_held_up_leaves_an_operation_to_who_took_it_over(
    project: Project, alice: User, start: Start
) -> None:
    cancelled, may_end = threading.Event(), threading.Event()

    def slow(task: Task) -> Result:
        if task.cancel.wait(10):
            cancelled.set()
        may_end.wait(10)
        return Result(state=State.FAILED)

    start(slow)
    operation = until(begin(project, "up", alice), is_running)
    Operation.objects.filter(pk=operation.pk).update(runner="somebody:else")
    assert cancelled.wait(3)
    may_end.set()
    time.sleep(0.3)
    operation.refresh_from_db()
    assert (operation.state, operation.runner) == (State.RUNNING, "somebody:else")


RUNS_UNTIL_KILLED = """
import django, sys, time
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from projects.compose.events import Event, Kind, Status
from projects.operations import Runner
def carry(task):
    task.emit(Event(id="container:demo-web-1", kind=Kind.CONTAINER, status=Status.WORKING, at=time.time()))
    time.sleep(600)
runner = Runner({"up": carry})
runner.start()
time.sleep(600)
"""


def test_an_operation_survives_the_kill_of_its_server(project: Project, alice: User, start: Start) -> None:
    operation = begin(project, "up", alice)
    child = subprocess.Popen(
        [sys.executable, "-c", RUNS_UNTIL_KILLED, str(connection.settings_dict["NAME"])],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "compose_ui.settings", "PYTHONPATH": str(ROOT)},
    )
    try:
        until(operation, lambda each: len(journal_after(each.pk)) >= 2)
    finally:
        child.kill()
        child.wait()
    begun = time.monotonic()
    start(brings_two_up)
    finished(operation)
    assert operation.state == State.SUCCEEDED
    assert time.monotonic() - begun < DEAD_SECONDS + 3
    assert [seq for seq, _event in journal_after(operation.pk)][:2] == [1, 2]


def test_an_operation_whose_project_is_deleted_ends_quietly(project: Project, alice: User, start: Start) -> None:
    begun, stopped = threading.Event(), threading.Event()

    def until_cancelled(task: Task) -> Result:
        begun.set()
        if task.cancel.wait(10):
            stopped.set()
        return Result(state=State.CANCELLED)

    start(until_cancelled)
    begin(project, "up", alice)
    assert begun.wait(5)
    Project.objects.all().delete()
    assert stopped.wait(3)
    other = Project.objects.create(name="other", directory="/nowhere")
    finished_other = begin(other, "up", alice)
    request_cancel(finished_other, alice)
    assert finished(finished_other).state == State.CANCELLED


def test_output_is_never_left_out_of_a_journal(project: Project, alice: User) -> None:
    operation = begin(project, "up", alice)
    journal = Journal(operation.pk)
    for number in range(3000):
        journal.append(event("step:1", Status.WORKING, output=f"line {number}\n", parent="build:web"))
    journal.close()
    output = "".join(entry.output for _seq, entry in journal_after(operation.pk))
    assert output == "".join(f"line {number}\n" for number in range(3000))
    assert OperationEvent.objects.filter(operation=operation).count() < 100


def test_bytes_that_were_overtaken_in_a_batch_are_left_out() -> None:
    layers: Mapping[str, list[Event]] = {
        name: [
            event(f"layer:{name}", Status.WORKING, "Downloading", current=current, total=100)
            for current in range(0, 100, 10)
        ]
        for name in ("a", "b")
    }
    interleaved = [entry for pair in zip(layers["a"], layers["b"], strict=True) for entry in pair]
    kept = without_superseded([*interleaved, event("layer:a", Status.DONE, "Pull complete")])
    assert [(entry.id, entry.current, entry.status) for entry in kept] == [
        ("layer:a", 90, Status.WORKING),
        ("layer:b", 90, Status.WORKING),
        ("layer:a", None, Status.DONE),
    ]


def test_a_journal_grows_within_a_tenth_of_a_second(project: Project, alice: User) -> None:
    operation = begin(project, "up", alice)
    journal = Journal(operation.pk)
    for number in range(20):
        journal.append(event("container:web", Status.WORKING, f"state {number}"))
        time.sleep(0.02)
    time.sleep(0.12)
    seen = journal_after(operation.pk)
    journal.close()
    assert seen[-1][1].text == "state 19"


def test_begun_and_cancelled_operations_are_on_record(project: Project, alice: User) -> None:
    operation = begin(project, "up", alice, services=["web"], options={"build": True}, address="192.0.2.7")
    request_cancel(operation, alice, address="192.0.2.8")
    entries = AuditEntry.objects.order_by("id").values_list("actor_name", "action", "project_name", "address")
    assert list(entries) == [
        ("alice", "operation.up", "demo", "192.0.2.7"),
        ("alice", "operation.cancel", "demo", "192.0.2.8"),
    ]
    detail = AuditEntry.objects.get(action="operation.up").detail
    assert detail == {"operation": operation.pk, "services": ["web"], "options": {"build": True}}


def test_who_works_at_the_command_line_is_named_as_the_system_knows_them(project: Project) -> None:
    operation = run_here(project, "up", (), {}, brings_two_up)
    name = f"{system_user()} (command line)"
    assert str(operation.result_message).startswith(f"{name} brought demo up in ")
    assert requester(operation) == name
    assert [entry.actor_name for entry in AuditEntry.objects.filter(action="operation.up")] == [name]


def test_who_comes_second_is_told_of_the_command_line(project: Project, alice: User) -> None:
    begin(project, "up", None, system_user="mara")
    with pytest.raises(OperationInProgress, match=r"^mara \(command line\) began"):
        begin(project, "up", alice)


def test_a_cancelled_command_is_told_with_its_own_name(project: Project) -> None:
    operation = begin(project, "up", None, system_user="mara")
    request_cancel(operation, None)
    assert "mara (command line) cancelled “up” of demo, begun by mara (command line)" in str(operation.result_message)
    assert AuditEntry.objects.get(action="operation.cancel").actor_name == "mara (command line)"
