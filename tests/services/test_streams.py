"""Streams over a real socket, with a server that does what engines do."""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest

from projects.compose.errors import EngineError, EngineUnavailable, NotFound
from projects.services import refusals
from projects.services.streams import Exchange, LogStream, Messages, Request, payloads

Serve = Callable[[socket.socket], None]
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
PLAIN = b"HTTP/1.0 200 OK\r\n\r\n"


class UnixConnection(HTTPConnection):
    """A connection to a socket on disk."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost")
        self.path = str(path)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class Server:
    """Answers one connection as a test says."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.asked = b""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen()
        self._threads: list[threading.Thread] = []
        self.release = threading.Event()

    def serve(self, answer: Serve) -> None:
        thread = threading.Thread(target=self._serve, args=(answer,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self, answer: Serve) -> None:
        connection, _ = self._socket.accept()
        with connection:
            self.asked = connection.recv(65536)
            answer(connection)

    def exchange(self, *, body: Iterator[bytes] | None = None, unchunked: bool = False) -> Exchange:
        request = Request(method="POST", url="/build?t=web", body=body)
        return Exchange(lambda: UnixConnection(self.path), request, refusals.refused, unchunked=unchunked)

    def messages(self, exchange: Exchange) -> Messages:
        return Messages(exchange, broken=lambda error: refusals.unavailable(error, "unix://test"))

    def close(self) -> None:
        self.release.set()
        self._socket.close()
        for thread in self._threads:
            thread.join(5)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "engine.sock")
    yield server
    server.close()


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def test_messages_come_one_by_one_however_they_are_cut(server: Server) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(
            CHUNKED + chunk(b'{"a": 1}\r\n{"b"') + chunk(b": 2}\r\n") + chunk(b'{"c": 3}') + b"0\r\n\r\n"
        )

    server.serve(answer)
    assert list(server.messages(server.exchange())) == [{"a": 1}, {"b": 2}, {"c": 3}]


def test_nothing_is_sent_before_the_first_message_is_asked_for(server: Server) -> None:
    exchange = server.exchange()
    server.messages(exchange).close()
    assert exchange.read() == b""
    assert server.asked == b""


def test_refusal_is_told_in_the_engine_s_words(server: Server) -> None:
    text = json.dumps({"message": "No such container: web"}).encode()
    head = f"HTTP/1.1 404 Not Found\r\nContent-Length: {len(text)}\r\n\r\n".encode()
    server.serve(lambda connection: connection.sendall(head + text))
    with pytest.raises(NotFound, match="No such container: web"):
        list(server.messages(server.exchange()))


def test_engine_that_refuses_in_the_middle_of_a_body_is_heard(server: Server) -> None:
    text = json.dumps({"message": "no space left on device"}).encode()
    head = f"HTTP/1.1 500 Oops\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n".encode()

    def body() -> Iterator[bytes]:
        for _ in range(100):
            yield bytes(100_000)

    server.serve(lambda connection: connection.sendall(head + text))
    with pytest.raises(EngineError, match="disk is full"):
        list(server.messages(server.exchange(body=body())))


def test_connection_that_breaks_off_is_an_engine_that_went_away(server: Server) -> None:
    server.serve(lambda connection: connection.sendall(CHUNKED + chunk(b'{"a": 1}\r\n')))
    messages = iter(server.messages(server.exchange()))
    assert next(messages) == {"a": 1}
    with pytest.raises(EngineUnavailable):
        next(messages)


def test_missing_engine_is_told(tmp_path: Path) -> None:
    exchange = Exchange(
        lambda: UnixConnection(tmp_path / "nothing.sock"), Request(method="GET", url="/"), refusals.refused
    )
    messages = Messages(exchange, broken=lambda error: refusals.unavailable(error, "unix://nothing.sock"))
    with pytest.raises(EngineUnavailable, match=r"No Docker engine was found at unix://nothing\.sock"):
        list(messages)


@pytest.mark.parametrize("begun", [b"", CHUNKED, CHUNKED + chunk(b'{"a": 1}\r\n')])
def test_stream_is_cut_at_once_wherever_it_stands(server: Server, begun: bytes) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(begun)
        server.release.wait(10)

    server.serve(answer)
    messages = server.messages(server.exchange())
    threading.Timer(0.2, messages.close).start()
    began = time.monotonic()
    list(messages)
    assert 0.1 < time.monotonic() - began < 1.0
    assert messages.cut


def test_upload_is_cut_at_once(server: Server) -> None:
    def body() -> Iterator[bytes]:
        while True:
            yield bytes(100_000)

    def answer(connection: socket.socket) -> None:
        server.release.wait(10)

    server.serve(answer)
    messages = server.messages(server.exchange(body=body()))
    threading.Timer(0.2, messages.close).start()
    began = time.monotonic()
    list(messages)
    assert time.monotonic() - began < 1.0


def test_log_is_read_without_waiting_when_bytes_are_there(server: Server) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(PLAIN + b"with the headers")
        server.release.wait(10)
        connection.sendall(b"later")

    server.serve(answer)
    stream = LogStream(server.exchange(unchunked=True), tty=True)
    stream.setblocking(False)
    assert stream.read_available() == b"with the headers"
    assert stream.read_available() is None
    assert select.select([stream], [], [], 0) == ([], [], [])
    server.release.set()
    assert select.select([stream], [], [], 5)[0] == [stream]
    assert stream.read_available() == b"later"
    assert select.select([stream], [], [], 5)[0] == [stream]
    assert stream.read_available() == b""
    assert b" HTTP/1.0\r\n" in server.asked


def test_message_without_end_is_not_gathered_for_ever(server: Server) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(CHUNKED)
        with suppress(OSError):
            for _ in range(100):
                connection.sendall(chunk(b"x" * 100_000))

    server.serve(answer)
    with pytest.raises(EngineUnavailable):
        list(server.messages(server.exchange()))


def test_frames_lose_their_headers() -> None:
    frames = (
        b"\x01\x00\x00\x00\x00\x00\x00\x04one\n\x02\x00\x00\x00\x00\x00\x00\x04two\n\x01\x00\x00\x00\x00\x00\x00\x09cut"
    )
    assert payloads(frames) == b"one\ntwo\ncut"
    assert payloads(b"\x01\x00") == b""
