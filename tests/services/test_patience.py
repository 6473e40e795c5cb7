"""Whether what failed shows that the engine is going away."""

from __future__ import annotations

import threading

import pytest

from projects.compose.errors import ContainerFailed, EngineUnavailable
from projects.compose.messages import Message
from projects.services import patience
from projects.services.executor import ExecutionResult
from projects.services.patience import Patience
from tests.fakes.engine import FakeEngine


@pytest.mark.parametrize(("code", "is_waited_for"), [(137, True), (143, True), (1, False)])
def test_a_container_that_was_killed_may_be_the_first_sign(
    code: int, is_waited_for: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "LAST_SIGNS", 0.0)
    engine = FakeEngine("db:1")
    for service, ends in (("db", code), ("web", None)):
        labels = {"com.docker.compose.project": "demo", "com.docker.compose.service": service}
        container = engine.create_container(f"demo-{service}-1", {"Image": "db:1", "Labels": labels})
        engine.start(container)
        if ends is not None:
            engine.exit(container, ends)
    going = threading.Timer(0.2, engine.go_away)
    going.start()
    failed = ExecutionResult(failures=(ContainerFailed(Message("db exited"), service="db"),))
    gone = Patience(engine, "demo", lambda event: None, threading.Event()).gone_after(failed)
    going.join()
    assert isinstance(gone, EngineUnavailable) is is_waited_for
