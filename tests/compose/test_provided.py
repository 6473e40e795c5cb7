"""What programs that provide services are asked, and what their answers mean."""

from __future__ import annotations

import pytest

from projects.compose.errors import PlanError
from projects.compose.model import Application, Dependency, Provider, Service
from projects.compose.planner import plan_up
from projects.compose.provided import (
    LONGEST_ANSWER,
    Answer,
    arguments,
    providers_of,
    read_answers,
    read_metadata,
    taken,
    variables,
    with_provided,
)
from projects.compose.state import ObservedState

PROVIDER = Provider(type="tunnel", options={"name": ("x",), "many": ("a", "b")})
TUNNEL = Service(name="my-tunnel", provider=PROVIDER)
METADATA = read_metadata(
    """{"description": "a tunnel", "up": {"parameters": [{"name": "name", "required": true}, {"name": "size"}]},
    "down": {"parameters": null}}"""
)


def application(**services: Service) -> Application:
    return Application(name="demo", working_dir="/demo", services={each.name: each for each in services.values()})


def after(*names: str) -> dict[str, Dependency]:
    return {name: Dependency(condition="service_started") for name in names}


def test_providers_come_in_the_order_of_dependencies_and_only_those_that_are_wanted() -> None:
    demo = application(
        a=Service(name="a", provider=PROVIDER, depends_on=after("z")),
        z=Service(name="z", provider=PROVIDER, depends_on=after("db")),
        other=Service(name="other", provider=PROVIDER),
        db=Service(name="db", image="x"),
        web=Service(name="web", image="x", depends_on=after("a")),
    )
    assert [service.name for service in providers_of(demo, ("web",))] == ["z", "a"]
    assert [service.name for service in providers_of(demo)] == ["z", "a", "other"]
    assert providers_of(demo, ("web",), no_deps=True) == ()
    with pytest.raises(PlanError, match="no such service: nope"):
        providers_of(demo, ("nope",))


def test_a_program_is_told_the_project_the_verb_each_value_of_each_option_and_the_service() -> None:
    whole = ["compose", "--project-name=demo", "up", "--name=x", "--many=a", "--many=b", "my-tunnel"]
    assert arguments("demo", TUNNEL, "up") == whole
    assert arguments("demo", TUNNEL, "down", {"name"}) == [
        "compose",
        "--project-name=demo",
        "down",
        "--name=x",
        "my-tunnel",
    ]


def test_answers_need_no_lines_and_what_is_not_whole_is_kept() -> None:
    said = '{"type":"info","message":"one"}{"type":"debug"}\n {"type":"setenv","message":"A=b"'
    assert read_answers(said) == (
        [Answer("info", "one"), Answer("debug", "")],
        '{"type":"setenv","message":"A=b"',
    )


@pytest.mark.parametrize(
    ("said", "over"),
    [
        ("hello", False),
        ("[1]", False),
        ('{"type":"launch"}', False),
        ('{"type":"setenv","message":"no sign"}', False),
        ('{"type":"info"', True),
        ('{"type":"' + "x" * LONGEST_ANSWER, False),
    ],
)
def test_what_is_not_of_the_protocol_is_refused(said: str, over: bool) -> None:
    with pytest.raises(PlanError, match="invalid message from plugin"):
        read_answers(said, over=over)


def test_variables_have_the_service_before_them_unless_they_are_raw() -> None:
    answers = [Answer("setenv", "URL=https://x/?a=b"), Answer("info", "X=y"), Answer("rawsetenv", "RAW=1")]
    assert variables(TUNNEL, answers) == {"MY-TUNNEL_URL": "https://x/?a=b", "RAW": "1"}


def test_only_those_that_depend_on_it_are_given_the_variables_and_then_an_up_goes_ahead() -> None:
    demo = application(
        tunnel=TUNNEL,
        web=Service(name="web", image="x", environment={"RAW": "own", "B": "2"}, depends_on=after("my-tunnel")),
        db=Service(name="db", image="x", environment={"A": "1"}),
    )
    state = ObservedState(project="demo")
    with pytest.raises(PlanError, match="provided by the program tunnel"):
        plan_up(demo, state)
    given = with_provided(demo, TUNNEL, {"RAW": "1"})
    assert given.services["web"].environment == {"RAW": "1", "B": "2"}
    assert given.services["db"] is demo.services["db"]
    assert {action.service for action in plan_up(given, state).actions} >= {"web", "db"}
    assert "my-tunnel" not in {action.service for action in plan_up(given, state).actions}


def test_a_program_may_say_which_options_it_takes_and_whether_it_wants_to_know_of_a_stop() -> None:
    assert taken(METADATA, TUNNEL, "up") == frozenset({"name", "size"})
    assert taken(METADATA, TUNNEL, "down") == frozenset()
    assert "stop" not in METADATA
    assert "stop" in read_metadata('{"stop": {}}')


@pytest.mark.parametrize(
    "metadata", ['{"up": 1}', '{"up": {"parameters": 3}}', '{"up": {"parameters": [1]}}', "[]", "7"]
)
def test_metadata_of_another_shape_say_nothing(metadata: str) -> None:
    assert taken(read_metadata(metadata), TUNNEL, "up") is None


def test_a_required_option_that_is_missing_is_named() -> None:
    with pytest.raises(PlanError, match='required parameter "name" is missing from provider "tunnel" definition'):
        taken(METADATA, Service(name="s", provider=Provider(type="tunnel")), "up")
