"""What Up and Down would do, told of an engine in memory."""

from __future__ import annotations

import threading

from projects.compose.loader import load
from projects.compose.model import Application
from projects.compose.planner import UpOptions
from projects.services import verbs
from projects.services.preview import Previews, previews
from tests.fakes.engine import FakeEngine

WEB = "services: {web: {image: 'web:1', command: sh -c 'sleep 9', ports: ['8123:80']}}"
CHANGING = ("create", "start", "stop", "remove", "rename", "pull", "build", "kill", "connect", "disconnect")


def application(text: str = WEB) -> Application:
    def read_file(path: str) -> bytes:
        if path != "/p/compose.yaml":
            raise FileNotFoundError(2, "No such file or directory", path)
        return text.encode()

    return load("/p", environment={}, read_file=read_file).application


def told(engine: FakeEngine, project: Application) -> Previews:
    engine.calls.clear()
    found = previews(engine, project.name, project, UpOptions(build=True))
    assert not [call for call in engine.calls if call.startswith(CHANGING)]
    return found


def up(engine: FakeEngine, project: Application) -> None:
    assert verbs.up(project, engine, lambda event: None, threading.Event()).state == "succeeded"


def test_looking_ahead_changes_nothing_and_costs_a_constant_number_of_calls() -> None:
    engine = FakeEngine("web:1")
    found = told(engine, application())
    assert found.up is not None
    assert str(found.up.summary) == "Up will create web, create network p_default."
    assert sorted(engine.calls) == ["containers", "image web:1", "networks", "running", "volumes"]
    up(engine, application())
    found = told(engine, application())
    assert found.up is not None
    assert found.up.does_nothing
    assert found.down.containers == ("p-web-1",)
    assert found.down.networks == ("p_default",)
    assert sorted(engine.calls) == ["containers", "image web:1", "networks", "volumes"]


def test_a_port_that_another_project_holds_is_an_obstacle_and_ones_own_is_none() -> None:
    engine = FakeEngine("web:1")
    other = application(f"name: other\n{WEB}")
    up(engine, other)
    found = told(engine, application())
    assert found.up is not None
    [obstacle] = found.up.obstacles
    assert "port 8123 is already in use by container other-web-1 of project other" in str(obstacle)
    changed = application(f"name: other\n{WEB.replace('sleep 9', 'sleep 8')}")
    mine = told(engine, changed).up
    assert mine is not None
    assert mine.obstacles == ()


def test_what_up_would_refuse_is_told_in_its_place_and_down_all_the_same() -> None:
    engine = FakeEngine("web:1")
    up(engine, application())
    found = told(engine, application(f"{WEB[:-2]}, networks: [o]}}}}\nnetworks: {{o: {{external: true}}}}"))
    assert found.up is None
    assert "network o" in str(found.problem)
    assert found.down.containers == ("p-web-1",)


def test_without_readable_files_down_is_told_by_the_labels() -> None:
    engine = FakeEngine("web:1")
    up(engine, application())
    found = previews(engine, "p", None, UpOptions())
    assert found.up is None
    assert found.problem is None
    assert found.down.containers == ("p-web-1",)


def test_a_changed_volume_is_a_question_that_names_its_keys_and_users() -> None:
    engine = FakeEngine("web:1")
    text = f"{WEB[:-2]}, volumes: ['data:/d']}}}}\nvolumes: {{data: {{labels: {{v: '1'}}}}}}"
    up(engine, application(text))
    found = told(engine, application(text.replace("v: '1'", "v: '2'")))
    assert found.up is not None
    [question] = found.up.questions
    assert (question.volume, str(question.cause)) == ("p_data", "labels v changed")
