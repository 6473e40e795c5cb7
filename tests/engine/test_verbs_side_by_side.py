"""Every verb beside the reference's own program: the same steps, and then the same states, exit codes and words.

Each directory below `verbs/` is one behaviour: a Compose file and its steps, which can be followed by hand with either
program. Of a step that begins with ``?`` only the exit code and what stands on the engine afterwards are compared:
there the dashboard says what went wrong in sentences of its own, or the order of events is chance. A step gives the
project's name by the flag, or as it says by the variable.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

from projects.services.engine import DockerEngine
from tests.engine.forked import Forked
from tests.engine.stage import Completed

SCENARIOS = sorted(path.parent for path in (Path(__file__).parent / "verbs").glob("*/steps"))
# The reference prints what it is about to do as often as it hears of it, and the dashboard says when a wait begins.
TOLD = re.compile(r" (?:Container|Network|Volume|Image) \S+ \S.*")
BY_VARIABLE = "COMPOSE_PROJECT_NAME=NAME "
Run: TypeAlias = Callable[[list[str], dict[str, str]], Completed]


@dataclass(frozen=True)
class Told:
    """What a step came to."""

    step: str
    status: int
    out: tuple[str, ...]
    err: tuple[str, ...]
    states: tuple[tuple[str, str, int | None], ...]


class Program:
    """One of the two programs, with a project of its own in the same directory."""

    def __init__(self, run: Run, name: str) -> None:
        self._run = run
        self._name = name
        self._engine = DockerEngine()

    def follow(self, steps: Sequence[str]) -> list[Told]:
        return [self._do(step) for step in steps]

    def _do(self, step: str) -> Told:
        whole = not step.startswith("?")
        done = self._run(self._arguments(step.removeprefix("?")), self._environment(step))
        return Told(
            step=step,
            status=done.returncode,
            out=self._lines(done.stdout) if whole else (),
            err=self._words_of(done.stderr) if whole else (),
            states=self._states(),
        )

    def _arguments(self, step: str) -> list[str]:
        return (
            shlex.split(step.removeprefix(BY_VARIABLE))
            if BY_VARIABLE in step
            else ["-p", self._name, *shlex.split(step)]
        )

    def _environment(self, step: str) -> dict[str, str]:
        return {"COMPOSE_PROJECT_NAME": self._name} if BY_VARIABLE in step else {}

    def _lines(self, text: str) -> tuple[str, ...]:
        return tuple(sorted(re.sub(r" +\|", " |", line.replace(self._name, "NAME")) for line in text.splitlines()))

    def _words_of(self, text: str) -> tuple[str, ...]:
        """Return the words of progress, each once; where there are none, the sentence that says why."""
        lines = [line.replace(self._name, "NAME").rstrip() for line in text.splitlines() if line.strip()]
        told = {line for line in lines if TOLD.fullmatch(line)}
        shown = {line for line in told if not line.endswith((" Waiting", " Healthy"))}
        # The reference logs that there is nothing to remove; the dashboard just says it.
        return tuple(sorted(shown)) or tuple(
            line for line in lines[:1] if not line.startswith(("time=", "No resource found to remove"))
        )

    def _states(self) -> tuple[tuple[str, str, int | None], ...]:
        """Return the states that stay: what ends by itself has ended by then."""
        before, now = None, self._states_now()
        while now and before != now:
            time.sleep(1)
            before, now = now, self._states_now()
        return now

    def _states_now(self) -> tuple[tuple[str, str, int | None], ...]:
        found = self._engine.containers(project=self._name)
        return tuple(sorted((c.name.replace(self._name, "NAME"), c.state, c.exit_code) for c in found))


@pytest.fixture
def programs(
    request: pytest.FixtureRequest,
    project_name: str,
    tmp_path: Path,
    busybox_image: str,
    compose_cli: str,
    forked: Forked,
) -> Iterator[tuple[Program, Program]]:
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    environment |= {"COMPOSE_UI_DATA": str(tmp_path / "data"), "IMAGE": busybox_image}
    directory: Path = request.param

    def ours(arguments: list[str], variables: dict[str, str]) -> Completed:
        return forked.run(arguments, directory, environment | variables)

    def theirs(arguments: list[str], variables: dict[str, str]) -> Completed:
        return subprocess.run(
            [compose_cli, *arguments],
            cwd=directory,
            env=environment | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )

    names = (f"{project_name}a", f"{project_name}b")
    yield Program(ours, names[0]), Program(theirs, names[1])
    for name in names:
        theirs(["-p", name, "--profile", "*", "down", "-v", "-t", "0", "--remove-orphans"], {})


@pytest.mark.parametrize("programs", SCENARIOS, ids=[path.name for path in SCENARIOS], indirect=True)
def test_the_same_steps_come_to_the_same(programs: tuple[Program, Program], request: pytest.FixtureRequest) -> None:
    directory: Path = request.node.callspec.params["programs"]
    steps = (directory / "steps").read_text().splitlines()
    with ThreadPoolExecutor(2) as both:
        came, expected = both.map(lambda program: program.follow(steps), programs)
    for mine, reference in zip(came, expected, strict=True):
        assert mine == reference
