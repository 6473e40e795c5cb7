"""Directories that BuildKit asks for over a session: it is told what there is and fetches what it has not got yet.

The protocol is fsutil's: a STAT for each entry (numbered as they come), an empty one at the end; a REQ by number is
answered with DATA, an empty one at its end; FIN ends it, from both sides.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from projects.services import buildkit_messages as wire
from projects.services import contexts

STAT, REQ, DATA, FIN, ERR = range(5)
CHUNK_SIZE = 32 * 1024
_MEMORY_MODE = 0o600

# Go's file modes: https://pkg.go.dev/io/fs#FileMode
_DIRECTORY, _LINK, _DEVICE, _PIPE, _CHARACTER = 1 << 31, 1 << 27, 1 << 26, 1 << 25, 1 << 21
_KINDS = (
    (stat.S_ISDIR, _DIRECTORY),
    (stat.S_ISLNK, _LINK),
    (stat.S_ISFIFO, _PIPE),
    (stat.S_ISCHR, _DEVICE | _CHARACTER),
    (stat.S_ISBLK, _DEVICE),
)
_BITS = ((stat.S_ISUID, 1 << 23), (stat.S_ISGID, 1 << 22), (stat.S_ISVTX, 1 << 20))


class PacketStream(Protocol):
    """The two-way stream of packets that a call of ``DiffCopy`` is."""

    async def send_message(self, message: Any) -> None:
        """Send a packet, waiting until the receiver has room for it."""

    def __aiter__(self) -> AsyncIterator[Any]:
        """Iterate over the packets that come."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Directory:
    """What BuildKit sees under one name: what `context` holds, or files kept in memory by their name."""

    context: contexts.Context | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)

    def entries(self, only: Collection[str] = ()) -> Iterator[tuple[bytes, Any]]:
        """Yield path and Stat of every entry, a directory before what it holds; of the files `only` where given."""
        for name, content in sorted(self.files.items()):
            if not only or name in only:
                yield name.encode(), wire.Stat(path=name.encode(), mode=_MEMORY_MODE, size=len(content))
        if self.context is not None:
            chosen = self.context.plain_files(only) if only else None
            for path in self.context.paths() if chosen is None else chosen:
                with contexts.readable(self.context.directory / path):
                    described = _stat(self.context.directory / path, path)
                if described is not None:
                    yield described.path, described

    def read(self, path: bytes) -> Iterator[bytes]:
        """Yield the content of a file."""
        if self.context is None:
            yield self.files[path.decode()]
            return
        whole = self.context.directory / os.fsdecode(path)
        with contexts.readable(whole), contexts.opened(whole) as file:
            while chunk := file.read(CHUNK_SIZE):
                yield chunk


async def send(directory: Directory, stream: PacketStream, only: Collection[str] = ()) -> None:
    """Answer one call: all entries go out while requests for their content already come in.

    `only` are the names that are asked for, where not all is.
    """
    sending = asyncio.Lock()
    paths: list[bytes] = []
    telling = asyncio.create_task(_tell(directory.entries(only), stream, sending, paths))
    try:
        async for packet in stream:
            if packet.type == REQ:
                await _answer(directory, stream, sending, paths[packet.id], packet.id)
            elif packet.type == FIN:
                await telling
                await stream.send_message(wire.Packet(type=FIN))
                return
            elif packet.type == ERR:
                return
    finally:
        telling.cancel()
        if telling.done() and not telling.cancelled() and (error := telling.exception()):
            raise error


async def _tell(
    entries: Iterable[tuple[bytes, Any]], stream: PacketStream, sending: asyncio.Lock, paths: list[bytes]
) -> None:
    for path, described in entries:
        paths.append(path)
        async with sending:
            await stream.send_message(wire.Packet(type=STAT, stat=described))
    async with sending:
        await stream.send_message(wire.Packet(type=STAT))


async def _answer(directory: Directory, stream: PacketStream, sending: asyncio.Lock, path: bytes, number: int) -> None:
    for chunk in directory.read(path):
        async with sending:
            await stream.send_message(wire.Packet(type=DATA, id=number, data=chunk))
    async with sending:
        await stream.send_message(wire.Packet(type=DATA, id=number))


def _stat(path: Path, name: str) -> Any:
    """Return the Stat of an entry, all of which belongs to root as the reference sends it; None for sockets."""
    status = path.lstat()
    if stat.S_ISSOCK(status.st_mode):
        return None
    described = wire.Stat(path=os.fsencode(name), mode=_mode(status.st_mode), modified=status.st_mtime_ns)
    if stat.S_ISREG(status.st_mode):
        described.size = status.st_size
    elif stat.S_ISLNK(status.st_mode):
        described.link = os.fsencode(path.readlink())
    elif stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode):
        described.major, described.minor = os.major(status.st_rdev), os.minor(status.st_rdev)
    return described


def _mode(mode: int) -> int:
    kind = next((bits for is_kind, bits in _KINDS if is_kind(mode)), 0)
    return kind | sum(bit for mask, bit in _BITS if mode & mask) | stat.S_IMODE(mode) & 0o777
