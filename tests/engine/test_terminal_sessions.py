"""People's terminals on a real engine: what is remembered, who waits for whom, and what is left behind: nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import docker
import pytest
from docker.models.containers import Container

from projects.compose.errors import Conflict, NotFound, PlanError
from projects.services import terminal_sessions
from projects.services.engine import DockerEngine
from projects.services.terminal_sessions import AHEAD, REMEMBERED, About, Session, Sessions
from tests.left_behind import left_behind

SECONDS = 20.0


@pytest.fixture
def container(docker_client: docker.DockerClient, busybox_image: str, project_name: str) -> Iterator[Container]:
    """A running container."""
    made = docker_client.containers.run(busybox_image, ["sleep", "1000"], detach=True, name=f"{project_name}-web-1")
    yield made
    made.remove(force=True)


@pytest.fixture
def sessions() -> Iterator[Sessions]:
    """Sessions that end half a second after the last look."""
    opened = Sessions(DockerEngine, grace=0.5)
    yield opened
    opened.close()


def about(container: Container, *command: str, owner: int = 1) -> About:
    return About(owner=owner, project="demo", container=container.name or "", command=command)


class Viewer:
    """Takes what a session prints; `acknowledging` says whether it tells so."""

    def __init__(self, session: Session, *, acknowledging: bool = True) -> None:
        self.session = session
        self.seen = b""
        self._acknowledging = acknowledging
        self._changed = threading.Event()
        self.wake = self._changed.set
        self.begin = self.position = session.attach(self.wake)

    def until(self, done: Callable[[], bool]) -> bytes:
        """Take until `done`, or fail."""
        deadline = time.monotonic() + SECONDS
        while not done():
            assert time.monotonic() < deadline, self.seen[-200:]
            self._changed.clear()
            if data := self.session.take(self.position):
                self.seen += data
                self.position += len(data)
                if self._acknowledging:
                    self.session.acknowledge(self.position)
            elif not done():
                self._changed.wait(0.05)
        return self.seen


def until(done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def test_who_comes_back_is_given_what_was_printed_meanwhile(sessions: Sessions, container: Container) -> None:
    session = sessions.open(about(container))
    first = Viewer(session)
    session.write(b"echo be''fore\n")
    first.until(lambda: b"before" in first.seen)
    session.detach(first.wake)
    session.write(b"echo mean''while\n")
    second = Viewer(session)
    assert second.begin == 0
    second.until(lambda: b"meanwhile" in second.seen)
    assert b"before" in second.seen


def test_a_session_that_nobody_looks_at_ends_with_all_that_it_began(sessions: Sessions, container: Container) -> None:
    session = sessions.open(about(container))
    viewer = Viewer(session)
    session.write(b"sleep 4000 & nohup sleep 4001 & echo be''gun\n")
    viewer.until(lambda: b"begun" in viewer.seen)
    assert left_behind(container)
    session.detach(viewer.wake)
    until(lambda: session.ended and not left_behind(container), "it still runs")
    until(lambda: sessions.of(owner=1, project="demo") == (), "it is still listed")


def test_the_own_process_of_a_container_is_joined_and_left_running(
    sessions: Sessions, docker_client: docker.DockerClient, busybox_image: str, project_name: str
) -> None:
    shouting = docker_client.containers.run(
        busybox_image,
        ["sh", "-c", "while read line; do echo you said $line; done; exit 4"],
        detach=True,
        stdin_open=True,
        name=f"{project_name}-shout-1",
    )
    try:
        session = sessions.open(replace(about(shouting), attached=True))
        viewer = Viewer(session)
        session.write(b"hello\n")
        assert viewer.until(lambda: b"hello" in viewer.seen) == b"you said hello\r\n"
        session.end()
        shouting.reload()
        assert shouting.status == "running"
        again = sessions.open(replace(about(shouting), attached=True))
        late = Viewer(again)
        again.write(b"hello again\n")
        late.until(lambda: b"hello again" in late.seen)
        shouting.kill()
        until(lambda: again.ended and again.exit_code == 137, "the end was not noticed")
    finally:
        shouting.remove(force=True)


def test_only_the_last_mib_is_remembered_and_said_to_be_so(sessions: Sessions, container: Container) -> None:
    session = sessions.open(
        about(container, "sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x; echo; echo end; sleep 9")
    )
    viewer = Viewer(session)
    viewer.until(lambda: b"end" in viewer.seen)
    late = Viewer(session)
    assert late.begin == session.printed - REMEMBERED
    late.until(lambda: late.position == session.printed)
    assert late.seen == viewer.seen[-REMEMBERED:]


def test_a_command_waits_for_a_viewer_that_does_not_keep_up(sessions: Sessions, container: Container) -> None:
    session = sessions.open(about(container, "yes"))
    viewer = Viewer(session, acknowledging=False)
    viewer.until(lambda: len(viewer.seen) >= AHEAD)
    time.sleep(0.5)
    printed = session.printed
    assert printed < AHEAD + REMEMBERED / 2
    time.sleep(0.5)
    assert session.printed == printed
    session.acknowledge(viewer.position)
    until(lambda: session.printed > printed, "it does not go on")


def test_a_command_without_a_viewer_forgets_nothing(sessions: Sessions, container: Container) -> None:
    sessions = Sessions(DockerEngine, grace=60)
    session = sessions.open(about(container, "yes"))
    viewer = Viewer(session)
    viewer.until(lambda: len(viewer.seen) > 1000)
    session.detach(viewer.wake)
    until(lambda: session.printed >= viewer.position + REMEMBERED, "it waits too early")
    time.sleep(0.3)
    printed = session.printed
    time.sleep(0.5)
    assert session.printed == printed <= viewer.position + REMEMBERED + 200_000
    sessions.close()


def test_the_end_is_told_with_the_exit_code(sessions: Sessions, container: Container) -> None:
    session = sessions.open(about(container, "sh", "-c", "echo done; exit 7"))
    viewer = Viewer(session)
    viewer.until(lambda: session.ended and viewer.position == session.printed)
    assert (session.exit_code, viewer.seen.strip()) == (7, b"done")


def test_it_ends_when_its_container_does(sessions: Sessions, container: Container) -> None:
    session = sessions.open(about(container))
    viewer = Viewer(session)
    container.kill()
    viewer.until(lambda: session.ended)


def test_a_terminal_is_its_owners_alone(sessions: Sessions, container: Container) -> None:
    session = sessions.open(about(container))
    Viewer(session)
    assert sessions.find(session.id, owner=1, project="demo") is session
    assert sessions.find(session.id, owner=2, project="demo") is None
    assert sessions.find(session.id, owner=1, project="other") is None


def test_what_cannot_be_opened_is_told_and_not_counted(
    sessions: Sessions, container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotFound):
        sessions.open(About(owner=1, project="demo", container="no-such-container", command=()))
    monkeypatch.setattr(terminal_sessions, "MOST_OF_ONE", 1)
    Viewer(sessions.open(about(container)))
    with pytest.raises(PlanError, match="Close one of them"):
        sessions.open(about(container))
    Viewer(sessions.open(about(container, owner=2)))
    container.stop(timeout=0)
    until(lambda: not sessions.of(owner=1, project="demo"), "it is still counted")
    with pytest.raises(Conflict):
        sessions.open(about(container))
    assert sessions.of(owner=1, project="demo") == ()


def test_a_container_without_a_shell_says_so(
    sessions: Sessions, container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal_sessions, "SHELLS", ("fish", "elvish"))
    with pytest.raises(PlanError, match=r"has no shell .fish, elvish were tried"):
        sessions.open(about(container))
