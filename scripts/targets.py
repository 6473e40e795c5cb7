"""What each target of the Makefile does once Python is known to be new enough."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

import environment
from environment import PYTHON, ROOT, Missing
from ports import port_problem

FAST = ["-m", "not engine and not browser", "--ignore=tests/browser", "--ignore=tests/engine", "--ignore=tests/docker"]
SOURCES = ["compose_ui", "projects", "scripts", "tests", "benchmarks"]


def main(arguments: Sequence[str]) -> None:
    """Run the target named first; the rest is handed to it."""
    target, *rest = arguments or ["run"]
    try:
        TARGETS[target](rest)
    except Missing as problem:
        sys.exit(f"\nCompose UI: {problem}")
    except KeyboardInterrupt:
        sys.exit(130)


def become(*command: str) -> NoReturn:
    """Replace this process, so that signals and the exit status are the command's own."""
    os.chdir(ROOT)
    sys.stdout.flush()
    os.execv(command[0], list(command))


def run(_arguments: Sequence[str]) -> None:
    """Serve the dashboard on HOST:PORT."""
    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    if problem := port_problem(host, port):
        raise Missing(problem)
    environment.prepare()
    become(str(PYTHON), "manage.py", "serve")


def test(arguments: Sequence[str]) -> None:
    """Run every test there is, on a machine made ready for them."""
    environment.prepare(development=True)
    subprocess.run([PYTHON, "scripts/prepare_tests.py"], cwd=ROOT, check=True)
    become(str(PYTHON), "-m", "pytest", *arguments)


def quick(arguments: Sequence[str]) -> None:
    """Run the tests that need neither an engine nor a browser."""
    environment.prepare(development=True)
    become(str(PYTHON), "-m", "pytest", *FAST, *arguments)


def check(_arguments: Sequence[str]) -> None:
    """Run the formatter's check, the linters, the type checker and the import rules; fail if any fails."""
    environment.prepare(development=True)
    programs = PYTHON.parent
    sources = [name for name in SOURCES if any((ROOT / name).rglob("*.py"))]
    commands: dict[str, list[str]] = {
        "ruff format": [f"{programs}/ruff", "format", "--check", "--quiet", "."],
        "ruff check": [f"{programs}/ruff", "check", "--quiet", "."],
        "mypy": [f"{programs}/mypy", *sources],
        "import-linter": [f"{programs}/lint-imports", "--no-cache"],
        "eslint": [environment.node_program("npm"), "run", "--silent", "lint"],
    }
    failed = [name for name, command in commands.items() if not passes(name, command)]
    if failed:
        sys.exit("make check: failed: " + ", ".join(failed))
    print("make check: all passed")


def passes(name: str, command: Sequence[str]) -> bool:
    """Run one check, with its own output under its name."""
    print(f"== {name}", flush=True)
    return subprocess.run(command, cwd=ROOT, env=environment.with_node(), check=False).returncode == 0


def bench(arguments: Sequence[str]) -> None:
    """Run the benchmarks."""
    environment.prepare(development=True)
    subprocess.run([PYTHON, "scripts/prepare_tests.py"], cwd=ROOT, check=True)
    become(str(PYTHON), "-m", "benchmarks", *arguments)


TARGETS: dict[str, Callable[[Sequence[str]], None]] = {
    "run": run,
    "test": test,
    "quick": quick,
    "check": check,
    "bench": bench,
}
