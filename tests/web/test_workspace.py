"""The project directory on disk: nothing leaves it, nothing is lost, nothing is half written."""

from __future__ import annotations

import ctypes
import io
import os
import signal
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from projects.compose.errors import (
    FileChanged,
    ProjectDirectoryMissing,
    StorageFull,
    UnsafePath,
    WorkspaceError,
)
from projects.workspace import Workspace, create_project_directory, kept, restore, trash_project
from projects.workspace.archive import MAX_FILES

ROOT = Path(__file__).parents[2]


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.txt"
    path.write_text("outside")
    return path


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    directory = tmp_path / "demo"
    directory.mkdir()
    (directory / "compose.yaml").write_text("services: {}\n")
    return Workspace(directory)


def test_what_is_written_is_read_back_with_its_version(workspace: Workspace) -> None:
    before = workspace.read("compose.yaml")
    version = workspace.write("compose.yaml", "services:\n  web: {}\n", before.version)
    after = workspace.read("compose.yaml")
    assert after.text == "services:\n  web: {}\n"
    assert after.version == version != before.version


@pytest.mark.parametrize(
    "path", ["../secret.txt", "a/../../secret.txt", "/etc/passwd", "..", "a\\..\\b", "", ".", "a\0b", "a\nb", "x" * 300]
)
def test_unsafe_paths_are_refused_by_everything(workspace: Workspace, secret: Path, path: str) -> None:
    attempts: list[Callable[[], object]] = [
        lambda: workspace.read(path),
        lambda: workspace.write(path, "x", None),
        lambda: workspace.create(path),
        lambda: workspace.create_directory(path),
        lambda: workspace.rename("compose.yaml", path),
        lambda: workspace.rename(path, "new"),
        lambda: workspace.delete(path),
        lambda: workspace.upload(path, [b"x"]),
    ]
    for attempt in attempts:
        with pytest.raises(WorkspaceError):
            attempt()
    assert secret.read_text() == "outside"
    assert [entry.path for entry in workspace.files().entries] == ["compose.yaml"]


def test_links_out_of_the_directory_are_not_followed(workspace: Workspace, secret: Path) -> None:
    (workspace.directory / "file").symlink_to(secret)
    (workspace.directory / "directory").symlink_to(secret.parent)
    for path in ("file", "directory/secret.txt", "directory/new.txt"):
        with pytest.raises(UnsafePath):
            workspace.read(path)
        with pytest.raises(UnsafePath):
            workspace.write(path, "changed", None)
        with pytest.raises(UnsafePath):
            workspace.upload(path, [b"changed"])
    with pytest.raises(UnsafePath):
        workspace.rename("compose.yaml", "directory/compose.yaml")
    assert secret.read_text() == "outside"
    assert not (secret.parent / "new.txt").exists()


def test_a_link_that_stays_inside_is_written_through(workspace: Workspace) -> None:
    (workspace.directory / "link.yaml").symlink_to("compose.yaml")
    workspace.write("link.yaml", "name: x\n", workspace.read("link.yaml").version)
    assert (workspace.directory / "link.yaml").is_symlink()
    assert (workspace.directory / "compose.yaml").read_text() == "name: x\n"


def test_deleting_a_link_leaves_its_target(workspace: Workspace, secret: Path) -> None:
    (workspace.directory / "file").symlink_to(secret)
    workspace.delete("file")
    assert secret.read_text() == "outside"
    assert not (workspace.directory / "file").is_symlink()


def test_a_directory_swapped_for_a_link_after_the_check_is_not_entered(
    workspace: Workspace, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace.directory / "data").mkdir()
    real_open = os.open

    def racing_open(path: str, flags: int, *args: int, **kwargs: int) -> int:
        if path == "data":  # what a container with write access does at the worst moment
            (workspace.directory / "data").rmdir()
            (workspace.directory / "data").symlink_to(secret.parent)
        return real_open(path, flags, *args, **kwargs)

    monkeypatch.setattr(os, "open", racing_open)
    with pytest.raises(WorkspaceError):
        workspace.write("data/secret.txt", "changed", None)
    assert secret.read_text() == "outside"


