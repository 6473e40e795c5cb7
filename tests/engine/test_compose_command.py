"""``manage.py compose`` against the real engine, beside the reference's own program."""

from __future__ import annotations

import getpass
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import docker
import pytest

from tests.engine.listing import await_listed

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]

FILES = """
services:
  web:
    image: {image}
    command: sh -c 'echo hello from web; echo second line; exec sleep 600'
    stop_signal: SIGKILL
    depends_on: [db]
  db:
    image: {image}
    command: sh -c 'echo hello from db; exec sleep 600'
    stop_signal: SIGKILL
    volumes: [data:/data]
volumes:
  data:
"""

WAITING_FILES = """
services:
  web:
    image: {image}
    command: sleep 600
    depends_on: {{db: {{condition: service_healthy}}}}
  db:
    image: {image}
    command: sh -c 'echo hello from db; exec sleep 600'
    stop_signal: SIGKILL
    healthcheck: {{test: ["CMD", "false"], interval: 60s, start_period: 60s}}
"""


HOOKED_FILES = """
services:
  web:
    image: {image}
    command: sleep 600
    stop_signal: SIGKILL
    post_start: [{{command: sh -c 'echo hooked >> /told'}}]
  wrong:
    image: {image}
    command: sleep 600
    stop_signal: SIGKILL
    post_start: [{{command: sh -c 'echo nothing works; exit 4'}}]
"""


@pytest.fixture
def directory(tmp_path: Path, busybox_image: str) -> Path:
    (tmp_path / "compose.yaml").write_text(FILES.format(image=busybox_image))
    return tmp_path


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    plain = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    return plain | {"COMPOSE_UI_DATA": str(tmp_path / "data")}


@pytest.fixture
def ours(directory: Path, project_name: str, environment: dict[str, str], docker_client: docker.DockerClient) -> Run:
    """Run ``manage.py compose -p …`` in the directory."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        await_listed(docker_client, project_name)
        return subprocess.run(
            command(project_name, *arguments), cwd=directory, env=environment, capture_output=True, text=True
        )

    return run


@pytest.fixture
def theirs(directory: Path, project_name: str, compose_cli: str, docker_client: docker.DockerClient) -> Run:
    """Run the reference's program in the same way."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        await_listed(docker_client, project_name)
        return subprocess.run(
            [compose_cli, "-p", project_name, *arguments], cwd=directory, capture_output=True, text=True
        )

    return run


def command(project_name: str, *arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), "compose", "-p", project_name, *arguments]


def test_up_logs_ps_and_down_agree_with_the_reference(ours: Run, theirs: Run, project_name: str) -> None:
    up = ours("up", "-d")
    assert (up.returncode, up.stdout) == (0, "")
    for word in ("Creating", "Created", "Starting", "Started"):
        assert f" Container {project_name}-web-1 {word} \n" in up.stderr
    assert f" Network {project_name}_default Created \n" in up.stderr
    assert set(ours("ps", "-q").stdout.split()) == set(theirs("ps", "-q", "--no-trunc").stdout.split())
    assert ours("ps", "--services").stdout == theirs("ps", "--services").stdout == "db\nweb\n"
    assert columns(ours("ps").stdout) == columns(theirs("ps").stdout)
    assert lines(ours("logs").stdout) == lines(theirs("logs").stdout)
    assert "web-1  | hello from web\n" in ours("logs").stdout
    assert ours("logs", "--no-log-prefix", "--tail", "1", "web").stdout == "second line\n"
    assert theirs("up", "-d").stderr.count("Running") == 2
    again = ours("up", "-d")
    assert again.stderr.count("Running") == 2
    assert "Creat" not in again.stderr
    down = ours("down", "-v")
    assert down.returncode == 0
    assert f" Volume {project_name}_data Removed \n" in down.stderr
    assert theirs("ps", "-aq").stdout == ""


def lines(log: str) -> list[str]:
    """Return the lines, sorted, without padding: the reference pads names to those it has seen by then."""
    return sorted(re.sub(r" +\|", " |", line) for line in log.splitlines())


def columns(table: str) -> list[list[str]]:
    """Return the columns whose values do not change while one looks: name, image, service."""
    heading, *rows = table.splitlines()
    starts = [heading.index(name) for name in ("NAME", "IMAGE", "SERVICE")]
    return [heading.split(), *([row[start:].split()[0] for start in starts] for row in sorted(rows))]


def test_ps_as_json_tells_what_the_reference_tells(ours: Run, theirs: Run) -> None:
    ours("up", "-d", "db")
    mine, reference = (json.loads(run("ps", "--format", "json").stdout) for run in (ours, theirs))
    stable: Callable[[dict[str, Any]], dict[str, Any]] = lambda told: {  # noqa: E731
        key: told[key]
        for key in ("Command", "ExitCode", "Health", "ID", "Name", "Ports", "Project", "Service", "State")
    }
    assert stable(mine) == stable(reference)


