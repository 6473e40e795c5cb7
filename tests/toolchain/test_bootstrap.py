"""`make run` on machines that lack something: one sentence says what, and how to mend it."""

from __future__ import annotations

import ast
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import environment

SCRIPTS = Path(environment.__file__).parent


def run_python(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=SCRIPTS,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_an_old_python_can_read_the_first_script() -> None:
    assert ast.parse((SCRIPTS / "bootstrap.py").read_text(), feature_version=(3, 6))


def test_a_python_that_is_too_old_is_told_what_to_install() -> None:
    result = run_python("import bootstrap; bootstrap.OLDEST = (99, 0); bootstrap.NEWER_NAMES = []; bootstrap.main()")
    assert result.returncode == 1
    assert "Compose UI needs Python 3.11 or newer; this is Python 3." in result.stderr
    assert "apt install python3.11" in result.stderr


def test_a_newer_python_of_the_machine_is_used_instead(tmp_path: Path) -> None:
    newer, dangling = tmp_path / "newer-python", tmp_path / "dangling-python"
    newer.write_text('#!/bin/sh\n[ "$1" = -c ] || echo "newer: $*"\n')
    dangling.write_text("#!/bin/sh\nexit 127\n")
    newer.chmod(0o755)
    dangling.chmod(0o755)
    code = """
import bootstrap, sys
bootstrap.OLDEST, bootstrap.NEWER_NAMES = (99, 0), ["missing-python", "dangling-python", "newer-python"]
sys.argv = ["bootstrap.py", "run"]
bootstrap.main()
"""
    result = run_python(code, PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert result.stdout == "newer: bootstrap.py run\n"


def test_a_missing_venv_module_names_the_package_that_has_it(tmp_path: Path) -> None:
    code = f"""
import importlib.util, pathlib, sys
sys.modules["ensurepip"] = None
import environment
environment.PYTHON = pathlib.Path({str(tmp_path)!r}) / "python"
find = importlib.util.find_spec
importlib.util.find_spec = lambda name: None if name == "ensurepip" else find(name)
environment.make_virtual_environment()
"""
    result = run_python(code)
    assert "Debian/Ubuntu: sudo apt install python3." in result.stderr


def test_a_taken_port_ends_make_run_before_anything_is_made() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        result = run_python("import targets; targets.main(['run'])", PORT=str(port), HOST="127.0.0.1")
    assert result.returncode == 1
    assert f"Compose UI: port {port} is taken by" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.fixture
def stamps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(environment, "STAMPS", tmp_path)
    return tmp_path


def test_a_step_is_done_once_for_the_same_inputs(stamps: Path) -> None:
    done: list[str] = []
    for made_from in ["a", "a", "b"]:
        environment.once("step", made_from, lambda now=made_from: done.append(now), outputs=[])  # type: ignore[misc]
    assert done == ["a", "b"]


def test_a_step_is_done_again_when_its_output_is_gone(stamps: Path, tmp_path: Path) -> None:
    output = tmp_path / "output"
    for _ in range(2):
        environment.once("step", "a", lambda: output.mkdir(), outputs=[output])
        assert output.is_dir()
        shutil.rmtree(output)


def test_a_step_that_failed_is_done_again(stamps: Path) -> None:
    def fail() -> None:
        environment.call(["false"], "the step failed")

    for _ in range(2):
        with pytest.raises(environment.Missing, match="the step failed"):
            environment.once("step", "a", fail, outputs=[])


def test_a_command_that_fails_shows_its_last_lines() -> None:
    with pytest.raises(environment.Missing, match=r"it broke\n  why it broke"):
        environment.call(["sh", "-c", "echo why it broke >&2; exit 3"], "it broke")


@pytest.mark.parametrize(("version", "enough"), [("v16.20.2", False), ("v18.0.0", True), ("v24.19.0", True)])
def test_only_a_new_enough_node_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, enough: bool
) -> None:
    for name in ("node", "npm"):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {version}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert environment.system_node_will_do() is enough


def test_a_machine_without_node_is_seen_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert environment.system_node_will_do() is False


def test_bundles_made_anew_are_collected_anew_though_they_say_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server uses what was collected only while it is younger than the bundles."""
    monkeypatch.setattr(environment, "STAMPS", tmp_path / "stamps")
    (tmp_path / "stamps").mkdir()
    for path in ("requirements.txt", "compose_ui/settings.py", "static/dist/app.js", "static/collected/app.js"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("the same")
    collected: list[str] = []
    manifest = tmp_path / "static" / "collected" / "staticfiles.json"
    manifest.write_text("{}")
    os.utime(manifest, (1, 1))  # Django does not write it again where nothing in it has changed
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "call", lambda command, problem: collected.append(command[2]))
    environment.collect_static_files()
    environment.collect_static_files()
    assert collected == ["collectstatic"]
    assert manifest.stat().st_mtime >= (tmp_path / "static" / "dist" / "app.js").stat().st_mtime
    os.utime(tmp_path / "static" / "dist" / "app.js", (9_000_000_000, 9_000_000_000))
    environment.collect_static_files()
    assert collected == ["collectstatic"] * 2
