"""What `DockerEngine` does inside containers: commands, terminals, logs, processes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from projects.services.contract import Executed
from projects.services.contract_inside import Command, ExecState, Processes
from projects.services.engine_calls import EngineCalls, seconds, translated
from projects.services.exec_ends import exit_code_of
from projects.services.log_frames import FrameCutter, split
from projects.services.streams import LogStream, Messages, RawStream, Terminal, payloads

LONGEST_TAIL = 256 * 1024  # bytes of a log read for an error sentence
LONGEST_OUTPUT = 64 * 1024  # bytes kept of what a hook prints


class InsideCalls(EngineCalls):
    """The part of `DockerEngine` that works inside containers; what each call does is said in `contract`."""

    @translated
    def execute(
        self,
        container: str,
        command: list[str],
        *,
        user: str = "",
        privileged: bool = False,
        working_dir: str = "",
        environment: list[str] | None = None,
    ) -> Executed:
        asked = Command(
            argv=tuple(command),
            user=user,
            privileged=privileged,
            working_dir=working_dir,
            environment=tuple(environment or ()),
        )
        # Not by the SDK's own exec_start: it loses what comes together with the head of the answer.
        exec_id = self.create_exec(container, asked)
        output, cutter = b"", FrameCutter(tty=False)
        with closing(self.start_exec(exec_id, asked)) as stream:
            while data := stream.read():
                printed = b"".join(piece for _stream, piece in split(cutter.feed(data).data))
                output = (output + printed)[-LONGEST_OUTPUT:]
        code = exit_code_of(lambda: self.inspect_exec(exec_id))
        return Executed(exit_code=code, output=output.decode(errors="replace"))

    def tail(self, container: str, lines: int) -> str:
        with closing(self.open_log_stream(container, tail=lines, follow=False)) as stream:
            data = b""
            while len(data) < LONGEST_TAIL and (more := stream.read()):
                data += more
        plain = data if stream.tty else payloads(data)
        return plain.decode(errors="replace")

    @translated
    def open_log_stream(
        self,
        container: str,
        *,
        tail: int | None = None,
        since: float | None = None,
        until: float | None = None,
        follow: bool = True,
        timestamps: bool = False,
    ) -> LogStream:
        detail = self._ask.inspect_container(container)
        parameters = {
            "stdout": 1,
            "stderr": 1,
            "follow": int(follow),
            "timestamps": int(timestamps),
            "tail": "all" if tail is None else tail,
            "since": seconds(since),
            "until": seconds(until),
        }
        path = f"/containers/{container}/logs"
        exchange = self._transport.exchange("GET", path, parameters, unchunked=True)
        exchange.open()
        return LogStream(exchange, tty=bool(detail["Config"]["Tty"]), rotates=_rotates(detail))

    @translated
    def create_exec(self, container: str, command: Command) -> str:
        body = {
            "AttachStdin": command.stdin and not command.detach,
            "AttachStdout": not command.detach,
            "AttachStderr": not command.detach,
            "Tty": command.tty,
            "User": command.user,
            "Privileged": command.privileged,
            "WorkingDir": command.working_dir,
            "Env": list(command.environment),
            "Cmd": list(command.argv),
        }
        return str(self._post(f"/containers/{container}/exec", body)["Id"])

    def start_exec(self, exec_id: str, command: Command) -> Terminal:
        return self._terminal(
            f"/exec/{exec_id}/start", {}, {"Detach": command.detach, "Tty": command.tty}, tty=command.tty
        )

    @translated
    def resize_exec(self, exec_id: str, *, height: int, width: int) -> None:
        self._act.exec_resize(exec_id, height=height, width=width)

    @translated
    def inspect_exec(self, exec_id: str) -> ExecState:
        told = self._ask.exec_inspect(exec_id)
        return ExecState(running=bool(told["Running"]), exit_code=told["ExitCode"])

    @translated
    def attach(self, container: str, *, stdin: bool = True, detach_keys: str = "") -> Terminal:
        config = self._ask.inspect_container(container)["Config"]
        parameters = {"stream": 1, "stdout": 1, "stderr": 1, "stdin": int(stdin and config["OpenStdin"])}
        path = f"/containers/{container}/attach"
        return self._terminal(path, parameters | {"detachKeys": detach_keys}, None, tty=bool(config["Tty"]))

    @translated
    def _terminal(self, path: str, parameters: dict[str, Any], body: dict[str, Any] | None, *, tty: bool) -> Terminal:
        headers = {"Connection": "Upgrade", "Upgrade": "tcp", "Content-Type": "application/json"}
        data = b"" if body is None else json.dumps(body).encode()
        exchange = self._transport.exchange("POST", path, parameters, headers=headers, body=data)
        exchange.open()
        return Terminal(exchange, tty=tty)

    @translated
    def resize_container(self, container: str, *, height: int, width: int) -> None:
        self._act.resize(container, height=height, width=width)

    @translated
    def wait(self, container: str) -> Messages:
        messages = self._messages("POST", f"/containers/{container}/wait", {})
        messages.open()
        return messages

    @translated
    def top(self, container: str) -> Processes:
        told = self._ask.top(container)
        return Processes(titles=tuple(told["Titles"]), rows=tuple(tuple(row) for row in told["Processes"] or ()))

    @translated
    def stats(self, container: str, *, stream: bool = True) -> Messages:
        messages = self._messages("GET", f"/containers/{container}/stats", {"stream": int(stream)})
        messages.open()
        return messages

    @translated
    def open_stats_stream(self, container: str) -> RawStream:
        exchange = self._transport.exchange("GET", f"/containers/{container}/stats", {"stream": 1}, unchunked=True)
        exchange.open()
        return RawStream(exchange)


def _rotates(detail: Mapping[str, Any]) -> bool:
    """Return whether the engine rotates the files of a container's log (``HostConfig.LogConfig``)."""
    config = detail["HostConfig"]["LogConfig"]
    return config["Type"] == "local" or "max-size" in (config["Config"] or {})
