"""``config --resolve-image-digests`` and ``--lock-image-digests``, beside the reference's own program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.registry import Registry

ROOT = Path(__file__).parents[2]
FILE = """
services:
  app: {{image: "{image}", command: "a$$b", x-a: 1, depends_on: [built]}}
  built: {{build: .}}
  pinned: {{image: "{image}:1@sha256:{digest}"}}
networks: {{default: {{driver: bridge}}}}
"""


def run(words: list[str], directory: Path, *arguments: str) -> tuple[int, str, str]:
    passed_on = {name: os.environ[name] for name in ("PATH", "DOCKER_HOST") if name in os.environ}
    environment = passed_on | {"HOME": str(directory), "COMPOSE_UI_DATA": str(directory / "data")}
    answer = subprocess.run(
        [*words, "config", *arguments], cwd=directory, env=environment, capture_output=True, text=True, check=False
    )
    return answer.returncode, answer.stdout, answer.stderr


@pytest.fixture
def directory(tmp_path: Path, registry: Registry) -> Path:
    path = tmp_path / "demo"
    path.mkdir()
    image = registry.add_image("digests", [b""]).rpartition(":")[0]
    (path / "compose.yaml").write_text(FILE.format(image=image, digest="a" * 64))
    (path / "none.yaml").write_text(f"services: {{a: {{image: '{registry.address}/none:1'}}}}")
    (path / "wrong.yaml").write_text("services: {a: {image: 'Wrong:1'}}")
    return path


@pytest.mark.parametrize("last", ["", "--no-interpolate"])
@pytest.mark.parametrize("layout", ["yaml", "json"])
@pytest.mark.parametrize("flag", ["--resolve-image-digests", "--lock-image-digests"])
def test_images_are_pinned_as_the_reference_pins_them(
    directory: Path, compose_cli: str, flag: str, layout: str, last: str
) -> None:
    flags = [flag, "--format", layout, *last.split()]
    ours = run([sys.executable, str(ROOT / "manage.py"), "compose"], directory, *flags)
    theirs = run([compose_cli], directory, *flags)
    assert (ours[0], ours[2]) == (theirs[0], theirs[2]) == (0, "")
    assert ours[1] == theirs[1]
    assert "@sha256:" in ours[1]
    if layout == "json":
        json.loads(ours[1])


@pytest.mark.parametrize(
    ("file", "words"),
    [("none.yaml", "failed to resolve digest for "), ("wrong.yaml", "repository name (library/Wrong) must be")],
)
def test_what_has_no_digest_is_refused_in_words(directory: Path, compose_cli: str, file: str, words: str) -> None:
    ours = run([sys.executable, str(ROOT / "manage.py"), "compose", "-f", file], directory, "--lock-image-digests")
    theirs = run([compose_cli, "-f", file], directory, "--lock-image-digests")
    assert (ours[0], ours[1]) == (theirs[0], theirs[1]) == (1, "")
    assert words in ours[2] and words in theirs[2]
