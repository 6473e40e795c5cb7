"""A small image registry for tests: it serves images made in memory, as slowly and as badly as a test wants.

Speaks the reading half of the OCI distribution specification (manifests and blobs, GET and HEAD, ranges). A Docker
engine pulls from it by ``127.0.0.1:PORT/name:tag`` with no set-up: loopback registries may be plain HTTP.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import platform
import random
import re
import subprocess
import tarfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

BUSYBOX = Path("/bin/busybox")
MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG_TYPE = "application/vnd.docker.container.image.v1+json"
LAYER_TYPE = "application/vnd.docker.image.rootfs.diff.tar.gzip"
CHUNK = 16 * 1024
_TROUBLES = {
    HTTPStatus.NOT_FOUND: ("NAME_UNKNOWN", "repository name not known to registry"),
    HTTPStatus.TOO_MANY_REQUESTS: ("TOOMANYREQUESTS", "You have reached your pull rate limit."),
    HTTPStatus.INTERNAL_SERVER_ERROR: ("UNKNOWN", "something broke"),
    HTTPStatus.SERVICE_UNAVAILABLE: ("UNAVAILABLE", "service unavailable"),
}
ROUTE = re.compile(r"/v2/(?P<name>.+)/(?P<kind>manifests|blobs)/(?P<reference>[^/]+)")


@dataclass(frozen=True, kw_only=True)
class Blob:
    """Some bytes a registry hands out, by their digest."""

    content: bytes
    media_type: str
    slow: bool = False

    @property
    def digest(self) -> str:
        return sha256(self.content)

    @property
    def descriptor(self) -> dict[str, Any]:
        return {"mediaType": self.media_type, "size": len(self.content), "digest": self.digest}


class Registry:
    """A registry on 127.0.0.1, running from `start` to `stop`; everything may be changed while an engine pulls.

    `bytes_per_second` slows each layer's transfer (None: as fast as it goes); `pause` holds transfers until `resume`;
    `cut_after` ends each layer's connection after so many bytes (None: never). `login` is the user name and password
    that it asks for, `by_token` makes it ask for a token of its own token service instead. `broken` is the status of
    every answer, `hang_up` ends every connection without one.
    """

    def __init__(self) -> None:
        self.bytes_per_second: float | None = None
        self.cut_after: int | None = None
        self.login: tuple[str, str] | None = None
        self.by_token = False
        self.broken: HTTPStatus | None = None
        self.hang_up = False
        self.requests: list[str] = []
        self._going = threading.Event()
        self._going.set()
        self._blobs: dict[str, Blob] = {}
        self._manifests: dict[tuple[str, str], Blob] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self.resume()
        self._server.shutdown()
        self._server.server_close()

    def pause(self) -> None:
        self._going.clear()

    def resume(self) -> None:
        self._going.set()

    def behave(self) -> None:
        """Undo every fault and slowness."""
        self.bytes_per_second = self.cut_after = self.login = self.broken = None
        self.by_token = self.hang_up = False
        self.resume()

    def add_image(self, name: str, layers: Sequence[bytes], *, config: Mapping[str, Any] | None = None) -> str:
        """Offer ``name[:tag]`` made of uncompressed tar `layers`; return the reference an engine pulls it by."""
        repository, _, tag = name.partition(":")
        blobs = [Blob(content=gzip.compress(tar, 1, mtime=0), media_type=LAYER_TYPE, slow=True) for tar in layers]
        image = {
            "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine()),
            "os": "linux",
            "config": {"Env": ["PATH=/bin"], "Cmd": ["sh"], **(config or {})},
            "rootfs": {"type": "layers", "diff_ids": [sha256(tar) for tar in layers]},
            "history": [{"created_by": f"layer {number}"} for number, _ in enumerate(layers, 1)],
        }
        described = Blob(content=json.dumps(image).encode(), media_type=CONFIG_TYPE)
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": described.descriptor,
            "layers": [blob.descriptor for blob in blobs],
        }
        self._blobs.update({blob.digest: blob for blob in [described, *blobs]})
        offered = Blob(content=json.dumps(manifest).encode(), media_type=MANIFEST_TYPE)
        for reference in (tag or "latest", offered.digest):
            self._manifests[repository, reference] = offered
        return f"{self.address}/{repository}:{tag or 'latest'}"

    def remove_image(self, name: str) -> None:
        """Answer 404 for ``name[:tag]`` from now on."""
        repository, _, tag = name.partition(":")
        del self._manifests[repository, tag or "latest"]

    def find(self, kind: str, name: str, reference: str) -> Blob | None:
        return self._blobs.get(reference) if kind == "blobs" else self._manifests.get((name, reference))

    def wait(self, size: int) -> None:
        """Let as much time pass as `size` bytes take."""
        if self.bytes_per_second:
            time.sleep(size / self.bytes_per_second)
        self._going.wait()


def _handler_of(registry: Registry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Even to a TLS handshake: BuildKit tries that first and needs a status line to fall back to plain HTTP.
        default_request_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self.answer(with_body=False)

        def do_GET(self) -> None:
            self.answer(with_body=True)

        def answer(self, *, with_body: bool) -> None:
            registry.requests.append(f"{self.command} {self.path}")
            if registry.hang_up:
                self.close_connection = True
                return None
            if registry.broken is not None:
                return self.send(_errors(*_TROUBLES[registry.broken]), registry.broken, with_body=with_body)
            if self.path.startswith("/token?"):
                return self.give_token(with_body=with_body)
            if registry.login is not None and not self.authorized():
                return self.send(_errors("UNAUTHORIZED", "login"), HTTPStatus.UNAUTHORIZED, with_body=with_body)
            if self.path == "/v2/":
                return self.send(Blob(content=b"{}", media_type="application/json"), with_body=with_body)
            route = ROUTE.fullmatch(self.path)
            blob = registry.find(route["kind"], route["name"], route["reference"]) if route else None
            if blob is None:
                # Without "detail" the engine does not recognise the code and answers 500 instead of 404.
                missing = _errors("MANIFEST_UNKNOWN", "manifest unknown", self.path)
                return self.send(missing, HTTPStatus.NOT_FOUND, with_body=with_body)
            return self.send(blob, with_body=with_body)

        def authorized(self) -> bool:
            given = self.headers.get("Authorization", "")
            return given == ("Bearer t0ken" if registry.by_token else _basic(registry.login))

        def give_token(self, *, with_body: bool) -> None:
            if self.headers.get("Authorization", "") != _basic(registry.login):
                return self.send(_errors("UNAUTHORIZED", "denied"), HTTPStatus.UNAUTHORIZED, with_body=with_body)
            return self.send(Blob(content=b'{"token": "t0ken"}', media_type="application/json"), with_body=with_body)

        def send(self, blob: Blob, status: HTTPStatus = HTTPStatus.OK, *, with_body: bool) -> None:
            wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            start = int(wanted[1]) if wanted else 0
            self.send_response(HTTPStatus.PARTIAL_CONTENT if start else status)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(blob.content) - 1}/{len(blob.content)}")
            self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
            if status == HTTPStatus.UNAUTHORIZED:
                token = f'Bearer realm="http://{registry.address}/token",service="tests"'
                self.send_header("WWW-Authenticate", token if registry.by_token else 'Basic realm="tests"')
            self.send_header("Docker-Content-Digest", blob.digest)
            self.send_header("Content-Type", blob.media_type)
            self.send_header("Content-Length", str(len(blob.content) - start))
            self.end_headers()
            if with_body:
                self.send_body(blob, start)

        def send_body(self, blob: Blob, start: int) -> None:
            """Write in chunks, at the registry's pace; a client that went away is no error."""
            for offset in range(start, len(blob.content), CHUNK):
                if blob.slow and registry.cut_after is not None and offset - start >= registry.cut_after:
                    self.close_connection = True
                    return
                chunk = blob.content[offset : offset + CHUNK]
                try:
                    self.wfile.write(chunk)
                except OSError:
                    self.close_connection = True
                    return
                if blob.slow:
                    registry.wait(len(chunk))

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent; `Registry.requests` tells."""

    return Handler


def _errors(code: str, message: str, detail: str = "") -> Blob:
    errors = {"errors": [{"code": code, "message": message, "detail": detail}]}
    return Blob(content=json.dumps(errors).encode(), media_type="application/json")


def _basic(login: tuple[str, str] | None) -> str:
    return "Basic " + base64.b64encode(":".join(login or ("", "")).encode()).decode()


def sha256(content: bytes) -> str:
    """Return the digest as registries write it."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def tar_layer(files: Mapping[str, bytes], links: Mapping[str, str] | None = None) -> bytes:
    """Return a layer's tar with `files` (all executable) and symbolic `links` (name → target)."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            tar.addfile(entry, io.BytesIO(content))
        for name, target in (links or {}).items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            tar.addfile(entry)
    return layer.getvalue()


def busybox_layer() -> bytes:
    """Return a layer with a shell and the usual small programs: Debian's static busybox under all its names."""
    applets = subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True).stdout.split()
    links = {f"bin/{name}": "busybox" for name in applets if name != "busybox"}
    files = {"bin/busybox": BUSYBOX.read_bytes(), "etc/passwd": b"root:x:0:0:root:/:/bin/sh\n", "tmp/.keep": b""}
    return tar_layer(files, links)


def random_layer(name: str, size: int) -> bytes:
    """Return a layer with one file of `size` bytes that do not compress; the same name gives the same bytes."""
    return tar_layer({f"opt/{name}": random.Random(name).randbytes(size)})
