"""Beginning operations from the page, their history and output. No runner is at work in these tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from projects.compose.events import Event, Kind, Status
from projects.compose.messages import Message
from projects.models import Operation, OperationEvent, Project, State
from tests.web.conftest import HTMX, SignIn

BEGIN = "/projects/demo/operations/"


@pytest.fixture
def operator(sign_in: SignIn) -> Client:
    return sign_in("operator")


def finished(project: Project, *events: Event) -> Operation:
    operation = Operation.objects.create(
        project=project, verb="up", state=State.FAILED, result=Message("It failed <b>badly</b>.").as_json()
    )
    for seq, event in enumerate(events, 1):
        OperationEvent.objects.create(operation=operation, seq=seq, data=event.as_json())
    return operation


def test_up_answers_with_the_panel_and_its_websocket(operator: Client, project: Project) -> None:
    response = operator.post(BEGIN, {"verb": "up"}, headers=HTMX)
    page = response.content.decode()
    operation = project.operations.get()
    assert f'ws-connect="/ws/projects/demo/operations/{operation.pk}/"' in page
    assert 'id="project-actions"' in page
    assert operation.options == {"build": True}
    assert operation.requested_by is not None
    assert operation.requested_by.username == "operator"


def test_up_of_wrong_files_tells_the_place_and_begins_nothing(operator: Client, project: Project) -> None:
    Path(project.directory, "compose.yaml").write_text("services:\n  web:\n    prots: []\n")
    response = operator.post(BEGIN, {"verb": "up"}, headers=HTMX)
    assert response.status_code == 422
    assert "compose.yaml:3:5" in response.content.decode()
    assert not project.operations.exists()


def test_a_button_that_is_pressed_before_the_scripts_have_come_does_the_same(
    operator: Client, project: Project
) -> None:
    page = operator.get("/projects/demo/").content.decode()
    form = page[page.index('<form class="action-bar" method="post" action="/projects/demo/operations/"') :]
    assert 'name="csrfmiddlewaretoken"' in form[: form.index("</form>")]
    answer = operator.post(BEGIN, {"verb": "up"}, follow=True)
    assert answer.redirect_chain == [("/projects/demo/", 302)]
    assert project.operations.get().verb == "up"
    again = operator.post(BEGIN, {"verb": "stop"}, follow=True)
    assert again.redirect_chain == [("/projects/demo/", 302)]
    assert "operator" in notices(again.content.decode())
    assert project.operations.count() == 1


def notices(page: str) -> str:
    return page[page.index('id="notices"') : page.index('id="project-actions"')]


def test_an_editor_is_led_to_the_place(sign_in: SignIn, project: Project) -> None:
    Path(project.directory, "compose.yaml").write_text("services:\n  web:\n    prots: []\n")
    page = sign_in("editor").post(BEGIN, {"verb": "up"}, headers=HTMX).content.decode()
    assert 'href="/projects/demo/files/?file=compose.yaml&amp;line=3"' in page


def test_the_second_of_two_is_told_who_was_first(operator: Client, sign_in: SignIn, project: Project) -> None:
    sign_in("owner").post(BEGIN, {"verb": "up"}, headers=HTMX)
    response = operator.post(BEGIN, {"verb": "stop"}, headers=HTMX)
    assert response.status_code == 409
    assert "owner" in response.content.decode()
    assert project.operations.count() == 1


def test_down_removes_volumes_only_where_that_is_ticked(operator: Client, project: Project) -> None:
    operator.post(BEGIN, {"verb": "down"}, headers=HTMX)
    assert project.operations.get().options == {}
    project.operations.update(state=State.SUCCEEDED)
    operator.post(BEGIN, {"verb": "down", "volumes": "1"}, headers=HTMX)
    assert project.operations.first().options == {"volumes": True}  # type: ignore[union-attr]


def test_a_verb_for_one_service_names_it(operator: Client, project: Project) -> None:
    operator.post(BEGIN, {"verb": "restart", "service": "web"}, headers=HTMX)
    assert project.operations.get().services == ["web"]


@pytest.mark.parametrize("data", [{"verb": "format"}, {}, {"verb": "up", "service": "nobody"}])
def test_what_there_is_not_begins_nothing(operator: Client, project: Project, data: dict[str, str]) -> None:
    assert operator.post(BEGIN, data, headers=HTMX).status_code == 422
    assert not project.operations.exists()


def test_a_viewer_reads_the_history_and_begins_nothing(sign_in: SignIn, project: Project) -> None:
    finished(project)
    viewer = sign_in("viewer")
    assert "It failed &lt;b&gt;badly&lt;/b&gt;." in viewer.get(BEGIN).content.decode()
    assert viewer.post(BEGIN, {"verb": "up"}, headers=HTMX).status_code == 403


def test_cancel_of_a_queued_operation_ends_it(operator: Client, project: Project) -> None:
    operator.post(BEGIN, {"verb": "up"}, headers=HTMX)
    operation = project.operations.get()
    operator.post(f"{BEGIN}{operation.pk}/cancel/", headers=HTMX)
    operation.refresh_from_db()
    assert operation.state == State.CANCELLED


def test_the_page_of_an_operation_shows_every_step_escaped(sign_in: SignIn, project: Project) -> None:
    step = {"kind": Kind.STEP, "parent": "build:web", "number": 1, "of": 1, "name": "RUN echo '<script>'"}
    operation = finished(
        project,
        Event(id="build:web", kind=Kind.BUILD, status=Status.WORKING, at=1.0, name="web"),
        Event(id="build:web/1", status=Status.ERROR, at=2.0, output="<img src=x>\n", **step),  # type: ignore[arg-type]
    )
    page = sign_in("viewer").get(f"{BEGIN}{operation.pk}/").content.decode()
    assert "RUN echo &#x27;&lt;script&gt;&#x27;" in page
    assert "&lt;img src=x&gt;" in page
    assert "<img src=x>" not in page


def test_the_complete_output_is_a_text(sign_in: SignIn, project: Project) -> None:
    lines = "".join(f"line {number}\n" for number in range(3000))
    operation = finished(
        project,
        Event(id="build:web", kind=Kind.BUILD, status=Status.WORKING, at=10.0, name="web", text="Building"),
        Event(id="build:web/1", kind=Kind.STEP, parent="build:web", status=Status.WORKING, at=10.5, output=lines),
        Event(id="build:web", kind=Kind.BUILD, status=Status.DONE, at=12.0, name="web", text="Built"),
    )
    response = sign_in("viewer").get(f"{BEGIN}{operation.pk}/output/")
    text = response.content.decode()
    assert response.headers["Content-Type"].startswith("text/plain")
    assert lines in text
    assert "    2.00s  build web Built\n" in text


def test_operations_of_other_projects_are_not_found(sign_in: SignIn, project: Project, tmp_path: Path) -> None:
    other = Project.objects.create(name="other", directory=str(tmp_path))
    operation = finished(other)
    assert sign_in("owner").get(f"{BEGIN}{operation.pk}/").status_code == 404