def test_a_change_on_disk_is_never_overwritten(workspace: Workspace) -> None:
    opened = workspace.read("compose.yaml")
    (workspace.directory / "compose.yaml").write_text("by hand\n")
    with pytest.raises(FileChanged, match="changed on disk"):
        workspace.write("compose.yaml", "from the browser\n", opened.version)
    (workspace.directory / "compose.yaml").unlink()
    with pytest.raises(FileChanged, match="deleted"):
        workspace.write("compose.yaml", "from the browser\n", opened.version)
    assert workspace.files().entries == ()


def test_a_new_file_does_not_replace_one_that_is_there(workspace: Workspace) -> None:
    with pytest.raises(WorkspaceError, match="exists already"):
        workspace.create("compose.yaml", "x")
    with pytest.raises(WorkspaceError, match="exists already"):
        workspace.upload("compose.yaml", [b"x"])
    workspace.create("deep/below/app.py", "print()\n")
    with pytest.raises(WorkspaceError, match="exists already"):
        workspace.rename("deep/below/app.py", "compose.yaml")
    assert workspace.read("compose.yaml").text == "services: {}\n"
    assert workspace.read("deep/below/app.py").text == "print()\n"


def test_a_rename_moves_files_and_directories(workspace: Workspace) -> None:
    workspace.create("src/app.py", "x")
    workspace.rename("src/app.py", "lib/main.py")
    workspace.rename("lib", "code")
    assert workspace.read("code/main.py").text == "x"


def test_a_save_keeps_mode_and_line_ends(workspace: Workspace) -> None:
    script = workspace.directory / "run.sh"
    script.write_bytes(b"#!/bin/sh\r\necho\r\n")
    script.chmod(0o750)
    workspace.write("run.sh", "#!/bin/sh\necho hello\n", workspace.read("run.sh").version)
    assert script.read_bytes() == b"#!/bin/sh\r\necho hello\r\n"
    assert stat.S_IMODE(script.stat().st_mode) == 0o750


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")
def test_a_save_keeps_the_owner_and_new_files_belong_to_the_owner_of_the_directory(workspace: Workspace) -> None:
    os.chown(workspace.directory, 1234, 1234)
    os.chown(workspace.directory / "compose.yaml", 4321, 4321)
    workspace.write("compose.yaml", "x", workspace.read("compose.yaml").version)
    workspace.create("sub/new.txt")
    owners = {name: (workspace.directory / name).stat().st_uid for name in ("compose.yaml", "sub", "sub/new.txt")}
    assert owners == {"compose.yaml": 4321, "sub": 1234, "sub/new.txt": 1234}


def test_binary_and_large_files_are_told_in_words(workspace: Workspace) -> None:
    (workspace.directory / "picture.png").write_bytes(b"\x89PNG\0\xff")
    (workspace.directory / "dump.sql").write_bytes(b"x" * (1024 * 1024 + 1))
    os.mkfifo(workspace.directory / "pipe")
    with pytest.raises(WorkspaceError, match="not a text file"):
        workspace.read("picture.png")
    with pytest.raises(WorkspaceError, match="larger than 1024 KiB"):
        workspace.read("dump.sql")
    with pytest.raises(WorkspaceError, match="is not a file"):
        workspace.read("pipe")


def test_the_listing_is_bounded_and_does_not_follow_links(workspace: Workspace) -> None:
    (workspace.directory / "up").symlink_to("..")
    (workspace.directory / "node_modules").mkdir()
    (workspace.directory / "node_modules" / "x.js").touch()
    listing = workspace.files()
    assert [(entry.path, entry.kind) for entry in listing.entries] == [
        ("node_modules", "directory"),
        ("compose.yaml", "file"),
        ("up", "link"),
    ]
    assert not listing.truncated
    for number in range(2100):
        (workspace.directory / f"file{number:04}").touch()
    listing = workspace.files()
    assert len(listing.entries) == 2000
    assert listing.truncated


def test_a_directory_deleted_by_hand_is_named(workspace: Workspace) -> None:
    (workspace.directory / "compose.yaml").unlink()
    workspace.directory.rmdir()
    for attempt in (workspace.files, workspace.check, lambda: workspace.read("compose.yaml")):
        with pytest.raises(ProjectDirectoryMissing, match=str(workspace.directory)):
            attempt()


