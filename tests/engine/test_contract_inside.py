"""What every `Engine` does inside containers: the fake of the tests is held here to the real one."""

from __future__ import annotations

import io
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from projects.compose.errors import Conflict, EngineError, NotFound
from projects.services.contract import Engine, Executed
from projects.services.contract_inside import Command
from projects.services.copies import copy_in, copy_out, tar_of
from projects.services.engine import DockerEngine
from projects.services.log_frames import split
from projects.services.terminals import Running
from tests.engine.test_contract import Body, body, either

__all__ = ["body", "either"]


@pytest.fixture
def running(either: Engine, body: Body, project_name: str) -> str:
    """A container that runs."""
    name = f"{project_name}-web-1"
    either.create_container(name, body("sleep 1000"))
    either.start(name)
    return name


def test_a_command_prints_and_ends_with_its_code(either: Engine, running: str) -> None:
    command = Running(either, running, Command(argv=("sh", "-c", "echo hello; exit 4")))
    command.begin()
    printed = b"".join(data for _number, data in iter(lambda: next(iter(command.read()), (0, b"")), (0, b"")))
    assert (printed, command.exit_code()) == (b"hello\n", 4)


def test_a_command_is_given_its_input(either: Engine, running: str) -> None:
    command = Running(either, running, Command(argv=("sh", "-c", "cat"), stdin=True))
    command.begin()
    command.write(b"to and fro\n")
    command.end_input()
    assert command.read() == [(1, b"to and fro\n")]
    assert command.read() == []
    assert command.exit_code() == 0


def test_nothing_runs_in_a_container_that_does_not(either: Engine, body: Body, project_name: str) -> None:
    either.create_container(f"{project_name}-web-1", body())
    with pytest.raises(Conflict):
        either.create_exec(f"{project_name}-web-1", Command(argv=("true",)))
    with pytest.raises(EngineError):
        either.top(f"{project_name}-web-1")


def test_processes_and_figures_are_told(either: Engine, running: str) -> None:
    told = either.top(running)
    assert any("sleep 1000" in row[told.titles.index("CMD")] for row in told.rows)
    (figures,) = either.stats(running, stream=False)
    assert figures["memory_stats"]["limit"] > figures["memory_stats"]["usage"] > 0


def test_the_exit_of_a_container_is_waited_for(either: Engine, body: Body, project_name: str) -> None:
    name = f"{project_name}-web-1"
    either.create_container(name, body("exit 3"))
    either.start(name)
    (message,) = either.wait(name)
    assert message["StatusCode"] == 3


def test_an_attached_stream_ends_when_cut(either: Engine, running: str) -> None:
    terminal = either.attach(running)
    terminal.close()
    assert terminal.read() == b""


def test_files_go_in_and_come_out(either: Engine, running: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("content")
    copy_in(either, running, str(tmp_path / "a"), "/tmp/b")
    stat = either.stat_path(running, "/tmp/b")
    assert (stat.name, stat.is_directory) == ("b", False)
    assert either.stat_path(running, "/tmp").is_directory
    copy_out(either, running, "/tmp/b", str(tmp_path / "c"))
    assert (tmp_path / "c").read_text() == "content"
    with tarfile.open(fileobj=io.BytesIO(b"".join(either.archive(running, "/tmp/b")))) as tar:
        assert tar.getnames() == ["b"]


def test_a_path_that_is_not_there_is_not_found(either: Engine, running: str, tmp_path: Path) -> None:
    for ask in (lambda: either.stat_path(running, "/nosuch"), lambda: list(either.archive(running, "/nosuch"))):
        with pytest.raises(NotFound):
            ask()
    with pytest.raises(NotFound):
        either.unpack(running, "/nosuch", tar_of(tmp_path, "x"))


def test_an_image_is_made_of_a_container(either: Engine, running: str, project_name: str) -> None:
    reference = f"{project_name}-kept:1"
    assert either.commit(running, reference=reference, message="kept").startswith("sha256:")
    assert either.image(reference) is not None
    either.remove_image(reference)


def test_a_file_system_is_exported(either: Engine, running: str) -> None:
    with tarfile.open(fileobj=io.BytesIO(b"".join(either.export(running)))) as tar:
        assert any(name.strip("/").startswith("etc") for name in tar.getnames())


def test_a_terminal_knows_its_size_and_ends_with_its_viewer(
    request: pytest.FixtureRequest,
    body: Body,
    project_name: str,
) -> None:
    engine: Engine = request.getfixturevalue("engine")
    name = f"{project_name}-web-1"
    engine.create_container(name, body("sleep 1000"))
    engine.start(name)
    shell = Running(engine, name, Command(argv=("sh",), tty=True, stdin=True), ending=True)
    shell.begin()
    shell.resize(height=33, width=101)
    shell.write(b"sleep 777 & stty size\n")
    shown = b""
    while b"33 101" not in shown:
        shown += b"".join(data for _number, data in shell.read())
    shell.end()
    told = engine.top(name)
    commands = [row[told.titles.index("CMD")] for row in told.rows]
    assert commands == ["sleep 1000"]


def test_what_the_engine_says_at_once_is_not_lost(engine: DockerEngine, body: Body, project_name: str) -> None:
    name = f"{project_name}-web-1"
    engine.create_container(name, body("sleep 1000"))
    engine.start(name)
    with busy_threads(3):  # the head of the answer and the words are then read together
        told = {(each.exit_code, each.output) for each in (at_once(engine, name) for _ in range(10))}
    assert [(code, "no matching entries in passwd file" in words) for code, words in told] == [(126, True)]


def at_once(engine: DockerEngine, container: str) -> Executed:
    return engine.execute(container, ["true"], user="nobody-at-all")


@contextmanager
def busy_threads(count: int) -> Iterator[None]:
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            sum(range(10_000))

    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    yield
    over.set()
    for thread in threads:
        thread.join()


def test_streams_of_output_are_told_apart(request: pytest.FixtureRequest, body: Body, project_name: str) -> None:
    engine: Engine = request.getfixturevalue("engine")
    name = f"{project_name}-web-1"
    engine.create_container(name, body("sleep 1000"))
    engine.start(name)
    command = Command(argv=("sh", "-c", "echo out; sleep 0.2; echo err >&2"))
    terminal = engine.start_exec(engine.create_exec(name, command), command)
    frames = b"".join(iter(terminal.read, b""))
    assert list(split(frames)) == [(1, b"out\n"), (2, b"err\n")]
