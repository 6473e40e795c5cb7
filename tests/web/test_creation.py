"""Creating a project in each of the four ways."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django.fixtures import Settings

from projects.models import AuditEntry, Membership, Project, Role
from tests.web.conftest import SignIn

NEW = "/new/?from={}"


@pytest.fixture(autouse=True)
def root(settings: Settings, tmp_path: Path) -> Path:
    settings.PROJECTS_ROOT = tmp_path / "root"
    settings.TRASH_ROOT = tmp_path / "trash"
    return tmp_path / "root"


def archive(**files: str) -> SimpleUploadedFile:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, text in files.items():
            packed.writestr(name.replace("__", "/"), text)
    return SimpleUploadedFile("files.zip", buffer.getvalue())


def test_the_template_becomes_four_plain_files_of_an_owner(sign_in: SignIn, root: Path) -> None:
    response = sign_in("administrator").post(NEW.format("template"), {"name": "e-hits"})
    assert response.headers["Location"] == "/projects/e-hits/"
    assert sorted(path.name for path in (root / "e-hits").iterdir()) == [
        "Dockerfile",
        "app.py",
        "compose.yaml",
        "requirements.txt",
    ]
    member = Membership.objects.get(project__name="e-hits")
    assert (member.user.username, member.role) == ("administrator", Role.OWNER)  # type: ignore[union-attr]
    assert AuditEntry.objects.filter(action="project.create", project_name="e-hits").count() == 1


def test_pasted_text_is_kept_as_it_is_even_where_it_is_wrong(sign_in: SignIn, root: Path) -> None:
    text = "services:\n  web: [\n"
    response = sign_in("administrator").post(NEW.format("paste"), {"name": "e-draft", "text": text})
    assert response.headers["Location"] == "/projects/e-draft/files/"
    assert (root / "e-draft" / "compose.yaml").read_text() == text


def test_a_blank_project_begins_with_a_compose_file(sign_in: SignIn, root: Path) -> None:
    sign_in("administrator").post(NEW.format("blank"), {"name": "e-blank"})
    assert "services:" in (root / "e-blank" / "compose.yaml").read_text()


def test_uploaded_files_lie_in_the_directory(sign_in: SignIn, root: Path) -> None:
    files = [SimpleUploadedFile("compose.yaml", b"services: {}\n"), SimpleUploadedFile("a.bin", b"\0\1")]
    sign_in("administrator").post(NEW.format("upload"), {"name": "e-files", "uploads": files})
    assert (root / "e-files" / "a.bin").read_bytes() == b"\0\1"


def test_an_uploaded_archive_is_unpacked(sign_in: SignIn, root: Path) -> None:
    upload = archive(**{"compose.yaml": "services: {}\n", "conf__app.conf": "x"})
    sign_in("administrator").post(NEW.format("upload"), {"name": "e-zip", "uploads": upload})
    assert (root / "e-zip" / "conf" / "app.conf").read_text() == "x"


def test_an_archive_that_leaves_the_directory_creates_nothing(sign_in: SignIn, root: Path) -> None:
    upload = archive(**{"..__outside": "x"})
    response = sign_in("administrator").post(NEW.format("upload"), {"name": "e-evil", "uploads": upload})
    assert response.status_code == 422
    assert not Project.objects.filter(name="e-evil").exists()
    assert not (root / "e-evil").exists()
    assert not (root / "outside").exists()


@pytest.mark.parametrize(("name", "sentence"), [("Bad Name", "lower"), ("demo", "already taken"), ("", "required")])
def test_a_name_that_will_not_do_is_told_at_the_field(sign_in: SignIn, name: str, sentence: str) -> None:
    response = sign_in("administrator").post(NEW.format("template"), {"name": name})
    page = response.content.decode()
    assert response.status_code == 422
    assert 'id="id_name_error"' in page
    assert sentence in page.lower()


def test_a_directory_that_is_there_already_is_not_touched(sign_in: SignIn, root: Path) -> None:
    (root / "e-there").mkdir(parents=True)
    (root / "e-there" / "mine").write_text("mine")
    response = sign_in("administrator").post(NEW.format("blank"), {"name": "e-there"})
    assert response.status_code == 422
    assert [path.name for path in (root / "e-there").iterdir()] == ["mine"]


def test_only_who_may_create_sees_the_form(sign_in: SignIn) -> None:
    assert sign_in("owner").get("/new/").status_code == 403


def shown_name(sign_in: SignIn, query: str) -> str:
    page = sign_in("administrator").get(f"/new/?{query}").content.decode()
    field = re.search(r'<input[^>]* name="name"[^>]*>', page)
    value = re.search(r' value="([^"]*)"', field[0]) if field else None
    return value[1] if value else ""


def test_a_typed_name_is_kept_when_another_way_is_chosen(sign_in: SignIn) -> None:
    assert shown_name(sign_in, "from=paste&name=e-mine") == "e-mine"
    assert shown_name(sign_in, "from=template&name=e-mine") == "e-mine"


def test_the_name_of_the_template_belongs_to_the_template(sign_in: SignIn) -> None:
    assert shown_name(sign_in, "from=template&name=") == "hitcounter"
    assert shown_name(sign_in, "from=blank&name=hitcounter") == ""


def test_the_ways_take_the_typed_name_along(sign_in: SignIn) -> None:
    page = sign_in("administrator").get("/new/").content.decode()
    assert 'hx-include="#id_name"' in page and 'id="id_name"' in page and 'hx-get="?from=paste"' in page
