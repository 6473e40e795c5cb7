"""Up in other ways than the plain one, as the menus offer it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from projects import fragments
from projects.compose.progress import Progress
from projects.compose.state import ObservedContainer
from projects.models import AuditEntry, Operation, Project, State
from projects.operations import sentences
from projects.operations.carry import Result
from projects.services.picture import ProjectPicture
from tests.web.conftest import HTMX, SignIn

URL = "/projects/demo/operations/"
RUNNING = ObservedContainer(id="1", name="demo-web-1", project="demo", service="web", state="running")


@pytest.mark.parametrize(
    ("asked", "options", "services"),
    [
        ({"way": "recreate"}, {"build": True, "force_recreate": True}, []),
        ({"way": "recreate", "service": "web"}, {"build": True, "force_recreate": True}, ["web"]),
        ({"way": "refresh"}, {"build": True, "pull": "always"}, []),
        ({"way": "scale", "service": "web", "count": "3"}, {"build": True, "scale": {"web": 3}}, ["web"]),
        ({"way": "scale", "service": "web", "count": "0"}, {"build": True, "scale": {"web": 0}}, ["web"]),
    ],
)
def test_each_way_is_an_operation_on_record(
    asked: dict[str, str], options: dict[str, Any], services: list[str], project: Project, sign_in: SignIn
) -> None:
    sign_in("operator").post(URL, {"verb": "up", **asked})
    operation = Operation.objects.get()
    assert (operation.verb, operation.options, operation.services) == ("up", options, services)
    assert AuditEntry.objects.get(action="operation.up").detail["options"] == options


@pytest.mark.parametrize(
    ("verb", "options"),
    [
        ("pull", {"ignore_buildable": True}),
        ("build", {}),
        ("pause", {}),
        ("unpause", {}),
        ("kill", {}),
        ("rm", {}),
    ],
)
@pytest.mark.parametrize("services", [[], ["web"]])
def test_the_other_verbs_of_the_menus_are_operations_on_record(
    verb: str, options: dict[str, Any], services: list[str], project: Project, sign_in: SignIn
) -> None:
    assert sign_in("viewer").post(URL, {"verb": verb}).status_code == 403
    sign_in("operator").post(URL, {"verb": verb, "service": services})
    operation = Operation.objects.get()
    assert (operation.verb, operation.options, operation.services) == (verb, options, services)
    assert AuditEntry.objects.filter(action=f"operation.{verb}").count() == 1


@pytest.mark.parametrize("verb", ["pull", "build"])
def test_images_of_services_that_the_files_no_longer_have_are_not_asked_for(
    verb: str, project: Project, sign_in: SignIn
) -> None:
    assert sign_in("operator").post(URL, {"verb": verb, "service": "gone"}, headers=HTMX).status_code == 422
    assert not Operation.objects.exists()


@pytest.mark.parametrize(
    "asked",
    [
        {"way": "sideways"},
        {"way": "scale"},
        {"way": "scale", "service": "web"},
        {"way": "scale", "count": "2"},
        {"way": "scale", "service": "web", "count": "-1"},
        {"way": "scale", "service": "web", "count": "5000"},
        {"way": "scale", "service": "other", "count": "2"},
    ],
)
def test_what_makes_no_sense_begins_nothing(asked: dict[str, str], project: Project, sign_in: SignIn) -> None:
    assert sign_in("operator").post(URL, {"verb": "up", **asked}, headers=HTMX).status_code == 422
    assert not Operation.objects.exists()


def test_a_viewer_is_offered_no_menu_and_may_not(project: Project, people: dict[str, User], sign_in: SignIn) -> None:
    picture = ProjectPicture(name="demo", containers=(RUNNING,))
    for person, count in (("viewer", 0), ("operator", 1)):
        bar = fragments.action_bar(project, None, picture, user=people[person])
        table = fragments.services_table(project, None, picture, user=people[person])
        assert [bar.count("data-menu"), table.count("data-menu")] == [count, count]
    assert sign_in("viewer").post(URL, {"verb": "up", "way": "recreate"}).status_code == 403


def test_recreating_is_offered_where_there_are_containers(project: Project, people: dict[str, User]) -> None:
    def offered(*containers: ObservedContainer) -> list[bool]:
        picture = ProjectPicture(name="demo", containers=containers)
        bar = fragments.action_bar(project, None, picture, user=people["operator"])
        table = fragments.services_table(project, None, picture, user=people["operator"])
        return [not re.search(r'id="action-recreate"[^>]* disabled', bar), 'value="recreate"' in table]

    assert offered() == [False, False]
    assert offered(RUNNING) == [True, True]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"build": True}, "brought demo up in"),
        ({"force_recreate": True}, "recreated demo in"),
        ({"pull": "always"}, "brought demo up with the newest images in"),
        ({"scale": {"web": 3}}, "scaled web of demo to 3 in"),
    ],
)
def test_the_history_says_in_which_way(
    options: dict[str, Any], words: str, project: Project, people: dict[str, User]
) -> None:
    services = list(options.get("scale", {}))
    operation = Operation(project=project, verb="up", options=options, services=services, requested_by=people["owner"])
    operation.started_at = operation.finished_at = timezone.now()
    sentence = sentences.of(operation, Result(state=State.SUCCEEDED), Progress())
    assert words in str(sentence)
