"""``extends``: a service merged over another of the same file, or of another file."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from projects.compose import attributes, paths
from projects.compose.canonical import LENGTHENED, canonicalize_service
from projects.compose.document import Path, Tree, copy_tree, size
from projects.compose.merge import merge
from projects.compose.messages import Message
from projects.compose.problems import PathError
from projects.compose.tags import remove, untagged

if TYPE_CHECKING:
    from projects.compose.layers import Layers

MAX_EXTENDS = 100
_LENGTHENED = LENGTHENED | {"develop", "pre_start"}
_MADE_LONG = frozenset({"depends_on", "devices", "env_file", "gpus", "ports", "volumes"})


class Extension:
    """Resolves ``extends`` among the services of one file, and those of the files they name."""

    def __init__(self, layers: Layers, services: dict[str, Tree], file: str, removed: list[Path]) -> None:
        self.layers = layers
        self.services = services
        self.file = file
        self.removed = removed
        self.others: dict[str, Extension] = {}

    def resolved(self, name: str, trail: tuple[tuple[str, str], ...]) -> Tree:
        """Return a service merged over what it extends. Raises PathError for what cannot be found, and for cycles."""
        service = self.services[name]
        if service is None:
            return None
        path: Path = ("services", name)
        if not isinstance(service, dict):
            raise PathError(path, Message("services.%(name)s must be a mapping", name=name))
        extends = service.get("extends")
        if extends is None:
            return service
        if len(trail) > MAX_EXTENDS:
            raise PathError(path, Message("extends is nested more than %(limit)s services deep", limit=MAX_EXTENDS))
        if (self.file, name) in trail:
            shown = " extends ".join(f"{other} in {file}" for file, other in (*trail, (self.file, name)))
            raise PathError((*path, "extends"), Message("Circular reference: %(trail)s", trail=shown))
        removed = [place[2:] for place in self.removed if place[:2] == path]
        base = self.base(name, extends, (*trail, (self.file, name)), removed)
        if base is None:
            return service
        own = {key: value for key, value in service.items() if key != "extends"}
        self.layers.reading.spend(size(base), (*path, "extends"))
        base = copy_tree(base)
        for place in removed:
            remove(base, place)
        return merge(base, own, path)

    def base(self, name: str, extends: Any, trail: tuple[tuple[str, str], ...], removed: list[Path]) -> Tree:
        """Return the service that another extends, itself resolved; the places `removed` of it are not wanted."""
        path: Path = ("services", name, "extends")
        reference = {"service": extends} if isinstance(extends, str) else extends
        if not isinstance(reference, dict) or not isinstance(reference.get("service"), str):
            raise PathError(path, Message("extends.%(name)s.service is required", name=name))
        other, file = reference["service"], reference.get("file")
        if file is None:
            if other not in self.services:
                raise _nothing_to_extend(path, name, self.file, other, self.file)
            self.services[other] = _without_extends(self.resolved(other, trail))
            return self.services[other]
        if not isinstance(file, str):
            raise PathError(path, Message("services.%(name)s.extends.file must be a string", name=name))
        named_at = (*path, "file")
        return self.of_file(self.layers.local(file, named_at), named_at).found(path, name, other, trail, removed)

    def of_file(self, file: str, named_at: Path) -> Extension:
        """Return the services of another file, interpolated, without tags and includes; read once."""
        if file not in self.others:
            self.others[file] = self.read(file, named_at)
            self.others[file].others = self.others
        return self.others[file]

    def read(self, file: str, named_at: Path) -> Extension:
        """Read the services of another file."""
        directory = posixpath.dirname(file)
        layers = self.layers.beside(directory)
        services: dict[str, Tree] = {}
        removed: list[Path] = []
        for document in self.layers.reading.parse(file, named_at):
            self.layers.reading.documents.insert(0, document)
            self.layers.reading.own_sources[file] = layers.sources
            self.layers.reading.spend(document.nodes, named_at)
            tree = layers.interpolated(document)
            tree = untagged(tree, (), removed) if document.tagged else tree
            if not isinstance(tree.get("services") or {}, dict):
                raise PathError(("services",), Message("services must be a mapping"))
            if self.layers.reading.interpolate:
                attributes.TOP_LEVEL["services"].check(tree.get("services") or {}, ("services",), _refuse_cast)
            services = merge({"services": services}, {"services": tree.get("services")})["services"]
        return Extension(layers, services, file, removed)

    def found(self, path: Path, name: str, other: str, trail: tuple[tuple[str, str], ...], removed: list[Path]) -> Tree:
        """Return a service of this file for one of another file, its paths made absolute."""
        if other not in self.services:
            raise _nothing_to_extend(path, name, trail[-1][0], other, self.file)
        service = _without_extends(self.resolved(other, trail))
        if isinstance(service, dict):
            service = copy_tree(service)
            _drop_unread(service, removed)
            _check_short_forms(service, ("services", other))
            canonicalize_service(service, ("services", other), strict=self.layers.reading.interpolate)
            if self.layers.reading.resolve_paths:
                paths.resolve({"services": {other: service}}, self.layers.directory, self.layers.environment)
        return service


def _nothing_to_extend(path: Path, name: str, file: str, other: str, where: str) -> PathError:
    message = Message(
        'cannot extend service "%(name)s" in %(file)s: service "%(other)s" not found in %(where)s',
        name=name,
        file=file,
        other=other,
        where=where,
    )
    return PathError(path, message)


def _without_extends(service: Tree) -> Tree:
    if isinstance(service, dict) and "extends" in service:
        return {key: value for key, value in service.items() if key != "extends"}
    return service


def _drop_unread(service: dict[str, Tree], removed: list[Path]) -> None:
    """Drop the attributes that the extending service replaces, but for those that the reference makes long before."""
    for place in removed:
        if len(place) == 1 and not _is_made_long(str(place[0]), service.get(str(place[0]))):
            service.pop(str(place[0]), None)


def _is_made_long(name: str, value: Tree) -> bool:
    if name == "build":
        return not isinstance(value, dict) or bool(value.keys() & {"additional_contexts", "ssh"})
    return name in _MADE_LONG and not (name == "depends_on" and isinstance(value, dict))


def _check_short_forms(service: dict[str, Tree], path: Path) -> None:
    """Refuse what cannot be made long; the rest is checked when it is merged, as it may be replaced."""
    for name in _LENGTHENED & service.keys():
        if service[name] is not None:
            attributes.SERVICE[name].check(service[name], (*path, name), _refuse_wrong)


def _refuse_wrong(path: Path, message: Message, what: str) -> None:
    """Refuse what has a wrong type; what is missing may still be added, and what is there twice is merged to one."""
    if what not in ("warning", "missing", "repeated"):
        raise PathError(path, message)


def _refuse_cast(path: Path, message: Message, what: str) -> None:
    """Refuse what is no number or boolean where one is wanted, which is found as variables are replaced."""
    if what == "cast":
        raise PathError(path, message)
