"""Where in a project's files something is, as a link into the editor for those who may edit."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from django.urls import reverse
from django.utils.http import urlencode

from projects.access import Act, Person, may
from projects.compose.errors import ComposeError, ComposeFileError, Place
from projects.compose.loader import Problem
from projects.compose.messages import Message
from projects.models import Project


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownPlace:
    """``compose.yaml:8:5``, and the address of that place in the editor, empty for those who may not edit."""

    text: str
    url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownProblem:
    """A sentence about the files, and the place it is about."""

    message: Message
    place: ShownPlace | None


def shown_place(problem: ComposeError | None, project: Project, user: Person) -> ShownPlace | None:
    """Return the place of an error in the files, with a path inside the project, or None where it has none."""
    return linked(problem.place, project, user) if isinstance(problem, ComposeFileError) else None


def shown_problem(problem: Problem, project: Project, user: Person) -> ShownProblem:
    """Return a problem of the files with its place beside the sentence."""
    return ShownProblem(message=without_file(problem), place=linked(problem.place, project, user))


def without_file(problem: Problem) -> Message:
    """Return what a problem says, without the path at its beginning that its place repeats."""
    what = problem.message.params.get("problem")
    names_its_file = problem.message.params.get("file") == problem.place.file
    return what if isinstance(what, Message) and names_its_file else problem.message


def linked(place: Place, project: Project, user: Person) -> ShownPlace | None:
    """Return a place in the files as pages show it, or None where it names no file."""
    if not place.file:
        return None
    file = os.path.relpath(Path(project.directory, place.file), project.directory)
    position = [str(number) for number in (place.line, place.column) if number]
    url = ""
    if may(user, Act.EDIT, project) and not file.startswith(".."):
        query = {"file": file} | ({"line": place.line} if place.line else {})
        url = f"{reverse('projects:files', kwargs={'name': project.name})}?{urlencode(query)}"
    return ShownPlace(text=":".join([file, *position]), url=url)
