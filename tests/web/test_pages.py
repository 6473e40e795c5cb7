"""The remaining pages: signing in, the list, members, deletion, what strangers see."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from projects.models import AuditEntry, Membership, Operation, Project, Role, SetupLink, State
from tests.web.conftest import SignIn


def test_the_setup_link_makes_one_administrator_and_works_once(client: Client, db: None) -> None:
    url = f"/setup/{SetupLink.issue()}/"
    words = {"username": "anna", "password1": "long-and-secret", "password2": "long-and-secret"}
    assert client.post(url, words).headers["Location"] == "/"
    anna = User.objects.get()
    assert anna.is_superuser and anna.is_staff
    assert Client().get(url).status_code == 404
    assert Client().post(url, words | {"username": "eve"}).status_code == 404
    assert User.objects.count() == 1


def test_a_weak_password_keeps_the_setup_link_usable(client: Client, db: None) -> None:
    url = f"/setup/{SetupLink.issue()}/"
    assert client.post(url, {"username": "anna", "password1": "1", "password2": "1"}).status_code == 422
    assert client.get(url).status_code == 200


def test_an_unknown_setup_link_is_not_found(client: Client, db: None) -> None:
    assert client.get("/setup/nonsense/").status_code == 404


def test_signing_in_leads_back_to_where_one_wanted_to_go(people: dict[str, User]) -> None:
    client = Client()
    assert client.get("/projects/demo/").headers["Location"] == "/sign-in/?next=/projects/demo/"
    words = {"username": "viewer", "password": "secret-pass", "next": "/projects/demo/"}
    assert client.post("/sign-in/", words).headers["Location"] == "/projects/demo/"
    assert AuditEntry.objects.filter(action="sign-in", actor_name="viewer").exists()


def test_many_failures_from_one_address_bring_a_pause(people: dict[str, User]) -> None:
    cache.clear()
    client, wrong = Client(REMOTE_ADDR="192.0.2.7"), {"username": "viewer", "password": "wrong"}
    for _ in range(10):
        assert client.post("/sign-in/", wrong).status_code == 422
    page = client.post("/sign-in/", {"username": "viewer", "password": "secret-pass"}).content.decode()
    assert "five minutes" in page
    other = Client(REMOTE_ADDR="192.0.2.8").post("/sign-in/", {"username": "viewer", "password": "secret-pass"})
    assert other.status_code == 302
    cache.clear()


def test_signing_out_needs_a_post(sign_in: SignIn) -> None:
    client = sign_in("viewer")
    assert client.get("/sign-out/").status_code == 405
    client.post("/sign-out/")
    assert client.get("/").headers["Location"].startswith("/sign-in/")


def test_the_list_shows_only_what_one_may_see(sign_in: SignIn, project: Project, tmp_path: Path) -> None:
    Project.objects.create(name="kept-apart", directory=str(tmp_path))
    assert ">demo<" in sign_in("viewer").get("/").content.decode()
    assert "kept-apart" not in sign_in("viewer").get("/").content.decode()
    assert ">demo<" not in sign_in("stranger").get("/").content.decode()
    assert "kept-apart" in sign_in("administrator").get("/").content.decode()


def test_a_row_tells_the_last_operation(sign_in: SignIn, project: Project, people: dict[str, User]) -> None:
    Operation.objects.create(project=project, verb="stop", state=State.SUCCEEDED, requested_by=people["owner"])
    Operation.objects.create(project=project, verb="up", state=State.FAILED, requested_by=people["operator"])
    page = sign_in("viewer").get("/").content.decode()
    assert "operator" in page and "failed" in page
    assert "stop" not in page.lower().split('id="project-list"')[1].split("</ul>")[0]


def test_the_list_asks_the_database_as_often_for_many_projects_as_for_one(
    sign_in: SignIn, project: Project, tmp_path: Path
) -> None:
    client = sign_in("administrator")
    with CaptureQueriesContext(connection) as one:
        client.get("/")
    for number in range(20):
        other = Project.objects.create(name=f"p{number}", directory=str(tmp_path / str(number)))
        Operation.objects.create(project=other, verb="up", state=State.SUCCEEDED)
    with CaptureQueriesContext(connection) as many:
        client.get("/")
    assert len(many) <= len(one) + 1


def test_a_project_with_broken_files_keeps_its_page_and_the_list(sign_in: SignIn, project: Project) -> None:
    Path(project.directory, "compose.yaml").write_text("services: [\n")
    client = sign_in("editor")
    assert ">demo<" in client.get("/").content.decode()
    page = client.get("/projects/demo/").content.decode()
    assert "compose.yaml:" in page
    assert "/projects/demo/files/?file=compose.yaml" in page


def test_a_viewer_sees_the_buttons_disabled_with_the_reason(sign_in: SignIn) -> None:
    page = sign_in("viewer").get("/projects/demo/").content.decode()
    assert 'value="up" disabled' in page
    assert "an operator may start and stop it" in page
    assert "/projects/demo/files/" not in page


def test_projects_found_below_the_roots_are_adopted_in_place(
    sign_in: SignIn, settings: Settings, tmp_path: Path
) -> None:
    root = tmp_path / "roots"
    (root / "wiki").mkdir(parents=True)
    (root / "wiki" / "compose.yaml").write_text("services: {}\n")
    settings.DISCOVERY_ROOTS = [root]
    client = sign_in("administrator")
    assert str(root / "wiki") in client.get("/found/").content.decode()
    client.post("/adopt/", {"name": "wiki", "directory": str(root / "wiki")})
    adopted = Project.objects.get(name="wiki")
    assert (adopted.directory, adopted.adopted) == (str(root / "wiki"), True)


def test_no_directory_is_adopted_that_was_not_found(sign_in: SignIn, tmp_path: Path) -> None:
    sign_in("administrator").post("/adopt/", {"name": "evil", "directory": "/etc"})
    assert not Project.objects.filter(name="evil").exists()


def test_a_download_of_what_cannot_be_searched_for_says_why(sign_in: SignIn, project: Project) -> None:
    answer = sign_in("viewer").get("/projects/demo/logs/download/", {"find": "(", "regex": "1"})
    assert answer.status_code == 400
    assert "missing )" in answer.content.decode()


def test_an_owner_adds_changes_and_removes_members(sign_in: SignIn, project: Project, people: dict[str, User]) -> None:
    client, url = sign_in("owner"), "/projects/demo/members/"
    group = Group.objects.create(name="Blue")
    client.post(url, {"action": "add", "group": group.pk, "role": Role.OPERATOR})
    member = Membership.objects.get(group=group)
    client.post(url, {"action": "change", "member": member.pk, "role": Role.EDITOR})
    member.refresh_from_db()
    assert member.role == Role.EDITOR
    client.post(url, {"action": "remove", "member": member.pk})
    assert not Membership.objects.filter(group=group).exists()
    actions = AuditEntry.objects.order_by("id").values_list("action", flat=True)
    assert list(actions) == ["member.add", "member.change", "member.remove"]


@pytest.mark.parametrize("both", [True, False])
def test_a_member_is_a_person_or_a_group(sign_in: SignIn, people: dict[str, User], both: bool) -> None:
    group = Group.objects.create(name="Blue")
    chosen = {"user": people["stranger"].pk, "group": group.pk} if both else {}
    data = {"action": "add", "role": Role.VIEWER} | chosen
    response = sign_in("owner").post("/projects/demo/members/", data)
    assert response.status_code == 422
    assert "either a person or a group" in response.content.decode()


def test_members_of_other_projects_are_out_of_reach(sign_in: SignIn, tmp_path: Path, people: dict[str, User]) -> None:
    other = Project.objects.create(name="other", directory=str(tmp_path))
    member = Membership.objects.create(project=other, user=people["stranger"], role=Role.VIEWER)
    response = sign_in("owner").post("/projects/demo/members/", {"action": "remove", "member": member.pk})
    assert response.status_code == 404
    assert Membership.objects.filter(pk=member.pk).exists()


def test_deleting_needs_the_name_and_keeps_the_files(sign_in: SignIn, project: Project) -> None:
    client, url = sign_in("owner"), "/projects/demo/delete/"
    assert client.post(url, {"name": "wrong", "what_of_files": "keep"}).status_code == 422
    assert client.post(url, {"name": "demo", "what_of_files": "keep"}).headers["Location"] == "/"
    assert not Project.objects.exists()
    assert Path(project.directory, "compose.yaml").is_file()


def test_deleting_moves_the_files_to_the_trash_where_asked(
    sign_in: SignIn, project: Project, settings: Settings, tmp_path: Path
) -> None:
    settings.TRASH_ROOT = tmp_path / "trash"
    sign_in("owner").post("/projects/demo/delete/", {"name": "demo", "what_of_files": "trash"})
    assert not Path(project.directory).exists()
    assert list((tmp_path / "trash").rglob("compose.yaml"))


def test_a_project_with_a_running_operation_is_not_deleted(sign_in: SignIn, project: Project) -> None:
    Operation.objects.create(project=project, verb="up", state=State.RUNNING)
    response = sign_in("owner").post("/projects/demo/delete/", {"name": "demo", "what_of_files": "keep"})
    assert response.status_code == 422
    assert Project.objects.exists()


def test_the_language_is_chosen_and_remembered(sign_in: SignIn) -> None:
    client = sign_in("viewer")
    client.post("/language/", {"language": "zh-hans", "next": "/"})
    page = client.get("/").content.decode()
    assert '<html lang="zh-hans">' in page
    assert "项目" in page


def test_pages_hold_nothing_inline_and_ask_nothing_of_other_sites(sign_in: SignIn, project: Project) -> None:
    client = sign_in("administrator")
    for url in ("/", "/new/", "/projects/demo/", "/projects/demo/files/", "/projects/demo/logs/"):
        page = client.get(url).content.decode()
        assert "<style" not in page and " style=" not in page and "<script>" not in page
        assert " onclick=" not in page
        assert 'src="http' not in page and 'href="http' not in page


def test_health_answers_anybody(client: Client, db: None) -> None:
    assert client.get("/health/").json() == {"status": "ok"}


def test_warnings_of_the_files_are_noted_and_forbid_nothing(sign_in: SignIn, project: Project) -> None:
    path = Path(project.directory, "compose.yaml")
    path.write_text("version: '3'\n" + path.read_text())
    page = sign_in("operator").get("/projects/demo/").content.decode()
    assert "1 note on the files" in page
    assert "<li>the attribute `version` is obsolete" in page
    assert '<span class="mono place">compose.yaml:1:1</span>' in page
    assert project.directory not in page
    assert 'value="up" disabled' not in page


def test_people_change_their_own_password_and_other_sessions_end(sign_in: SignIn, people: dict[str, User]) -> None:
    client, other = sign_in("viewer"), sign_in("viewer")
    words = {"old_password": "secret-pass", "new_password1": "an-other-secret", "new_password2": "an-other-secret"}
    assert client.post("/password/", words | {"old_password": "wrong"}).status_code == 422
    assert client.post("/password/", words).headers["Location"] == "/"
    assert client.get("/").status_code == 200
    assert other.get("/").status_code == 302
    assert AuditEntry.objects.filter(action="password.change", actor_name="viewer").count() == 1


def test_a_choice_stands_beside_the_words_it_is_about(sign_in: SignIn) -> None:
    page = sign_in("owner").get("/projects/demo/delete/").content.decode()
    choices = re.findall(r'<label class="form-check"><input type="radio"[^>]*class="form-check-input"[^>]*><span', page)
    assert len(choices) == 2
    assert '<div class="form-check-input"' not in page


def test_the_scripts_texts_are_kept_by_the_browser_under_an_address_that_changes_with_them(
    client: Client, db: None
) -> None:
    def texts(language: str) -> str:
        page = client.get("/sign-in/", headers={"Accept-Language": language}).content.decode()
        found = re.search(r'<script src="(/jsi18n/[^"]+)" defer', page)
        assert found, page
        return found[1]

    answer = client.get(texts("en"))
    assert answer["Content-Type"] == 'text/javascript; charset="utf-8"'
    assert "immutable" in answer["Cache-Control"]
    assert "gettext" in answer.content.decode()
    chinese = client.get(texts("zh-hans"), headers={"Accept-Language": "en"}).content.decode()
    assert "\\u" in chinese and chinese != answer.content.decode()
    assert client.get("/jsi18n/en/0000000000000000/")["Cache-Control"] == "no-store"
    assert client.get("/jsi18n/tlh/0000000000000000/").status_code == 404
