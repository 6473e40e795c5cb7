"""Editing a project's files: mistakes at their place, drafts, guards against loss, disks that are full."""

from __future__ import annotations

import io
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from playwright.sync_api import Dialog, FilePayload, Locator, Page, expect

from tests.browser.conftest import Complaints, Visitor, new_server
from tests.browser.screens import create_project, open_overview
from tests.server import Server

GOOD = "services:\n  web:\n    image: busybox\n"


@pytest.fixture
def files(page: Page, server: Server, project_name: str) -> Path:
    """The directory of a project whose files page is open."""
    create_project(page, project_name, GOOD)
    page.goto(f"/projects/{project_name}/files/")
    expect(text(page)).to_contain_text("busybox")
    return server.data / "projects" / project_name


def text(page: Page) -> Locator:
    return page.locator(".cm-content")


def state(page: Page) -> Locator:
    return page.locator("[data-editor-state]")


def write(page: Page, words: str) -> None:
    """Replace the whole text of the open file by pasting."""
    text(page).click()
    page.keyboard.press("Control+a")
    text(page).evaluate(
        """(editor, words) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", words);
          editor.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        words,
    )


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


def test_what_is_saved_is_on_disk_and_nothing_is_deployed(
    page: Page, files: Path, project_name: str, docker_client: docker.DockerClient
) -> None:
    written = GOOD.replace("busybox", "redis")
    write(page, written)
    page.keyboard.press("Control+s")
    expect(state(page)).to_contain_text("Saved")
    assert (files / "compose.yaml").read_text() == written
    filters: dict[str, str | list[str] | bool] = {"label": f"com.docker.compose.project={project_name}"}
    assert docker_client.containers.list(all=True, filters=filters) == []
    page.goto(f"/projects/{project_name}/operations/")
    expect(page.locator("tbody tr")).to_have_count(0)


@pytest.mark.parametrize(
    ("mistake", "place", "words"),
    [
        ("services:\n  web:\n    image: busybox\n    portz: []\n", "4:5", "portz"),
        ("services:\n  web:\n    image: [busybox\n", "4:1", ""),
        ("services:\n  web:\n    image: busybox\n    depends_on: [db]\n", "4", "db"),
    ],
)
def test_a_mistake_is_shown_at_its_line_and_column_and_can_be_saved(
    page: Page, files: Path, mistake: str, place: str, words: str
) -> None:
    write(page, mistake)
    problem = page.locator("[data-editor-problems] li").first
    expect(problem).to_contain_text(words)
    expect(problem.locator(".place")).to_contain_text(place)
    expect(page.locator(".cm-lintRange-error, .cm-lintPoint-error").first).to_be_attached()
    save(page)
    expect(state(page)).to_contain_text("Saved")
    assert (files / "compose.yaml").read_text() == mistake
    write(page, GOOD)
    expect(page.locator("[data-editor-problems] li")).to_have_count(0)


def test_leaving_with_unsaved_edits_is_asked_about(page: Page, files: Path, project_name: str) -> None:
    write(page, GOOD + "# not saved\n")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.evaluate("() => { location.href = '/'; }")
    expect(text(page)).to_contain_text("not saved")
    assert asked == ["beforeunload"]


def test_a_change_on_disk_is_never_overwritten_silently(page: Page, files: Path, complaints: Complaints) -> None:
    complaints.expect("409")
    theirs, mine = GOOD + "# from the shell\n", GOOD + "# from the browser\n"
    (files / "compose.yaml").write_text(theirs)
    write(page, mine)
    save(page)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("# from the shell")
    expect(dialog).to_contain_text("# from the browser")
    assert (files / "compose.yaml").read_text() == theirs
    dialog.get_by_role("button", name="Overwrite with mine").click()
    expect(state(page)).to_contain_text("Saved")
    assert (files / "compose.yaml").read_text() == mine


def test_other_files_are_made_and_coloured_by_their_kind(page: Page, files: Path) -> None:
    for path, words in (("Dockerfile", "FROM busybox\n"), ("app/main.py", "import time\n")):
        page.get_by_role("button", name="New file").click()
        page.get_by_label("Path in the project", exact=True).fill(path)
        page.get_by_role("button", name="Create", exact=True).click()
        expect(page.locator("#editor-title")).to_have_text(path)
        write(page, words)
        expect(text(page).locator("span[class]").first).to_be_visible()  # a token with a colour
        save(page)
        expect(state(page)).to_contain_text("Saved")
        assert (files / path).read_text() == words


@pytest.mark.parametrize("path", ["../outside", "/etc/outside", "linked/outside"])
def test_no_path_leads_out_of_the_project_directory(
    page: Page, files: Path, tmp_path: Path, complaints: Complaints, path: str
) -> None:
    complaints.expect("4..")
    (files / "linked").symlink_to(tmp_path)
    page.get_by_role("button", name="New file").click()
    page.get_by_label("Path in the project", exact=True).fill(path)
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.locator("main")).to_contain_text("out of the project directory" if "linked" in path else "outside")
    assert not (tmp_path / "outside").exists()
    assert not (files.parent / "outside").exists()
    assert not Path("/etc/outside").exists()


def test_an_archive_with_an_entry_that_leaves_the_directory_is_refused_whole(
    page: Page, server: Server, complaints: Complaints, project_name: str
) -> None:
    complaints.expect("422")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("compose.yaml", GOOD)
        archive.writestr("../../escaped", "out")
    page.goto("/new/?from=upload")
    page.get_by_label("Name").fill(project_name)
    upload = FilePayload(name="project.zip", mimeType="application/zip", buffer=packed.getvalue())
    page.get_by_label("Files").set_input_files(upload)
    page.get_by_role("button", name="Create the project").click()
    expect(page.locator("main")).to_contain_text("outside the project directory")
    assert not list(server.data.rglob("escaped"))
    assert not (server.data / "projects" / project_name).exists()


def test_an_uploaded_archive_becomes_the_project(page: Page, server: Server, project_name: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("compose.yaml", GOOD)
        archive.writestr("app/main.py", "print()\n")
    page.goto("/new/?from=upload")
    page.get_by_label("Name").fill(project_name)
    upload = FilePayload(name="project.zip", mimeType="application/zip", buffer=packed.getvalue())
    page.get_by_label("Files").set_input_files(upload)
    page.get_by_role("button", name="Create the project").click()
    page.wait_for_url(f"**/projects/{project_name}/**")
    assert (server.data / "projects" / project_name / "app" / "main.py").read_text() == "print()\n"


def test_only_the_files_page_fetches_the_editor(visit: Visitor, project_name: str) -> None:
    page = visit("ada")
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    create_project(page, project_name, GOOD)
    fetched.clear()
    page.goto("/")
    open_overview(page, project_name)
    page.goto(f"/projects/{project_name}/logs/")
    assert [url for url in fetched if "editor" in url] == []
    page.goto(f"/projects/{project_name}/files/")
    expect(text(page)).to_be_visible()
    assert [url for url in fetched if "editor" in url]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 kB; skip where this user may not mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k,mode=755", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a small file system")
    yield disk
    subprocess.run(["umount", disk], check=True)


class TestDiskThatIsFull:
    @pytest.fixture
    def server(self, built: None, docker_client: docker.DockerClient, small_disk: Path) -> Iterator[Server]:
        yield from new_server(COMPOSE_UI_PROJECTS=str(small_disk))

    def test_a_save_says_so_and_keeps_both_the_file_and_the_text(
        self, page: Page, complaints: Complaints, small_disk: Path, project_name: str
    ) -> None:
        complaints.expect("507")
        create_project(page, project_name, GOOD)
        page.goto(f"/projects/{project_name}/files/")
        expect(text(page)).to_contain_text("busybox")
        filling = small_disk / "filling"
        with pytest.raises(OSError, match="No space"):
            filling.write_bytes(b"x" * 512 * 1024)
        longer = GOOD + "# a comment\n" * 2000
        write(page, longer)
        save(page)
        expect(page.locator("main")).to_contain_text("No space is left for “compose.yaml”; nothing was changed")
        assert (small_disk / project_name / "compose.yaml").read_text() == GOOD
        filling.unlink()
        save(page)
        expect(state(page)).to_contain_text("Saved")
        assert (small_disk / project_name / "compose.yaml").read_text() == longer


class TestServerKilledDuringSaves:
    @pytest.fixture
    def server(self, built: None, docker_client: docker.DockerClient) -> Iterator[Server]:
        yield from new_server()

    def test_the_file_is_one_of_the_saved_versions_whole(
        self, page: Page, server: Server, complaints: Complaints, project_name: str
    ) -> None:
        complaints.expect(r"ERR_|WebSocket|\[object Event\]")
        create_project(page, project_name, GOOD)
        versions = [GOOD + f"# {number}\n" * 20_000 for number in range(2)]
        file = server.data / "projects" / project_name / "compose.yaml"
        address = f"/projects/{project_name}/files/content/"
        killer = threading.Timer(0.7, server.kill)
        killer.start()
        page.evaluate(
            """async ([address, versions]) => {
              const token = document.querySelector("meta[name=csrf-token]").content;
              let { version } = await (await fetch(`${address}?path=compose.yaml`)).json();
              try {
                for (let turn = 0; ; turn += 1) {
                  const body = JSON.stringify({ path: "compose.yaml", text: versions[turn % 2], version });
                  const headers = { "X-CSRFToken": token, "Content-Type": "application/json" };
                  ({ version } = await (await fetch(address, { method: "POST", headers, body })).json());
                }
              } catch { /* the server was killed */ }
            }""",
            [address, versions],
        )
        killer.join()
        assert file.read_text() in versions
        server.start()
        page.goto(f"/projects/{project_name}/files/")
        expect(page.locator(".file-list a")).to_have_count(1)
