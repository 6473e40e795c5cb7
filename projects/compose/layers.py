"""Several documents → one canonical tree: interpolate, include, extend, merge, validate, each document in turn.

`Layers` holds one project part's environment and what its documents gave so far; ``include`` opens another `Layers`
for the part it names, and ``extends`` reads single services of other files.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import Any

from projects.compose import attributes, normalize, paths
from projects.compose.canonical import canonicalize
from projects.compose.deduplicate import deduplicate
from projects.compose.document import Document, Path, Tree, copy_tree
from projects.compose.environment import read_default_file, read_environment_files
from projects.compose.errors import ComposeFileError, Place
from projects.compose.extends import Extension
from projects.compose.interpolation import interpolate
from projects.compose.merge import merge
from projects.compose.messages import Message
from projects.compose.problems import PathError, Problem
from projects.compose.reading import Reading
from projects.compose.scalars import Timestamp
from projects.compose.tags import remove, untagged
from projects.compose.variables import Source

MAX_INCLUDES = 100
_IMPORTED = ("services", "volumes", "networks", "secrets", "configs", "models", "jobs")


class Layers:
    """One project part: its directory, its environment, and the tree that its documents add up to.

    `sources` are those of the part's own variables, in rising precedence; the whole project's win over them.
    """

    def __init__(
        self,
        reading: Reading,
        directory: str,
        environment: Mapping[str, str],
        including: tuple[str, ...] = (),
        sources: tuple[Source, ...] = (),
    ) -> None:
        self.reading = reading
        self.directory = directory
        self.environment = environment
        self.including = including
        self.sources = sources
        self.tree: dict[str, Tree] = {}

    def load(self, files: Sequence[str], named_at: Path = ()) -> dict[str, Tree]:
        """Return the tree of several files, with defaults and absolute paths. Raises ComposeFileError."""
        try:
            for file in files:
                for document in self.reading.parse(file, named_at):
                    self.add(document)
            if not self.tree:
                raise ComposeFileError(Message("empty compose file"), place=Place(file=files[-1], line=1, column=1))
            normalize.set_defaults(self.tree)
            normalize.check_parts(self.tree)
            if self.reading.resolve_paths:
                paths.resolve(self.tree, self.directory, self.environment)
            normalize.resolve_environment(self.tree, self.environment, included=bool(self.including))
        except ComposeFileError as error:
            raise self.reading.located(error) from error
        return self.tree

    def add(self, document: Document) -> None:
        """Merge one document over what there is."""
        self.reading.begin(document)
        self.reading.own_sources[document.file] = self.sources
        tree = self.interpolated(document)
        removed: list[Path] = []
        tree = untagged(tree, (), removed) if document.tagged else tree
        self.include(tree, document, removed)
        for path in removed:
            remove(self.tree, path)
        self.extend(tree, document, removed)
        self.tree = deduplicate(merge(self.tree, tree))
        self.validate()
        if self.tree.pop("version", None) is not None:
            self.warn_of_version(document)
        self.tree = deduplicate(canonicalize(self.tree, self.reading.warn, strict=self.reading.interpolate))

    def interpolated(self, document: Document) -> dict[str, Tree]:
        """Return a document's tree with its variables replaced."""
        if not isinstance(document.tree, dict):
            raise PathError((), Message("top-level object must be a mapping"))
        if not self.reading.interpolate:
            return dict(copy_tree(document.tree))
        tree = interpolate(document.tree, self.environment, self.reading.warn_unset, self.reading.tell)
        self.reading.raise_first_error()
        return dict(tree)

    def validate(self) -> None:
        """Check the tree against the specification's attributes; all problems are told, the first is raised."""
        attributes.COMPOSE_FILE.check(self.tree, (), self.reading.report)
        self.reading.raise_first_error()

    def warn_of_version(self, document: Document) -> None:
        """Warn of the attribute that Compose ignores."""
        what = Message(
            "the attribute `version` is obsolete, it will be ignored, please remove it to avoid potential confusion"
        )
        message = Message("%(file)s: %(problem)s", file=document.file, problem=what)
        self.reading.keep(Problem(message=message, place=document.place(("version",), of_key=True), severity="warning"))

    def include(self, tree: dict[str, Tree], document: Document, removed: list[Path]) -> None:
        """Import what ``include`` names, but for what is `removed`; the including file's own is merged over it."""
        entries = tree.pop("include", None)
        if entries is None:
            return
        attributes.TOP_LEVEL["include"].check(entries, ("include",), self.report_of_include)
        for index, entry in enumerate(entries):
            imported = self.imported(entry, ("include", index), document)
            for path in removed:
                remove(imported, path)
            for kind in _IMPORTED:
                if imported.get(kind):
                    tree[kind] = merge({kind: imported[kind]}, {kind: tree.get(kind)})[kind]

    def report_of_include(self, path: Path, message: Message, what: str) -> None:
        """Refuse what is wrong; an unknown attribute is warned of only, for the reference takes no notice of it."""
        if what != "key":
            raise PathError(path, message)
        self.reading.tell(path, message, severity="warning", of_key=True)

    def imported(self, entry: Any, path: Path, document: Document) -> dict[str, Tree]:
        """Return the tree of one included part, read as a project of its own."""
        if entry is None or isinstance(entry, Timestamp):
            return {}  # the reference takes no notice of an unquoted date
        entry = {"path": entry} if isinstance(entry, str) else entry
        files = [self.local(file, path) for file in _as_list(entry.get("path"))]
        first = files[0] if files else ""
        including = (*self.including, document.file)
        if first in including or len(including) > MAX_INCLUDES:
            message = Message("include cycle detected: %(files)s", files=" include ".join((*including, first)))
            raise PathError(path, message)
        directory = self.absolute(entry.get("project_directory") or posixpath.dirname(first))
        try:
            sources = self.own_sources(entry, directory)
        except ComposeFileError as error:
            raise (error if error.place.line else PathError(path, error.message)) from error
        if not files:
            return {}
        own = {name: value for source in sources for name, value in source.values.items()}
        environment = {**own, **self.environment}
        return Layers(self.reading, directory, environment, including, (*sources, *self.sources)).load(files, path)

    def own_sources(self, entry: dict[str, Any], directory: str) -> tuple[Source, ...]:
        """Return where an included part's own variables come from; the including part's win over them."""
        read_file, unset = self.reading.read_environment_file, self.reading.warn_unset_in_file
        if not entry.get("env_file"):
            own = read_default_file(directory, self.environment, read_file, unset)
            return (Source(file=posixpath.join(directory, ".env"), values=own),)
        files = [self.absolute(file) for file in _as_list(entry.get("env_file")) if file != "/dev/null"]
        read = read_environment_files(files, self.environment, read_file, unset)
        return tuple(Source(file=file, values=values) for file, values in read)

    def beside(self, directory: str) -> Layers:
        """Return empty layers for the files of another directory, with the same environment."""
        return Layers(self.reading, directory, self.environment, sources=self.sources)

    def local(self, file: str, named_at: Path) -> str:
        """Return the path of a Compose file that another names; raises PathError for a remote one."""
        if paths.is_remote(file):
            raise PathError(named_at, paths.not_fetched(file))
        return self.absolute(file)

    def absolute(self, path: str) -> str:
        """Return a path seen from this part's directory."""
        return paths.join(self.directory, path, self.environment.get("HOME", ""))

    def extend(self, tree: dict[str, Tree], document: Document, removed: list[Path]) -> None:
        """Replace each service that extends another by the merged one."""
        services = tree.get("services")
        if services is None:
            return
        if not isinstance(services, dict):
            raise PathError(("services",), Message("services must be a mapping"))
        extension = Extension(self, services, document.file, removed)
        for name in services:
            services[name] = extension.resolved(name, ())


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
