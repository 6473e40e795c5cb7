"""``DOCKER_DEFAULT_PLATFORM``: which services it is given to, beside what the real ``docker-compose`` does with it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from projects.compose import loader, render
from projects.compose.drift import Drift, drifts
from projects.compose.errors import ComposeFileError
from projects.compose.platforms import with_default_platform
from projects.compose.state import ObservedContainer

REFERENCE = shutil.which("docker-compose", path=str(Path(sys.executable).parent))
FILE = """
services:
  built: {build: .}
  named: {build: ., platform: linux/s390x}
  pulled: {image: x}
  several: {build: {context: ., platforms: [linux/arm64, linux/amd64]}}
"""


def load(directory: Path, platform: str) -> loader.Loaded:
    (directory / "compose.yaml").write_text(FILE)
    (directory / ".env").write_text(f"DOCKER_DEFAULT_PLATFORM={platform}\n")
    return loader.load(str(directory), environment={}, project_name="demo")


def test_it_is_the_platform_of_services_that_are_built_and_name_none(tmp_path: Path) -> None:
    services = with_default_platform(load(tmp_path, "linux/arm64").application).services
    platforms = {name: service.platform for name, service in services.items()}
    assert platforms == {"built": "linux/arm64", "named": "linux/s390x", "pulled": "", "several": "linux/arm64"}


def test_a_service_that_is_not_built_for_it_is_refused_when_it_is_brought_up(tmp_path: Path) -> None:
    application = load(tmp_path, "linux/386").application
    with pytest.raises(ComposeFileError, match=r"several.*does not support value set by DOCKER_DEFAULT_PLATFORM"):
        with_default_platform(application)
    assert {each.drift for each in drifts(application, [])} == {Drift.NOT_CREATED}


def test_a_container_brought_up_with_it_is_as_the_files_say(tmp_path: Path) -> None:
    application = load(tmp_path, "linux/arm64").application
    labels = dict(render.hashes(application, "built"))
    container = ObservedContainer(id="1", name="a", project="demo", service="built", config_hash=labels["built"])
    assert {each.name: each.drift for each in drifts(application, [container])}["built"] is Drift.SAME


@pytest.mark.skipif(REFERENCE is None, reason="docker-compose is not installed beside this Python")
@pytest.mark.parametrize("platform", ["", "linux/arm64", "linux/386"])
def test_the_hashes_are_the_reference_s(tmp_path: Path, platform: str) -> None:
    application = load(tmp_path, platform).application
    answer = subprocess.run(
        [str(REFERENCE), "config", "--hash", "*"], cwd=tmp_path, env={}, capture_output=True, text=True, check=False
    )
    if answer.returncode:
        with pytest.raises(ComposeFileError):
            render.hashes(application, "*")
    else:
        assert [f"{name} {digest}" for name, digest in render.hashes(application, "*")] == answer.stdout.splitlines()
