"""The pairs of `up`'s flags that the reference refuses, asked again: what tests/management holds us to is true."""

from __future__ import annotations

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

REFUSED: dict[str, str] = json.loads((Path(__file__).parents[1] / "management" / "up_flags_refused.json").read_text())


def test_the_reference_refuses_these_pairs_of_flags_in_these_words(compose_cli: str, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {a: {image: busybox}}\n")
    environment = os.environ | {"DOCKER_HOST": f"unix://{tmp_path}/no-engine"}  # it refuses before it looks for one

    def ask(words: str) -> tuple[int, str]:
        command = [compose_cli, "up", *words.split()]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        return done.returncode, done.stderr.strip()

    with ThreadPoolExecutor(2) as threads:
        told = dict(zip(REFUSED, threads.map(ask, REFUSED), strict=True))
    assert told == {words: (1, sentence) for words, sentence in REFUSED.items()}
