"""What a project's Up and Down would do now: its files and the engine are looked at, nothing is done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from projects.compose.errors import ComposeError
from projects.compose.model import Application
from projects.models import Project
from projects.operations.carry import load_application
from projects.operations.engines import connect
from projects.operations.variants import UP_OPTIONS
from projects.workspace import Stamp, stamps

if TYPE_CHECKING:
    from projects.services.preview import Previews
    from projects.services.surroundings import Surroundings

_lock = threading.Lock()
_surroundings: Surroundings | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """What would be done; `problem` says why it cannot be told. `files` are those it follows from, as they were."""

    previews: Previews | None = None
    problem: ComposeError | None = None
    files: Mapping[str, Stamp] = field(default_factory=dict)

    def is_outdated(self) -> bool:
        """Return whether a file has changed since, has gone or has come."""
        return stamps(self.files) != self.files


def forecast(project: Project) -> Forecast:
    """Return what Up and Down would do now, as pages offer them; takes some engine calls, never raises."""
    read: set[str] = set()
    application, unset, problem = None, [], None
    try:
        loaded = load_application(project, reading=read.add)
        application = loaded.application
        unset = [each.name for each in loaded.variables if each.is_missing]
    except ComposeError as error:
        problem = error
    files = stamps(read)
    try:
        return Forecast(previews=_previews(project, application, unset), problem=problem, files=files)
    except ComposeError as error:
        return Forecast(problem=problem or error, files=files)


def around(heard: Callable[[], None]) -> Callable[[], None]:
    """Call back whenever something happens on the engine that a forecast may depend on; returns what ends it."""
    global _surroundings
    with _lock:
        if _surroundings is None:
            from projects.services.surroundings import Surroundings

            _surroundings = Surroundings(connect)
        return _surroundings.listen(heard)


def _previews(project: Project, application: Application | None, unset: list[str]) -> Previews:
    from projects.services.preview import previews
    from projects.services.verbs import UpOptions

    engine = connect()
    try:
        return previews(engine, project.name, application, UpOptions(**UP_OPTIONS), unset)
    finally:
        engine.close()
