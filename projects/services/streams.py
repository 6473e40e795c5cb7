"""Streams of the Engine API that any thread can cut off at once.

The SDK's own streams end late or not at all when another thread closes them (and a pull that is still
resolving its image has no stream yet), so a stream here owns its connection and shuts the socket down.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ssl import SSLWantReadError
from typing import Any, TypeAlias

READ_SIZE = 64 * 1024
MAX_MESSAGE = 4 * 1024 * 1024
FRAME_HEADER = 8
SWITCHED = 101  # the status of a connection that now speaks another protocol

Refused: TypeAlias = Callable[[int, str], Exception]


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One HTTP request: `url` is path and query; a `body` of bytes is sent whole, any other in chunks as it comes."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Iterable[bytes] | None = None


class Exchange:
    """A request and its streamed answer; nothing is sent before the first `read`.

    `connect` gives a connection that is not yet open, `refused` makes the error out of a status of 400 or more
    and the engine's sentence. After `close`, which any thread may call at any moment, `read` returns ``b""``.
    A connection that breaks by itself raises OSError or HTTPException, one that is silent for longer than `patience`
    seconds TimeoutError.
    """

    def __init__(
        self,
        connect: Callable[[], HTTPConnection],
        request: Request,
        refused: Refused,
        *,
        unchunked: bool = False,
        patience: float | None = None,
    ) -> None:
        self._connect = connect
        self._request = request
        self._refused = refused
        self._unchunked = unchunked
        self._patience = patience
        self._socket: socket.socket | None = None
        self._response: HTTPResponse | None = None
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def read(self, size: int = READ_SIZE) -> bytes:
        """Return the next bytes, at most `size`, or ``b""`` at the end or after `close`."""
        try:
            return self.open().read1(size)
        except (OSError, HTTPException, AttributeError, ValueError):
            # A response that another thread closed has lost its file: AttributeError or ValueError.
            if self._closed:
                return b""
            raise

    def open(self) -> HTTPResponse:
        """Send the request if that is still to be done, and return the answer, its headers read."""
        if self._response is None:
            self._response = self._exchange()
        return self._response

    def close(self) -> None:
        """End the stream at once; a blocked reader wakes up."""
        self._closed = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
        if self._response is not None:
            with suppress(OSError, HTTPException, AttributeError, ValueError):
                self._response.close()

    @property
    def connected(self) -> socket.socket:
        """The open connection's socket."""
        self.open()
        assert self._socket is not None
        return self._socket

    def _exchange(self) -> HTTPResponse:
        if self._closed:
            raise OSError("cut off before it began")
        connection = self._connect()
        if self._unchunked:
            # An answer to HTTP/1.0 comes without chunks: its bytes can be taken straight from the socket.
            connection._http_vsn, connection._http_vsn_str = 10, "HTTP/1.0"  # type: ignore[attr-defined]
        connection.connect()
        self._keep(connection.sock)
        self._send(connection)
        # The base class's method: urllib3's would wrap the answer in buffers of its own.
        response: HTTPResponse = HTTPConnection.getresponse(connection)
        if response.status >= 400:
            reason = _explanation(response.read(MAX_MESSAGE))
            response.close()
            connection.close()
            raise self._refused(response.status, reason)
        if response.status == SWITCHED:
            # What follows is the other protocol's, without an end that HTTP could know.
            response.length = None
        return response

    def _keep(self, connected: socket.socket) -> None:
        connected.settimeout(self._patience)
        self._socket = connected
        if self._closed:
            self.close()

    def _send(self, connection: HTTPConnection) -> None:
        request = self._request
        try:
            HTTPConnection.request(
                connection,
                request.method,
                request.url,
                body=request.body,
                headers=request.headers,
                encode_chunked=request.body is not None,
            )
        except (BrokenPipeError, ConnectionResetError):
            # The engine has answered and hung up before the whole body was sent: its answer says why.
            if request.body is None or self._closed:
                raise


