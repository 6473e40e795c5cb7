"""The real server, started as a person starts it, on a data directory of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.request
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import environment

SECONDS_TO_START = 30
SECONDS_TO_END = 20
PASSWORD = "correct horse battery"

ADD_PEOPLE = """
import json, sys
from django.contrib.auth.models import User
for name, rights in json.load(sys.stdin).items():
    user = User.objects.create_user(name, password={password!r}, **rights)
"""
ADD_MEMBERS = """
import json, sys
from django.contrib.auth.models import User
from projects.models import Membership, Project
for name, project, role in json.load(sys.stdin):
    person, project = User.objects.get(username=name), Project.objects.get(name=project)
    Membership.objects.create(user=person, project=project, role=role)
"""


class Server:
    """``manage.py serve`` on a free port of 127.0.0.1, over the data directory `data`, which outlives it."""

    def __init__(self, data: Path, **variables: str) -> None:
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data / "server.log"
        self._variables = variables
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "compose_ui.settings",
            "PYTHONFAULTHANDLER": "1",  # an abort says what each thread was at
            "COMPOSE_UI_DATA": str(self.data),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            **self._variables,
        }

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def start(self) -> None:
        """Start serving; return once pages are answered."""
        command = [str(environment.PYTHON), "manage.py", "serve"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=environment.ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + SECONDS_TO_START
        while not self.answers():
            assert self._process.poll() is None, f"the server ended at once:\n{self.output}"
            assert time.monotonic() < deadline, f"the server does not answer:\n{self.output}"
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health/", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def kill(self) -> None:
        """End it as the kernel ends a process: nothing is tidied up."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it as a person does."""
        self._end(signal.SIGTERM)

    def _end(self, sign: signal.Signals) -> None:
        if self._process and self._process.poll() is None:
            os.killpg(self._process.pid, sign)
            try:
                self._process.wait(timeout=SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGABRT)
                self._process.wait(timeout=SECONDS_TO_END)
                raise AssertionError(f"the server does not end:\n{self.output}") from None

    @property
    def output(self) -> str:
        """Everything it has printed so far."""
        return self.log.read_text(errors="replace")

    def add_people(self, people: Mapping[str, Mapping[str, Any]]) -> None:
        """Create accounts with `PASSWORD`: name → fields of the user, such as ``is_superuser``."""
        self.run(ADD_PEOPLE.format(password=PASSWORD), people)

    def add_members(self, *members: tuple[str, str, str]) -> None:
        """Give people (name, project, role)."""
        self.run(ADD_MEMBERS, members)

    def forget_preferences(self) -> None:
        """Let nobody have chosen anything about how logs are shown."""
        with closing(sqlite3.connect(self.data / "db.sqlite3", timeout=30)) as database, database:
            database.execute("DELETE FROM projects_logpreferences")

    def run(self, code: str, stdin: object = None) -> str:
        """Run Python inside the product's Django, on this server's data; return what it printed."""
        result = subprocess.run(
            [environment.PYTHON, "manage.py", "shell", "--verbosity", "0", "-c", code],
            cwd=environment.ROOT,
            env=self.environment,
            input=json.dumps(stdin),
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        return result.stdout


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
