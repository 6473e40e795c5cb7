"""``watch``: services rebuilt, restarted or given the files that change while one edits."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final

from projects.compose.events import Kind
from projects.compose.model import Application
from projects.management import parsing
from projects.management.dashboard import record_act
from projects.management.parsing import refused
from projects.management.session import INTERRUPTED, Session
from projects.management.verbs import Verb
from projects.management.verbs.converging import bring_up
from projects.services import verbs
from projects.services.watching import Watching, prune


def _watch_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-up", action="store_true", help="Do not build & start services before watching")
    parser.add_argument("--prune", action="store_true", default=True, help="Prune dangling images on rebuild")
    parser.add_argument("--quiet", action="store_true", help="hide build output")
    parsing.services(parser)


class Doing:
    """The verbs of a batch, carried out, and on record, as any other; `lead` stands before what is said."""

    def __init__(self, session: Session, application: Application, *, prune: bool = True, lead: str = "") -> None:
        self._session, self._application = session, application
        self._prune, self._lead = prune, lead

    def up(self, options: verbs.UpOptions) -> int:
        return _heard(bring_up(self._session, self._application, options, verb="up"))

    def rebuild(self, services: Sequence[str]) -> None:
        self.say(f"Rebuilding service(s) {_listed(services)} after changes were detected...")
        if self.up(verbs.UpOptions(services=tuple(services), build=True, no_deps=True)) == 0:
            self.say(f"service(s) {_listed(services)} successfully built")
            if self._prune:
                prune(self._session.engine, self._application.name)

    def restart(self, services: Sequence[str]) -> None:
        name, application = self._application.name, self._application
        options = verbs.RestartOptions(services=tuple(services))
        status = self._session.carry_out(
            name,
            options,
            lambda engine, emit, cancel: verbs.restart(name, application, engine, emit, cancel, options),
            verb="restart",
        )
        _heard(status)

    def record(self, action: str, service: str, **detail: Any) -> None:
        record_act(self._application.name, action, service=service, **detail)

    def say(self, text: str) -> None:
        self._session.out(f"{self._lead}{text}\n")


def watching_of(session: Session, application: Application, services: Sequence[str], doing: Doing) -> Watching:
    """Return the watch over these services' sources; refuses where none has any."""
    watching = Watching(session.engine, application, services, doing)
    if not watching.rules:
        raise refused("none of the selected services is configured for watch, consider setting a 'develop' section")
    return watching


def _heard(status: int) -> int:
    """Return an exit status; one of Ctrl-C ends the watch, too."""
    if status == INTERRUPTED:
        raise KeyboardInterrupt
    return status


def _listed(names: Sequence[str]) -> str:
    return "[" + " ".join(f'"{name}"' for name in names) + "]"


def _watch(session: Session) -> int:
    asked = session.asked
    if asked.quiet:
        session.hidden |= {Kind.STEP}
    application = session.application(asked.services)
    doing = Doing(session, application, prune=asked.prune)
    watching = watching_of(session, application, asked.services, doing)
    if not asked.no_up and (status := doing.up(verbs.UpOptions(services=tuple(asked.services), build=True))):
        return status
    watching.begin()
    watching.run(threading.Event())
    return 0


VERBS: Final[Mapping[str, Verb]] = {"watch": Verb(flags=_watch_flags, run=_watch)}
