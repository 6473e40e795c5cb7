"""The programs that provide services, really run."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from projects.compose.errors import Cancelled, PlanError
from projects.compose.events import Event
from projects.compose.model import Application, Dependency, Provider, Service
from projects.services.providers import Programs, program_of


def script(directory: Path, text: str, name: str = "provide") -> str:
    path = directory / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def programs(program: str, cancel: threading.Event | None = None, **options: bool) -> tuple[Programs, list[Event]]:
    tunnel = Service(name="tunnel", provider=Provider(type=program, options={"to": ("x",)}))
    web = Service(name="web", image="x", depends_on={"tunnel": Dependency(condition="service_started")})
    environment = {"PATH": "/usr/bin:/bin", "OWN": "from the files"}
    application = Application(
        name="demo", working_dir="/", environment=environment, services={"tunnel": tunnel, "web": web}
    )
    seen: list[Event] = []
    return Programs(application, seen.append, cancel or threading.Event(), **options), seen


def said(seen: list[Event]) -> list[str]:
    return [f"{event.name} {event.text} {event.message or ''}".strip() for event in seen]


def test_a_program_is_run_in_the_projects_environment_and_what_it_says_is_told(tmp_path: Path) -> None:
    program = script(
        tmp_path,
        '[ "$2" = metadata ] && exit 1\n'
        'printf \'{"type":"info","message":"%s"}\' "$COMPOSE_PROJECT_NAME $OWN $*"\n'
        'printf \'{"type":"setenv","message":"HELD=%s"}\' "$COMPOSE_PROVIDER_MESSAGES"',
    )
    asked, seen = programs(program)
    application = asked.provide([asked.application.services["tunnel"]])
    assert said(seen) == [
        "tunnel Creating",
        "tunnel demo from the files compose --project-name=demo up --to=x tunnel",
        "tunnel Created",
    ]
    assert application.services["web"].environment == {"TUNNEL_HELD": "error,info,debug,setenv,rawsetenv"}


@pytest.mark.parametrize(
    ("text", "told", "problem"),
    [
        ('echo \'{"type":"error","message":"no way"}\'; sleep 60', "tunnel no way", "no way"),
        ("exit 3", "tunnel Error exit status 3", "failed to create service provider: exit status 3"),
        ("echo nonsense; sleep 60", "tunnel Creating", "invalid message from plugin: nonsense"),
    ],
)
def test_a_program_that_fails_ends_the_work_with_its_reason(tmp_path: Path, text: str, told: str, problem: str) -> None:
    asked, seen = programs(script(tmp_path, f'[ "$2" = metadata ] && exit 1\n{text}'))
    begun = time.monotonic()
    with pytest.raises(PlanError) as failed:
        asked.provide([asked.application.services["tunnel"]])
    assert str(failed.value) == problem
    assert said(seen)[-1] == told
    assert time.monotonic() - begun < 30


def test_a_program_that_goes_on_is_ended_when_a_person_cancels(tmp_path: Path) -> None:
    left = tmp_path / "ended"
    program = script(
        tmp_path, f'[ "$2" = metadata ] && exit 1\ntrap "touch {left}; exit 1" TERM\nwhile :; do sleep 0.1; done'
    )
    cancel = threading.Event()
    asked, _ = programs(program, cancel)
    threading.Timer(0.5, cancel.set).start()
    with pytest.raises(Cancelled):
        asked.provide([asked.application.services["tunnel"]])
    assert left.exists()


def test_a_rehearsal_says_what_would_be_done_and_runs_nothing(tmp_path: Path) -> None:
    asked, seen = programs(script(tmp_path, f'[ "$2" = metadata ] || touch {tmp_path}/ran'), rehearsed=True)
    asked.provide([asked.application.services["tunnel"]])
    assert said(seen) == ["tunnel Creating", "tunnel Created"]
    assert not (tmp_path / "ran").exists()


def test_only_a_program_that_wants_to_know_of_it_is_told_of_a_stop(tmp_path: Path) -> None:
    for metadata, expected in (("{}", []), ('{"stop":{}}', ["tunnel Stopping", "tunnel Stopped"])):
        asked, seen = programs(script(tmp_path, f"[ \"$2\" != metadata ] || echo '{metadata}'"))
        asked.withdraw([asked.application.services["tunnel"]], "stop")
        assert said(seen) == expected


def test_the_docker_clis_plugin_of_that_name_comes_before_a_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    service = Service(name="s", provider=Provider(type="tunnel"))
    with pytest.raises(PlanError, match="executable file not found"):
        program_of(service)
    plain = script(tmp_path, "", "tunnel")
    assert program_of(service) == plain
    (tmp_path / "cli-plugins").mkdir()
    plugin = script(tmp_path / "cli-plugins", "", "docker-tunnel")
    assert program_of(service) == plugin
    with pytest.raises(PlanError, match="not a valid provider type"):
        program_of(Service(name="s", provider=Provider(type="compose")))
