"""What is sent to the engine for a build."""

from __future__ import annotations

import io
import os
import socket
import tarfile
import tracemalloc
from pathlib import Path

import pytest

from projects.compose.errors import BuildFailed
from projects.services import contexts


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A build context below a directory of its own."""
    context = tmp_path / "context"
    context.mkdir()
    (context / "Dockerfile").write_text("FROM scratch\n")
    (context / "app.py").write_text("print('hello')\n")
    return context


def sent(context: contexts.Context) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(b"".join(context.stream()))) as archive:
        return {member.name: member for member in archive.getmembers()}


def content(context: contexts.Context, name: str) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(b"".join(context.stream()))) as archive:
        file = archive.extractfile(name)
        assert file is not None
        return file.read()


def test_files_keep_their_modes_and_belong_to_root(directory: Path) -> None:
    (directory / "run.sh").write_text("#!/bin/sh\n")
    (directory / "run.sh").chmod(0o755)
    os.utime(directory / "run.sh", (1_700_000_000.9, 1_700_000_000.9))
    members = sent(contexts.prepare(str(directory)))
    assert list(members) == ["Dockerfile", "app.py", "run.sh"]
    script = members["run.sh"]
    assert (script.mode, script.uid, script.gid, script.uname) == (0o755, 0, 0, "")
    assert script.mtime == 1_700_000_000
    assert content(contexts.prepare(str(directory)), "app.py") == b"print('hello')\n"


def test_links_stay_links_and_are_not_followed(directory: Path) -> None:
    outside = directory.parent / "secret"
    outside.mkdir()
    (outside / "key").write_text("secret")
    (directory / "link").symlink_to("../secret/key")
    (directory / "tree").symlink_to(outside)
    members = sent(contexts.prepare(str(directory)))
    assert (members["link"].type, members["link"].linkname) == (tarfile.SYMTYPE, "../secret/key")
    assert members["tree"].type == tarfile.SYMTYPE
    assert not [name for name in members if "key" in name]


def test_directories_come_before_what_they_hold(directory: Path) -> None:
    (directory / "a" / "empty").mkdir(parents=True)
    (directory / "a" / "file").touch()
    members = sent(contexts.prepare(str(directory)))
    assert list(members) == ["Dockerfile", "a", "a/empty", "a/file", "app.py"]
    assert members["a/empty"].isdir()


def test_sockets_are_left_out(directory: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(directory / "socket"))
        assert "socket" not in sent(contexts.prepare(str(directory)))


def test_dockerignore_leaves_out_all_but_itself_and_the_dockerfile(directory: Path) -> None:
    (directory / ".dockerignore").write_text("*\n!kept\nkept/not\n")
    (directory / "kept").mkdir()
    (directory / "kept" / "yes").touch()
    (directory / "kept" / "not").touch()
    assert list(sent(contexts.prepare(str(directory)))) == [".dockerignore", "Dockerfile", "kept", "kept/yes"]


def test_ignored_directory_is_not_even_read(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (directory / ".dockerignore").write_text("node_modules\n")
    (directory / "node_modules").mkdir()
    read: list[str] = []
    scan = os.scandir

    def noting(path: Path) -> object:
        read.append(str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", noting)
    list(contexts.prepare(str(directory)).stream())
    assert read == [str(directory)]


def test_rules_of_one_dockerfile_go_before_those_of_the_context(directory: Path) -> None:
    (directory / ".dockerignore").write_text("app.py\n")
    (directory / "Dockerfile.dev").write_text("FROM scratch\n")
    (directory / "Dockerfile.dev.dockerignore").write_text("run.sh\n")
    (directory / "run.sh").touch()
    members = sent(contexts.prepare(str(directory), "Dockerfile.dev"))
    assert "app.py" in members
    assert "run.sh" not in members


def test_dockerfile_outside_of_the_context_is_sent_and_kept_out_of_the_image(directory: Path) -> None:
    (directory.parent / "Dockerfile.other").write_text("FROM other\n")
    context = contexts.prepare(str(directory), "../Dockerfile.other")
    assert context.dockerfile.startswith(".dockerfile.")
    assert content(context, context.dockerfile) == b"FROM other\n"
    assert context.dockerfile in content(context, ".dockerignore").decode().splitlines()
    assert "app.py" in sent(context)


def test_inline_dockerfile_is_sent(directory: Path) -> None:
    (directory / ".dockerignore").write_text("app.py")
    context = contexts.prepare(str(directory), inline="FROM inline\n")
    assert content(context, context.dockerfile) == b"FROM inline\n"
    assert content(context, ".dockerignore").decode().splitlines() == ["app.py", ".dockerignore", context.dockerfile]
    assert "app.py" not in sent(context)


def test_missing_context_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildFailed) as raised:
        contexts.prepare(str(tmp_path / "nowhere"))
    assert str(raised.value) == (
        f'The build context "{tmp_path}/nowhere" does not exist. Create this directory, or correct "build: context" '
        "in the Compose file."
    )


def test_missing_dockerfile_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildFailed) as raised:
        contexts.prepare(str(tmp_path), "Dockerfile.dev")
    assert str(raised.value) == (
        f'The Dockerfile "{tmp_path}/Dockerfile.dev" does not exist. Write it, or correct "build: dockerfile" in the '
        "Compose file."
    )


def test_file_that_vanishes_or_cannot_be_read_is_named(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = contexts.prepare(str(directory)).stream()
    next(stream)
    (directory / "app.py").unlink()
    with pytest.raises(BuildFailed, match=r'"[^"]*/app\.py" of the build context cannot be read \(No such file'):
        list(stream)


def test_file_that_shrinks_while_it_is_read_leaves_a_whole_archive(directory: Path) -> None:
    (directory / "big").write_bytes(b"x" * (3 * contexts.CHUNK_SIZE))
    (directory / "zz").write_text("after")
    chunks = []
    for chunk in contexts.prepare(str(directory)).stream():
        chunks.append(chunk)
        if len(chunk) == contexts.CHUNK_SIZE:
            (directory / "big").write_bytes(b"y")
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
        assert archive.getnames() == ["Dockerfile", "app.py", "big", "zz"]


def test_large_files_are_streamed_in_little_memory(directory: Path) -> None:
    with (directory / "big").open("wb") as file:
        file.truncate(64 * 1024 * 1024)
    stream = contexts.prepare(str(directory)).stream()
    tracemalloc.start()
    total = sum(len(chunk) for chunk in stream)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total > 64 * 1024 * 1024
    assert peak < 4 * 1024 * 1024
