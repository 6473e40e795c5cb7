"""What a project's files come to, as pages; and the vocabulary that the editor completes from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

from projects import configured
from projects.compose.state import ObservedContainer
from projects.models import Project
from projects.services.picture import ProjectPicture
from projects.views import configuration
from tests.web.conftest import SignIn
from tests.web.test_preview import a_forecast


def vocabulary_url(client: Client, **headers: str) -> str:
    page = client.get("/projects/demo/files/", headers=headers).content.decode()
    found = re.search(r'data-vocabulary-url="([^"]+)"', page)
    assert found
    return found[1]


def test_the_vocabulary_is_kept_by_the_browser_under_an_address_that_changes_with_it(sign_in: SignIn) -> None:
    client = sign_in("editor")
    answer = client.get(vocabulary_url(client))
    assert "immutable" in answer.headers["Cache-Control"]
    assert "image" in answer.json()["keys"]["services"]["each"]["keys"]
    old = client.get("/vocabulary/en/0000000000000000/")
    assert old.json() == answer.json()
    assert old.headers["Cache-Control"] == "no-store"


def test_the_vocabulary_speaks_the_readers_language(sign_in: SignIn) -> None:
    client = sign_in("editor")
    english, chinese = vocabulary_url(client), vocabulary_url(client, accept_language="zh-hans")
    assert english != chinese
    told = [client.get(url).json()["keys"]["services"]["about"] for url in (english, chinese)]
    assert told == ["What runs: each service is one kind of container.", "要运行的内容：每个服务是一种容器。"]
    assert client.get("/vocabulary/tlh/0000000000000000/").status_code == 404


FILES = {
    "compose.yaml": (
        "services:\n"
        "  web:\n"
        "    image: web:${TAG:-1}\n"
        "    env_file: web.env\n"
        "    environment:\n"
        "      DB_PASSWORD: ${DB_PASSWORD}\n"
        "      MODE: '<own>'\n"
        "    labels: [$NOWHERE]\n"
    ),
    ".env": "DB_PASSWORD=hunter2\nLEFT_OVER=1\n",
    "web.env": "MODE=file\n",
}
PAGES = ("/projects/demo/files/configuration/", "/projects/demo/files/environment/")


@pytest.fixture
def editor(sign_in: SignIn, project: Project) -> Client:
    for name, text in FILES.items():
        Path(project.directory, name).write_text(text)
    return sign_in("editor")


def rows(client: Client) -> tuple[dict[str, str], dict[str, str]]:
    """The rows of the environment page's two tables by the variable's name, tags left out."""
    of_files, of_containers = client.get(PAGES[1]).content.decode().split('id="containers-title"')
    return rows_of(of_files), rows_of(of_containers)


def rows_of(table: str) -> dict[str, str]:
    texts = [re.sub(r"<[^>]+>|\s+", " ", row) for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)]
    return {text.split()[0]: " ".join(text.split()) for text in texts}


def test_the_effective_configuration_is_what_config_prints(editor: Client) -> None:
    page = editor.get(PAGES[0])
    text = page.context["text"]
    assert "image: web:1\n" in text
    assert "DB_PASSWORD: hunter2\n" in text
    assert [service.name for service, *_ in page.context["services"]] == ["web"]
    assert "no-store" in page.headers["Cache-Control"]


def test_what_changed_since_it_was_brought_up_is_named(
    editor: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = ObservedContainer(id="1", name="demo-web-1", project="demo", service="web", config_hash="0")
    monkeypatch.setattr(configuration, "seen", lambda *_: ProjectPicture(name="demo", containers=(old,)))
    monkeypatch.setattr(configured, "forecast", lambda _: a_forecast())
    page = editor.get(PAGES[0]).content.decode()
    assert "changed since it was brought up" in page
    assert "<code>environment FOO</code> <del>&lt;one&gt;</del> <ins>two</ins>" in page


def test_each_variable_tells_its_value_its_source_and_its_uses(editor: Client) -> None:
    found, got = rows(editor)
    assert "1 (default)" in found["TAG"] and "web compose.yaml:3:12" in found["TAG"]
    assert ".env:1" in found["DB_PASSWORD"] and ".env:2" in found["LEFT_OVER"]
    assert "unused" in found["LEFT_OVER"]
    assert "unset" in found["NOWHERE"]
    assert "&lt;own&gt;" in got["MODE"] and "overrides web.env:1" in got["MODE"]


def test_what_looks_like_a_secret_is_shown_on_demand_only(editor: Client) -> None:
    page = editor.get(PAGES[1]).content.decode()
    assert page.count("hunter2") == 2
    assert len(re.findall(r"<details class=\"masked\">(?:(?!</details>).)*hunter2", page, re.DOTALL)) == 2


@pytest.mark.parametrize("url", PAGES)
def test_files_that_cannot_be_used_are_told_with_their_place(editor: Client, project: Project, url: str) -> None:
    Path(project.directory, "compose.yaml").write_text("services:\n  web: {imag: x}\n")
    page = editor.get(url)
    assert page.status_code == 422
    assert "compose.yaml:2:9" in page.content.decode()


@pytest.mark.parametrize("url", PAGES)
def test_who_may_not_read_the_files_may_not_read_what_they_come_to(sign_in: SignIn, editor: Client, url: str) -> None:
    assert sign_in("operator").get(url).status_code == 403
    assert sign_in("stranger").get(url).status_code == 404


def test_the_variables_of_files_that_are_wrong_are_shown_all_the_same(editor: Client, project: Project) -> None:
    Path(project.directory, "compose.yaml").write_text(
        "services:\n  web:\n    image: web:${TAG:?give it a tag}\n    environment: {A: $DB_PASSWORD}\n"
    )
    page = editor.get(PAGES[1]).content.decode()
    assert "give it a tag" in page and "compose.yaml:3:12" in page
    of_files = rows_of(page)
    assert "required none" in of_files["TAG"] and "web compose.yaml:3:12" in of_files["TAG"]
    assert ".env:1" in of_files["DB_PASSWORD"]
    assert "Variables in the containers" not in page
