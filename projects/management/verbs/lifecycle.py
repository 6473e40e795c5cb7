"""Verbs on containers that exist: ``start``, ``stop``, ``restart``, ``pause``, ``unpause``, ``kill``, ``rm``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from projects.compose.model import Application
from projects.compose.planner import KillOptions, PauseOptions, RemoveOptions, removable
from projects.compose.state import ObservedState
from projects.management import parsing
from projects.management.session import Session
from projects.management.verbs import Verb
from projects.management.verbs.converging import removing_orphans
from projects.services import container_verbs, provided_verbs, verbs


def by_labels(session: Session, options: Any, verb: Callable[..., verbs.Outcome]) -> int:
    """Carry out a verb that needs the files only for the order of things; returns the exit status."""
    name, application = session.project(options.services)
    return session.carry_out(name, options, lambda *given: verb(name, application, *given, options))


def stop_first(
    session: Session, name: str, application: Application | None, services: Sequence[str], timeout: int | None = None
) -> int:
    """Stop services in the course of another verb: an operation of its own; returns the exit status."""
    options = verbs.StopOptions(services=tuple(services), timeout=timeout)
    return session.carry_out(
        name,
        options,
        lambda engine, emit, cancel: provided_verbs.stop(name, application, engine, emit, cancel, options),
        verb="stop",
    )


def _stopping_flags(parser: argparse.ArgumentParser) -> None:
    parsing.timeout(parser)
    parsing.services(parser)


def _stop(session: Session) -> int:
    asked = session.asked
    return by_labels(
        session, verbs.StopOptions(services=tuple(asked.services), timeout=asked.timeout), provided_verbs.stop
    )


def _start_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--wait", action="store_true", help="Wait for services to be running|healthy")
    parser.add_argument("--wait-timeout", type=int, help="Maximum duration in seconds to wait for the project")
    parsing.services(parser)


def _start(session: Session) -> int:
    asked = session.asked
    options = verbs.StartOptions(
        services=tuple(asked.services), settle=False, wait=asked.wait, wait_timeout=asked.wait_timeout
    )
    return by_labels(session, options, verbs.start)


def _restart_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-deps", action="store_true", help="Don't restart dependent services")
    _stopping_flags(parser)


def _restart(session: Session) -> int:
    asked = session.asked
    options = verbs.RestartOptions(
        services=tuple(asked.services), no_deps=asked.no_deps, settle=False, timeout=asked.timeout
    )
    return by_labels(session, options, verbs.restart)


def _pause(session: Session) -> int:
    return by_labels(session, PauseOptions(services=tuple(session.asked.services)), container_verbs.pause)


def _unpause(session: Session) -> int:
    return by_labels(session, PauseOptions(services=tuple(session.asked.services)), container_verbs.unpause)


def _kill_flags(parser: argparse.ArgumentParser) -> None:
    line = "Remove containers for services not defined in the Compose file"
    parser.add_argument("--remove-orphans", action="store_true", help=line)
    parser.add_argument("-s", "--signal", default="SIGKILL", help="SIGNAL to send to the container")
    parsing.services(parser)


def _kill(session: Session) -> int:
    asked = session.asked
    options = KillOptions(services=tuple(asked.services), signal=asked.signal, remove_orphans=removing_orphans(session))

    def kill(name: str, application: Application | None, *given: Any) -> verbs.Outcome:
        outcome = container_verbs.kill(name, application, *given)
        if not outcome.done and not outcome.failures:
            session.err("No container to kill\n")
        return outcome

    return by_labels(session, options, kill)


def _rm_flags(parser: argparse.ArgumentParser) -> None:
    parsing.switches(
        parser,
        [
            ("-f", "--force", "Don't ask to confirm removal"),
            ("-s", "--stop", "Stop the containers, if required, before removing"),
            ("-v", "--volumes", "Remove any anonymous volumes attached to containers"),
        ],
    )
    parser.add_argument("-a", "--all", action="store_true", help=argparse.SUPPRESS)
    parsing.services(parser)


def _rm(session: Session) -> int:
    asked = session.asked
    options = RemoveOptions(services=tuple(asked.services), volumes=asked.volumes)
    name, application = session.project(options.services)
    # It stands whether or not the removal is agreed to.
    if asked.stop and (status := stop_first(session, name, application, options.services)):
        return status
    state = ObservedState(project=name, containers=session.engine.containers(project=name))
    found = removable(application, state, options)
    if not found:
        session.err("No stopped containers\n")
        return 0
    session.out(f"Going to remove {', '.join(container.name for container in found)}")
    if not asked.force and not agreed(session):
        return 0
    session.out("\n")
    return session.carry_out(
        name,
        options,
        lambda engine, emit, cancel: container_verbs.remove(name, application, engine, emit, cancel, options),
    )


def agreed(session: Session) -> bool:
    """Ask a person whether to go on; whoever is not at a terminal does not agree."""
    if not sys.stdin.isatty():
        return False
    session.out("\n? Are you sure? [yN] ")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


VERBS: Final[Mapping[str, Verb]] = {
    "start": Verb(flags=_start_flags, run=_start),
    "stop": Verb(flags=_stopping_flags, run=_stop),
    "restart": Verb(flags=_restart_flags, run=_restart),
    "pause": Verb(flags=parsing.services, run=_pause),
    "unpause": Verb(flags=parsing.services, run=_unpause),
    "kill": Verb(flags=_kill_flags, run=_kill),
    "rm": Verb(flags=_rm_flags, run=_rm),
}
