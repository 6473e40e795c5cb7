"""Every URL and every websocket route has a rule, and each person gets from it what the rule says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import Group, Permission, User
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, path

from compose_ui.asgi import application
from projects.access import Act, may, role_of, visible_projects
from projects.models import Membership, Operation, Project, Role, SetupLink, State
from projects.routing import same_origin, websocket_urlpatterns
from tests.web.conftest import HTMX, SignIn

PEOPLE = ("anonymous", "stranger", "viewer", "operator", "editor", "owner", "administrator")
# Who may do what, written out by hand.
ALLOWED: Mapping[Act, tuple[str, ...]] = {
    Act.PUBLIC: PEOPLE,
    Act.LIST: PEOPLE[1:],
    Act.VIEW: PEOPLE[2:],
    Act.OPERATE: PEOPLE[3:],
    Act.EDIT: PEOPLE[4:],
    Act.EXECUTE: PEOPLE[4:],
    Act.OWN: PEOPLE[5:],
    Act.CREATE: ("administrator",),
    Act.ADMINISTER: ("administrator",),
}
ARGUMENTS = {"name": "demo", "number": "1", "token": "no-such-token", "language": "en", "fingerprint": "0"}


def routes(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the address and the view of every URL; the administrators' pages are a block of their own."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "admin":
                yield from routes(pattern.url_patterns, prefix + str(pattern.pattern))
        else:
            assert isinstance(pattern, URLPattern)
            yield prefix + str(pattern.pattern), pattern.callback


def without_rule(patterns: list[Any]) -> list[str]:
    return [route for route, view in routes(patterns) if not isinstance(getattr(view, "act", None), Act)]


ROUTES = dict(routes(get_resolver().url_patterns))
SOCKETS = {str(pattern.pattern): pattern.callback for pattern in websocket_urlpatterns}


def address(route: str) -> str:
    """Return the route with its parameters filled in."""
    for converter in ("str", "int", "slug"):
        for name, value in ARGUMENTS.items():
            route = route.replace(f"<{converter}:{name}>", value)
    assert "<" not in route, f"say in ARGUMENTS what to fill in for {route}"
    return f"/{route}"


@pytest.fixture
def operation(project: Project) -> Operation:
    return Operation.objects.create(pk=1, project=project, verb="up", state=State.RUNNING)


def test_every_url_has_a_rule() -> None:
    assert without_rule(get_resolver().url_patterns) == []
    assert len(ROUTES) > 20


def test_a_url_without_a_rule_would_be_found() -> None:
    assert without_rule([path("new/", lambda request: HttpResponse())]) == ["new/"]


def test_every_websocket_has_a_rule() -> None:
    acts = [getattr(getattr(consumer, "consumer_class", None), "act", None) for consumer in SOCKETS.values()]
    assert len(acts) == len(websocket_urlpatterns) >= 4
    assert all(isinstance(act, Act) and act is not Act.PUBLIC for act in acts)


# What a permitted change does is tested where it belongs; a refused one is refused here.
REQUESTS = [
    (route, method, person)
    for route, view in ROUTES.items()
    for method in ("get", "post")
    for person in PEOPLE
    if method == "get" or person not in ALLOWED[view.act]
]


@pytest.mark.parametrize(("route", "method", "person"), REQUESTS)
def test_each_url_lets_in_whom_its_rule_says(
    route: str, method: str, person: str, sign_in: SignIn, operation: Operation
) -> None:
    act: Act = ROUTES[route].act
    browser = sign_in(person)
    response = getattr(browser, method)(address(route), {"path": "compose.yaml"})
    if person in ALLOWED[act]:
        assert response.status_code != HTTPStatus.FORBIDDEN
        assert not _is_sent_to_sign_in(response)
        assert response.status_code != HTTPStatus.NOT_FOUND or route.startswith("setup/")
    elif person == "anonymous":
        assert _is_sent_to_sign_in(response)
    elif act in (Act.CREATE, Act.ADMINISTER) or person != "stranger":
        assert response.status_code == HTTPStatus.FORBIDDEN
    else:
        assert response.status_code == HTTPStatus.NOT_FOUND


def _is_sent_to_sign_in(response: Any) -> bool:
    return bool(response.status_code == HTTPStatus.FOUND and response["Location"].startswith("/sign-in/?next="))


@pytest.mark.parametrize("person", PEOPLE)
def test_the_administrators_pages_are_for_administrators(person: str, sign_in: SignIn) -> None:
    browser = sign_in(person)
    models = ("auth/user", "auth/group", "projects/project", "projects/operation", "projects/auditentry")
    for page in ("", *(f"{model}/" for model in models)):
        response = browser.get(f"/admin/{page}")
        assert response.status_code == (HTTPStatus.OK if person == "administrator" else HTTPStatus.FOUND), page


def test_a_project_one_may_not_see_is_not_told_from_one_that_is_not_there(sign_in: SignIn) -> None:
    browser = sign_in("stranger")
    there, not_there = browser.get("/projects/demo/"), browser.get("/projects/nothing/")
    assert there.status_code == not_there.status_code == HTTPStatus.NOT_FOUND
    assert _words(there) == _words(not_there)


def _words(response: Any) -> list[str]:
    """Return what a person reads on a page."""
    return re.sub(r"<[^>]*>|demo|nothing", " ", response.content.decode()).split()


def test_scripts_and_fragments_are_told_to_sign_in_instead_of_being_sent_a_page(project: Project) -> None:
    browser = Client()
    json = browser.get("/projects/demo/files/content/", headers={"Accept": "application/json"})
    assert json.status_code == HTTPStatus.UNAUTHORIZED
    fragment = browser.get("/projects/demo/", headers=HTMX)
    assert fragment.status_code == HTTPStatus.UNAUTHORIZED
    assert fragment["HX-Redirect"].startswith("/sign-in/")


def test_a_change_needs_a_csrf_token(people: dict[str, User], operation: Operation) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(people["owner"])
    assert browser.post("/projects/demo/operations/1/cancel/").status_code == HTTPStatus.FORBIDDEN
    operation.refresh_from_db()
    assert not operation.cancel_requested


def test_a_role_by_group_counts_and_the_highest_wins(project: Project) -> None:
    person, group = User.objects.create_user("carol"), Group.objects.create(name="team")
    person.groups.add(group)
    assert not may(person, Act.VIEW, project)
    Membership.objects.create(project=project, user=person, role=Role.VIEWER)
    Membership.objects.create(project=project, group=group, role=Role.EDITOR)
    assert role_of(person, project) == Role.EDITOR
    assert [visible.name for visible in visible_projects(person)] == ["demo"]
    assert may(person, Act.EDIT, project)
    assert not may(person, Act.OWN, project)


def test_may_asks_the_database_nothing_about_visible_projects(
    people: dict[str, User], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        (project,) = visible_projects(people["operator"])
        assert [may(people["operator"], act, project) for act in (Act.VIEW, Act.OPERATE, Act.EDIT)] == [
            True,
            True,
            False,
        ]


def test_the_role_that_one_person_was_found_with_does_not_count_for_another(people: dict[str, User]) -> None:
    (project,) = visible_projects(people["owner"])
    assert not may(people["stranger"], Act.VIEW, project)
    assert not may(people["viewer"], Act.OWN, project)


def test_someone_with_the_permission_may_create_projects(people: dict[str, User]) -> None:
    people["stranger"].user_permissions.add(Permission.objects.get(codename="add_project"))
    assert may(User.objects.get(username="stranger"), Act.CREATE)
    assert not may(people["owner"], Act.CREATE)


def test_a_deactivated_person_may_nothing(people: dict[str, User], project: Project) -> None:
    for name in ("owner", "administrator"):
        people[name].is_active = False
        assert not may(people[name], Act.LIST)
        assert not may(people[name], Act.VIEW, project)
        assert not visible_projects(people[name]).exists()


def test_a_set_up_link_opens_once_and_expires(db: None) -> None:
    first, second = SetupLink.issue(), SetupLink.issue()
    assert SetupLink.open(first) is None
    link, same = SetupLink.open(second), SetupLink.open(second)
    assert link and same
    assert (link.use(), same.use()) == (True, False)
    assert SetupLink.open(second) is None
    third = SetupLink.issue()
    SetupLink.objects.update(expires_at="2020-01-01T00:00:00Z")
    assert SetupLink.open(third) is None
    assert not SetupLink.objects.filter(token_hash__contains=third).exists()


def socket(browser: Client | None, route: str, origin: str = "http://testserver") -> WebsocketCommunicator:
    """Return a websocket as a page of `origin` opens it in this browser."""
    cookies = "; ".join(f"{key}={morsel.value}" for key, morsel in browser.cookies.items()) if browser else ""
    headers = [(b"host", b"testserver"), (b"origin", origin.encode()), (b"cookie", cookies.encode())]
    return WebsocketCommunicator(application, address(route), headers=headers)


async def close_code(communicator: WebsocketCommunicator, seconds: float = 0.4) -> int | None:
    """Return the code with which the websocket is closed, None where it stays open."""
    while not await communicator.receive_nothing(seconds):
        message = await communicator.receive_output()
        if message["type"] == "websocket.close":
            return int(message["code"])
    return None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("route", SOCKETS)
async def test_each_websocket_lets_in_whom_its_rule_says(
    route: str, person: str, sign_in: SignIn, operation: Operation
) -> None:
    act: Act = SOCKETS[route].consumer_class.act
    communicator = socket(await sync_to_async(sign_in)(person), route)
    connected, _protocol = await communicator.connect()
    assert connected
    refused = 4401 if person == "anonymous" else 4404
    # 1000: let in, told that nothing was asked for, and done.
    assert await close_code(communicator) in ((None, 1000) if person in ALLOWED[act] else (refused,))
    await communicator.disconnect()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("origin", ["http://testserver:5000", "http://evil.example", "null", ""])
async def test_a_page_of_another_origin_opens_no_websocket(origin: str, sign_in: SignIn) -> None:
    communicator = socket(await sync_to_async(sign_in)("administrator"), "ws/projects/", origin)
    connected, _protocol = await communicator.connect()
    assert not connected


def test_the_origin_is_the_very_site() -> None:
    assert same_origin("http://localhost:8000", "localhost:8000")
    assert same_origin("https://127.0.0.1", "127.0.0.1")
    assert not same_origin("http://localhost:5000", "localhost:8000")
    assert not same_origin("http://rebound.example:8000", "rebound.example:8000")
    assert not same_origin("file://localhost:8000", "localhost:8000")
