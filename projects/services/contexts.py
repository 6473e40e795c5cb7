"""Build contexts: a directory as a tar stream, without what its ``.dockerignore`` leaves out.

Modes are kept and links stay links; all belongs to root and carries its own times, as the reference sends it,
so that both share the engine's build cache. A file is read while it is sent: memory stays small.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tarfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from projects.compose.dockerignore import DockerIgnore
from projects.compose.errors import BuildFailed
from projects.compose.messages import Message

CHUNK_SIZE = 256 * 1024
LARGEST_DOCKERFILE = 4 * 1024 * 1024
DOCKERFILE = "Dockerfile"
IGNORE_FILE = ".dockerignore"


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """What is sent for one build: `dockerfile` is its path within; `extra` files are sent instead of those on disk."""

    directory: Path
    dockerfile: str
    ignore: DockerIgnore
    extra: dict[str, bytes] = field(default_factory=dict)

    def dockerfile_text(self) -> str:
        """Return what the Dockerfile says; raises `BuildFailed` where it cannot be read."""
        content = self.extra.get(self.dockerfile)
        return (_bounded(self.directory / self.dockerfile) if content is None else content).decode(errors="replace")

    def plain_files(self, names: Collection[str]) -> list[str] | None:
        """Return those of `names` that are sent; None where one of them is a directory or a link, and brings more."""
        paths = [self.directory / name for name in names]
        if any(path.is_symlink() or path.is_dir() for path in paths):
            return None
        present = {path.name for path in paths if path.exists() and not self.ignore.ignores(path.name)}
        return sorted(present, key=os.fsencode)

    def paths(self) -> Iterator[str]:
        """Yield the paths that are sent, each after the directory that holds it."""
        told: list[str] = []
        for path in _walk(self.directory, "", self.ignore):
            # What is taken back in below an ignored directory brings that along.
            parts = path.split("/")
            for depth in range(len(parts)):
                whole = "/".join(parts[: depth + 1])
                if told[depth : depth + 1] != [whole]:
                    del told[depth:]
                    told.append(whole)
                    yield whole

    def stream(self) -> Iterator[bytes]:
        """Yield the tar archive; raises `BuildFailed` where a file cannot be read."""
        for path in _walk(self.directory, "", self.ignore):
            if path not in self.extra:
                yield from _entry(self.directory / path, path)
        for name, content in self.extra.items():
            yield from _in_memory(name, content)
        yield bytes(2 * tarfile.BLOCKSIZE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sources:
    """What BuildKit is given: it asks for the Dockerfile by itself, so that the context holds only what lies in it."""

    context: Context
    dockerfile: bytes


def for_buildkit(path: str, dockerfile: str = "", inline: str = "") -> Sources:
    """Return the context in the directory `path` and the content of the Dockerfile; raises as `prepare` does."""
    root = _root(path)
    if inline:
        return Sources(context=directory(path), dockerfile=inline.encode())
    file = root / (dockerfile or DOCKERFILE)
    _require_file(file)
    rules = DockerIgnore(_ignore_text(file.with_name(file.name + IGNORE_FILE), root / IGNORE_FILE))
    return Sources(context=Context(directory=root, dockerfile="", ignore=rules), dockerfile=_bounded(file))


def directory(path: str) -> Context:
    """Return what a directory holds, without what its own ``.dockerignore`` leaves out."""
    root = _root(path)
    return Context(directory=root, dockerfile="", ignore=DockerIgnore(_ignore_text(root / IGNORE_FILE)))


def prepare(directory: str, dockerfile: str = "", inline: str = "") -> Context:
    """Return the context in `directory`, with the Dockerfile at a path (relative to it, or absolute) or inline.

    Raises `BuildFailed` where the directory or the Dockerfile is missing.
    """
    root = _root(directory)
    if inline:
        return _with_foreign_dockerfile(root, inline.encode(), _ignore_text(root / IGNORE_FILE))
    path = root / (dockerfile or DOCKERFILE)
    _require_file(path)
    within = _path_within(root, path)
    # Rules of one Dockerfile (X.dockerignore, beside it) go before those of the context.
    text = _ignore_text(path.with_name(path.name + IGNORE_FILE), root / IGNORE_FILE)
    if within is None:
        return _with_foreign_dockerfile(root, _bounded(path), text)
    return Context(directory=root, dockerfile=within, ignore=DockerIgnore(text, always=(within, IGNORE_FILE)))


def _root(path: str) -> Path:
    root = Path(path)
    if not root.is_dir():
        raise BuildFailed(
            Message(
                'The build context "%(path)s" does not exist. Create this directory, or correct "build: context" in '
                "the Compose file.",
                path=path,
            )
        )
    return root


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise BuildFailed(
            Message(
                'The Dockerfile "%(path)s" does not exist. Write it, or correct "build: dockerfile" in the Compose '
                "file.",
                path=str(path),
            )
        )


def _path_within(root: Path, path: Path) -> str | None:
    """Return the path of a Dockerfile within the context; None where it lies outside or is a link to elsewhere."""
    relative = os.path.normpath(os.path.relpath(path, root)).replace(os.sep, "/")
    if relative.startswith("../"):
        return None
    return relative if path.resolve().is_relative_to(root.resolve()) else None


def _ignore_text(*candidates: Path) -> str:
    """Return the text of the first ignore file that exists."""
    path = next((path for path in candidates if path.is_file()), None)
    return _bounded(path).decode(errors="replace") if path else ""


def _bounded(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_DOCKERFILE + 1)
    except OSError as error:
        raise _unreadable(str(path), error) from error
    if len(content) > LARGEST_DOCKERFILE:
        raise BuildFailed(Message('The file "%(path)s" is larger than 4 MiB. Make it smaller.', path=str(path)))
    return content


def _with_foreign_dockerfile(root: Path, content: bytes, ignore_text: str) -> Context:
    """Send a Dockerfile that is not in the context under a name of its own, which the engine leaves out of COPY."""
    name = f".dockerfile.{hashlib.sha256(content).hexdigest()[:20]}"
    sent_rules = "\n".join((ignore_text, IGNORE_FILE, name, ""))
    return Context(
        directory=root,
        dockerfile=name,
        ignore=DockerIgnore(ignore_text),
        extra={name: content, IGNORE_FILE: sent_rules.encode()},
    )


def _walk(root: Path, below: str, ignore: DockerIgnore) -> Iterator[str]:
    """Yield the paths to send, a directory before what it holds, in the order of their names."""
    try:
        entries = sorted(os.scandir(root / below), key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        raise _unreadable(str(root / below), error) from error
    for entry in entries:
        path = f"{below}/{entry.name}" if below else entry.name
        ignored = ignore.ignores(path)
        if not ignored:
            yield path
        if entry.is_dir(follow_symlinks=False) and (not ignored or ignore.may_take_in_below(path)):
            yield from _walk(root, path, ignore)


def _entry(path: Path, name: str) -> Iterator[bytes]:
    try:
        status = path.lstat()
        if stat.S_ISSOCK(status.st_mode):
            return
        header = _header(name, status)
        if stat.S_ISLNK(status.st_mode):
            header.linkname = str(path.readlink())
        if header.isreg():
            yield from _file(path, header)
        else:
            yield _packed(header)
    except OSError as error:
        raise _unreadable(str(path), error) from error


def _file(path: Path, header: tarfile.TarInfo) -> Iterator[bytes]:
    with opened(path) as file:
        yield _packed(header)
        left = header.size
        while left and (chunk := file.read(min(CHUNK_SIZE, left))):
            left -= len(chunk)
            yield chunk
    # A file that shrank while it was read is filled up, to what its header says and to whole blocks.
    yield bytes(left + -header.size % tarfile.BLOCKSIZE)


def opened(path: Path) -> BinaryIO:
    """Open a file to be read, never through a link: the entry may have been replaced since it was listed."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Make an OSError within into a `BuildFailed` that names the file."""
    try:
        yield
    except OSError as error:
        raise _unreadable(str(path), error) from error


