"""A page that shows logs, as its websocket sees it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from channels.testing import WebsocketCommunicator

from compose_ui.asgi import application
from projects.services import log_frames

PATIENCE = 30


def labels_of(project: str, service: str) -> dict[str, str]:
    """Return the labels by which a container is the first one of a project's service."""
    return {
        "com.docker.compose.project": project,
        "com.docker.compose.service": service,
        "com.docker.compose.container-number": "1",
        "com.docker.compose.oneoff": "False",
        "com.docker.compose.config-hash": "0" * 64,
    }


class Socket:
    """One websocket of the logs of a project."""

    def __init__(self, cookies: bytes, project: str, **query: object) -> None:
        address = f"/ws/projects/{project}/logs/?{urlencode(query, doseq=True)}"
        headers = [(b"host", b"testserver"), (b"origin", b"http://testserver"), (b"cookie", cookies)]
        self.socket = WebsocketCommunicator(application, address, headers=headers)
        self.told: list[dict[str, Any]] = []
        self.texts: list[tuple[str, str]] = []
        self.lines = self.received = 0

    async def open(self) -> Socket:
        await self.socket.connect()
        return self

    async def listen(self, until: Callable[[], bool], *, acknowledge: bool = True) -> None:
        """Take what comes until `until` holds."""
        while not until():
            message = await self.socket.receive_output(timeout=PATIENCE)
            if "text" in message:
                self.told.append(json.loads(message["text"]))
            else:
                self._take(message["bytes"])
                if acknowledge:
                    await self.acknowledge()

    async def acknowledge(self) -> None:
        await self.socket.send_to(text_data=json.dumps({"ack": self.received}))

    async def is_quiet(self) -> bool:
        return bool(await self.socket.receive_nothing(timeout=0.7, interval=0.01))

    def is_ready(self) -> bool:
        return any(told["type"] == "ready" for told in self.told)

    def _take(self, data: bytes) -> None:
        assert data[:2] == b"\x01\x00"
        source = int.from_bytes(data[2:4])
        self.received += len(data)
        self.lines += int.from_bytes(data[4:8])
        service = next(told["service"] for told in self.told if told.get("source") == source)
        for _stream, payload in log_frames.split(data[8:]):
            self.texts.append((service, payload[31:].decode().rstrip()))

    def events(self) -> list[tuple[str, int | None]]:
        return [(told["what"], told["exit_code"]) for told in self.told if told["type"] == "event"]

    async def close(self) -> None:
        await self.socket.disconnect()
