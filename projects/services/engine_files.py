"""What `DockerEngine` does with the files of containers: archives in and out, whole file systems, images of them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from typing import Any

from projects.services.contract_inside import PathStat
from projects.services.engine_calls import EngineCalls, translated
from projects.services.streams import ByteStream

DIRECTORY = 1 << 31  # of Go's file modes, which the engine tells


class FileCalls(EngineCalls):
    """The part of `DockerEngine` about the files of containers; what each call does is said in `contract`."""

    @translated
    def put_archive(self, container: str, path: str, data: bytes) -> None:
        self._act.put_archive(container, path, data)

    @translated
    def stat_path(self, container: str, path: str) -> PathStat:
        exchange = self._transport.exchange("HEAD", f"/containers/{container}/archive", {"path": path})
        try:
            return path_stat(exchange.open().getheader("X-Docker-Container-Path-Stat") or "")
        finally:
            exchange.close()

    @translated
    def archive(self, container: str, path: str) -> ByteStream:
        return self._bytes(f"/containers/{container}/archive", {"path": path})

    @translated
    def unpack(self, container: str, path: str, data: Iterable[bytes], *, copy_uid_gid: bool = False) -> None:
        parameters = {"path": path, "noOverwriteDirNonDir": "true", "copyUIDGID": "true" if copy_uid_gid else ""}
        headers = {"Content-Type": "application/x-tar"}
        exchange = self._transport.exchange(
            "PUT", f"/containers/{container}/archive", parameters, headers=headers, body=data
        )
        with_answer = ByteStream(exchange, broken=self.translate)
        for _ in with_answer:
            pass

    @translated
    def export(self, container: str) -> ByteStream:
        return self._bytes(f"/containers/{container}/export", {})

    @translated
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
        repository, tag = split_reference(reference)
        parameters: dict[str, Any] = {
            "container": container,
            "repo": repository,
            "tag": tag,
            "author": author,
            "comment": message,
            "changes": list(changes),
            "pause": "1" if pause else "0",
        }
        return str(self._post("/commit", {}, parameters)["Id"])

    def _bytes(self, path: str, parameters: dict[str, Any]) -> ByteStream:
        exchange = self._transport.exchange("GET", path, parameters)
        exchange.open()
        return ByteStream(exchange, broken=self.translate)


def path_stat(header: str) -> PathStat:
    """Read the header ``X-Docker-Container-Path-Stat``."""
    told = json.loads(base64.b64decode(header))
    return PathStat(
        name=told["name"], is_directory=bool(told["mode"] & DIRECTORY), link_target=told.get("linkTarget") or ""
    )


def split_reference(reference: str) -> tuple[str, str]:
    """Return repository and tag of a reference; a colon before the last slash belongs to the registry."""
    head, slash, name = reference.rpartition("/")
    name, _, tag = name.partition(":")
    return head + slash + name, tag
