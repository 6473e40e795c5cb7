"""The flags of ``docker-compose config``, and what ours print for them, side by side."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from projects.compose import loader, render, source
from projects.compose.errors import ComposeFileError
from projects.compose.model import Application

REFERENCE = shutil.which("docker-compose", path=str(Path(sys.executable).parent))
ENVIRONMENT = {"HOME": "/home/someone", "B": "1", "P": "1"}

pytestmark = pytest.mark.skipif(REFERENCE is None, reason="docker-compose is not installed beside this Python")

FILE = """
services:
  app:
    build: ./context
    image: "x:${TAG:-1}"
    depends_on: [base]
    env_file: e.env
    environment: [A, "B=${B:?b}"]
    ports: ["${P}:80", "81"]
    volumes: ["${V:-./v}:/v", "data:/data"]
    privileged: ${PRIVILEGED:-false}
    x-note: {a: [1]}
  base: {image: y, profiles: [p], healthcheck: {test: "${T}"}}
  other: {image: z, network_mode: host, configs: [text], models: [llm]}
volumes: {data: , unused: }
configs: {text: {content: "${TAG}<&>"}}
networks: {n: {external: true}}
models: {llm: {model: ai/x}}
x-top: {a: 1}
"""


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("flags") / "demo"
    path.mkdir()
    (path / "compose.yaml").write_text(FILE)
    (path / "e.env").write_text("E=1\n")
    return path


def reference(directory: Path, *arguments: str) -> str:
    """Return what docker-compose prints."""
    answer = subprocess.run(
        [str(REFERENCE), *arguments], cwd=directory, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    return answer.stdout


def application(directory: Path, *services: str, **options: bool) -> Application:
    """Return the project as we load it with all its profiles."""
    return loader.load(
        str(directory),
        environment=ENVIRONMENT,
        profiles=["p"],
        services=services,
        options=loader.Options(**options),
    ).application


@pytest.mark.parametrize(
    ("flag", "options"),
    [
        ("--no-normalize", {"normalize": False}),
        ("--no-path-resolution", {"resolve_paths": False}),
        ("--no-env-resolution", {"env_files": False}),
        ("--no-consistency", {"consistency": False}),
    ],
)
def test_a_phase_can_be_left_out(directory: Path, flag: str, options: dict[str, bool]) -> None:
    theirs = json.loads(reference(directory, "--profile", "p", "config", flag, "--format", "json"))
    assert json.loads(render.config_json(application(directory, **options))) == theirs


@pytest.mark.parametrize("flags", [[], ["--no-normalize"]])
def test_a_tree_without_interpolation_is_the_reference_s(directory: Path, flags: list[str]) -> None:
    theirs = reference(directory, "config", "--no-interpolate", *flags, "--format", "json")
    options = loader.Options(interpolate=False, normalize=not flags)
    tree = loader.load_tree(str(directory), environment=ENVIRONMENT, options=options)
    assert render.tree_json(tree) == theirs.rstrip("\n")


@pytest.mark.parametrize("services", [["base"], ["app"], ["other", "base"]])
def test_selected_services_are_the_reference_s(directory: Path, services: list[str]) -> None:
    theirs = json.loads(reference(directory, "--profile", "p", "config", *services, "--format", "json"))
    assert json.loads(render.config_json(application(directory, *services))) == theirs


@pytest.mark.parametrize(
    ("flag", "lines"),
    [
        ("--services", render.service_names),
        ("--images", render.image_names),
        ("--networks", lambda found: render.resource_names(found, "networks")),
        ("--volumes", lambda found: render.resource_names(found, "volumes")),
        ("--models", render.model_names),
        ("--profiles", render.profile_names),
        ("--environment", render.environment_lines),
    ],
)
def test_a_list_is_the_reference_s(directory: Path, flag: str, lines: Callable[[Application], list[str]]) -> None:
    theirs = reference(directory, "--profile", "p", "config", flag).split()
    assert sorted(lines(application(directory))) == sorted(line for line in theirs if not line.startswith("PWD="))


def test_the_yaml_is_laid_out_as_the_reference_lays_it_out(directory: Path) -> None:
    ours = render.config_yaml(application(directory))
    theirs = reference(directory, "--profile", "p", "config")
    (mine,), (expected,) = (source.parse(text.encode(), "") for text in (ours, theirs))
    assert mine.tree == expected.tree
    assert ours == theirs


def test_the_json_is_laid_out_as_the_reference_lays_it_out(directory: Path) -> None:
    assert render.config_json(application(directory)) == reference(
        directory, "--profile", "p", "config", "--format", "json"
    )


def test_label_files_are_read_although_environment_files_are_not(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {a: {image: x, env_file: e.env, label_file: [l.env]}}")
    (tmp_path / "e.env").write_text("A=1\n")
    (tmp_path / "l.env").write_text("l=1\n")
    theirs = reference(tmp_path, "config", "--no-env-resolution")
    assert render.config_yaml(application(tmp_path, env_files=False)) == theirs


def test_the_yaml_is_read_back_as_the_same_project(directory: Path, tmp_path: Path) -> None:
    ours = render.config_yaml(application(directory))
    (tmp_path / "compose.yaml").write_text(ours)
    theirs = json.loads(reference(directory, "--profile", "p", "config", "--format", "json"))
    again = json.loads(reference(tmp_path, "--profile", "p", "config", "--format", "json"))
    assert again == theirs


def test_nothing_is_cast_without_interpolation(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {a: {image: x, scale: y, privileged: maybe, tty: 'yes'}}")
    theirs = reference(tmp_path, "config", "--no-interpolate", "--format", "json")
    tree = loader.load_tree(str(tmp_path), environment=ENVIRONMENT, options=loader.Options(interpolate=False))
    assert render.tree_json(tree) == theirs.rstrip("\n")


UNFILLED = [
    'ports: ["x", "80"]',
    'ports: ["$X"]',
    'ports: ["${X}", "80:80"]',
    "tmpfs: /a",
    "dns_search: a",
    "dns: 1.1.1.1",
    "build: {context: ., no_cache_filter: a}",
    "volumes: [{type: bind, source: /a, target: /b, bind: {propagation: rslave}}]",
    'volumes: ["./a:/b"]',
    "deploy: {replicas: $X, resources: {limits: {cpus: $X, pids: $X}}}",
    "healthcheck: {retries: $X, interval: $Y, disable: $Z}",
]


@pytest.mark.parametrize("attribute", UNFILLED)
def test_what_is_not_filled_in_stays_as_the_reference_leaves_it(tmp_path: Path, attribute: str) -> None:
    (tmp_path / "compose.yaml").write_text(f"services: {{a: {{image: x, {attribute}}}}}")
    theirs = reference(tmp_path, "config", "--no-interpolate", "--format", "json")
    tree = loader.load_tree(str(tmp_path), environment=ENVIRONMENT, options=loader.Options(interpolate=False))
    assert json.loads(render.tree_json(tree)) == json.loads(theirs)


@pytest.mark.parametrize("attribute", ["unknown: $X", "container_name: $X", "cgroup: $X", "networks: $X"])
def test_what_no_variable_makes_right_is_refused_without_interpolation(tmp_path: Path, attribute: str) -> None:
    (tmp_path / "compose.yaml").write_text(f"services: {{a: {{image: x, {attribute}}}}}")
    with pytest.raises(subprocess.CalledProcessError):
        reference(tmp_path, "config", "--no-interpolate", "-q")
    with pytest.raises(ComposeFileError):
        loader.load_tree(str(tmp_path), environment=ENVIRONMENT, options=loader.Options(interpolate=False))


def test_jobs_are_told_as_the_reference_tells_them(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(
        "services: {a: {image: x}, b: {image: x}}\n"
        "jobs: {again: {image: x, triggers: {manual: true}}, "
        'nightly: {image: j, command: a b, triggers: {schedule: ["@daily"]}}, '
        "built: {build: ., triggers: {manual: true}}}\n"
    )
    found = application(tmp_path)
    ours, theirs = render.config_yaml(found), reference(tmp_path, "config")
    (mine,), (expected,) = (source.parse(text.encode(), "") for text in (ours, theirs))
    assert mine.tree == expected.tree
    assert json.loads(render.config_json(found)) == json.loads(reference(tmp_path, "config", "--format", "json"))
    assert sorted(render.image_names(found)) == sorted(reference(tmp_path, "config", "--images").split())