WRITES_FOR_EVER = """
import sys
from projects.workspace import Workspace
workspace = Workspace(sys.argv[1])
version = workspace.read("compose.yaml").version
print("begun", flush=True)
while True:
    for letter in "ab":
        version = workspace.write("compose.yaml", letter * 900_000, version)
"""
STOPS_HALF_WAY = """
import os, sys, time
from projects.workspace.files import replace
def chunks():
    yield b"b" * 500_000
    print("begun", flush=True)
    time.sleep(60)
replace(os.open(sys.argv[1], os.O_RDONLY), "compose.yaml", chunks())
"""


@pytest.mark.parametrize("delay", [0.0, 0.003, 0.011, 0.02, 0.037])
def test_a_server_killed_in_a_save_leaves_the_old_or_the_new_file(workspace: Workspace, delay: float) -> None:
    (workspace.directory / "compose.yaml").write_text("a" * 900_000)
    _kill_after(WRITES_FOR_EVER, workspace.directory, delay)
    text = workspace.read("compose.yaml").text
    assert text in {"a" * 900_000, "b" * 900_000}


def test_a_server_killed_half_way_leaves_the_old_file_and_no_litter(workspace: Workspace) -> None:
    _kill_after(STOPS_HALF_WAY, workspace.directory, 0)
    assert workspace.read("compose.yaml").text == "services: {}\n"
    assert [entry.path for entry in workspace.files().entries] == ["compose.yaml"]
    litter = [path for path in workspace.directory.iterdir() if path.name != "compose.yaml"]
    assert len(litter) == 1
    os.utime(litter[0], (time.time() - 3600,) * 2)
    workspace.create("new.txt")
    assert not litter[0].exists()


