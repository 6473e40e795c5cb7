"""People and a project, for the tests of the Django side."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from projects.models import Membership, Project, Role

COMPOSE_FILE = "services:\n  web:\n    image: busybox\n    command: sleep 600\n"
SignIn = Callable[[str], Client]
HTMX = {"HX-Request": "true"}  # as htmx sends with what it asks for


@pytest.fixture
def project(db: None, tmp_path: Path) -> Project:
    """The project ``demo`` with one service, in a real directory."""
    directory = tmp_path / "demo"
    directory.mkdir()
    (directory / "compose.yaml").write_text(COMPOSE_FILE)
    return Project.objects.create(name="demo", directory=str(directory))


@pytest.fixture
def people(project: Project) -> dict[str, User]:
    """One person for each role in `project`; ``stranger`` is signed in and has none."""
    people = {"stranger": User.objects.create_user("stranger", password="secret-pass")}
    for role in Role.values:
        people[role] = User.objects.create_user(role, password="secret-pass")
        Membership.objects.create(project=project, user=people[role], role=role)
    people["administrator"] = User.objects.create_superuser("administrator", password="secret-pass")
    return people


@pytest.fixture
def sign_in(people: dict[str, User]) -> SignIn:
    """Return a browser of one of `people`, or of ``anonymous``."""

    def browser(name: str) -> Client:
        client = Client()
        if name != "anonymous":
            client.force_login(people[name])
        return client

    return browser