def test_what_the_reference_started_is_stopped_started_and_taken_down(ours: Run, theirs: Run) -> None:
    assert theirs("up", "-d").returncode == 0
    assert ours("stop", "web").returncode == 0
    assert ours("ps", "--services").stdout == "db\n"
    assert ours("ps", "-a", "--services").stdout == "db\nweb\n"
    assert ours("start", "web").returncode == 0
    assert ours("restart").returncode == 0
    assert theirs("ps", "--services").stdout == "db\nweb\n"
    assert ours("down").returncode == 0
    assert theirs("ps", "-aq").stdout == ""


def test_config_lists_and_hashes_are_the_references(ours: Run, theirs: Run) -> None:
    for flags in (
        ["--services"],
        ["--images"],
        ["--volumes"],
        ["--networks"],
        ["--models"],
        ["--profiles"],
        ["--variables"],
        ["--hash", "*"],
        ["-q"],
    ):
        mine, reference = ours("config", *flags), theirs("config", *flags)
        assert (mine.returncode, set(mine.stdout.split())) == (0, set(reference.stdout.split())), flags


@pytest.mark.parametrize(
    "flags",
    [[], ["--no-interpolate"], ["--no-normalize", "--no-path-resolution", "--no-consistency", "--no-env-resolution"]],
)
def test_the_config_is_the_references_key_for_key(ours: Run, theirs: Run, flags: list[str]) -> None:
    mine, reference = (json.loads(run("config", "--format", "json", *flags).stdout) for run in (ours, theirs))
    assert mine == reference


def test_config_can_be_kept_in_a_file(ours: Run, directory: Path) -> None:
    assert ours("config", "--format", "json", "-o", "kept.json").stdout == ""
    assert json.loads((directory / "kept.json").read_text())["services"].keys() == {"web", "db"}


def test_mistakes_are_told_in_a_sentence_and_fail(ours: Run, directory: Path) -> None:
    unknown = ours("up", "-d", "nosuch")
    assert (unknown.returncode, unknown.stderr.strip()) == (1, "no such service: nosuch")
    (directory / "compose.yaml").write_text("services:\n  web:\n    imagee: x\n")
    broken = ours("config")
    assert broken.returncode == 1
    assert "compose.yaml:3" in broken.stderr
    assert "imagee" in broken.stderr
    assert "Traceback" not in broken.stderr


def test_ctrl_c_ends_followed_logs(ours: Run, directory: Path, project_name: str, environment: dict[str, str]) -> None:
    ours("up", "-d", "db")
    following = _started(project_name, directory, environment, "logs", "-f")
    assert following.stdout is not None
    assert following.stdout.readline() == "db-1  | hello from db\n"
    following.send_signal(signal.SIGINT)
    following.communicate(timeout=10)
    assert following.returncode == 130


def test_followed_logs_of_what_has_ended_wait_for_its_next_start(
    ours: Run, directory: Path, project_name: str, environment: dict[str, str], compose_cli: str
) -> None:
    ours("up", "-d", "db")
    while "hello from db" not in ours("logs", "db").stdout:
        time.sleep(0.1)
    for program in ([compose_cli, "-p", project_name], command(project_name)):
        ours("stop", "-t", "0", "db")
        following = _popen([*program, "logs", "-f", "-n", "1", "db"], directory, environment)
        assert following.stdout is not None
        assert following.stdout.readline() == "db-1  | hello from db\n"
        ours("start", "db")
        assert _line_with(following.stdout, "hello") == "db-1  | hello from db\n"
        ours("stop", "-t", "0", "db")
        rest, _ = following.communicate(timeout=20)
        assert (following.returncode, rest) == (0, "\n\x1b[Kdb-1 exited with code 137\n")


def test_a_one_off_has_the_hooks_after_its_start(
    ours: Run, theirs: Run, directory: Path, busybox_image: str, docker_client: docker.DockerClient
) -> None:
    (directory / "compose.yaml").write_text(HOOKED_FILES.format(image=busybox_image))
    wait = "while ! [ -e /told ]; do sleep 0.1; done; cat /told; exit 7"
    for run in (ours, theirs):
        attached = run("run", "--rm", "web", "sh", "-c", wait)
        assert (attached.returncode, attached.stdout.strip()) == (7, "hooked")
        detached = run("run", "-d", "web").stdout.strip()
        container = docker_client.containers.get(detached)
        assert container.exec_run("cat /told").output == b"hooked\n"
        failed = run("run", "-d", "wrong")
        assert failed.returncode == 1
        assert "wrong hook exited with status 4: nothing works\n" in failed.stderr
        assert docker_client.containers.get(failed.stdout.strip()).status == "running"
        ended_well = run("run", "--rm", "wrong", "sleep", "2")
        assert (ended_well.returncode, ended_well.stderr.strip().splitlines()[-1]) == (
            1,
            "wrong hook exited with status 4: nothing works",
        )
        run("down", "--remove-orphans")


