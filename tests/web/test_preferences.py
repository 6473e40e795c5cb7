"""How a person likes logs to be shown goes with their account, and is nobody else's."""

from __future__ import annotations

import html
import json
import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from projects.models import Project
from tests.web.conftest import SignIn

ADDRESS = "/preferences/logs/"


def choose(client: Client, name: object, value: object) -> int:
    return client.post(ADDRESS, json.dumps({"name": name, "value": value}), "application/json").status_code


def shown(client: Client, page: str = "/projects/demo/logs/") -> object:
    found = re.search(r'data-preferences="([^"]*)"', client.get(page).content.decode())
    assert found
    return json.loads(html.unescape(found[1]))


def test_what_one_chooses_is_there_in_every_browser_of_theirs(project: Project, sign_in: SignIn) -> None:
    browser, other = sign_in("viewer"), sign_in("viewer")
    assert shown(browser) == {}
    assert choose(browser, "size", "large") == 204
    assert choose(other, "wrap", False) == 204
    assert choose(browser, "fields", "msg, <script>") == 204
    assert (
        shown(other) == shown(browser, "/projects/demo/") == {"size": "large", "wrap": False, "fields": "msg, <script>"}
    )
    assert shown(sign_in("owner")) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("size", "huge"),
        ("wrap", "yes"),
        ("wrap", 1),
        ("zone", True),
        ("fields", "x" * 501),
        ("colour", "red"),
        (["size"], "large"),
        ({}, {}),
    ],
)
def test_what_cannot_be_chosen_is_not_kept(project: Project, sign_in: SignIn, name: object, value: object) -> None:
    browser = sign_in("viewer")
    assert choose(browser, name, value) == 400
    assert shown(browser) == {}


@pytest.mark.parametrize("body", ["", "[]", "{}", "nonsense", "\x00", '{"name": "size"}', "[" * 100_000])
def test_nonsense_is_refused(project: Project, sign_in: SignIn, body: str) -> None:
    assert sign_in("viewer").post(ADDRESS, body, "application/json").status_code == 400


def test_preferences_go_with_their_person(project: Project, sign_in: SignIn, people: dict[str, User]) -> None:
    assert choose(sign_in("viewer"), "dense", True) == 204
    people["viewer"].delete()
    assert shown(sign_in("owner")) == {}
