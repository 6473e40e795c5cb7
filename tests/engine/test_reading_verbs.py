"""The verbs of ``manage.py compose`` that tell of a project or reach into its containers, beside the reference."""

from __future__ import annotations

import io
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest

from tests.conftest import remove_project
from tests.engine.listing import await_listed

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[bytes]]

FILES = """
services:
  web:
    image: {image}
    command: sh -c 'echo hello from web; exec sleep 600'
    stop_signal: SIGKILL
    scale: 2
    ports: ["80", "81/udp"]
    expose: ["90"]
    volumes: ["data:/data"]
    labels: {{colour: blue}}
  once:
    image: {image}
    command: sh -c 'echo hello from once; exit 3'
volumes:
  data:
"""


@pytest.fixture(scope="module")
def project(
    docker_client: docker.DockerClient, busybox_image: str, compose_cli: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, str]]:
    """A project that the reference brought up: its directory and name."""
    directory, name = tmp_path_factory.mktemp("reading"), f"t{secrets.token_hex(4)}"
    (directory / "compose.yaml").write_text(FILES.format(image=busybox_image))
    subprocess.run([compose_cli, "-p", name, "up", "-d"], cwd=directory, check=True, capture_output=True)
    subprocess.run([compose_cli, "-p", name, "wait", "once"], cwd=directory, check=False, capture_output=True)
    await_listed(docker_client, name)
    yield directory, name
    remove_project(docker_client, name)


@pytest.fixture
def ours(project: tuple[Path, str]) -> Run:
    """Run ``manage.py compose -p …`` in the directory."""
    return runner(project, [sys.executable, str(ROOT / "manage.py"), "compose"])


@pytest.fixture
def theirs(project: tuple[Path, str], compose_cli: str) -> Run:
    """Run the reference's program in the same way."""
    return runner(project, [compose_cli])


def runner(project: tuple[Path, str], program: list[str]) -> Run:
    directory, name = project
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    environment["COMPOSE_UI_DATA"] = str(directory / "dashboard")

    def run(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*program, "-p", name, *arguments],
            cwd=directory,
            env=environment,
            input=given,
            capture_output=True,
            timeout=120,
        )

    return run


def settled(text: bytes) -> list[str]:
    """Return the lines without what changes from run to run: ages and ids of images that were made."""
    plain = re.sub(r"(About (?:a|an) |\d+ )(second|minute)s?", "N seconds", text.decode())
    plain = re.sub(r"Less than a second", "N seconds", plain)
    return [re.sub(r" {2,}", "  ", re.sub(r"sha256:[0-9a-f]{64}", "sha256:ID", line)) for line in plain.split("\n")]


