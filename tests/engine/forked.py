"""``manage.py compose`` many times over, each a process of its own, forked from one that has loaded everything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]


class Forked:
    """A program that has set Django up and imported the Docker SDK, and forks for every command."""

    def __init__(self, data: Path) -> None:
        plain = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.engine.forked"],
            cwd=ROOT,
            env=plain | {"COMPOSE_UI_DATA": str(data)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._one_at_a_time = threading.Lock()

    def run(
        self, arguments: list[str], directory: Path, environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run ``manage.py compose`` with these arguments and wait for its end."""
        requests, answers = self._process.stdin, self._process.stdout
        assert requests is not None
        assert answers is not None
        with tempfile.TemporaryDirectory() as kept:
            asked = {"arguments": arguments, "cwd": str(directory), "environment": dict(environment), "kept": kept}
            with self._one_at_a_time:
                requests.write(json.dumps(asked) + "\n")
                requests.flush()
                code = int(answers.readline())
            out, err = ((Path(kept) / name).read_text() for name in ("out", "err"))
        return subprocess.CompletedProcess(arguments, code, out, err)

    def end(self) -> None:
        """End the program."""
        self._process.communicate()


def _serve(requests: IO[str], answers: IO[str]) -> None:
    for line in requests:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(asked)
        answers.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        answers.flush()


def _become(asked: Mapping[str, object]) -> None:
    from projects.management import program

    os.chdir(str(asked["cwd"]))
    environment = asked["environment"]
    assert isinstance(environment, dict)
    os.environ.clear()
    os.environ.update(environment)
    for name, number in (("out", 1), ("err", 2)):
        os.dup2(os.open(f"{asked['kept']}/{name}", os.O_WRONLY | os.O_CREAT), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    arguments = asked["arguments"]
    assert isinstance(arguments, list)
    try:
        code = program.main(["manage.py", "compose", *arguments])
    except SystemExit as ended:  # of the parser
        code = ended.code if isinstance(ended.code, int) else 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "compose_ui.settings"
    import django

    django.setup()
    import projects.management.program
    import projects.services.engine  # noqa: F401 - loaded once, for all that fork

    _serve(sys.stdin, sys.stdout)


if __name__ == "__main__":
    _main()
