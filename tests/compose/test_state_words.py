from __future__ import annotations

import pytest

from projects.compose.identity import LABEL_DEPENDS_ON
from projects.compose.state import ObservedContainer
from projects.compose.state_words import state_in_words


def container(
    state: str, code: int | None = None, *, service: str = "web", health: str = "", **more: object
) -> ObservedContainer:
    labels = {LABEL_DEPENDS_ON: str(more.get("depends_on", ""))}
    return ObservedContainer(
        id="ab",
        name=f"demo-{service}-1",
        project="demo",
        service=service,
        state=state,
        exit_code=code,
        health=health,
        labels=labels,
        oneoff=bool(more.get("oneoff")),
    )


@pytest.mark.parametrize(
    ("containers", "words"),
    [
        ([], "not created"),
        ([container("running"), container("running", health="healthy")], "2 running"),
        ([container("exited", 1), container("running")], "1 running, 1 exited (1)"),
        ([container("exited", 0)], "1 exited (0)"),
        ([container("exited", 137), container("exited", 1), container("exited", 1)], "2 exited (1), 1 exited (137)"),
        ([container("running", health="unhealthy"), container("running")], "1 running, 1 unhealthy"),
        ([container("running", health="starting")], "1 starting"),
        ([container("restarting", 1), container("paused"), container("created")], "1 restarting, 1 paused, 1 created"),
        ([container("dead"), container("removing")], "1 being removed, 1 dead"),
        ([container("something new")], "1 something new"),
        ([container("running", oneoff=True)], "not created"),
    ],
)
def test_a_project_is_told_in_words(containers: list[ObservedContainer], words: str) -> None:
    assert str(state_in_words(containers)) == words


def test_a_one_shot_that_others_wait_for_has_completed() -> None:
    waiting = container("running", depends_on="db:service_started:false,migrate:service_completed_successfully:false")
    assert str(state_in_words([waiting, container("exited", 0, service="migrate")])) == "1 running, 1 completed"
    assert str(state_in_words([waiting, container("exited", 2, service="migrate")])) == "1 running, 1 exited (2)"


def test_the_words_can_be_said_in_another_language() -> None:
    chinese = {"%(count)s running": "%(count)s 个运行中", "%(part)s, %(rest)s": "%(part)s，%(rest)s"}
    said = state_in_words([container("running"), container("exited", 1)]).say(lambda text: chinese.get(text, text))
    assert said == "1 个运行中，1 exited (1)"
