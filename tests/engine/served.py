"""Build contexts that lie elsewhere: a git repository and archives, served over HTTP on this machine."""

from __future__ import annotations

import io
import subprocess
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def served(directory: Path) -> Iterator[str]:
    """Serve a directory and give its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(directory)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def repository(parent: Path, branches: Mapping[str, Mapping[str, str]]) -> None:
    """Make the bare repository ``it.git`` with a commit of files on each branch, ready to be served as plain files."""
    work = parent / "work"

    def git(*arguments: str, where: Path = work) -> None:
        who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        subprocess.run(["git", *who, *arguments], cwd=where, check=True, capture_output=True)

    work.mkdir()
    git("init", "-q")
    for branch, files in branches.items():
        git("checkout", "-q", "-b", branch)
        for name, text in files.items():
            path = work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        git("add", "-A")
        git("commit", "-q", "-m", branch)
    git("clone", "-q", "--bare", ".", str(parent / "it.git"))
    git("update-server-info", where=parent / "it.git")


def archive(path: Path, files: Mapping[str, str]) -> None:
    """Write a compressed tar archive."""
    with tarfile.open(path, "w:gz") as out:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            out.addfile(entry, io.BytesIO(text.encode()))
