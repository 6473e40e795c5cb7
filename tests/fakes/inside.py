"""The inside of the containers of `FakeEngine`: commands print and exit, files are kept as they were put in."""

from __future__ import annotations

import io
import json
import posixpath
import tarfile
from collections.abc import Iterable, Sequence
from typing import Any

from projects.compose.errors import NotFound
from projects.compose.messages import Message
from projects.services import refusals
from projects.services.contract_inside import Command, ExecState, PathStat, Processes
from projects.services.streams import ByteStream, Messages, RawStream, Terminal
from tests.fakes.exchange import FakeExchange


class FakeTerminal(Terminal):
    """A command that prints what its script echoes, and with ``cat`` what it is given."""

    def __init__(self, exchange: FakeExchange, *, tty: bool, cat: bool) -> None:
        super().__init__(exchange, tty=tty)
        self._fake = exchange
        self._cat = cat

    def write(self, data: bytes) -> None:
        if self._cat:
            self._fake.put(framed(data))

    def end_input(self) -> None:
        self._fake.end()


def framed(data: bytes) -> bytes:
    """Return bytes as a frame of stdout."""
    return b"\x01\x00\x00\x00" + len(data).to_bytes(4) + data


class FakeInside:
    """The part of `FakeEngine` about the inside of containers."""

    def __init__(self) -> None:
        self._commands: dict[str, Command] = {}
        self._files: dict[str, dict[str, bytes | None]] = {}  # by container; None is a directory

    def _call(self, call: str, subject: str = "") -> Any:
        raise NotImplementedError

    def _find(self, container: str) -> Any:
        raise NotImplementedError

    def _new_id(self) -> str:
        raise NotImplementedError

    def add_image(self, reference: str) -> None:
        raise NotImplementedError

    def _must_run(self, container: str) -> Any:
        found = self._find(container)
        if found.state != "running":
            raise refusals.refused(409, f"Container {container} is not running")
        return found

    def create_exec(self, container: str, command: Command) -> str:
        with self._call("create_exec", container):
            self._must_run(container)
            exec_id = self._new_id()
            self._commands[exec_id] = command
            return exec_id

    def start_exec(self, exec_id: str, command: Command) -> Terminal:
        with self._call("start_exec"):
            script = command.argv[-1]
            echoed = [part.strip().removeprefix("echo ") for part in script.split(";") if "echo " in part]
            output = "".join(f"{line}\n" for line in echoed).encode()
            exchange = FakeExchange([framed(output)] if output else [], ended=script != "cat")
            return FakeTerminal(exchange, tty=command.tty, cat=script == "cat")

    def resize_exec(self, exec_id: str, *, height: int, width: int) -> None:
        with self._call("resize_exec", f"{height} {width}"):
            pass

    def inspect_exec(self, exec_id: str) -> ExecState:
        with self._call("inspect_exec"):
            _before, has_exit, code = self._commands[exec_id].argv[-1].rpartition("exit ")
            return ExecState(running=False, exit_code=int(code) if has_exit else 0)

    def attach(self, container: str, *, stdin: bool = True, detach_keys: str = "") -> Terminal:
        with self._call("attach", container):
            self._must_run(container)
            return FakeTerminal(FakeExchange(ended=False), tty=False, cat=stdin)

    def resize_container(self, container: str, *, height: int, width: int) -> None:
        with self._call("resize", f"{container} {height} {width}"):
            self._must_run(container)

    def wait(self, container: str) -> Messages:
        with self._call("wait", container):
            code = _exit_code(self._find(container).item["Status"])
            answer = [] if code is None else [json.dumps({"StatusCode": code}).encode()]
            return Messages(FakeExchange(answer, ended=code is not None), broken=_broken)

    def top(self, container: str) -> Processes:
        with self._call("top", container):
            body = self._must_run(container).body
            return Processes(titles=("PID", "CMD"), rows=(("1", " ".join(body.get("Cmd") or ())),))

    def stats(self, container: str, *, stream: bool = True) -> Messages:
        with self._call("stats", container):
            self._find(container)
            figures = {"memory_stats": {"usage": 1024, "limit": 4096}, "pids_stats": {"current": 1}}
            return Messages(FakeExchange([json.dumps(figures).encode() + b"\n"], ended=not stream), broken=_broken)

    def open_stats_stream(self, container: str) -> RawStream:
        with self._call("stats", container):
            self._find(container)
            figures = {"read": "2026-11-26T02:40:58Z", "memory_stats": {"usage": 1024, "limit": 4096}}
            return RawStream(FakeExchange([json.dumps(figures).encode() + b"\n"], ended=False))

    def stat_path(self, container: str, path: str) -> PathStat:
        with self._call("stat", path):
            content = self._content(container, path)
            return PathStat(name=posixpath.basename(path.rstrip("/")), is_directory=content is None)

    def archive(self, container: str, path: str) -> ByteStream:
        with self._call("archive", path):
            return _stream(_tar(posixpath.basename(path.rstrip("/")), self._content(container, path)))

    def unpack(self, container: str, path: str, data: Iterable[bytes], *, copy_uid_gid: bool = False) -> None:
        with self._call("unpack", f"{container} {path}"):
            if self._content(container, path) is not None:
                raise refusals.refused(400, "extraction point is not a directory")
            with tarfile.open(fileobj=io.BytesIO(b"".join(data))) as tar:
                for member in tar:
                    file = tar.extractfile(member)
                    full = posixpath.normpath(posixpath.join(path, member.name))
                    self._of(container)[full] = file.read() if file else None

    def export(self, container: str) -> ByteStream:
        with self._call("export", container):
            self._find(container)
            return _stream(_tar("etc", None))

    def commit(
        self,
        container: str,
        *,
        reference: str = "",
        author: str = "",
        message: str = "",
        changes: Sequence[str] = (),
        pause: bool = True,
    ) -> str:
        with self._call("commit", f"{container} {reference}"):
            self._find(container)
            self.add_image(reference)
            return f"sha256:{self._new_id()}"

    def _of(self, container: str) -> dict[str, bytes | None]:
        return self._files.setdefault(self._find(container).id, {"/": None, "/tmp": None})

    def _content(self, container: str, path: str) -> bytes | None:
        files = self._of(container)
        if posixpath.normpath(path) not in files:
            raise NotFound(Message("Could not find the file %(path)s", path=path))
        return files[posixpath.normpath(path)]


def _exit_code(status: str) -> int | None:
    return int(status.partition("(")[2].partition(")")[0]) if status.startswith("Exited") else None


def _tar(name: str, content: bytes | None) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        info = tarfile.TarInfo(name)
        info.type, info.size = (tarfile.DIRTYPE, 0) if content is None else (tarfile.REGTYPE, len(content))
        tar.addfile(info, io.BytesIO(content or b""))
    return out.getvalue()


def _stream(data: bytes) -> ByteStream:
    return ByteStream(FakeExchange([data]), broken=_broken)


def _broken(error: Exception) -> Exception:
    return refusals.unavailable(error, "fake://")
