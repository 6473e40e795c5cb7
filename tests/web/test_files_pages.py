"""The files page and what the editor asks of the server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from projects.models import AuditEntry, Project
from projects.views.files import language_of
from tests.web.conftest import COMPOSE_FILE, SignIn

CONTENT = "/projects/demo/files/content/"
WRONG = "services:\n  web:\n    image: busybox\n    prots: []\n"


@pytest.fixture
def editor(sign_in: SignIn, settings: Settings, tmp_path: Path) -> Client:
    settings.TRASH_ROOT = tmp_path / "trash"
    return sign_in("editor")


def send(client: Client, url: str, **asked: Any) -> HttpResponse:
    return client.post(url, json.dumps(asked), content_type="application/json")  # type: ignore[return-value]


def test_the_page_opens_the_compose_file(editor: Client) -> None:
    page = editor.get("/projects/demo/files/").content.decode()
    assert 'data-path="compose.yaml"' in page
    assert 'data-language="yaml"' in page


def test_a_saved_text_is_on_disk_and_has_a_new_version(editor: Client, project: Project) -> None:
    version = editor.get(CONTENT, {"path": "compose.yaml"}).json()["version"]
    answer = send(editor, CONTENT, path="compose.yaml", text=COMPOSE_FILE + "# more\n", version=version)
    assert answer.status_code == 200
    assert Path(project.directory, "compose.yaml").read_text().endswith("# more\n")
    assert json.loads(answer.content)["version"] != version
    assert AuditEntry.objects.filter(action="file.save").count() == 1


def test_a_draft_with_mistakes_is_saved_and_its_problems_are_told(editor: Client, project: Project) -> None:
    version = editor.get(CONTENT, {"path": "compose.yaml"}).json()["version"]
    answer = send(editor, CONTENT, path="compose.yaml", text=WRONG, version=version)
    [problem] = json.loads(answer.content)["problems"]
    assert (problem["line"], problem["column"], problem["severity"]) == (4, 5, "error")
    assert "prots" in problem["message"]
    assert Path(project.directory, "compose.yaml").read_text() == WRONG


def test_a_change_on_disk_is_never_overwritten(editor: Client, project: Project) -> None:
    version = editor.get(CONTENT, {"path": "compose.yaml"}).json()["version"]
    Path(project.directory, "compose.yaml").write_text("services: {}\n")
    answer = send(editor, CONTENT, path="compose.yaml", text="mine", version=version)
    told = json.loads(answer.content)
    assert answer.status_code == 409
    assert told["changed"] is True
    assert told["text"] == "services: {}\n"
    assert Path(project.directory, "compose.yaml").read_text() == "services: {}\n"


def test_unsaved_text_is_checked_without_being_saved(editor: Client, project: Project) -> None:
    answer = send(editor, "/projects/demo/validate/", path="compose.yaml", text=WRONG)
    assert json.loads(answer.content)["problems"][0]["line"] == 4
    assert Path(project.directory, "compose.yaml").read_text() == COMPOSE_FILE


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "a/../../outside", "x\0y"])
def test_no_path_leaves_the_project(editor: Client, project: Project, path: str) -> None:
    assert editor.get(CONTENT, {"path": path}).status_code in (400, 422)
    assert send(editor, CONTENT, path=path, text="x", version="").status_code in (400, 422)
    assert not Path(project.directory).parent.joinpath("outside").exists()


@pytest.mark.parametrize("body", ["", "[]", '{"path": 1, "text": "x"}', '{"path": "x"}'])
def test_a_request_that_cannot_be_understood_changes_nothing(editor: Client, body: str) -> None:
    assert editor.post(CONTENT, body, content_type="application/json").status_code == 400


def test_a_file_is_created_renamed_and_deleted_into_the_trash(editor: Client, project: Project) -> None:
    directory = Path(project.directory)
    answer = editor.post("/projects/demo/files/create/", {"path": "conf/app.conf"})
    assert answer.headers["Location"] == "/projects/demo/files/?file=conf%2Fapp.conf"
    editor.post("/projects/demo/files/rename/", {"path": "conf/app.conf", "to": "app.conf"})
    assert (directory / "app.conf").is_file()
    editor.post("/projects/demo/files/delete/", {"path": "app.conf"})
    assert not (directory / "app.conf").exists()
    actions = AuditEntry.objects.order_by("id").values_list("action", flat=True)
    assert list(actions) == ["file.create", "file.rename", "file.delete"]


def test_an_upload_adds_files(editor: Client, project: Project) -> None:
    editor.post("/projects/demo/files/upload/", {"uploads": [SimpleUploadedFile("notes.txt", b"hello")]})
    assert Path(project.directory, "notes.txt").read_text() == "hello"


def test_a_directory_deleted_by_hand_is_told(editor: Client, project: Project) -> None:
    Path(project.directory, "compose.yaml").unlink()
    Path(project.directory).rmdir()
    response = editor.get("/projects/demo/files/")
    assert response.status_code == 410
    assert project.directory in response.content.decode()
    assert editor.get("/projects/demo/").status_code == 200


def test_names_of_files_are_escaped(editor: Client, project: Project) -> None:
    Path(project.directory, '"><img src=x>.txt').write_text("")
    page = editor.get("/projects/demo/files/").content.decode()
    assert "<img src=x>" not in page


def test_languages_follow_the_name() -> None:
    names = ["compose.yaml", "Dockerfile", "web.dockerfile", "app.py", ".env", "notes"]
    assert [language_of(name) for name in names] == ["yaml", "dockerfile", "dockerfile", "python", "properties", "text"]
