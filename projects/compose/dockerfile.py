"""The instructions of a Dockerfile, as far as it takes to number them and to know which stages a build goes through.

Source: Dockerfile reference (parser directives, line continuation, heredocs, FROM … AS, COPY --from, RUN --mount).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_DIRECTIVE = re.compile(r"#\s*([a-zA-Z][\w-]*)\s*=\s*(.+?)\s*$")
_HEREDOC = re.compile(r"<<-?([\"']?)([A-Za-z_][A-Za-z0-9_.]*)\1")
_FROM = re.compile(r"FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE)
_TAKEN_FROM = re.compile(r"(?:--from=|,from=|--mount=from=)([^\s,]+)")
_WITH_HEREDOC = frozenset({"RUN", "COPY", "ADD"})
# BuildKit has a step of its own for these; the others change the image's description only.
_COUNTED = frozenset({"RUN", "COPY", "ADD", "WORKDIR"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One instruction: `number` among those of the build, `stage` its stage's place in the file (-1 before all)."""

    number: int
    text: str
    stage: int
    counted: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Dockerfile:
    """`steps` of the stages that a build goes through; `stages` are the names of all, ``stage-N`` where they have none.

    `bases` are the images that the file begins from, as they are written. `syntax` is the frontend it asks for.
    """

    steps: tuple[Step, ...] = ()
    stages: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    syntax: str = ""


def read_dockerfile(text: str, target: str = "") -> Dockerfile:
    """Return what a build of `target` (empty: the last stage) goes through; what is no Dockerfile has no steps."""
    directives = _directives(text)
    stages = _stages(_instructions(text, directives.get("escape", "\\")))
    names = tuple(stage.name or f"stage-{number}" for number, stage in enumerate(stages[1:]))
    needed = _needed(stages[1:], [name.lower() for name in names], target.lower())
    steps: list[Step] = []
    for number, stage in enumerate(stages, -1):
        if number >= 0 and number not in needed:
            continue
        for text_of in stage.instructions:
            counted = _counted(text_of, {name.lower() for name in names[: max(number, 0)]})
            steps.append(Step(number=len(steps) + 1, text=text_of, stage=number, counted=counted))
    bases = tuple(stage.base for n, stage in enumerate(stages[1:]) if n in needed)
    return Dockerfile(steps=tuple(steps), stages=names, bases=bases, syntax=directives.get("syntax", ""))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Stage:
    name: str
    base: str
    instructions: list[str]


def _directives(text: str) -> dict[str, str]:
    """Return the directives, which stand before everything else."""
    found: dict[str, str] = {}
    for line in text.removeprefix("\ufeff").splitlines():
        match = _DIRECTIVE.fullmatch(line.strip())
        if match is None:
            break
        found.setdefault(match[1].lower(), match[2])
    return found


def _instructions(text: str, escape: str) -> Iterator[str]:
    """Yield each instruction on one line, without comments and without the bodies of heredocs."""
    lines = iter(text.removeprefix("\ufeff").splitlines())
    parts: list[str] = []
    for line in lines:
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        goes_on = stripped.endswith(escape)
        parts.append(stripped.removesuffix(escape).strip() if goes_on else stripped)
        if goes_on:
            continue
        yield from _ended(parts, lines)
        parts = []
    yield from _ended(parts, lines)


def _ended(parts: Sequence[str], lines: Iterator[str]) -> Iterator[str]:
    instruction = " ".join(part for part in parts if part)
    if not instruction:
        return
    if instruction.split(None, 1)[0].upper() in _WITH_HEREDOC:
        for heredoc in _HEREDOC.finditer(instruction):
            for line in lines:
                if line.strip() == heredoc[2]:
                    break
    yield instruction


def _stages(instructions: Iterator[str]) -> list[_Stage]:
    """Return the stages; the first is what stands before any."""
    stages = [_Stage(name="", base="", instructions=[])]
    for instruction in instructions:
        if begun := _FROM.fullmatch(instruction.strip()):
            stages.append(_Stage(name=begun[2] or "", base=begun[1], instructions=[]))
        stages[-1].instructions.append(instruction)
    return stages


def _needed(stages: Sequence[_Stage], names: Sequence[str], target: str) -> set[int]:
    """Return the numbers of the stages that the target is made of."""
    if not stages:
        return set()
    waiting, needed = [_number(target, names, len(stages), default=len(stages) - 1)], set[int]()
    while waiting:
        number = waiting.pop()
        if number is None or number in needed:
            continue
        needed.add(number)
        stage = stages[number]
        taken = [stage.base, *(name for each in stage.instructions for name in _TAKEN_FROM.findall(each))]
        waiting += [_number(name.lower(), names, number) for name in taken]
    return needed


def _number(name: str, names: Sequence[str], before: int, default: int | None = None) -> int | None:
    """Return the number of the last stage of that name, or of that number, before another."""
    if name.isdecimal() and int(name) < before:
        return int(name)
    return next((n for n in range(before - 1, -1, -1) if names[n] == name), default)


def _counted(instruction: str, earlier: set[str]) -> bool:
    if begun := _FROM.fullmatch(instruction):
        return begun[1].lower() != "scratch" and begun[1].lower() not in earlier
    return instruction.split(None, 1)[0].upper() in _COUNTED
