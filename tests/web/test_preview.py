"""The websocket of the preview, and the answer that it asks for."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User

from projects import fragments
from projects.compose.differences import Difference
from projects.compose.messages import Message
from projects.compose.preview import DownPreview, Fate, Question, ServicePreview, UpPreview
from projects.consumers import previews as consumer
from projects.models import Operation, Project, State
from projects.operations import forecast as forecasting
from projects.operations.forecast import Forecast, forecast
from projects.services.preview import Previews
from tests.web.conftest import HTMX, SignIn
from tests.web.test_consumers import Open, html_with, opened

__all__ = ["opened"]
pytestmark = pytest.mark.django_db(transaction=True)


def a_forecast(**more: object) -> Forecast:
    change = Difference(attribute="environment", key="FOO", before="<one>", after="two")
    web = ServicePreview(name="web", fate=Fate.RECREATED, causes=(Message("configuration changed"),), changes=(change,))
    return Forecast(previews=Previews(up=UpPreview(services=(web,), **more), down=DownPreview()))  # type: ignore[arg-type]


@pytest.fixture
def foretold(monkeypatch: pytest.MonkeyPatch) -> list[Forecast]:
    """The forecasts that are made, without an engine."""
    made: list[Forecast] = []

    def tell(project: Project) -> Forecast:
        made.append(a_forecast())
        return made[-1]

    def around(heard: Callable[[], None]) -> Callable[[], None]:
        return lambda: None

    monkeypatch.setattr(consumer, "forecast", tell)
    monkeypatch.setattr(consumer, "around", around)
    return made


async def test_the_preview_is_sent_and_empty_while_an_operation_runs(
    opened: Open, project: Project, foretold: list[Forecast]
) -> None:
    page = await opened("/ws/projects/demo/preview/")
    assert "Up will recreate web." in await html_with(page, 'id="up-preview"')
    running = await sync_to_async(Operation.objects.create)(project=project, verb="up", state=State.RUNNING)
    await sync_to_async(project.save)()  # rings
    assert "web" not in await html_with(page, 'id="up-preview"')
    assert len(foretold) == 1  # nothing is computed beside the work
    running.state = State.SUCCEEDED
    await sync_to_async(running.save)()
    await sync_to_async(project.save)()
    assert "Up will recreate web." in await html_with(page, 'id="up-preview"')


async def test_strangers_are_told_nothing(opened: Open, project: Project, foretold: list[Forecast]) -> None:
    from tests.web.test_consumers import close_code

    assert await close_code(await opened("/ws/projects/demo/preview/", "stranger")) == 4404
    assert foretold == []


def test_values_are_escaped_and_shown_to_editors_only(project: Project, people: dict[str, User]) -> None:
    html = {name: fragments.up_preview(project, a_forecast(), user=people[name]) for name in ("operator", "editor")}
    assert "&lt;one&gt;" in html["editor"]
    assert "one" not in html["operator"].replace("none", "")


def test_the_question_is_asked_of_those_who_may_press_up(project: Project, people: dict[str, User]) -> None:
    asked = a_forecast(questions=(Question(volume="demo_data", cause=Message("configuration changed")),))
    html = {name: fragments.up_preview(project, asked, user=people[name]) for name in ("viewer", "operator")}
    assert 'id="up-questions"' in html["operator"]
    assert 'id="up-questions"' not in html["viewer"]
    assert "demo_data" in html["viewer"]


def test_up_records_which_volumes_may_be_made_anew(project: Project, sign_in: SignIn) -> None:
    Path(project.directory, "compose.yaml").write_text(
        "services: {web: {image: busybox, volumes: ['data:/d']}}\nvolumes: {data: {}, far: {external: true}}\n"
    )
    browser, url = sign_in("operator"), "/projects/demo/operations/"
    for unknown in ("other", "far"):
        assert browser.post(url, {"verb": "up", "recreate_volume": unknown}, headers=HTMX).status_code == 422
    browser.post(url, {"verb": "up", "recreate_volume": "demo_data"})
    assert Operation.objects.get().options == {"build": True, "recreate_volumes": ["demo_data"]}


def test_a_forecast_is_outdated_when_a_file_that_it_looked_at_changes_comes_or_goes(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecasting, "_previews", lambda *_: Previews())
    directory = Path(project.directory)

    def outdated_after(change: Callable[[], object]) -> bool:
        found = forecast(project)
        assert not found.is_outdated()
        change()
        return found.is_outdated()

    assert outdated_after(lambda: (directory / ".env").write_text("A=b\n"))
    assert outdated_after(lambda: (directory / "compose.override.yaml").write_text("services: {}\n"))
    assert outdated_after(lambda: os.utime(directory / "compose.yaml", (1, 1)))
    assert outdated_after((directory / ".env").unlink)
    assert not outdated_after(lambda: (directory / "app.py").write_text(""))


def test_broken_files_are_the_problem_and_down_is_told_all_the_same(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecasting, "_previews", lambda *_: Previews(down=DownPreview(containers=("demo-web-1",))))
    Path(project.directory, "compose.yaml").write_text("services: [")
    found = forecast(project)
    assert "compose.yaml" in str(found.problem.place.file if found.problem else "")  # type: ignore[attr-defined]
    assert "demo-web-1" in fragments.down_preview(found)
