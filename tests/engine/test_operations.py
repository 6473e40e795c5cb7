"""Operations on a real engine, in the ways in which things go wrong."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from projects.compose.events import Status
from projects.models import Operation, Project, State
from projects.operations import Runner, begin, progress_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def runner() -> Iterator[Runner]:
    runner = Runner()
    runner.start()
    yield runner
    runner.stop()


@pytest.fixture
def project(db: None, tmp_path: Path, project_name: str, busybox_image: str) -> Project:
    directory = tmp_path / project_name
    directory.mkdir()
    (directory / "compose.yaml").write_text(
        f"services:\n  web:\n    image: {busybox_image}\n    command: sleep 600\n    stop_signal: SIGKILL\n"
    )
    return Project.objects.create(name=project_name, directory=str(directory))


def run(project: Project, verb: str, **options: object) -> Operation:
    operation = begin(project, verb, User.objects.get_or_create(username="alice")[0], options=options)
    deadline = time.monotonic() + 60
    while not operation.finished:
        assert time.monotonic() < deadline
        time.sleep(0.05)
        operation.refresh_from_db()
    return operation


def test_each_verb_is_carried_out_and_told(runner: Runner, project: Project) -> None:
    told = [str(run(project, verb).result_message) for verb in ("up", "up", "stop", "start", "restart", "down")]
    endings = [sentence.partition(" s: ")[2] for sentence in told]
    assert endings == [
        "1 network created, 1 container started.",
        "1 container was up to date.",
        "1 container stopped.",
        "1 container started.",
        "1 container restarted.",
        "1 container removed, 1 network removed.",
    ]
    assert [sentence.split()[1] for sentence in told] == [
        "brought",
        "brought",
        "stopped",
        "started",
        "restarted",
        "took",
    ]


def test_a_project_whose_directory_was_deleted_by_hand_can_be_taken_down(runner: Runner, project: Project) -> None:
    run(project, "up")
    shutil.rmtree(project.directory)
    up = run(project, "up")
    assert up.state == State.FAILED
    assert "is gone. Put it back, or remove the project from the list." in str(up.result_message)
    down = run(project, "down")
    assert down.state == State.SUCCEEDED
    assert "1 container removed" in str(down.result_message)


def test_an_image_that_does_not_exist_is_told_by_its_service(runner: Runner, project: Project) -> None:
    (Path(project.directory) / "compose.yaml").write_text("services:\n  web:\n    image: 127.0.0.1:1/no/such:1\n")
    operation = run(project, "up")
    assert operation.state == State.FAILED
    assert "web" in str(operation.result_message)
    assert "127.0.0.1:1/no/such:1" in str(operation.result_message)
    assert {task.status for task in progress_of(operation.pk).containers} <= {Status.SKIPPED}
