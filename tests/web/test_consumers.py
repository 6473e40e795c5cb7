"""The websockets: whole state first, then what changes, in the viewer's language, for as long as one may see it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.test import Client

from compose_ui.asgi import application
from projects.compose.events import Event, Kind, Status
from projects.models import Membership, Operation, OperationEvent, Project, State
from projects.operations import begin, bell, request_cancel
from projects.operations.journal import Journal
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Awaitable[WebsocketCommunicator]]
SECONDS = 5.0


@pytest.fixture
async def opened(sign_in: SignIn) -> AsyncIterator[Open]:
    """Open websockets as one of the people; they are closed at the end."""
    communicators: list[WebsocketCommunicator] = []

    async def open_one(path: str, person: str = "viewer", language: str = "en") -> WebsocketCommunicator:
        browser: Client = await sync_to_async(sign_in)(person)
        cookies = "; ".join(f"{key}={morsel.value}" for key, morsel in browser.cookies.items())
        headers = [(b"host", b"testserver"), (b"origin", b"http://testserver"), (b"cookie", cookies.encode())]
        headers.append((b"accept-language", language.encode()))
        communicator = WebsocketCommunicator(application, path, headers=headers)
        communicators.append(communicator)
        assert (await communicator.connect(SECONDS))[0]
        return communicator

    yield open_one
    for communicator in communicators:
        await communicator.disconnect()


async def html_with(communicator: WebsocketCommunicator, *wanted: str) -> str:
    """Return the next message that holds all of `wanted`."""
    deadline = time.monotonic() + SECONDS
    while True:
        message = await communicator.receive_output(max(deadline - time.monotonic(), 0.01))
        text = str(message.get("text", message))
        if all(part in text for part in wanted):
            return text


async def close_code(communicator: WebsocketCommunicator) -> int:
    while True:
        message = await communicator.receive_output(SECONDS)
        if message["type"] == "websocket.close":
            return int(message["code"])


def event(number: int, status: Status = Status.DONE) -> Event:
    name = f"demo-web-{number}"
    return Event(id=f"container:{name}", kind=Kind.CONTAINER, status=status, at=time.time(), name=name, text="Started")


@sync_to_async
def an_operation(project: Project, *events: Event) -> Operation:
    operation = Operation.objects.create(project=project, verb="up", state=State.RUNNING, runner="here")
    for seq, each in enumerate(events, 1):
        OperationEvent.objects.create(operation=operation, seq=seq, data=each.as_json())
    return operation


@sync_to_async
def journal(operation: Operation, *events: Event) -> None:
    """Write events as a runner does, and ring."""
    writer = Journal(operation.pk)
    for each in events:
        writer.append(each)
    writer.close()


@sync_to_async
def finish(operation: Operation) -> None:
    Operation.objects.filter(pk=operation.pk).update(state=State.SUCCEEDED)
    bell.ring(bell.operation_group(operation))


async def test_an_operation_is_shown_whole_then_as_it_grows_then_to_its_end(project: Project, opened: Open) -> None:
    operation = await an_operation(project, event(1))
    page = await opened(f"/ws/projects/demo/operations/{operation.pk}/")
    assert "demo-web-2" not in await html_with(page, f'id="operation-{operation.pk}"', "demo-web-1")
    await journal(operation, event(2))
    assert "demo-web-1" not in await html_with(page, "demo-web-2")
    await finish(operation)
    await html_with(page, f'id="operation-{operation.pk}"', "demo-web-1", "demo-web-2")
    assert await close_code(page) == 1000


async def test_a_second_browser_and_a_reload_see_the_same(project: Project, opened: Open) -> None:
    operation = await an_operation(project, event(1))
    await opened(f"/ws/projects/demo/operations/{operation.pk}/")
    await journal(operation, event(2))
    for person in ("viewer", "owner"):
        page = await opened(f"/ws/projects/demo/operations/{operation.pk}/", person)
        await html_with(page, "demo-web-1", "demo-web-2")


async def test_a_finished_operation_is_shown_and_closed(project: Project, opened: Open) -> None:
    operation = await an_operation(project, event(1))
    await finish(operation)
    page = await opened(f"/ws/projects/demo/operations/{operation.pk}/")
    await html_with(page, "demo-web-1")
    assert await close_code(page) == 1000


async def test_an_operation_of_another_project_is_not_shown(project: Project, opened: Open) -> None:
    other = await sync_to_async(Project.objects.create)(name="other", directory="/nowhere")
    operation = await an_operation(other, event(1))
    page = await opened(f"/ws/projects/demo/operations/{operation.pk}/")
    assert await close_code(page) == 4404


async def test_many_bells_are_answered_with_few_messages(project: Project, opened: Open) -> None:
    operation = await an_operation(project, event(1))
    page = await opened(f"/ws/projects/demo/operations/{operation.pk}/")
    await html_with(page, "demo-web-1")
    for _ in range(300):
        bell.ring(bell.operation_group(operation))
    await journal(operation, event(2))
    await html_with(page, "demo-web-2")
    assert await page.receive_nothing(0.5)


async def test_a_project_page_is_told_of_an_operation_that_begins_and_ends(
    project: Project, people: dict[str, User], opened: Open
) -> None:
    page = await opened("/ws/projects/demo/")
    await html_with(page, 'id="project-state"', 'id="services"')
    operation = await sync_to_async(begin)(project, "up", people["operator"])
    await html_with(page, 'id="current-operation"', f'id="operation-{operation.pk}"')
    await sync_to_async(request_cancel)(operation, people["operator"])
    await html_with(page, 'id="current-operation"', "before it began")


async def test_the_list_shows_the_projects_that_one_may_see(project: Project, opened: Open) -> None:
    await sync_to_async(Project.objects.create)(name="secret", directory="/nowhere")
    viewer, administrator = await opened("/ws/projects/"), await opened("/ws/projects/", "administrator")
    assert "secret" not in await html_with(viewer, "demo")
    await html_with(administrator, "demo", "secret")


async def test_the_list_follows_projects_that_come_and_go(
    project: Project, people: dict[str, User], opened: Open
) -> None:
    viewer, administrator = await opened("/ws/projects/"), await opened("/ws/projects/", "administrator")
    for page in (viewer, administrator):
        await html_with(page, "demo")
    new = await sync_to_async(Project.objects.create)(name="new", directory="/nowhere")
    await html_with(administrator, f'id="project-{new.pk}"', "new")
    assert await viewer.receive_nothing(0.5)
    await sync_to_async(Membership.objects.create)(project=new, user=people["viewer"], role="viewer")
    await html_with(viewer, f'id="project-{new.pk}"', "new")
    gone = f'<div id="project-{new.pk}" hx-swap-oob="delete"></div>'
    await sync_to_async(new.delete)()
    for page in (viewer, administrator):
        await html_with(page, gone)


async def test_the_list_follows_operations(project: Project, people: dict[str, User], opened: Open) -> None:
    page = await opened("/ws/projects/")
    await html_with(page, "demo")
    await sync_to_async(begin)(project, "up", people["operator"])
    await html_with(page, f'id="project-{project.pk}"')


async def test_what_did_not_change_is_not_sent_again(project: Project, opened: Open) -> None:
    page = await opened("/ws/projects/")
    await html_with(page, "demo")
    bell.ring(bell.LIST)
    assert await page.receive_nothing(0.8)


async def test_who_loses_the_role_is_shown_nothing_more(
    project: Project, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projects.consumers.guarded.RECHECK_SECONDS", 0.0)
    operation = await an_operation(project, event(1))
    page = await opened(f"/ws/projects/demo/operations/{operation.pk}/")
    await html_with(page, "demo-web-1")
    await sync_to_async(Membership.objects.filter(user__username="viewer").delete)()
    await journal(operation, event(2))
    message = await page.receive_output(SECONDS)
    assert (message["type"], message.get("code")) == ("websocket.close", 4404)


async def test_who_signs_out_is_shown_nothing_more(
    project: Project, people: dict[str, User], opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projects.consumers.guarded.RECHECK_SECONDS", 0.0)
    page = await opened("/ws/projects/demo/")
    await html_with(page, 'id="services"')
    people["viewer"].set_password("another-secret")  # a changed password ends all sessions
    await sync_to_async(people["viewer"].save)()
    bell.ring(bell.project_group(project))
    assert await close_code(page) == 4401


async def test_each_viewer_is_told_in_their_own_language(project: Project, opened: Open) -> None:
    english, chinese = await opened("/ws/projects/demo/"), await opened("/ws/projects/demo/", language="zh-hans")
    first = await html_with(english, 'id="services"')
    second = await html_with(chinese, 'id="services"')
    assert first != second


async def test_the_action_bar_of_a_project_page_waits_and_comes_back(
    project: Project, people: dict[str, User], opened: Open
) -> None:
    page = await opened("/ws/projects/demo/", "operator")
    await html_with(page, 'id="project-actions"')
    operation = await sync_to_async(begin)(project, "up", people["operator"])
    await html_with(page, 'id="project-actions"', "the buttons wait for it")
    await sync_to_async(request_cancel)(operation, people["operator"])
    back = await html_with(page, 'id="project-actions"', "before it began")
    assert "the buttons wait for it" not in back


async def test_a_page_that_shows_an_operation_keeps_what_the_operations_websocket_told(
    project: Project, people: dict[str, User], opened: Open
) -> None:
    page = await opened("/ws/projects/demo/", "operator")
    await html_with(page, 'id="project-actions"')
    operation = await sync_to_async(begin)(project, "up", people["operator"])
    begun = await html_with(page, f'id="stream-{operation.pk}"', "ws-connect", " data-shell>")
    assert begun.count('id="project-actions"') == 1
    await sync_to_async(request_cancel)(operation, people["operator"])
    ended = await html_with(page, f'id="stream-{operation.pk}"', "before it began")
    assert "data-shell" not in ended


async def test_an_open_page_of_a_project_that_is_deleted_is_sent_away(project: Project, opened: Open) -> None:
    pages = [await opened("/ws/projects/demo/", person) for person in ("viewer", "administrator")]
    for page in pages:
        await html_with(page, 'id="services"')
    await sync_to_async(project.delete)()
    for page in pages:
        assert await close_code(page) == 4404


async def test_nobody_watches_a_project_that_does_not_exist(people: dict[str, User], opened: Open) -> None:
    for person in ("viewer", "administrator"):
        assert await close_code(await opened("/ws/projects/nothing/", person)) == 4404


async def test_the_own_page_of_an_operation_stays_complete_at_its_end(project: Project, opened: Open) -> None:
    output = "".join(f"line {n}\n" for n in range(500))
    step = Event(id="build:web/1", kind=Kind.STEP, parent="build:web", status=Status.DONE, at=1.0, output=output)
    operation = await an_operation(project, step)
    own = await opened(f"/ws/projects/demo/operations/{operation.pk}/?complete")
    other = await opened(f"/ws/projects/demo/operations/{operation.pk}/")
    for page in (own, other):
        await html_with(page, "line 499")
    await finish(operation)
    end = await html_with(own, f'id="operation-{operation.pk}-facts"', "line 0\n")
    assert '<details class="operation-steps" open>' in end
    folded = await html_with(other, "line 499")
    assert "line 0\n" not in folded and '<details class="operation-steps" data-server-opens>' in folded
