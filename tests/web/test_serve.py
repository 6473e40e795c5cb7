"""``manage.py serve``: one process that says where to go, and ends when told to."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import pytest

ROOT = Path(__file__).parents[2]
Serve = Callable[..., subprocess.Popen[str]]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start servers with a data directory of their own."""
    processes: list[subprocess.Popen[str]] = []

    def start(port: int, **environment: str) -> subprocess.Popen[str]:
        plain = {key: value for key, value in os.environ.items() if key not in ("HOST", "DJANGO_SETTINGS_MODULE")}
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env={**plain, "COMPOSE_UI_DATA": str(tmp_path / "data"), "PORT": str(port), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def status(address: str, seconds: float = 20) -> int:
    """Return the status of a page, once the server answers."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return int(urllib.request.urlopen(address, timeout=5).status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=10)
    return process.returncode, out, err


def test_a_fresh_server_prints_its_address_and_the_set_up_link_and_ends_on_sigterm(
    serve: Serve, tmp_path: Path
) -> None:
    port = free_port()
    server = serve(port)
    assert status(f"http://127.0.0.1:{port}/health/") == 200
    asked = time.monotonic()
    server.send_signal(signal.SIGTERM)
    code, out, err = ended(server)
    assert (code, err) == (0, "")
    assert time.monotonic() - asked < 4
    assert f"http://127.0.0.1:{port}\n" in out
    assert len(re.findall(rf"http://127\.0\.0\.1:{port}/setup/[\w-]{{32}}/", out)) == 1
    assert (tmp_path / "data" / "projects").is_dir()


def test_the_printed_link_opens_and_is_not_printed_once_there_is_an_administrator(serve: Serve, tmp_path: Path) -> None:
    port = free_port()
    server = serve(port)
    assert server.stdout is not None
    line = next(line for line in server.stdout if "/setup/" in line)
    assert status(line.strip()) == 200
    assert status(f"http://127.0.0.1:{port}/setup/{'x' * 32}/") in (404, 410)
    server.send_signal(signal.SIGTERM)
    ended(server)
    with sqlite3.connect(tmp_path / "data" / "db.sqlite3") as database:
        database.execute(
            "insert into auth_user (username, password, is_superuser, is_staff, is_active, date_joined, first_name,"
            " last_name, email) values ('admin', '!', 1, 1, 1, '2026-01-01', '', '', '')"
        )
    database.close()
    again = serve(port)
    assert status(f"http://127.0.0.1:{port}/health/") == 200
    again.send_signal(signal.SIGTERM)
    code, out, _err = ended(again)
    assert code == 0
    assert "/setup/" not in out


def test_a_taken_port_is_told_with_the_next_step(serve: Serve) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _out, err = ended(serve(port))
    assert code == 1
    assert f"Port {port} on 127.0.0.1 is taken." in err
    assert f"PORT={port + 1} make run" in err
    assert "Traceback" not in err


def test_listening_everywhere_is_explained(serve: Serve) -> None:
    port = free_port()
    server = serve(port, HOST="0.0.0.0")
    assert status(f"http://localhost:{port}/health/") == 200
    assert status(f"http://127.0.0.2:{port}/health/") == 400
    server.send_signal(signal.SIGTERM)
    _code, out, _err = ended(server)
    assert f"Compose UI is at http://localhost:{port}" in out
    assert "COMPOSE_UI_ALLOWED_HOSTS" in out


@pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="this machine has no IPv6")
def test_an_ipv6_address_is_listened_on(serve: Serve) -> None:
    port = free_port()
    server = serve(port, HOST="::1")
    assert status(f"http://[::1]:{port}/health/") == 200
    server.send_signal(signal.SIGTERM)
    _code, out, _err = ended(server)
    assert f"Compose UI is at http://[::1]:{port}" in out


def test_a_server_starts_without_an_engine(serve: Serve) -> None:
    port = free_port()
    server = serve(port, DOCKER_HOST="unix:///nowhere/docker.sock")
    assert status(f"http://127.0.0.1:{port}/sign-in/") == 200
    server.send_signal(signal.SIGTERM)
    code, _out, err = ended(server)
    assert (code, err) == (0, "")


@pytest.mark.parametrize(("seconds", "is_answered"), [(1, True), (6.5, False)], ids=["a short", "an endless"])
def test_a_request_that_it_is_at_is_answered_but_does_not_keep_it_from_ending(
    serve: Serve, tmp_path: Path, seconds: float, is_answered: bool
) -> None:
    port = free_port()
    server = serve(port)
    assert status(f"http://127.0.0.1:{port}/health/") == 200
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    token = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', browser.open(f"{server_url(port)}/sign-in/").read())
    assert token
    form = urlencode({"csrfmiddlewaretoken": token[1].decode(), "username": "nobody", "password": "wrong"}).encode()
    with closing(sqlite3.connect(tmp_path / "data" / "db.sqlite3", isolation_level=None)) as database:
        database.execute("begin exclusive")  # who is to be refused is to be put on record first, and waits for this
        with ThreadPoolExecutor() as pool:
            answer = pool.submit(answered, browser, f"{server_url(port)}/sign-in/", form)
            time.sleep(1)
            assert not answer.done()
            server.send_signal(signal.SIGTERM)
            time.sleep(seconds)
            database.execute("rollback")
            assert answer.result(timeout=10) == (422 if is_answered else 0)
    assert ended(server)[0] == 0


def server_url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def answered(browser: urllib.request.OpenerDirector, address: str, form: bytes) -> int:
    """Return the status of what a form is answered with, 0 where there is no answer."""
    try:
        return int(
            browser.open(
                urllib.request.Request(address, form, {"Origin": address.removesuffix("/sign-in/")}), timeout=20
            ).status
        )
    except urllib.error.HTTPError as refusal:
        return refusal.code
    except OSError:
        return 0
