"""The administrators' pages: they show everything that matters and change nothing that must not change."""

from __future__ import annotations

import time
from http import HTTPStatus

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from projects import audit
from projects.compose.events import Event, Kind, Status
from projects.compose.messages import Message
from projects.models import AuditEntry, Membership, Operation, OperationEvent, Project, State
from tests.web.conftest import SignIn


@pytest.fixture
def administrator(sign_in: SignIn) -> Client:
    return sign_in("administrator")


@pytest.fixture
def operation(project: Project, people: dict[str, User]) -> Operation:
    operation = Operation.objects.create(
        project=project,
        verb="up",
        requested_by=people["operator"],
        state=State.FAILED,
        result=Message("%(who)s began something.", who="operator").as_json(),
    )
    event = Event(
        id="build:web/5",
        kind=Kind.STEP,
        status=Status.ERROR,
        at=time.time(),
        text="Failed",
        output="<script>alert(1)</script>\nerror: no such file\n",
    )
    OperationEvent.objects.create(operation=operation, seq=1, data=event.as_json())
    return operation


def test_every_page_of_the_administration_opens(
    administrator: Client, operation: Operation, people: dict[str, User]
) -> None:
    group = Group.objects.create(name="team")
    entry = audit.record(people["owner"], "file.save", "demo", path="compose.yaml")
    for page in (
        "",
        "auth/user/",
        f"auth/user/{people['viewer'].pk}/change/",
        "auth/user/add/",
        "auth/group/",
        f"auth/group/{group.pk}/change/",
        "projects/project/",
        f"projects/project/{operation.project.pk}/change/",
        "projects/operation/",
        f"projects/operation/{operation.pk}/change/",
        "projects/auditentry/",
        f"projects/auditentry/{entry.pk}/change/",
    ):
        assert administrator.get(f"/admin/{page}").status_code == HTTPStatus.OK, page


@pytest.mark.parametrize(
    ("page", "search", "found"),
    [
        ("projects/project", "demo", True),
        ("projects/project", "viewer", True),
        ("projects/project", "nothing", False),
        ("projects/operation", "operator", True),
        ("projects/operation", "nothing", False),
        ("projects/auditentry", "compose.yaml", True),
        ("projects/auditentry", "nothing", False),
        ("auth/user", "own", True),
    ],
)
def test_lists_can_be_searched(
    administrator: Client, operation: Operation, people: dict[str, User], page: str, search: str, found: bool
) -> None:
    audit.record(people["owner"], "file.save", "demo", path="compose.yaml")
    response = administrator.get(f"/admin/{page}/", {"q": search})
    assert (b'class="results"' in response.content) is found


def test_an_operation_shows_its_result_and_its_journal_escaped(administrator: Client, operation: Operation) -> None:
    page = administrator.get(f"/admin/projects/operation/{operation.pk}/change/").content.decode()
    assert "operator began something." in page
    assert "error: no such file" in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page


@pytest.mark.parametrize("model", ["operation", "auditentry"])
@pytest.mark.parametrize("action", ["add/", "{pk}/delete/"])
def test_operations_and_records_can_not_be_added_or_deleted(
    administrator: Client, operation: Operation, model: str, action: str
) -> None:
    pk = audit.record(None, "something").pk if model == "auditentry" else operation.pk
    address = f"/admin/projects/{model}/{action.format(pk=pk)}"
    assert administrator.post(address, {"post": "yes"}).status_code == HTTPStatus.FORBIDDEN
    assert administrator.post(f"/admin/projects/{model}/{pk}/change/", {}).status_code == HTTPStatus.FORBIDDEN
    assert Operation.objects.count() == 1


def test_projects_are_neither_added_nor_deleted_here(administrator: Client, project: Project) -> None:
    for action in ("add/", f"{project.pk}/delete/"):
        assert administrator.post(f"/admin/projects/project/{action}", {"post": "yes"}).status_code == 403
    assert Project.objects.count() == 1


def inline(project: Project, *rows: dict[str, str]) -> dict[str, str]:
    form = {
        "memberships-TOTAL_FORMS": str(len(rows)),
        "memberships-INITIAL_FORMS": str(sum("id" in row for row in rows)),
    }
    for number, row in enumerate(rows):
        form |= {f"memberships-{number}-{key}": value for key, value in {"project": str(project.pk), **row}.items()}
    return form


def test_members_are_edited_on_the_project_and_that_is_on_record(
    administrator: Client, project: Project, people: dict[str, User]
) -> None:
    Membership.objects.all().delete()
    row = {"user": str(people["stranger"].pk), "role": "editor"}
    name_is_not_taken = inline(project, row) | {"name": "renamed", "directory": "/elsewhere"}
    response = administrator.post(f"/admin/projects/project/{project.pk}/change/", name_is_not_taken)
    assert response.status_code == HTTPStatus.FOUND
    assert Membership.objects.get().role == "editor"
    project.refresh_from_db()
    assert project.name == "demo"
    entry = AuditEntry.objects.get(action="members.change")
    assert (entry.actor_name, entry.project_name) == ("administrator", "demo")
    assert entry.detail["added"] == ["stranger: editor"]


def test_a_member_is_a_person_or_a_group_but_not_both(
    administrator: Client, project: Project, people: dict[str, User]
) -> None:
    group = Group.objects.create(name="team")
    both = {"user": str(people["stranger"].pk), "group": str(group.pk), "role": "viewer"}
    response = administrator.post(f"/admin/projects/project/{project.pk}/change/", inline(project, both))
    assert "Choose either a person or a group." in response.content.decode()


def test_changes_to_people_are_on_record(administrator: Client, people: dict[str, User]) -> None:
    passwords = {"password1": "a-long-enough-secret", "password2": "a-long-enough-secret", "usable_password": "true"}
    response = administrator.post("/admin/auth/user/add/", {"username": "dave", **passwords})
    assert response.status_code == HTTPStatus.FOUND
    administrator.post(f"/admin/auth/user/{people['stranger'].pk}/delete/", {"post": "yes"})
    assert list(AuditEntry.objects.order_by("id").values_list("action", "detail__object")) == [
        ("admin.user.add", "dave"),
        ("admin.user.delete", "stranger"),
    ]
    assert "secret" not in str(list(AuditEntry.objects.values_list("detail", flat=True)))


def test_the_record_outlives_the_people_it_names(people: dict[str, User]) -> None:
    audit.record(people["owner"], "file.save", "demo")
    people["owner"].delete()
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.actor_name) == (None, "owner")


def test_the_record_can_not_be_changed(db: None) -> None:
    entry = audit.record(None, "something")
    for attempt in (
        entry.save,
        entry.delete,
        lambda: AuditEntry.objects.all().delete(),
        lambda: AuditEntry.objects.update(action="nothing"),
    ):
        with pytest.raises(TypeError, match="append-only"):
            attempt()
    assert AuditEntry.objects.get().action == "something"


def test_the_lists_tell_who_and_what_in_words(
    administrator: Client, operation: Operation, people: dict[str, User]
) -> None:
    options = {"build": True, "scale": {"web": 2}}
    audit.record(people["owner"], "operation.up", "demo", operation=7, services=["web", "db"], options=options, way="")
    entries = administrator.get("/admin/projects/auditentry/").content.decode()
    assert "operation: 7; services: web, db; options: build True, scale web 2" in entries
    Operation.objects.create(project=operation.project, verb="stop", system_user="root", state=State.SUCCEEDED)
    operations = administrator.get("/admin/projects/operation/?q=root").content.decode()
    assert "root (command line)" in operations
