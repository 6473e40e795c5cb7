"""Whole stories, each told to this engine and to the reference's own program: what comes of every step is the same.

Each directory of ``scenarios/`` is one story. Its ``steps.txt`` says in its first lines what it shows, then holds one
command line a step; a step after ``=`` is also given to the other program right afterwards, which must find nothing to
do. By hand: ``IMAGE=busybox docker compose …`` in the directory, line by line.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.engine.conftest import SetStage
from tests.engine.stage import ANONYMOUS, Completed, Stage

SCENARIOS = Path(__file__).parent / "scenarios"
NAMES = sorted(path.name for path in SCENARIOS.iterdir())

WORD = re.compile(r"^ (Container|Network|Volume) (\S+) +([A-Z]\w+)")
# Words of waits and of what goes on: when they are said depends on how long things take.
PASSING = {"Waiting", "Healthy", "Exited", "Error", "Skipped", "Interrupted", "Warning"}
# The reference does not tell of these.
OURS_ALONE = {"Connecting", "Connected", "Disconnected"}
Run: TypeAlias = Callable[[tuple[str, ...]], Completed]


@dataclass(frozen=True)
class Step:
    """One line of a story."""

    arguments: tuple[str, ...]
    settled: bool

    def __str__(self) -> str:
        return " ".join(self.arguments)


def steps_of(name: str) -> list[Step]:
    lines = (SCENARIOS / name / "steps.txt").read_text().splitlines()
    told = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return [Step(tuple(shlex.split(line.removeprefix("="))), line.startswith("=")) for line in told]


def words(text: str) -> dict[str, set[str]]:
    """Return the words that were said of each container, network and volume."""
    said: dict[str, set[str]] = {}
    # The reference tries to remove what others still use, and says that it cannot.
    kept = {line.split()[1] for line in text.splitlines() if line.rstrip().endswith("Resource is still in use")}
    for line in text.splitlines():
        found = WORD.match(line)
        if not found or found[2] in kept or "pre_start" in found[2] or ANONYMOUS.fullmatch(found[2]):
            continue
        if found[3] not in PASSING | OURS_ALONE:
            said.setdefault(f"{found[1]} {found[2]}", set()).add(found[3])
    return said


def told(stage: Stage, steps: list[Step], run: Run, other: Run) -> list[dict[str, Any]]:
    """Tell a story to one program and return what came of each step; the other finds the settled ones done."""
    came: list[dict[str, Any]] = []
    for step in steps:
        before = stage.identities()
        done = run(step.arguments)
        assert "Traceback" not in done.stderr, done.stderr
        came.append(
            {"step": str(step), "fails": bool(done.returncode), **stage.seen(before)}
            # Of what fails each program tells in its own words, and how far it has come.
            | ({} if done.returncode else {"words": words(done.stderr)})
        )
        came[-1]["stderr"] = done.stderr
        if step.settled:
            settled = stage.identities()
            again = other(step.arguments)
            assert again.returncode == 0, again.stderr
            assert stage.identities() == settled, f"{step} is not settled: {again.stderr}"
    return without_name(came, stage.name)


def without_name(came: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Return it as it would be for a project named NAME."""
    whole: list[dict[str, Any]] = json.loads(json.dumps(came, default=sorted).replace(name, "NAME"))
    return whole


@pytest.mark.parametrize(
    ("set_stage", "name"), [(SCENARIOS / name, name) for name in NAMES], indirect=["set_stage"], ids=NAMES
)
def test_a_story_goes_as_with_the_reference(set_stage: SetStage, name: str) -> None:
    steps = steps_of(name)
    one, other = set_stage("a"), set_stage("b")
    one.environment["PORTS"], other.environment["PORTS"] = "27310-27312", "27320-27322"
    with ThreadPoolExecutor(2) as both:
        mine_told = both.submit(told, one, steps, one.ours, one.theirs)
        reference_told = both.submit(told, other, steps, other.theirs, other.ours)
        came, expected = mine_told.result(), reference_told.result()
    for mine, theirs in zip(came, expected, strict=True):
        said = (mine.pop("stderr"), theirs.pop("stderr"))
        assert mine == theirs, "\n\n".join(said)
