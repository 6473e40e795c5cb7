"""Connections of our own to where the Docker SDK's client is connected, for streams that can be cut off."""

from __future__ import annotations

import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import requests

from projects.compose.errors import EngineError
from projects.services import refusals
from projects.services.streams import Exchange, Request

CONNECT_TIMEOUT = 10  # seconds


class Transport:
    """Makes exchanges with the engine that `client`, the SDK's APIClient, is for: by socket, TCP or TLS."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def exchange(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, Any],
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | Iterable[bytes] | None = None,
        refused: Callable[[int, str], EngineError] = refusals.refused,
        unchunked: bool = False,
        patience: float | None = None,
    ) -> Exchange:
        """Return an exchange that has not begun; parameters that are empty or None are left out."""
        given = {key: value for key, value in parameters.items() if value not in ("", None)}
        prepared = self._client.prepare_request(requests.Request(method, self._client._url(path), params=given))
        request = Request(method=method, url=prepared.path_url, headers=dict(headers or {}), body=body)
        return Exchange(lambda: self._connection(prepared), request, refused, unchunked=unchunked, patience=patience)

    def upgrade(self, path: str, headers: Iterable[tuple[str, str]] = ()) -> socket.socket:
        """Return a connection that the engine has handed over for HTTP/2, as a plain socket.

        Raises what `refusals.refused` makes of another answer, and OSError where there is none.
        """
        prepared = self._client.prepare_request(requests.Request("POST", self._client._url(path)))
        connection = self._connection(prepared)
        connection.connect()
        connection.putrequest("POST", prepared.path_url)
        for name, value in (("Connection", "Upgrade"), ("Upgrade", "h2c"), ("Content-Length", "0"), *headers):
            connection.putheader(name, value)
        connection.endheaders()
        connected: socket.socket = connection.sock
        status = _answered(connected)
        if status != HTTPStatus.SWITCHING_PROTOCOLS:
            connection.close()
            raise refusals.refused(status, HTTPStatus(status).phrase if status in _STATUSES else "")
        connected.settimeout(None)
        return _decrypted(connected) if isinstance(connected, ssl.SSLSocket) else connected

    def _connection(self, prepared: Any) -> HTTPConnection:
        """Return a connection, not yet open, as the SDK's own adapter makes it."""
        given = self._client.merge_environment_settings(prepared.url, {}, True, None, None)
        adapter = self._client.get_adapter(prepared.url)
        pool = adapter.get_connection_with_tls_context(
            prepared, given["verify"], proxies=given["proxies"], cert=given["cert"]
        )
        connection: HTTPConnection = pool._new_conn()
        connection.timeout = CONNECT_TIMEOUT
        return connection


_STATUSES = frozenset(HTTPStatus)
_LONGEST_HEAD = 16 * 1024


def _answered(connected: socket.socket) -> int:
    """Read the head of an answer and not a byte more, which would be the other protocol's; return its status."""
    head = b""
    while not head.endswith(b"\r\n\r\n") and len(head) < _LONGEST_HEAD:
        byte = connected.recv(1)
        if not byte:
            raise ConnectionResetError("the engine hung up")
        head += byte
    version, _, rest = head.partition(b" ")
    if not version.startswith(b"HTTP/") or not rest[:3].isdigit():
        raise ConnectionResetError("the engine's answer is not HTTP")
    return int(rest[:3])


def _decrypted(encrypted: ssl.SSLSocket) -> socket.socket:
    """Return one end of a pair of sockets whose other end two threads connect with an encrypted one.

    An event loop cannot take over a connection on which TLS is spoken already.
    """
    ours, theirs = socket.socketpair()
    for source, sink in ((encrypted, theirs), (theirs, encrypted)):
        threading.Thread(target=_pass_on, args=(source, sink), name="engine-tls", daemon=True).start()
    return ours


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(64 * 1024):
            sink.sendall(data)
    except OSError:
        pass
    finally:
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


def default_address() -> str:
    """Return the address of the first engine socket that exists; the standard one where none does."""
    return next((f"unix://{path}" for path in _sockets() if path.exists()), "unix:///var/run/docker.sock")


def _sockets() -> Iterator[Path]:
    yield Path("/var/run/docker.sock")
    home = Path.home()
    yield home / ".docker/run/docker.sock"  # Docker Desktop
    yield home / ".docker/desktop/docker.sock"  # Docker Desktop on Linux
    yield home / ".colima/default/docker.sock"
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        yield Path(runtime) / "docker.sock"  # rootless
