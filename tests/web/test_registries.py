"""Logins for registries: kept sealed, never shown, tested by a button."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings

from projects.credentials import recorded_login
from projects.models import AuditEntry, Registry
from projects.services.registries import Login
from projects.services.registry_check import check
from tests.registry import Registry as RunningRegistry
from tests.web.conftest import SignIn

SECRET = "hunter2-and-more"


@pytest.fixture
def administrator(sign_in: SignIn) -> Client:
    return sign_in("administrator")


@pytest.fixture
def here(running_registry: RunningRegistry) -> Iterator[RunningRegistry]:
    running_registry.behave()
    yield running_registry
    running_registry.behave()


def recorded(address: str) -> Registry:
    registry = Registry(address=address, username="ann")
    registry.keep_secret(SECRET)
    registry.save()
    return registry


def test_secret_is_sealed_with_the_secret_key(db: None) -> None:
    registry = recorded("Registry.Example.org:5000/v2/")
    assert SECRET not in registry.sealed_secret
    assert recorded_login("registry.example.org:5000") == Login(username="ann", secret=SECRET)
    assert recorded_login("elsewhere.example.org") is None
    assert SECRET not in repr(recorded_login("registry.example.org:5000"))
    with override_settings(SECRET_KEY="another"):
        assert recorded_login("registry.example.org:5000") is None


def test_administrator_records_a_login_and_never_sees_the_secret_again(administrator: Client) -> None:
    page = "/admin/projects/registry/"
    refused = administrator.post(f"{page}add/", {"address": "docker.io", "username": "ann", "secret": ""})
    assert "Enter the password or token" in refused.content.decode()
    administrator.post(f"{page}add/", {"address": "https://index.docker.io/v1/", "username": "ann", "secret": SECRET})
    registry = Registry.objects.get()
    assert (registry.address, registry.login()) == ("docker.io", Login(username="ann", secret=SECRET))
    administrator.post(f"{page}{registry.pk}/change/", {"address": "docker.io", "username": "bob", "secret": ""})
    registry.refresh_from_db()
    assert registry.login() == Login(username="bob", secret=SECRET)
    for path in (page, f"{page}{registry.pk}/change/", f"{page}{registry.pk}/history/"):
        text = administrator.get(path).content.decode()
        assert SECRET not in text
        assert registry.sealed_secret not in text
    assert [entry.action for entry in AuditEntry.objects.order_by("id")][-2:] == [
        "admin.registry.add",
        "admin.registry.change",
    ]
    assert SECRET not in str(list(AuditEntry.objects.values_list("detail", flat=True)))


def test_button_tests_the_login(administrator: Client, here: RunningRegistry) -> None:
    here.login = ("ann", SECRET)
    form = {"address": here.address, "username": "ann", "secret": "no", "_test": "1"}
    answer = administrator.post("/admin/projects/registry/add/", form, follow=True)
    assert f"The registry {here.address} refuses the login" in answer.content.decode()
    change = answer.redirect_chain[-1][0]
    answer = administrator.post(change, form | {"secret": SECRET}, follow=True)
    assert f"The registry {here.address} takes the login." in answer.content.decode()


def test_only_administrators_see_logins(client: Client, people: dict[str, User], sign_in: SignIn) -> None:
    assert sign_in("owner").get("/admin/projects/registry/").status_code == HTTPStatus.FOUND


@pytest.mark.parametrize("by_token", [False, True])
def test_login_is_tested_as_an_engine_would(here: RunningRegistry, by_token: bool) -> None:
    assert str(check(here.address, None).message) == f"The registry {here.address} answers and asks for no login."
    here.login, here.by_token = ("ann", SECRET), by_token
    assert check(here.address, Login(username="ann", secret=SECRET)).works
    wrong = check(here.address, Login(username="ann", secret="wrong"))
    assert (wrong.works, "refuses the login" in str(wrong.message)) == (False, True)
    assert "none is recorded" in str(check(here.address, None).message)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (HTTPStatus.NOT_FOUND, "is not a registry (status 404)"),
        (HTTPStatus.TOO_MANY_REQUESTS, "has been asked too often"),
        (HTTPStatus.INTERNAL_SERVER_ERROR, "is in trouble itself (status 500)"),
    ],
)
def test_trouble_is_told_in_words(here: RunningRegistry, status: HTTPStatus, words: str) -> None:
    here.broken = status
    verdict = check(here.address, Login(username="ann", secret=SECRET))
    assert not verdict.works
    assert words in str(verdict.message)


def test_what_does_not_answer_is_told(here: RunningRegistry) -> None:
    here.hang_up = True
    assert "could not be reached" in str(check(here.address, None).message)
    assert "could not be reached" in str(check("127.0.0.1:1", None).message)


def test_secret_goes_to_nobody_else(here: RunningRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    here.login, here.by_token = ("ann", SECRET), True
    here.requests.clear()
    # Plain http is taken for the registry itself, and no more once that has named its token service.
    monkeypatch.setattr("projects.services.registry_check._is_here", lambda host: not here.requests)
    verdict = check(here.address, Login(username="ann", secret=SECRET))
    assert not verdict.works
    assert not [request for request in here.requests if "/token" in request]