SAME = [
    ["ps"],
    ["ps", "-a"],
    ["ps", "-aq"],
    ["ps", "--services"],
    ["ps", "--no-trunc"],
    ["ps", "--status", "exited"],
    ["ps", "--filter", "status=exited"],
    ["ps", "--filter", "foo=bar"],
    ["ps", "-a", "--format", "{{.Name}} {{.Ports}} {{.ExitCode}} {{.Publishers}}"],
    ["ps", "--format", r"table {{.Name}}\t{{.State}}"],
    ["ls", "--filter", "foo=x"],
    ["ls", "--format", "xx"],
    ["top"],
    ["top", "once"],
    ["port", "web", "80"],
    ["port", "--index", "2", "web", "80"],
    ["port", "--protocol", "udp", "web", "81"],
    ["port", "web", "81"],
    ["port", "web"],
    ["port", "--index", "2", "web"],
    ["port", "web", "x"],
    ["port", "once", "80"],
    ["images", "-q"],
    ["images", "nosuch"],
    ["images", "--format", "json", "once"],
    ["volumes"],
    ["volumes", "-q", "web"],
    ["volumes", "--format", "json"],
    ["volumes", "once"],
    ["version"],
    ["version", "--short"],
    ["version", "--format", "json"],
    ["logs", "once"],
    ["logs", "--no-log-prefix", "once"],
    ["logs", "-t", "--no-color", "--index", "1", "web"],
    ["logs", "-n", "0"],
    ["logs", "--since", "xx"],
    ["logs", "--until", "2020-01-01"],
    ["logs", "--index", "1"],
    ["stats", "--no-stream", "--format", "{{.Name}} {{.ID}} {{.PIDs}}"],
    ["stats", "--no-stream", "once"],
    ["exec", "-T", "web", "sh", "-c", "echo out; exit 7"],
    ["exec", "-d", "web", "true"],
    ["exec", "-T", "-e", "A=1", "-w", "/tmp", "-u", "1000", "web", "sh", "-c", "echo $A; pwd; id -u"],
    ["exec", "-T", "--index", "5", "web", "ls"],
    ["exec", "-T", "once", "ls"],
    ["exec", "-T", "web", "nosuch-command"],
    ["exec", "web"],
    ["attach", "once"],
    ["cp", "web:/a", "web:/b"],
    ["cp", "/a", "/b"],
    ["cp", "nosuch:/a", "."],
    ["cp", "web:/etc", "compose.yaml"],
    ["cp", "web:/etc/passwd", "nosuch/x"],
    ["commit", "nosuch", "x"],
    ["export", "once"],
    ["wait", "once"],
    ["wait", "nosuch"],
]


@pytest.mark.parametrize("arguments", SAME, ids=" ".join)
def test_a_verb_prints_and_exits_as_the_reference_does(ours: Run, theirs: Run, arguments: list[str]) -> None:
    mine, reference = ours(*arguments), theirs(*arguments)
    assert (mine.returncode, settled(mine.stdout)) == (reference.returncode, settled(reference.stdout))
    assert settled(mine.stderr) == settled(reference.stderr)


def test_ps_as_json_is_the_references_field_for_field(ours: Run, theirs: Run) -> None:
    def told(run: Run) -> list[dict[str, object]]:
        found = [json.loads(line) for line in run("ps", "-a", "--format", "json").stdout.splitlines()]
        for row in found:
            row["Labels"] = sorted(row["Labels"].split(","))  # the reference's order is chance
            row["RunningFor"] = row["Status"] = ""
        return found

    assert told(ours) == told(theirs)


def test_ls_tells_of_the_project(ours: Run, theirs: Run, project: tuple[Path, str]) -> None:
    flags = ["ls", "-a", "--format", "json", "--filter", f"name={project[1]}"]
    assert json.loads(ours(*flags).stdout) == json.loads(theirs(*flags).stdout)
    assert project[1].encode() in ours("ls", "-q").stdout.split()


def test_a_command_reads_what_is_piped_into_it(ours: Run) -> None:
    many = os.urandom(2_000_000)
    assert ours("exec", "-T", "web", "cat", given=many).stdout == many


def test_files_are_copied_into_every_container_and_out_again(ours: Run, theirs: Run, project: tuple[Path, str]) -> None:
    directory, name = project
    (directory / "d" / "e").mkdir(parents=True)
    (directory / "d" / "e" / "f").write_text("content")
    (directory / "d" / "link").symlink_to("e/f")
    told = ours("cp", "d", "web:/tmp/new")
    assert told.returncode == 0
    for number in (1, 2):
        assert f" {name}-web-{number} Copied d to {name}-web-{number}:/tmp/new\n" in told.stderr.decode()
        listed = theirs("exec", "-T", "--index", str(number), "web", "find", "/tmp/new").stdout.split()
        assert sorted(listed) == [b"/tmp/new", b"/tmp/new/e", b"/tmp/new/e/f", b"/tmp/new/link"]
    assert ours("cp", "d/.", "web:/tmp/new").returncode == 0
    assert ours("cp", "--index", "2", "web:/tmp/new", "back").returncode == 0
    assert (directory / "back" / "e" / "f").read_text() == "content"
    assert (directory / "back" / "link").readlink() == Path("e/f")
    assert ours("cp", "-L", "--index", "2", "web:/tmp/new/link", "followed").returncode == 0
    assert (directory / "followed").read_text() == "content"


