"""Networks and volumes are made while images come."""

from projects.compose.messages import Message
from projects.compose.plan import Action, Do, Plan
from projects.compose.plan_early import with_early


def action(number: int, do: Do, target: str, *after: int) -> Action:
    return Action(id=number, do=do, target=target, cause=Message("tested"), after=after)


UP = Plan(
    project="demo",
    actions=(
        action(1, Do.CREATE_NETWORK, "demo_default"),
        action(2, Do.CREATE_VOLUME, "demo_data"),
        action(3, Do.STOP_CONTAINER, "demo-web-1"),
        action(4, Do.REMOVE_NETWORK, "demo_back", 3),
        action(5, Do.CREATE_NETWORK, "demo_back", 4),
        action(6, Do.CREATE_CONTAINER, "demo-db-1", 1, 2),
    ),
)


def test_networks_and_volumes_that_wait_for_nothing_come_with_the_images() -> None:
    images = Plan(project="demo", actions=(action(3, Do.BUILD_IMAGE, "demo-web"),))
    assert [(a.id, a.do, a.target) for a in with_early(images, UP).actions] == [
        (3, Do.BUILD_IMAGE, "demo-web"),
        (4, Do.CREATE_NETWORK, "demo_default"),
        (5, Do.CREATE_VOLUME, "demo_data"),
    ]


def test_without_images_nothing_comes_early() -> None:
    images = Plan(project="demo")
    assert with_early(images, UP) == images
