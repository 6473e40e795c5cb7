from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator

import pytest

from ports import port_problem


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_free_port_is_no_problem(taken_port: int) -> None:
    free = str(taken_port + 1 if taken_port < 65535 else taken_port - 1)
    assert port_problem("127.0.0.1", free) is None


@pytest.mark.skipif(sys.platform != "linux", reason="only /proc tells which process listens")
def test_a_taken_port_names_the_process_that_has_it_and_another_port(taken_port: int) -> None:
    problem = port_problem("127.0.0.1", str(taken_port))
    assert problem
    assert f"port {taken_port} is taken by" in problem
    assert f"(process {os.getpid()})" in problem
    assert f"PORT={taken_port + 1} make run" in problem


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [
        ("127.0.0.1", "eighty", "PORT=eighty is not a port"),
        ("127.0.0.1", "0", "PORT=0 is not a port"),
        ("127.0.0.1", "70000", "PORT=70000 is not a port"),
        ("192.0.2.1", "8000", "HOST=192.0.2.1 is not an address of this machine"),
        ("no such host", "8000", "HOST=no such host is not an address"),
    ],
)
def test_an_address_that_cannot_be_used_is_told_with_a_way_out(host: str, port: str, words: str) -> None:
    assert words in (port_problem(host, port) or "")
