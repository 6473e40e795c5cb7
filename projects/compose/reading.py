"""What all parts of one load share: how files are read, what was read, and what is to be told about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from projects.compose.document import Document, Path, path_text, service_of
from projects.compose.environment import ReadFile, unreadable
from projects.compose.errors import ComposeFileError, Place
from projects.compose.messages import Message
from projects.compose.problems import PathError, Problem
from projects.compose.source import parse
from projects.compose.variables import Source

MAX_PROBLEMS = 200
MAX_TOTAL_NODES = 300_000
MAX_DOCUMENTS = 4_000
MAX_ENVIRONMENT_BYTES = 4 * 1024 * 1024


@dataclass(kw_only=True)
class Reading:
    """What one load shares: how files are read, every document read so far, and what is to be told.

    `own_sources` are those of the variables that only the part of the project has to which a file belongs, by file.
    `may_read` raises PermissionError for what must not be given away; `warned` is told each warning as it is found.
    """

    read_file: ReadFile
    interpolate: bool = True
    resolve_paths: bool = True
    may_read: Callable[[str], None] = lambda path: None
    warned: Callable[[Problem], None] = lambda warning: None
    documents: list[Document] = field(default_factory=list)
    own_sources: dict[str, tuple[Source, ...]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    parsed: dict[str, tuple[Document, ...]] = field(default_factory=dict)
    unset: set[str] = field(default_factory=set)
    nodes: int = 0
    environment_bytes: int = 0

    def parse(self, file: str, named_at: Path = ()) -> tuple[Document, ...]:
        """Return a file's documents, read once; `named_at` is what names it, to be told where it cannot be read."""
        if file not in self.parsed:
            try:
                data = self.read_file(file)
            except OSError as error:
                reason = unreadable(file, error).message
                if named_at:
                    raise PathError(named_at, reason) from error
                message = Message('compose file "%(file)s" is invalid: %(reason)s', file=file, reason=reason)
                raise ComposeFileError(message, place=Place(file=file)) from error
            self.parsed[file] = parse(data, file)
        return self.parsed[file]

    def begin(self, document: Document) -> None:
        """Remember a document that is about to be merged; raises PathError where there are too many."""
        self.documents.append(document)
        if len(self.documents) > MAX_DOCUMENTS:
            raise PathError((), Message("The project is made of more than %(limit)s documents.", limit=MAX_DOCUMENTS))
        self.spend(document.nodes)

    def spend(self, nodes: int, path: Path = ()) -> None:
        """Count the values that files, includes and ``extends`` add up to; raises PathError where it is too much."""
        self.nodes += nodes
        if self.nodes > MAX_TOTAL_NODES:
            message = Message("The files of the project add up to more than %(limit)s values.", limit=MAX_TOTAL_NODES)
            raise PathError(path, message)

    def read_environment_file(self, path: str) -> bytes:
        """Return the content of an environment or label file; raises ComposeFileError where all are too large."""
        data = self.read_file(path)
        self.environment_bytes += len(data)
        if self.environment_bytes > MAX_ENVIRONMENT_BYTES:
            limit = MAX_ENVIRONMENT_BYTES >> 20
            message = Message("The environment files of the project add up to more than %(limit)s MiB.", limit=limit)
            raise ComposeFileError(message, place=Place(file=path))
        return data

    def place(self, path: Path, *, of_key: bool = False) -> Place:
        """Return where a path is: in the last document that has most of it."""
        best = max(reversed(self.documents), key=lambda document: document.depth(path), default=None)
        return best.place(path, of_key=of_key) if best else Place(path=path_text(path))

    def located(self, error: ComposeFileError) -> ComposeFileError:
        """Return an error with its place found."""
        if not isinstance(error, PathError):
            return error
        return ComposeFileError(error.message, place=self.place(error.path), service=service_of(error.path))

    def tell(self, path: Path, message: Message, *, severity: str = "error", of_key: bool = False) -> None:
        """Keep a problem for whoever asked; raise the first error where there are too many to go on."""
        if len(self.problems) > MAX_PROBLEMS:
            self.raise_first_error()
            return
        self.keep(Problem(message=message, place=self.place(path, of_key=of_key), severity=severity))

    def keep(self, problem: Problem) -> None:
        """Keep a problem whose place is known, unless there are too many."""
        if len(self.problems) > MAX_PROBLEMS:
            return
        if problem not in self.problems:
            self.problems.append(problem)
            if problem.severity == "warning":
                self.warned(problem)
        if len(self.problems) > MAX_PROBLEMS:
            more = Message("There is more to warn of than is told here: the first %(count)s.", count=MAX_PROBLEMS)
            self.problems[-1] = Problem(message=more, place=problem.place, severity="warning")

    def report(self, path: Path, message: Message, what: str) -> None:
        """Keep what checking a tree against the attributes has found."""
        if not self.interpolate and what in ("cast", "warning"):
            return
        severity = "warning" if what == "warning" else "error"
        self.tell(path, message, severity=severity, of_key=what == "key")

    def raise_first_error(self) -> None:
        """Raise ComposeFileError for the first error that was told."""
        for problem in self.problems:
            if problem.severity == "error":
                raise ComposeFileError(problem.message, place=problem.place)

    def warn(self, path: Path, message: Message) -> None:
        """Keep a warning."""
        self.tell(path, message, severity="warning")

    def warn_unset(self, name: str, path: Path) -> None:
        """Warn once of a variable that is not set."""
        if name not in self.unset:
            self.unset.add(name)
            self.warn(path, _unset(name))

    def warn_unset_in_file(self, name: str, place: Place) -> None:
        """Warn once of a variable that an environment file refers to and that is not set."""
        if name not in self.unset:
            self.unset.add(name)
            self.keep(Problem(message=_unset(name), place=place, severity="warning"))


def _unset(name: str) -> Message:
    return Message('The "%(name)s" variable is not set. Defaulting to a blank string.', name=name)