def test_tar_streams_go_both_ways(ours: Run, project: tuple[Path, str]) -> None:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        info = tarfile.TarInfo("streamed")
        info.size = 4
        tar.addfile(info, io.BytesIO(b"data"))
    assert ours("cp", "-", "web:/tmp", given=archive.getvalue()).returncode == 0
    with tarfile.open(fileobj=io.BytesIO(ours("cp", "web:/tmp/streamed", "-").stdout)) as tar:
        file = tar.extractfile("streamed")
        assert file is not None
        assert file.read() == b"data"
    refused = ours("cp", "-", "web:/nosuch", given=archive.getvalue())
    assert (refused.returncode, b"must be a directory" in refused.stderr) == (1, True)


def test_an_image_and_a_file_system_are_made_of_a_container(
    ours: Run, project: tuple[Path, str], docker_client: docker.DockerClient
) -> None:
    directory, name = project
    made = ours("commit", "-a", "me", "-m", "why", "-c", 'CMD ["x"]', "--index", "2", "web", f"{name}-kept:2")
    assert made.returncode == 0
    assert re.search(rf" {name}-web-2 Committed as sha256:[0-9a-f]{{64}} ", made.stderr.decode())
    image = docker_client.images.get(f"{name}-kept:2").attrs
    assert (image["Author"], image["Comment"], image["Config"]["Cmd"]) == ("me", "why", ["x"])
    assert ours("export", "-o", "whole.tar", "web").returncode == 0
    with tarfile.open(directory / "whole.tar") as tar:
        assert "bin" in {member.split("/")[0] for member in tar.getnames()}


def test_events_are_told_as_the_reference_tells_them(
    project: tuple[Path, str], compose_cli: str, docker_client: docker.DockerClient, tmp_path: Path
) -> None:
    directory, name = project
    programs = {"ours": [sys.executable, str(ROOT / "manage.py"), "compose"], "theirs": [compose_cli]}
    files = {which: (tmp_path / which).open("wb") for which in programs}
    listening = [
        subprocess.Popen([*program, "-p", name, "events", "--json", "web"], cwd=directory, stdout=files[which])
        for which, program in programs.items()
    ]
    container = docker_client.containers.get(f"{name}-web-1")
    try:
        for _ in range(120):
            container.exec_run("true")
            told = {which: _events(tmp_path / which) for which in programs}
            if len(told["ours"].keys() & told["theirs"].keys()) >= 3:
                break
            time.sleep(0.25)
    finally:
        for process in listening:
            process.send_signal(signal.SIGINT)
            process.wait(30)
    both = told["ours"].keys() & told["theirs"].keys()
    assert len(both) >= 3
    assert [told["ours"][at] for at in both] == [told["theirs"][at] for at in both]


def _events(file: Path) -> dict[str, dict[str, object]]:
    """Return the events that were printed, by their time."""
    whole = [line for line in file.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
    return {event["time"]: event for event in map(json.loads, whole)}


def test_ctrl_c_ends_endless_figures(project: tuple[Path, str]) -> None:
    directory, name = project
    program = [sys.executable, str(ROOT / "manage.py"), "compose", "-p", name]
    stats = subprocess.Popen([*program, "stats", "--format", "{{.Name}}"], cwd=directory, stdout=subprocess.PIPE)
    assert stats.stdout is not None
    assert f"{name}-web-".encode() in stats.stdout.readline()
    stats.send_signal(signal.SIGINT)
    stats.communicate(timeout=20)
    assert stats.returncode == 130


def test_wait_takes_the_project_down(
    ours: Run, theirs: Run, docker_client: docker.DockerClient, project: tuple[Path, str]
) -> None:
    """The last of this module: nothing is left afterwards."""
    ended = ours("wait", "--down-project", "once")
    assert ended.returncode == 3
    assert theirs("ps", "-aq").stdout == b""
