"""The front end's own unit tests, run by Node."""

from __future__ import annotations

import subprocess
from pathlib import Path

import environment


def test_the_front_ends_unit_tests_pass() -> None:
    tests = sorted(Path(__file__).parent.glob("*.test.mjs"))
    assert tests
    command = [environment.node_program("node"), "--test", *map(str, tests)]
    result = subprocess.run(
        command, cwd=environment.ROOT, env=environment.with_node(), capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
