"""Making the paths of a file absolute, from the directory the file's project lies in."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from projects.compose.document import Path, Tree
from projects.compose.messages import Message
from projects.compose.problems import PathError

_FETCHED = ("oci://", "git://", "ssh://", "github.com/", "git@")
_REMOTE = ("http://", "https://", "git://", "ssh://", "github.com/", "git@")


def is_remote(file: str) -> bool:
    """Return whether the reference would fetch a Compose file of this name, from a git repository or a registry."""
    address = file.partition("#")[0]
    return file.startswith(_FETCHED) or (file.startswith(("http://", "https://")) and address.endswith(".git"))


def not_fetched(file: str) -> Message:
    """Say that a remote file is not read."""
    return Message(
        "%(file)s is a remote file, and remote files are not fetched. Keep a copy of it in the project and name that.",
        file=file[:300],
    )


def join(directory: str, path: str, home: str) -> str:
    """Return `path` seen from `directory`, with ``~`` as `home`; an absolute one stays as it is."""
    if path.startswith("~"):
        return posixpath.normpath(posixpath.join(home, path[1:].lstrip("/")))
    return path if path.startswith("/") else posixpath.normpath(posixpath.join(directory, path))


def resolve(tree: dict[str, Tree], directory: str, environment: Mapping[str, str]) -> None:
    """Make every path of a canonical tree absolute, in place. Raises PathError for a bind mount without a source."""
    resolver = _Resolver(directory, environment.get("HOME", ""))
    for kind in ("services", "jobs"):
        for name, service in _mappings(tree.get(kind)):
            resolver.service(service, (kind, name))
    for kind in ("configs", "secrets"):
        for _, resource in _mappings(tree.get(kind)):
            resolver.change(resource, "file", resolver.unix)
    for _, volume in _mappings(tree.get("volumes")):
        resolver.volume(volume)


def _mappings(section: Any) -> list[tuple[str, dict[str, Any]]]:
    if not isinstance(section, dict):
        return []
    return [(name, item) for name, item in section.items() if isinstance(item, dict)]


class _Resolver:
    """Knows the directory and the home that paths are seen from."""

    def __init__(self, directory: str, home: str) -> None:
        self.directory = directory
        self.home = home

    def absolute(self, path: str) -> str:
        """Return a path of this machine."""
        return join(self.directory, path, self.home)

    def unix(self, path: str) -> str:
        """Return a path of the engine's machine; one of Windows stays as it is."""
        return path if _is_windows(path) else self.absolute(path)

    def context(self, path: str) -> str:
        """Return a build context; a URL, a reference to a service and an empty one stay as they are."""
        if not path or "://" in path or path.startswith(("service:", *_REMOTE)):
            return path
        return self.absolute(path)

    def change(self, part: dict[str, Any], key: str, to: Any) -> None:
        """Replace a string of `part`."""
        if isinstance(part.get(key), str):
            part[key] = to(part[key])

    def service(self, service: dict[str, Any], path: Path) -> None:
        """Make the paths of a service absolute."""
        if isinstance(service.get("build"), dict):
            self.build(service["build"])
        for file in service.get("env_file") or []:
            if isinstance(file, dict) and file.get("path") != "":
                self.change(file, "path", self.absolute)
        if isinstance(service.get("label_file"), list):
            service["label_file"] = [file and self.absolute(file) for file in service["label_file"]]
        if isinstance(service.get("extends"), dict):
            self.change(service["extends"], "file", self.absolute)
        if isinstance(service.get("develop"), dict):
            for rule in service["develop"].get("watch") or []:
                self.change(rule, "path", self.absolute)
        for index, mount in enumerate(service.get("volumes") or []):
            if isinstance(mount, dict) and mount.get("type") == "bind":
                self.mount(mount, (*path, "volumes", index))
        for index, hook in enumerate(service.get("pre_start") or []):
            self.service(hook, (*path, "pre_start", index))

    def build(self, build: dict[str, Any]) -> None:
        """Make the contexts and keys of a build absolute."""
        self.change(build, "context", self.context)
        self.change_all(build.get("additional_contexts"), self.context)
        self.change_all(build.get("ssh"), self.unix)

    def change_all(self, named: Any, to: Any) -> None:
        """Replace every string of a mapping."""
        if isinstance(named, dict):
            for name in named:
                self.change(named, name, to)

    def mount(self, mount: dict[str, Any], path: Path) -> None:
        """Make the source of a bind mount absolute."""
        if not mount.get("source"):
            raise PathError(path, Message('invalid mount config for type "bind": field Source must not be empty'))
        self.change(mount, "source", self.unix)

    def volume(self, volume: dict[str, Any]) -> None:
        """Make the device of a volume that is really a bind mount absolute."""
        options = volume.get("driver_opts")
        if isinstance(options, dict) and volume.get("driver") == "local" and options.get("o") == "bind":
            self.change(options, "device", self.unix)


def _is_windows(path: str) -> bool:
    return path.startswith("\\\\") or (path[:1].isalpha() and path[1:3] in (":\\", ":/"))