def _header(name: str, status: os.stat_result) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.mode = stat.S_IMODE(status.st_mode)
    header.mtime = int(status.st_mtime)
    header.type = _type(status.st_mode)
    header.size = status.st_size if header.isreg() else 0
    if header.ischr() or header.isblk():
        header.devmajor, header.devminor = os.major(status.st_rdev), os.minor(status.st_rdev)
    return header


_TYPES = (
    (stat.S_ISDIR, tarfile.DIRTYPE),
    (stat.S_ISLNK, tarfile.SYMTYPE),
    (stat.S_ISFIFO, tarfile.FIFOTYPE),
    (stat.S_ISCHR, tarfile.CHRTYPE),
    (stat.S_ISBLK, tarfile.BLKTYPE),
)


def _type(mode: int) -> bytes:
    return next((kind for is_kind, kind in _TYPES if is_kind(mode)), tarfile.REGTYPE)


def _in_memory(name: str, content: bytes) -> Iterator[bytes]:
    header = tarfile.TarInfo(name)
    header.mode, header.size = 0o600, len(content)
    yield _packed(header) + content + bytes(-len(content) % tarfile.BLOCKSIZE)


def _packed(header: tarfile.TarInfo) -> bytes:
    return header.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _unreadable(path: str, error: OSError) -> BuildFailed:
    shown = path
    with suppress(ValueError):
        shown = path.encode("utf-8", "replace").decode()
    reason = error.strerror or str(error)
    return BuildFailed(
        Message(
            'The file "%(path)s" of the build context cannot be read (%(reason)s). Make it readable, or leave it out '
            "with .dockerignore.",
            path=shown,
            reason=reason,
        )
    )
