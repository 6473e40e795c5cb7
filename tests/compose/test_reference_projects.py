"""Whole projects of several files, loaded by us and by the real ``docker-compose``, side by side."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from projects.compose import loader, render
from projects.compose.errors import ComposeFileError

REFERENCE = shutil.which("docker-compose", path=str(Path(sys.executable).parent))

pytestmark = pytest.mark.skipif(REFERENCE is None, reason="docker-compose is not installed beside this Python")

CASES = Path(__file__).parent / "reference_projects.txt"


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project of the list: `files` by name, and how docker-compose is run in `directory`."""

    name: str
    files: dict[str, str]
    arguments: list[str]
    services: list[str]
    environment: dict[str, str]
    directory: str


def projects() -> list[Project]:
    """Return the projects of the list; ``\\r``, ``\\t`` and ``+`` stand for characters that an editor would hide."""
    found = []
    for text in CASES.read_text().split("\n=== ")[1:]:
        head, *sections = text.rstrip("\n").split("\n--- ")
        name, *settings = head.split("\n")
        said = dict(setting.split(": ", 1) for setting in settings)
        files = dict(f"{section}\n".split("\n", 1) for section in sections)
        found.append(
            Project(
                name=name,
                files={file: text.replace("\\r", "\r").replace("\\t", "\t") for file, text in files.items()},
                arguments=said.get("arguments", "").split(),
                services=said.get("services", "").split(),
                environment=dict(each.replace("+", " ").split("=", 1) for each in said.get("environment", "").split()),
                directory=said.get("directory", "."),
            )
        )
    return found


@pytest.mark.parametrize("project", projects(), ids=lambda project: project.name)
def test_a_project_means_what_it_means_to_compose(tmp_path: Path, project: Project) -> None:
    root = tmp_path / "demo"
    for file, text in project.files.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes(text.encode())
    directory = root / project.directory
    environment = {"HOME": "/home/someone", **project.environment}
    answer = subprocess.run(
        [str(REFERENCE), *project.arguments, "config", "--format", "json", *project.services],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        named = asked(project.arguments) | {"services": project.services}
        application = loader.load(str(directory), environment=environment, **named).application
    except ComposeFileError as refused:
        assert answer.returncode != 0, f"we refuse it: {refused} {refused.place}"
        return
    assert answer.returncode == 0, f"the reference refuses it: {answer.stderr}"
    assert json.loads(render.config_json(application)) == json.loads(answer.stdout)


def asked(arguments: list[str]) -> dict[str, Any]:
    """Return the arguments of `load` that mean the same as those of docker-compose."""
    found: dict[str, Any] = {"config_files": [], "env_files": [], "profiles": []}
    words = iter(arguments)
    for word in words:
        if word == "--all-resources":
            found["options"] = loader.Options(all_resources=True)
        elif word == "--project-directory":
            found["project_directory"] = next(words)
        else:
            found[{"-f": "config_files", "--env-file": "env_files", "--profile": "profiles"}[word]].append(next(words))
    return found
