"""Verbs that join this terminal to a process in a container: ``exec``, ``attach``."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final

from projects.compose.choosing import one_of
from projects.compose.errors import EngineError
from projects.compose.state import ObservedContainer
from projects.management import parsing
from projects.management import terminal_here as here
from projects.management.dashboard import record_act
from projects.management.parsing import refused
from projects.management.session import Session
from projects.management.verbs import Verb
from projects.services.contract_inside import Command
from projects.services.log_frames import FrameCutter, split
from projects.services.terminals import Running

FORWARDED: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)


def running_container(session: Session) -> ObservedContainer:
    """Return the running container that SERVICE and --index mean; raises `PlanError`."""
    name = session.name()
    return one_of(session.engine.containers(project=name, all=False), session.asked.service, session.asked.index)


def index_flag(parser: argparse.ArgumentParser) -> None:
    """Declare which container of a service is meant."""
    parser.add_argument("--index", type=int, default=0, help="Index of the container if service has multiple replicas")


def _exec_flags(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("-d", "--detach", action="store_true", help="Detached mode: Run command in the background")
    add("-e", "--env", action="append", default=[], help="Set environment variables")
    index_flag(parser)
    add("-T", "--no-tty", action="store_true", help="Disable pseudo-TTY allocation")
    add("-i", "--interactive", action="store_true", default=True, help=argparse.SUPPRESS)
    add("-t", "--tty", action="store_true", default=True, help=argparse.SUPPRESS)
    add("--privileged", action="store_true", help="Give extended privileges to the process")
    add("-u", "--user", default="", help="Run the command as this user")
    add("-w", "--workdir", default="", help="Path to workdir directory for this command")
    add("service", metavar="SERVICE")
    add("command", nargs=argparse.REMAINDER, metavar="COMMAND")


def _exec(session: Session) -> int:
    asked = session.asked
    if not asked.command:
        raise refused("requires at least 2 arg(s), only received 1")
    tty = asked.tty and not asked.no_tty and not asked.detach and here.is_terminal(here.STDOUT)
    if tty and asked.interactive and not here.is_terminal(here.STDIN):
        raise refused("the input device is not a TTY")
    container = running_container(session)
    command = Command(
        argv=tuple(asked.command),
        tty=tty,
        stdin=asked.interactive,
        detach=asked.detach,
        user=asked.user,
        privileged=asked.privileged,
        working_dir=asked.workdir,
        environment=tuple(asked.env),
    )
    running = Running(session.engine, container.id, command)
    running.begin()
    # The program alone: what follows it may hold a password.
    record_act(container.project, "terminal.open", container=container.name, program=command.argv[0], user=command.user)
    return 0 if asked.detach else _joined(running, command)


def _joined(running: Running, command: Command) -> int:
    with _terminal(running.resize, command.tty):
        if command.stdin:
            here.pass_input(running.write, running.end_input)
        while pieces := running.read():
            for number, data in pieces:
                here.show(number, data)
    return running.exit_code()


@contextmanager
def _terminal(resize: Any, tty: bool) -> Iterator[None]:
    if not tty:
        yield
        return
    with here.raw_keyboard(), here.following_size(lambda height, width: resize(height=height, width=width)):
        yield


def _attach_flags(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--detach-keys", default="", help="Override the key sequence for detaching from a container.")
    index_flag(parser)
    add("--no-stdin", action="store_true", help="Do not attach STDIN")
    add("--sig-proxy", type=parsing.truth, nargs="?", const=True, default=True, help="Proxy all signals to the process")
    add("service", metavar="SERVICE")


def _attach(session: Session) -> int:
    asked, engine = session.asked, session.engine
    container = running_container(session)
    terminal = engine.attach(container.id, stdin=not asked.no_stdin, detach_keys=asked.detach_keys)
    ended = engine.wait(container.id)
    record_act(container.project, "terminal.attach", container=container.name)

    def resize(**size: int) -> None:
        with suppress(EngineError):
            engine.resize_container(container.id, **size)

    cutter = FrameCutter(tty=terminal.tty)
    with _signals(session, container.id), _terminal(resize, terminal.tty and not asked.no_stdin):
        if not asked.no_stdin:
            here.pass_input(terminal.write, terminal.end_input)
        while data := terminal.read():
            for number, piece in split(cutter.feed(data).data):
                here.show(number, piece)
    if engine.inspect_container(container.id).state == "running":
        return 0  # detached by its keys
    return next((int(message["StatusCode"]) for message in ended), 0)


@contextmanager
def _signals(session: Session, container: str) -> Iterator[None]:
    """Pass signals on to the container's process; without --sig-proxy Ctrl-C just ends the attachment."""

    def forward(number: int, _frame: object) -> None:
        with suppress(EngineError):
            session.engine.kill(container, signal.Signals(number).name)

    before = {number: signal.signal(number, forward) for number in FORWARDED if session.asked.sig_proxy}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


VERBS: Final[Mapping[str, Verb]] = {
    "exec": Verb(flags=_exec_flags, run=_exec),
    "attach": Verb(flags=_attach_flags, run=_attach),
}
