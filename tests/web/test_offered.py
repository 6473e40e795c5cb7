"""Which verbs a project is offered, and the reasons why others wait."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User

from projects import fragments
from projects.compose.messages import Message
from projects.compose.state import ObservedContainer
from projects.declared import Declared
from projects.fragments.offered import (
    ALL_BUILT,
    ALL_RUN,
    NOTHING_BUILT,
    NOTHING_CREATED,
    NOTHING_PAUSED,
    NOTHING_RUNS,
    NOTHING_STOPPED,
    NOTHING_TO_PAUSE,
    offers,
)
from projects.models import OFFERED, Operation, Project, State
from projects.services.picture import ProjectPicture


def containers(*states: str) -> list[ObservedContainer]:
    return [
        ObservedContainer(id=str(n), name=f"demo-web-{n}", project="demo", service="web", state=state)
        for n, state in enumerate(states, 1)
    ]


NEW = dict.fromkeys(("stop", "start", "restart", "down", "pause", "unpause", "kill", "rm"), NOTHING_CREATED)
STOPPED = {
    **dict.fromkeys(("stop", "restart", "kill"), NOTHING_RUNS),
    "pause": NOTHING_TO_PAUSE,
    "unpause": NOTHING_PAUSED,
}
RUNNING = {"start": ALL_RUN, "unpause": NOTHING_PAUSED, "rm": NOTHING_STOPPED}


@pytest.mark.parametrize(
    ("states", "why_not"),
    [
        ([], NEW),
        (["created"], STOPPED),
        (["exited", "exited"], STOPPED),
        (["running", "exited"], {"unpause": NOTHING_PAUSED}),
        (["running"], RUNNING),
        (["running", "restarting", "paused"], {"start": ALL_RUN, "rm": NOTHING_STOPPED}),
        (["paused"], {"start": ALL_RUN, "rm": NOTHING_STOPPED, "pause": NOTHING_TO_PAUSE}),
        (None, {}),
    ],
)
def test_a_verb_that_would_do_nothing_says_why(states: list[str] | None, why_not: dict[str, Message]) -> None:
    found = offers(None if states is None else containers(*states))
    assert {verb: offer.why_not for verb, offer in found.items() if offer.why_not} == why_not
    assert set(found) == set(OFFERED)


@pytest.mark.parametrize(
    ("built", "why_not"),
    [
        ((), {"build": NOTHING_BUILT}),
        (("web",), {}),
        (("web", "db"), {"pull": ALL_BUILT}),
    ],
)
def test_what_is_only_pulled_or_only_built_is_not_offered_the_other(
    built: tuple[str, ...], why_not: dict[str, Message]
) -> None:
    files = Declared(images={"web": "demo-web", "db": "postgres"}, built=built)
    found = offers(containers("running", "exited", "paused"), files=files)
    assert {verb: offer.why_not for verb, offer in found.items() if offer.why_not} == why_not


@pytest.mark.parametrize(
    ("operation", "volumes", "why_not"),
    [
        (Operation(verb="down", state=State.SUCCEEDED), False, NOTHING_CREATED),
        (Operation(verb="down", state=State.SUCCEEDED), True, None),
        (Operation(verb="down", state=State.SUCCEEDED, options={"volumes": True}), True, NOTHING_CREATED),
        (Operation(verb="down", state=State.SUCCEEDED, services=["web"]), False, None),
        (Operation(verb="down", state=State.FAILED), False, None),
        (Operation(verb="up", state=State.FAILED), False, None),
    ],
)
def test_down_waits_only_while_nothing_at_all_can_be_left(
    operation: Operation, volumes: bool, why_not: Message | None
) -> None:
    assert offers([], operation, volumes=volumes)["down"].why_not == why_not


def disabled(html: str) -> set[str]:
    return set(re.findall(r'<button id="action-(\w+)"[^>]* disabled', html))


def test_the_bar_tells_the_reason_beside_the_buttons_and_at_each(project: Project, people: dict[str, User]) -> None:
    nothing = ProjectPicture(name="demo", containers=())
    html = fragments.action_bar(project, None, nothing, user=people["operator"])
    assert disabled(html) == {
        *("stop", "start", "restart", "down", "recreate"),
        *("build", "pause", "unpause", "kill", "rm"),
    }
    assert 'title="Nothing is created yet: press Up first." aria-describedby="actions-why"' in html
    assert re.search(r'id="actions-why">[^<]*Nothing is created yet', html)


def test_the_bar_waits_for_a_running_operation_and_for_who_may(project: Project, people: dict[str, User]) -> None:
    operation = Operation.objects.create(project=project, verb="up", state=State.RUNNING)
    picture = ProjectPicture(name="demo", containers=tuple(containers("running", "exited")))
    everything = {"up", "stop", "start", "restart", "down"}
    menu = {"recreate", "refresh", "pull", "build", "pause", "unpause", "kill", "rm"}
    assert disabled(fragments.action_bar(project, operation, picture, user=people["operator"])) == everything | menu
    assert disabled(fragments.action_bar(project, None, picture, user=people["viewer"])) == everything
    idle = fragments.action_bar(project, None, picture, user=people["operator"])
    assert disabled(idle) == {"unpause", "build"}
    assert 'title="Nothing is paused."' in idle
    assert "Nothing is paused" not in idle.split('id="actions-why"')[1]  # what is in a menu says it there


def test_without_an_engine_nothing_is_held_back(project: Project, people: dict[str, User]) -> None:
    assert disabled(fragments.action_bar(project, None, None, user=people["operator"])) == {"build"}
