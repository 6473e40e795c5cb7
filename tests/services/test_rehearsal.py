"""A dry run tells what would be done, and does nothing."""

from __future__ import annotations

import threading

from projects.compose.events import Event
from projects.services import verbs
from projects.services.rehearsal import DryRun
from tests.compose.planning import application, service
from tests.fakes.engine import FakeEngine


def test_a_dry_run_of_up_tells_every_word_and_touches_nothing() -> None:
    engine, told = FakeEngine(), list[Event]()
    engine.add_image("busybox")
    project = application(service("web"))
    outcome = verbs.up(project, DryRun(engine), told.append, threading.Event(), verbs.UpOptions(settle=False))
    assert outcome.state == "succeeded"
    words = [(event.id, event.text) for event in told if event.text]
    assert words == [
        ("network:demo_default", "Creating"),
        ("network:demo_default", "Created"),
        ("container:demo-web-1", "Creating"),
        ("container:demo-web-1", "Created"),
        ("container:demo-web-1", "Starting"),
        ("container:demo-web-1", "Started"),
    ]
    assert (engine.containers(), engine.networks("demo")) == ((), ())
