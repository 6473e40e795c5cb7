"""How the instructions of a Dockerfile are numbered, and which stages a build goes through."""

from __future__ import annotations

import pytest

from projects.compose.dockerfile import read_dockerfile

STAGES = """
# syntax is not this
ARG VERSION=1
FROM base:$VERSION AS build
RUN make
FROM scratch AS docs
COPY docs /
FROM build AS test
RUN make test
FROM other
RUN --mount=type=bind,from=docs,target=/d true
COPY --from=0 /out /
"""


def numbered(text: str, target: str = "") -> list[str]:
    return [f"{step.number} {step.text}" for step in read_dockerfile(text, target).steps]


def test_only_stages_that_the_target_is_made_of_are_numbered() -> None:
    assert numbered(STAGES) == [
        "1 ARG VERSION=1",
        "2 FROM base:$VERSION AS build",
        "3 RUN make",
        "4 FROM scratch AS docs",
        "5 COPY docs /",
        "6 FROM other",
        "7 RUN --mount=type=bind,from=docs,target=/d true",
        "8 COPY --from=0 /out /",
    ]
    assert numbered(STAGES, "TEST")[1:] == [
        "2 FROM base:$VERSION AS build",
        "3 RUN make",
        "4 FROM build AS test",
        "5 RUN make test",
    ]


def test_stages_without_a_name_are_numbered_and_bases_are_told() -> None:
    dockerfile = read_dockerfile(STAGES)
    assert dockerfile.stages == ("build", "docs", "test", "stage-3")
    assert dockerfile.bases == ("base:$VERSION", "scratch", "other")


def test_what_buildkit_has_a_step_for_counts() -> None:
    steps = read_dockerfile(
        "FROM a\nENV B=c\nWORKDIR /d\nCMD e\nFROM scratch AS x\nCOPY --from=0 /d /\nFROM x\nADD f /\n", ""
    ).steps
    counted = [step.text for step in steps if step.counted]
    assert counted == ["FROM a", "WORKDIR /d", "COPY --from=0 /d /", "ADD f /"]


@pytest.mark.parametrize(
    ("text", "instructions"),
    [
        ("FROM a\nRUN b \\\n  # comment\n\n  && c\n", ["1 FROM a", "2 RUN b && c"]),
        ("# escape=`\nFROM a\nRUN b `\n c\n", ["1 FROM a", "2 RUN b c"]),
        ("FROM a\nRUN <<EOF\nFROM b\nEOF\nCMD c", ["1 FROM a", "2 RUN <<EOF", "3 CMD c"]),
        ("FROM a\nCOPY <<-'X' <<Y /\n1\n\tX\n2\nY\nCMD c", ["1 FROM a", "2 COPY <<-'X' <<Y /", "3 CMD c"]),
        ("\ufefffrom --platform=linux/amd64 a as b\r\nrun c\r\n", ["1 from --platform=linux/amd64 a as b", "2 run c"]),
        ("FROM a\nRUN b \\", ["1 FROM a", "2 RUN b"]),
        ("", []),
        ("RUN a\n", ["1 RUN a"]),
        ("FROM a AS b\nFROM b AS a\nCOPY --from=a / /", ["1 FROM a AS b", "2 FROM b AS a", "3 COPY --from=a / /"]),
    ],
)
def test_instructions_are_read_line_by_line(text: str, instructions: list[str]) -> None:
    assert numbered(text) == instructions


def test_the_frontend_is_told() -> None:
    assert read_dockerfile("# escape=\\\n# syntax = docker/dockerfile:1\nFROM a\n").syntax == "docker/dockerfile:1"
    assert read_dockerfile("\n# syntax=x\nFROM a\n").syntax == ""
