"""What can be wrong with a project's files, as data and as an exception."""

from __future__ import annotations

from dataclasses import dataclass, field

from projects.compose.document import Path, path_text
from projects.compose.errors import ComposeFileError, Place
from projects.compose.messages import Message


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Something to tell about a file; `severity` is ``error`` or ``warning``."""

    message: Message
    place: Place = field(default_factory=Place)
    severity: str = "error"


class PathError(ComposeFileError):
    """A refusal whose `path` is not yet found in a file."""

    def __init__(self, path: Path, message: Message) -> None:
        super().__init__(message, place=Place(path=path_text(path)))
        self.path = path
