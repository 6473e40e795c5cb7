"""Whether the server may listen where it was asked to, and who is in its way."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

LISTENING = "0A"  # the state column of /proc/net/tcp


def port_problem(host: str, port: str) -> str | None:
    """Return one sentence saying why `host`:`port` cannot be listened on and what to do, or None."""
    if not port.isdecimal() or not 0 < int(port) < 65536:
        return f"PORT={port} is not a port: give a number from 1 to 65535, for instance PORT=8000."
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
    except OSError:
        return f"HOST={host} is not an address: give one of this machine's, for instance HOST=127.0.0.1."
    with socket.socket(family, kind) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as error:
            return explain(error, host, int(port))
    return None


def explain(error: OSError, host: str, port: int) -> str:
    """Say in a sentence why listening failed and what to do about it."""
    if error.errno == errno.EADDRINUSE:
        owner = listening_process(port) or "another process"
        return f"port {port} is taken by {owner}. Stop it, or choose another port: PORT={port + 1} make run"
    if error.errno == errno.EACCES:
        return f"port {port} may only be used by root. Choose one above 1023: PORT=8000 make run"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"HOST={host} is not an address of this machine. HOST=0.0.0.0 listens on all it has."
    return f"cannot listen on {host}:{port}: {error.strerror}."


def listening_process(port: int) -> str | None:
    """Return the name and number of the process listening on `port`, where /proc tells."""
    sockets = {f"socket:[{inode}]" for inode in listening_inodes(port)}
    if not sockets:
        return None
    for process in Path("/proc").glob("[0-9]*"):
        if holds_one_of(process, sockets):
            command = (process / "comm").read_text().strip()
            return f"{command} (process {process.name})"
    return None


def listening_inodes(port: int) -> set[str]:
    """Return the inodes of the sockets listening on `port`, IPv4 and IPv6."""
    inodes = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        lines = table.read_text().splitlines()[1:] if table.exists() else []
        for columns in map(str.split, lines):
            if columns[3] == LISTENING and int(columns[1].rpartition(":")[2], 16) == port:
                inodes.add(columns[9])
    return inodes


def holds_one_of(process: Path, sockets: set[str]) -> bool:
    """Return whether the process has one of `sockets` open; False where it may not be looked into."""
    try:
        return any(str(descriptor.readlink()) in sockets for descriptor in (process / "fd").iterdir())
    except OSError:
        return False