def test_an_attached_up_shows_what_hooks_print(ours: Run, theirs: Run, directory: Path, busybox_image: str) -> None:
    (directory / "compose.yaml").write_text(HOOKED_FILES.format(image=busybox_image))
    shown = "Attaching to wrong-1\nwrong-1 ->  | nothing works\n"
    for run in (ours, theirs):
        failed = run("up", "wrong")
        assert (failed.returncode, failed.stdout) == (1, shown)
        assert "wrong hook exited with status 4" in failed.stderr
        run("down")


@pytest.mark.parametrize("interrupt", [signal.SIGINT, signal.SIGTERM])
def test_up_without_d_follows_the_logs_and_stops_at_ctrl_c_or_when_it_is_told_to_end(
    theirs: Run, directory: Path, project_name: str, environment: dict[str, str], interrupt: signal.Signals
) -> None:
    attached = _started(project_name, directory, environment, "up", "db")
    assert attached.stdout is not None
    assert _first_line(attached.stdout) == "Attaching to db-1\n"
    assert attached.stdout.readline() == "db-1  | hello from db\n"
    attached.send_signal(interrupt)
    attached.communicate(timeout=30)
    assert attached.returncode == 130
    assert theirs("ps", "--services").stdout.strip() == ""
    assert theirs("ps", "-a", "--services").stdout == "db\n"


def test_ctrl_c_stops_what_an_unfinished_up_has_started(
    theirs: Run, directory: Path, project_name: str, environment: dict[str, str], busybox_image: str, compose_cli: str
) -> None:
    (directory / "compose.yaml").write_text(WAITING_FILES.format(image=busybox_image))
    for program in ([compose_cli, "-p", project_name], command(project_name)):
        waiting = _popen([*program, "up"], directory, environment)
        assert waiting.stdout is not None
        assert _line_with(waiting.stdout, "Attaching to ")
        assert _line_with(waiting.stdout, "hello from db")
        waiting.send_signal(signal.SIGINT)
        _, told = waiting.communicate(timeout=30)
        assert (waiting.returncode, theirs("ps", "--services").stdout.strip()) == (130, "")
        assert "Gracefully Stopping... press Ctrl+C again to force" in told
        assert theirs("ps", "-a", "--services").stdout == "db\nweb\n"
        theirs("down")


def test_ctrl_c_leaves_what_the_named_services_depend_on_running(
    theirs: Run, directory: Path, project_name: str, environment: dict[str, str], compose_cli: str
) -> None:
    for program in ([compose_cli, "-p", project_name], command(project_name)):
        attached = _popen([*program, "up", "--attach-dependencies", "web"], directory, environment)
        assert attached.stdout is not None
        assert _line_with(attached.stdout, "second line")
        attached.send_signal(signal.SIGINT)
        attached.communicate(timeout=30)
        assert (attached.returncode, theirs("ps", "--services").stdout) == (130, "db\n")
        theirs("down")


def test_a_project_of_the_dashboard_is_operated_on_record(
    ours: Run, directory: Path, project_name: str, environment: dict[str, str]
) -> None:
    _django(
        environment, "import sys; from django.core.management import call_command; call_command('migrate', verbosity=0)"
    )
    _django(
        environment,
        "from projects.models import Project;"
        f" Project.objects.create(name={project_name!r}, directory={str(directory)!r})",
    )
    assert ours("up", "-d").returncode == 0
    told = _django(
        environment,
        "from projects.models import Operation;"
        " print([(o.verb, o.state, str(o.result_message), o.journal.count() > 4) for o in Operation.objects.all()])",
    )
    assert f"('up', 'succeeded', '{getpass.getuser()} (command line) brought " in told
    assert "2 containers started.', True)]" in told
    assert ours("exec", "-T", "db", "echo", "secret").returncode == 0
    act = _django(
        environment,
        "from projects.models import AuditEntry;"
        " newest = AuditEntry.objects.latest('pk'); print(newest.action, newest.detail['program'], newest.detail)",
    )
    assert act.startswith("terminal.open echo ")
    assert "secret" not in act
    assert ours("down").returncode == 0


def _started(project_name: str, directory: Path, environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return _popen(command(project_name, *arguments), directory, environment)


def _popen(arguments: list[str], directory: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    process = subprocess.Popen(arguments, cwd=directory, env=environment, stdout=pipe, stderr=pipe, text=True)
    guard = threading.Timer(90, process.kill)  # so that nothing is read for ever
    guard.daemon = True
    guard.start()
    return process


def _first_line(stream: IO[str]) -> str:
    deadline = time.monotonic() + 30
    while not (line := stream.readline()):
        assert time.monotonic() < deadline
    return line


def _line_with(stream: IO[str], words: str) -> str:
    while words not in (line := stream.readline()):
        assert line, f"ended without {words!r}"
    return line


def _django(environment: dict[str, str], program: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); {program}"],
        cwd=ROOT,
        env={**environment, "DJANGO_SETTINGS_MODULE": "compose_ui.settings"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
