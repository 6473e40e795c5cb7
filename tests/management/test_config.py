"""``manage.py compose config`` and the reference's, run side by side: what they print where, and how they end."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REFERENCE = shutil.which("docker-compose", path=str(Path(sys.executable).parent))
TIMED = re.compile(r'time="[^"]*" level=warning msg="((?:[^"\\]|\\.)*)"')

pytestmark = pytest.mark.skipif(REFERENCE is None, reason="docker-compose is not installed beside this Python")

FILES = {
    "compose.yaml": """
services:
  app:
    image: "x:${TAG:-${NESTED:-1}}"
    depends_on: [base]
    networks: [n]
    command: ["$CMD", "a$${ESC}b", "${ALT:+${INALT}}", "${REQ?must ${INREQ-}}"]
    ports: [{target: "${LONG_PORT:-80}"}]
    environment: {"${KEY}": "${VAL-}", D: "${Q1:-$Q2}", E: "${A_VARIABLE_WITH_A_LONG_NAME-中}", F: "${DUP}"}
    labels: {a: "${DUP:-1}"}
  base: {image: y, profiles: [p]}
  other: {image: z, profiles: [q], volumes: ["v:/v"]}
networks: {n: , m: }
volumes: {v: , w: }
models: {llm: {model: ai/x}}
x-top: "${XTOP}"
""",
    "broken.yaml": "services: {a: {image: 'x${1A} ${A+b}${A:=1} ${', command: '${C:-${B}'}}",
    "unread.yaml": "services: {a: {image: x, env_file: missing.env}, b: {image: y, env_file: missing.env}}",
    "empty.yaml": "services: {}",
    "plain.yaml": "services: {a: {image: x, profiles: [b]}, c: {image: 'y:$$1'}}",
}

CASES = """
--services
--services app
--services nope
--services -q
--services --volumes
--services --no-interpolate
-f plain.yaml config --services --no-interpolate
--volumes
--volumes --networks
--networks app
--networks nope
--volumes nope
--models --hash *
--models nope
--profiles nope
--images nope
--environment nope
--hash *
--hash * app
--hash app,base
--hash nope
--hash * --images
--profiles
--profiles app
--images
--images app
--images -q
--variables
--variables app
--variables nope
--variables --no-interpolate
--variables -q
--variables --format json
--variables --format yaml
--variables --format table
--variables --format xml
--variables --environment
-f broken.yaml config --variables
-f broken.yaml config --variables --format json
-f empty.yaml config --variables
-f empty.yaml config --variables --format json
-f empty.yaml config --variables --format yaml
--no-interpolate
--no-interpolate app
--no-interpolate nope
--no-interpolate -q app
--no-interpolate --format json
--no-interpolate --format xml
--no-interpolate --no-normalize
-f plain.yaml config --no-interpolate --images
-f plain.yaml config --no-interpolate --profiles
-f plain.yaml config --no-interpolate --hash *
-f plain.yaml config --no-interpolate --volumes
--format xml
--format table
--format json
app
nope
-q
-q nope
-o out
-o out -q
-o out --services
-o out --format json app
-o none/out
-o out --no-interpolate
-f empty.yaml config -o out
-f plain.yaml config --lock-image-digests --images
-f unread.yaml config --services
-f unread.yaml config --volumes
-f unread.yaml config --networks
-f unread.yaml config --models
-f plain.yaml config --resolve-image-digests --services
""".strip().splitlines()


def files_in(directory: Path) -> Path:
    directory.mkdir()
    for name, text in FILES.items():
        (directory / name).write_text(text)
    return directory


def run(words: list[str], case: str, directory: Path) -> tuple[int, str, list[str], str | None]:
    """Return how a program ended, what it wrote to stdout, its lines on stderr, and what it saved."""
    before, _, after = case.rpartition("config ") if "config " in case else ("--profile p ", "", case)
    arguments = [*words, *before.split(), "config", *after.split()]
    plain = {"HOME": "/nonexistent", "PATH": os.environ["PATH"], "REQ": "given", "COMPOSE_UI_DATA": str(directory)}
    answer = subprocess.run(arguments, cwd=directory, env=plain, capture_output=True, text=True, check=False)
    saved = directory / "out"
    text = saved.read_text() if saved.exists() else None
    saved.unlink(missing_ok=True)
    return answer.returncode, answer.stdout, TIMED.sub(unescaped, answer.stderr).splitlines(), text


def unescaped(match: re.Match[str]) -> str:
    return str(json.loads(f'"{match[1]}"'))


def stable(case: str, text: str) -> list[str]:
    """Return the lines of a text, sorted where the reference follows the order of its hash maps."""
    lines = [line for line in text.splitlines() if not line.startswith("PWD=")]
    is_list = any(f"--{flag}" in case for flag in ("services", "variables", "images", "networks", "volumes"))
    return sorted(lines) if is_list else lines


@pytest.mark.parametrize("arguments", [["-f", "-"], ["-f", "-", "-f", "plain.yaml"], ["-f", "plain.yaml", "-f", "-"]])
def test_a_file_may_be_piped_in(tmp_path: Path, arguments: list[str]) -> None:
    told: list[str] = []
    for words in ([str(REFERENCE)], [sys.executable, str(ROOT / "manage.py"), "compose"]):
        directory = tmp_path / "demo" if told else files_in(tmp_path / "demo")
        plain = {"HOME": "/nonexistent", "PATH": os.environ["PATH"], "COMPOSE_UI_DATA": str(directory)}
        command = [*words, *arguments, "config"]
        text = "services: {piped: {image: p, volumes: ['./here:/there']}}"
        answer = subprocess.run(
            command, cwd=directory, env=plain, input=text, capture_output=True, text=True, check=True
        )
        told.append(answer.stdout)
    assert "piped" in told[0] and told[0] == told[1]


@pytest.mark.parametrize("case", CASES)
def test_config_says_what_the_reference_says(tmp_path: Path, case: str) -> None:
    directory = files_in(tmp_path / "demo")
    ours = run([sys.executable, str(ROOT / "manage.py"), "compose"], case, directory)
    theirs = run([str(REFERENCE)], case, directory)
    assert (ours[0], ours[3]) == (theirs[0], theirs[3])
    assert stable(case, ours[1]) == stable(case, theirs[1])
    assert sorted(ours[2]) == sorted(theirs[2])
