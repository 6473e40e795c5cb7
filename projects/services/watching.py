"""Watching the sources of services and bringing changes into their containers, batch by batch."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol

from watchfiles import DefaultFilter, watch

from projects.compose.errors import ComposeError, EngineError
from projects.compose.messages import Message
from projects.compose.model import Application
from projects.compose.state import ObservedContainer
from projects.compose.watch_rules import SYNC, Batch, Rule, Sync, batch_of, relative, rules_of
from projects.services.contract import Engine
from projects.services.copies import copy_in

QUIET_MILLISECONDS: Final = 500  # changes that follow each other this soon are one batch
LONGEST_BATCH_MILLISECONDS: Final = 2000
LOOK_MILLISECONDS: Final = 500
MOST_PATHS: Final = 20  # that are written down of one batch
LONGEST_IGNORE_FILE: Final = 1024 * 1024


class Doing(Protocol):
    """The parts of a batch that are verbs of their own."""

    def rebuild(self, services: Sequence[str]) -> None:
        """Build the services and bring their containers up anew."""

    def restart(self, services: Sequence[str]) -> None:
        """Restart the services' containers."""

    def record(self, action: str, service: str, **detail: Any) -> None:
        """Write down that containers of a service were changed."""

    def say(self, text: str) -> None:
        """Tell what happens, in the reference's words."""


class Watching:
    """The rules of an application's services, and what is done when files change."""

    def __init__(self, engine: Engine, application: Application, services: Sequence[str], doing: Doing) -> None:
        self._engine = engine
        self._project = application.name
        self._doing = doing
        self._application = application
        self._rules = rules_of(application, services, ignore_files(application))

    @property
    def rules(self) -> list[Rule]:
        """What is watched."""
        return self._rules

    def begin(self) -> None:
        """Bring what has `initial_sync` into the containers as it is now."""
        first = [rule for rule in self._rules if rule.trigger.initial_sync and rule.trigger.action in SYNC]
        for rule in first:
            self._recorded_sync(batch_of([rule], files_below(rule)).sync)

    def run(self, stop: threading.Event) -> None:
        """Watch until told to stop; what goes wrong in a batch is said and the next one waited for."""
        paths = sorted({rule.trigger.path for rule in self._rules if Path(rule.trigger.path).exists()})
        batches = watch(
            *paths,
            watch_filter=_everything,
            debounce=LONGEST_BATCH_MILLISECONDS,
            step=QUIET_MILLISECONDS,
            rust_timeout=LOOK_MILLISECONDS,
            yield_on_timeout=True,
            stop_event=stop,
            raise_interrupt=True,
        )
        missed = next(batches, set())  # from here on nothing escapes
        self._doing.say("Watch enabled")
        for changes in itertools.chain([missed], batches):
            if changes:
                self.carry_out(batch_of(self._rules, with_contents(path for _kind, path in changes)))

    def carry_out(self, batch: Batch) -> None:
        """Do what a batch asks for: rebuild, sync, restart, execute."""
        try:
            if batch.rebuild:
                self._doing.rebuild(batch.rebuild)
            self._told_sync(batch.sync)
            if batch.restart:
                self._doing.restart(batch.restart)
                self._doing.say(f"service(s) {_listed(batch.restart)} restarted")
            self._execute(batch)
        except ComposeError as error:
            self._doing.say(str(error))

    def _told_sync(self, syncs: Sequence[Sync]) -> None:
        for service in dict.fromkeys(sync.service for sync in syncs):
            count = sum(sync.service == service for sync in syncs)
            self._doing.say(f'Syncing service "{service}" after {count} changes were detected')
        self._recorded_sync(syncs)

    def _recorded_sync(self, syncs: Sequence[Sync]) -> None:
        for service in dict.fromkeys(sync.service for sync in syncs):
            paths = [sync.target for sync in syncs if sync.service == service]
            self._doing.record("container.sync", service, count=len(paths), paths=paths[:MOST_PATHS])
        self._sync(syncs)

    def _sync(self, syncs: Sequence[Sync]) -> None:
        containers = {sync.service: self._containers(sync.service) for sync in syncs}
        for sync in syncs:
            for container in containers[sync.service]:
                self._bring(container, sync)

    def _containers(self, service: str) -> list[ObservedContainer]:
        running = self._engine.containers(project=self._project, all=False)
        return [container for container in running if container.service == service and not container.oneoff]

    def _bring(self, container: ObservedContainer, sync: Sync) -> None:
        if not Path(sync.source).exists():
            self._engine.execute(container.id, ["rm", "-rf", "--", sync.target], user="0")
            return
        if Path(sync.source).is_dir():
            self._engine.execute(container.id, ["mkdir", "-p", "--", sync.target], user="0")
            return
        parent = str(Path(sync.target).parent)
        try:
            self._engine.stat_path(container.id, parent)
        except EngineError:
            self._engine.execute(container.id, ["mkdir", "-p", "--", parent], user="0")
        copy_in(self._engine, container.id, sync.source, sync.target)

    def _execute(self, batch: Batch) -> None:
        for service, trigger in batch.execute:
            hook = trigger.exec
            if not hook.command:
                continue
            self._doing.record("container.exec", service, command=list(hook.command))
            for container in self._containers(service):
                came = self._engine.execute(
                    container.id,
                    list(hook.command),
                    user=hook.user,
                    privileged=hook.privileged,
                    working_dir=hook.working_dir,
                )
                if came.exit_code:
                    raise EngineError(
                        Message(
                            'Service "%(service)s": the command of its watch ended with status %(code)s: %(output)s',
                            service=service,
                            code=came.exit_code,
                            output=came.output.strip(),
                        )
                    )


def prune(engine: Engine, project: str) -> None:
    """Remove the project's images that a new build has taken the name of and that no container uses."""
    for image in engine.dangling_images(project):
        with suppress(EngineError):
            engine.remove_image(image)


class _Everything(DefaultFilter):
    """Leaves nothing out: the rules say what is ignored."""

    def __call__(self, change: object, path: str) -> bool:
        return True


_everything: Final[Callable[[object, str], bool]] = _Everything()


def _listed(names: Sequence[str]) -> str:
    return "[" + " ".join(f'"{name}"' for name in names) + "]"


def with_contents(paths: Iterable[str]) -> Iterator[str]:
    """Yield the paths and what lies below them: of a new directory's files nobody may have heard."""
    for path in paths:
        yield path
        for directory, below, files in os.walk(path):
            yield from (str(Path(directory) / name) for name in [*below, *files])


def files_below(rule: Rule) -> Iterator[str]:
    """Yield the files that a rule is about, as they are now."""
    root = Path(rule.trigger.path)
    if root.is_file():
        yield str(root)
    for directory, below, files in os.walk(root):
        inside = relative(directory, rule.trigger.path) or "."
        below[:] = [name for name in below if not rule.ignored.ignores(name if inside == "." else f"{inside}/{name}")]
        yield from (str(Path(directory) / name) for name in files)


def ignore_files(application: Application) -> dict[str, str]:
    """Return the text of each service's ``.dockerignore``, where it has a context with one."""
    found: dict[str, str] = {}
    for name, service in application.services.items():
        if service.build is not None and (file := Path(service.build.context) / ".dockerignore").is_file():
            with file.open(errors="replace") as text:
                found[name] = text.read(LONGEST_IGNORE_FILE)
    return found
