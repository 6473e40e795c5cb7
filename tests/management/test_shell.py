"""Compose files are given the environment of the shell, not what Django makes of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def environment_of(directory: Path, **variables: str) -> str:
    """Return what ``config --environment`` prints in a shell with these variables."""
    clean = {name: value for name, value in os.environ.items() if name not in ("TZ", "DJANGO_SETTINGS_MODULE")}
    return subprocess.run(
        [sys.executable, ROOT / "manage.py", "compose", "config", "--environment"],
        cwd=directory,
        env={**clean, **variables, "COMPOSE_UI_DATA": str(directory / "data")},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.mark.parametrize("zone", ["", "Asia/Shanghai"])
def test_the_time_zone_is_the_shell_s(tmp_path: Path, zone: str) -> None:
    (tmp_path / "compose.yaml").write_text("services: {web: {image: busybox}}\n")
    printed = environment_of(tmp_path, **({"TZ": zone} if zone else {})).splitlines()
    assert [line for line in printed if line.startswith(("TZ=", "DJANGO"))] == ([f"TZ={zone}"] if zone else [])
    assert any(line.startswith("PATH=") for line in printed)
