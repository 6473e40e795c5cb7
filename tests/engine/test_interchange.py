"""A project goes back and forth between this engine and the reference's program, each taking the other's for its own.

Each directory of ``interchange/`` is a project, its file ``up`` the command line that brings it up.
"""

from __future__ import annotations

import json
import re
import shlex
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.engine.listing import await_listed
from tests.engine.stage import Completed, Stage

PROJECTS = sorted((Path(__file__).parent / "interchange").iterdir())
# What both print of the same containers.
READING = [
    "ps",
    "ps -a --no-trunc",
    "ps -a --format json",
    "ps -q",
    "ps --services",
    "images",
    "images --format json",
    "volumes",
    "volumes --format json",
    "ls -a --filter name={name}",
    "ls -a --format json --filter name={name}",
    "logs --no-color",
    "logs --no-log-prefix --tail 1",
]
AGE = re.compile(r"(About an? \w+|Less than a second|\d+ (second|minute)s?)( ago)?")
PASSING = {"RunningFor", "CreatedAt", "Status"}


class Hand:
    """One of the two programs, at work on a project."""

    def __init__(self, stage: Stage, up: list[str], *, ours: bool) -> None:
        self._run = stage.ours if ours else stage.theirs
        self._globals = up[: up.index("up")]
        self._up = up[up.index("up") :]

    def up(self) -> Completed:
        return self.do(*self._up)

    def do(self, *arguments: str) -> Completed:
        done = self._run((*self._globals, *arguments))
        assert done.returncode == 0, (arguments, done.stderr)
        assert "Traceback" not in done.stderr
        return done


@pytest.mark.parametrize("first", ["the reference", "ours"])
@pytest.mark.parametrize("set_stage", PROJECTS, indirect=True, ids=[path.name for path in PROJECTS])
def test_each_takes_over_what_the_other_has_brought_up(stage: Stage, first: str) -> None:
    up = shlex.split((stage.directory / "up").read_text())
    one, other = (Hand(stage, up, ours=ours) for ours in (first == "ours", first != "ours"))
    one.up()
    stage.await_ends()
    made = stage.identities()
    assert_both_tell_the_same(one, other, stage)

    other.up()
    stage.await_ends()
    ended = {name for name, each in stage.containers().items() if not each["State"]["Running"]}
    assert made
    assert without(ended, stage.identities()) == without(ended, made)
    assert ids(stage) == {name: each[0] for name, each in made.items()}

    other.do("stop", "-t", "0")
    assert stage.running() == set()
    assert_both_tell_the_same(one, other, stage)

    other.do("start")
    stage.await_ends()
    assert ids(stage) == {name: each[0] for name, each in made.items()}
    assert {f"/{name}" for name in stage.running()} == set(made) - ended
    assert_both_tell_the_same(one, other, stage)

    other.do("down", "-v")
    left = stage.seen({})
    assert left == {"containers": {}, "networks": [], "volumes": []}
    assert_both_tell_the_same(one, other, stage)


def ids(stage: Stage) -> dict[str, str]:
    return {name: each[0] for name, each in stage.identities().items()}


def without(names: set[str], containers: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Return the containers but for those, which each `up` starts again because they have ended."""
    return {name: each for name, each in containers.items() if name not in names}


def assert_both_tell_the_same(one: Hand, other: Hand, stage: Stage) -> None:
    await_listed(stage.client, stage.name)
    for line in READING:
        arguments = shlex.split(line.format(name=stage.name))
        with ThreadPoolExecutor(2) as both:
            said = both.map(lambda hand: told(hand.do(*arguments).stdout), (one, other))  # noqa: B023 - ends here
            assert next(said) == next(said), line


def told(text: str) -> list[Any]:
    """Return what was printed, in an order of its own and without ages."""
    if text.startswith(("{", "[{")):
        found = [json.loads(line) for line in text.splitlines() if line]
        rows = [row for each in found for row in (each if isinstance(each, list) else [each])]
        return sorted((stable(row) for row in rows), key=str)
    return sorted(re.sub(r" {2,}", "  ", AGE.sub("AGE", line)).rstrip() for line in text.splitlines())


def stable(row: dict[str, Any]) -> dict[str, Any]:
    # The reference takes labels, mounts and networks in whatever order.
    return {
        key: sorted(value.split(",")) if key in ("Labels", "Mounts", "Networks") else value
        for key, value in row.items()
        if key not in PASSING
    }