def _explanation(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace").strip()


class Messages:
    """The JSON messages of a pull, build or event stream, in order; iterate once.

    `broken` makes the error of a connection that ended too early. After `close` the iteration just ends and `cut`
    is true.
    """

    def __init__(self, exchange: Exchange, *, broken: Callable[[Exception], Exception]) -> None:
        self._exchange = exchange
        self._broken = broken
        self.cut = False

    def close(self) -> None:
        """End the stream at once, from any thread."""
        self.cut = True
        self._exchange.close()

    def open(self) -> None:
        """Send the request now rather than with the first message."""
        try:
            self._exchange.open()
        except (OSError, HTTPException, AttributeError, ValueError) as error:
            if not self.cut:
                raise self._broken(error) from error

    def __iter__(self) -> Iterator[dict[str, Any]]:
        try:
            for line in self._lines():
                yield json.loads(line)
        except (OSError, HTTPException, ValueError) as error:
            if not self.cut:
                raise self._broken(error) from error
        finally:
            self._exchange.close()

    def _lines(self) -> Iterator[bytes]:
        rest = b""
        while data := self._exchange.read():
            *lines, rest = (rest + data).split(b"\n")
            yield from (line for line in lines if line.strip())
            if len(rest) > MAX_MESSAGE:
                raise ValueError("a message of the engine is too long")
        if rest.strip():
            yield rest


class RawStream:
    """The raw bytes of an answer, as the engine sends them.

    Read them either with `read` in a thread, or after `setblocking(False)` with `read_available` whenever `fileno()`
    is readable (call it once at the beginning, too: bytes may have come with the headers).
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def read(self, size: int = READ_SIZE) -> bytes:
        """Return the next bytes, waiting for them; ``b""`` at the end, after `close` or when the engine went away."""
        try:
            return self._exchange.read(size)
        except (OSError, HTTPException):
            return b""

    def read_available(self, size: int = READ_SIZE) -> bytes | None:
        """Return the bytes that have come, ``b""`` at the end, None when there are none yet."""
        try:
            if self._exchange.closed or (file := self._exchange.open().fp) is None:
                return b""
            # The buffered file gives b"" for "nothing yet", too: then the socket itself knows.
            return file.read1(size) or self._exchange.connected.recv(size)
        except (BlockingIOError, SSLWantReadError):
            return None
        except (OSError, HTTPException, AttributeError, ValueError):
            return b""

    def fileno(self) -> int:
        """Return the socket's file descriptor, for a selector or an event loop."""
        return self._exchange.connected.fileno()

    def setblocking(self, flag: bool) -> None:
        """Make the socket block or not; `read_available` needs False."""
        self._exchange.connected.setblocking(flag)

    def close(self) -> None:
        """End the stream at once, from any thread."""
        self._exchange.close()


class LogStream(RawStream):
    """A container's log. Without `tty` it is frames: one byte stream number (1 stdout, 2 stderr), three zeros, four
    bytes length (big endian), payload (Engine API, "Attach to a container"); with `tty` it is plain output. The files
    from which the engine follows it may be rotated where `rotates`.
    """

    def __init__(self, exchange: Exchange, *, tty: bool, rotates: bool = False) -> None:
        super().__init__(exchange)
        self.tty = tty
        self.rotates = rotates


class Terminal(LogStream):
    """Both directions of a process in a container: what it prints, as a `LogStream`, and its standard input."""

    def write(self, data: bytes) -> None:
        """Send bytes to the process; raises OSError once it is gone or after `close`."""
        self._exchange.connected.sendall(data)

    def end_input(self) -> None:
        """Close the process's standard input; what it prints goes on."""
        with suppress(OSError):
            self._exchange.connected.shutdown(socket.SHUT_WR)


class ByteStream:
    """An answer of plain bytes, such as a tar archive; iterate once. `broken` as with `Messages`."""

    def __init__(self, exchange: Exchange, *, broken: Callable[[Exception], Exception]) -> None:
        self._exchange = exchange
        self._broken = broken

    def header(self, name: str) -> str:
        """Return a header of the answer, empty where there is none."""
        return self._exchange.open().getheader(name) or ""

    def __iter__(self) -> Iterator[bytes]:
        try:
            while data := self._exchange.read():
                yield data
        except (OSError, HTTPException, ValueError) as error:
            raise self._broken(error) from error
        finally:
            self._exchange.close()

    def close(self) -> None:
        """End the stream at once, from any thread."""
        self._exchange.close()


def payloads(data: bytes) -> bytes:
    """Return the payloads of the frames in `data` (see `LogStream`) without their headers; a cut frame counts."""
    out, position = bytearray(), 0
    while position + FRAME_HEADER <= len(data):
        length = int.from_bytes(data[position + 4 : position + FRAME_HEADER])
        position += FRAME_HEADER
        out += data[position : position + length]
        position += length
    return bytes(out)