def _kill_after(program: str, directory: Path, delay: float) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "compose_ui.settings",
        "COMPOSE_UI_DATA": str(settings.DATA_DIR),
        "PYTHONPATH": str(ROOT),
    }
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(directory)], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "begun\n"
    time.sleep(delay)
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB; skip where this user may not mount one."""
    directory = tmp_path / "small"
    directory.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"tmpfs", str(directory).encode(), b"tmpfs", 0, b"size=256k") != 0:
        pytest.skip(f"cannot mount a small disk here: {os.strerror(ctypes.get_errno())}")
    yield directory
    libc.umount2(str(directory).encode(), 2)


def test_a_full_disk_is_told_and_nothing_is_lost(small_disk: Path) -> None:
    workspace = Workspace(small_disk)
    version = workspace.create("compose.yaml", "services: {}\n")
    with pytest.raises(StorageFull, match="No space is left for “compose"):
        workspace.write("compose.yaml", "x" * 500_000, version)
    assert workspace.read("compose.yaml").version == version
    assert [path.name for path in small_disk.iterdir()] == ["compose.yaml"]


def test_an_unwritable_directory_is_told(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(WorkspaceError, match="may not use “compose"):
        workspace.write("compose.yaml", "x", workspace.read("compose.yaml").version)


def test_what_is_deleted_can_be_restored(workspace: Workspace) -> None:
    workspace.create("src/app.py", "print()\n")
    entry = workspace.delete("src", project_name="demo")
    assert not (workspace.directory / "src").exists()
    assert entry.place.is_relative_to(settings.TRASH_ROOT)
    assert kept(entry.place) == entry
    assert (entry.path, entry.project_name) == (str(workspace.directory / "src"), "demo")
    restore(entry.place)
    assert workspace.read("src/app.py").text == "print()\n"
    assert not entry.place.exists()


def test_a_restore_does_not_overwrite(workspace: Workspace) -> None:
    entry = workspace.delete("compose.yaml")
    workspace.create("compose.yaml", "new")
    with pytest.raises(WorkspaceError, match="exists already"):
        restore(entry.place)
    assert workspace.read("compose.yaml").text == "new"


def test_a_whole_project_goes_to_the_trash_and_back(workspace: Workspace) -> None:
    entry = trash_project(workspace.directory, "demo")
    assert not workspace.directory.exists()
    restore(entry.place)
    assert workspace.read("compose.yaml").text == "services: {}\n"


def test_a_project_directory_is_made_once_and_only_with_a_good_name(tmp_path: Path) -> None:
    assert create_project_directory(tmp_path / "projects", "demo").is_dir()
    with pytest.raises(WorkspaceError, match="already"):
        create_project_directory(tmp_path / "projects", "demo")
    for name in ("", "../demo", "Demo", "a b", "-x"):
        with pytest.raises(WorkspaceError):
            create_project_directory(tmp_path / "projects", name)


def archive(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries:
            file.writestr(name, content)
    stream.seek(0)
    return stream


def test_an_archive_is_unpacked_without_the_directory_around_it(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    script = zipfile.ZipInfo("flask/run.sh")
    script.external_attr = 0o100755 << 16
    packed = archive(("flask/compose.yaml", b"x"), ("flask/src/app.py", b"y"), (script, b"z"), ("__MACOSX/._x", b""))
    assert set(workspace.import_zip(packed)) == {"compose.yaml", "src/app.py", "run.sh"}
    assert stat.S_IMODE((tmp_path / "run.sh").stat().st_mode) == 0o755
    assert workspace.read("src/app.py").text == "y"


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/evil", "a\\..\\..\\evil"])
def test_an_archive_with_an_entry_that_leaves_is_refused_whole(tmp_path: Path, name: str) -> None:
    workspace = Workspace(tmp_path / "demo")
    workspace.directory.mkdir()
    with pytest.raises(UnsafePath):
        workspace.import_zip(archive(("compose.yaml", b"x"), (name, b"evil")))
    assert list(workspace.directory.iterdir()) == []
    assert not (tmp_path / "evil").exists()


def test_an_archive_with_a_link_is_refused_whole(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(UnsafePath, match="link"):
        Workspace(tmp_path).import_zip(archive(("compose.yaml", b"x"), (link, b"/etc/passwd")))
    assert list(tmp_path.iterdir()) == []


def test_archives_that_are_bombs_or_broken_are_refused(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    for bad in (
        archive(("zeros", b"\0" * 20_000_000)),
        archive(*((f"file{number}", b"") for number in range(MAX_FILES + 1))),
        archive(),
        io.BytesIO(b"not a zip"),
    ):
        with pytest.raises(WorkspaceError):
            workspace.import_zip(bad)
    assert list(tmp_path.iterdir()) == []


def test_an_archive_whose_header_lies_about_its_size_is_undone(tmp_path: Path) -> None:
    packed = bytearray(archive(("first", b"1"), ("zeros", b"\0" * 100_000)).getvalue())
    size = (100_000).to_bytes(4, "little")
    while (place := packed.find(size)) >= 0:
        packed[place : place + 4] = (10).to_bytes(4, "little")
    with pytest.raises(WorkspaceError, match="cannot be read"):
        Workspace(tmp_path).import_zip(io.BytesIO(bytes(packed)))
    assert list(tmp_path.iterdir()) == []


def test_an_archive_does_not_replace_files(workspace: Workspace) -> None:
    with pytest.raises(WorkspaceError, match="exists already"):
        workspace.import_zip(archive(("new.txt", b"x"), ("compose.yaml", b"evil")))
    assert [entry.path for entry in workspace.files().entries] == ["compose.yaml"]


def test_an_upload_that_is_too_large_leaves_nothing(workspace: Workspace) -> None:
    with pytest.raises(WorkspaceError, match="larger than 100 MiB"):
        workspace.upload("big.bin", (b"x" * 1024 * 1024 for _ in range(101)))
    assert [path.name for path in workspace.directory.iterdir()] == ["compose.yaml"]


def test_the_loader_reads_outside_only_where_it_may(workspace: Workspace, secret: Path) -> None:
    inside, outside = str(workspace.directory / "compose.yaml"), str(secret)
    strict, free = workspace.reader(outside=False), workspace.reader(outside=True)
    assert strict(inside) == free(inside) == b"services: {}\n"
    assert free(outside) == b"outside"
    (workspace.directory / "link").symlink_to(secret)
    for path in (outside, str(workspace.directory / ".." / "secret.txt"), str(workspace.directory / "link")):
        with pytest.raises(PermissionError):
            strict(path)
    for read in (strict, free):
        with pytest.raises(FileNotFoundError):
            read(str(workspace.directory / "missing.env"))
        with pytest.raises(OSError):
            read(str(workspace.directory))
