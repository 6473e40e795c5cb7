from __future__ import annotations

from projects.compose.messages import Message
from projects.compose.plan import Action, Do, Plan


def test_a_plan_prints_as_its_own_specification() -> None:
    plan = Plan(
        project="demo",
        actions=(
            Action(id=1, do=Do.CREATE_NETWORK, target="demo_default", cause=Message("not found")),
            Action(
                id=2,
                do=Do.CREATE_CONTAINER,
                target="0123456789ab_demo-db-1",
                cause=Message("%(what)s changed", what="configuration"),
                after=(1,),
                group="demo-db-1",
            ),
            Action(id=3, do=Do.REMOVE_NETWORK, target="old", cause=Message("unused"), after=(1, 2), best_effort=True),
        ),
        warnings=(Message("Found orphan containers"),),
    )
    assert str(plan) == (
        "[] -> #1 CreateNetwork demo_default, not found\n"
        "[1] -> #2 CreateContainer 0123456789ab_demo-db-1 {demo-db-1}, configuration changed\n"
        "[1,2] -> #3 RemoveNetwork old (best effort), unused\n"
        "! Found orphan containers"
    )


def test_an_empty_plan_prints_nothing() -> None:
    assert str(Plan(project="demo")) == ""
