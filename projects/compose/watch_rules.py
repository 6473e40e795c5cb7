"""What a changed file means to the services that watch it: `develop.watch` of the files, apart from any file system."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from projects.compose.dockerignore import DockerIgnore
from projects.compose.model import Application, Service, Trigger

# What editors and version control leave lying about for a moment.
PASSING: Final = "\n".join(
    ("**/.git", "**/*~", "**/.#*", "**/#*#", "**/*.swp", "**/*.swx", "**/4913", "**/.idea", "**/___jb_*___")
)
REBUILD: Final = "rebuild"
SYNC: Final = frozenset({"sync", "sync+restart", "sync+exec"})
RESTART: Final = frozenset({"restart", "sync+restart"})
EXEC: Final = "sync+exec"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sync:
    """A file or directory of this machine that is to lie, or to be missing, at a path of a service's containers."""

    service: str
    source: str
    target: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """What one batch of changes asks for, in the order in which it is done; services by name, without repetition."""

    rebuild: tuple[str, ...] = ()
    sync: tuple[Sync, ...] = ()
    restart: tuple[str, ...] = ()
    execute: tuple[tuple[str, Trigger], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One rule of a service, with what it leaves out."""

    service: str
    trigger: Trigger
    ignored: DockerIgnore
    included: DockerIgnore | None = field(default=None)

    def concerns(self, path: str) -> bool:
        """Return whether a change at this absolute path is the rule's."""
        inside = relative(path, self.trigger.path)
        if inside is None or (inside != "." and self.ignored.ignores(inside)):
            return False
        return self.included is None or inside == "." or self.included.ignores(inside)

    def target(self, path: str) -> str:
        """Return where a path belongs in the containers."""
        inside = relative(path, self.trigger.path) or "."
        return posixpath.normpath(posixpath.join(self.trigger.target, inside))


def relative(path: str, directory: str) -> str | None:
    """Return a path as seen from a directory, ``.`` for itself, None where it lies elsewhere."""
    base = directory.rstrip("/")
    if path == base:
        return "."
    return path.removeprefix(f"{base}/") if path.startswith(f"{base}/") else None


def rules_of(application: Application, services: Iterable[str], ignore_files: Mapping[str, str]) -> list[Rule]:
    """Return the rules of the services (none named: of all); `ignore_files` are ``.dockerignore`` texts by service.

    A path that is bind-mounted into the service is there by itself: its sync is left out.
    """
    wanted = set(services)
    return [
        _rule(service, trigger, ignore_files.get(name, ""))
        for name, service in application.services.items()
        if service.develop is not None and (not wanted or name in wanted)
        for trigger in service.develop.watch
        if not (trigger.action in SYNC and _is_mounted(service, trigger.path))
    ]


def _rule(service: Service, trigger: Trigger, ignore_file: str) -> Rule:
    ignored = DockerIgnore("\n".join([PASSING, ignore_file, *trigger.ignore]))
    included = DockerIgnore("\n".join(trigger.include)) if trigger.include else None
    return Rule(service=service.name, trigger=trigger, ignored=ignored, included=included)


def _is_mounted(service: Service, path: str) -> bool:
    return any(mount.type == "bind" and relative(path, mount.source) is not None for mount in service.volumes)


def batch_of(rules: Iterable[Rule], paths: Iterable[str]) -> Batch:
    """Return what changes at these absolute paths ask for; a service that is rebuilt needs nothing else."""
    met = [(rule, path) for path in sorted(set(paths)) for rule in rules if rule.concerns(path)]
    rebuild = dict.fromkeys(rule.service for rule, _path in met if rule.trigger.action == REBUILD)
    rest = [(rule, path) for rule, path in met if rule.service not in rebuild]
    synced = [(rule, path) for rule, path in rest if rule.trigger.action in SYNC]
    executed = {id(rule): (rule.service, rule.trigger) for rule, _path in rest if rule.trigger.action == EXEC}
    return Batch(
        rebuild=tuple(rebuild),
        sync=tuple(
            dict.fromkeys(Sync(service=rule.service, source=path, target=rule.target(path)) for rule, path in synced)
        ),
        restart=tuple(dict.fromkeys(rule.service for rule, _path in rest if rule.trigger.action in RESTART)),
        execute=tuple(executed.values()),
    )
