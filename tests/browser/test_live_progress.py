"""In the middle of a pull: reload, look on from elsewhere, go away, cancel, kill the server."""

from __future__ import annotations

from collections.abc import Iterator

import docker
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Complaints, Visitor, new_server
from tests.browser.screens import (
    create_project,
    open_overview,
    operation,
    picture,
    press,
    result,
    wait_until_finished,
)
from tests.registry import Registry, random_layer
from tests.server import Server

LAYER = 400_000  # bytes


@pytest.fixture
def slow_image(registry: Registry, busybox_rootfs: bytes, project_name: str) -> str:
    """An image whose pull stands still in its second layer until the registry is resumed."""
    layers = [busybox_rootfs, random_layer(project_name, LAYER), random_layer(f"{project_name}-2", LAYER)]
    reference = registry.add_image(project_name, layers)
    registry.bytes_per_second = 200_000
    return reference


def compose_of(image: str) -> str:
    return f"services:\n  web:\n    image: {image}\n    command: sleep 600\n    stop_signal: SIGKILL\n"


def up_until_the_pull_stands_still(page: Page, registry: Registry, name: str, image: str) -> None:
    """Create the project, press Up, and hold the registry while layers are on their way."""
    create_project(page, name, compose_of(image))
    open_overview(page, name)
    press(page, "Up")
    expect(operation(page).locator(".layer").filter(has_text="Downloading")).not_to_have_count(0)
    registry.pause()
    page.wait_for_timeout(600)  # what was already on its way has arrived, and is shown


def test_a_reload_in_the_middle_of_a_pull_shows_the_identical_state(
    page: Page, registry: Registry, project_name: str, slow_image: str
) -> None:
    up_until_the_pull_stands_still(page, registry, project_name, slow_image)
    before = picture(page)
    assert "Downloading" in before
    page.reload()
    assert picture(page) == before
    registry.behave()
    wait_until_finished(page, "1 image pulled")


def test_a_second_browser_sees_the_same_and_sees_it_finish(
    visit: Visitor, registry: Registry, project_name: str, slow_image: str
) -> None:
    first, second = visit("ada"), visit("ada")
    up_until_the_pull_stands_still(first, registry, project_name, slow_image)
    open_overview(second, project_name)
    assert picture(second) == picture(first)
    registry.behave()
    for page in (first, second):
        wait_until_finished(page, "")
    assert result(second).inner_text() == result(first).inner_text()


def test_an_operation_goes_on_after_its_browser_is_closed(
    visit: Visitor, registry: Registry, project_name: str, slow_image: str, docker_client: docker.DockerClient
) -> None:
    leaving = visit("ada")
    up_until_the_pull_stands_still(leaving, registry, project_name, slow_image)
    leaving.context.close()
    registry.behave()
    back = visit("ada")
    open_overview(back, project_name)
    wait_until_finished(back, "")
    expect(back.locator("#project-state")).to_contain_text("1 running")
    assert docker_client.containers.get(f"{project_name}-web-1").status == "running"


def test_cancel_stops_the_pull_and_says_who_did_it(
    page: Page, registry: Registry, project_name: str, slow_image: str, docker_client: docker.DockerClient
) -> None:
    up_until_the_pull_stands_still(page, registry, project_name, slow_image)
    operation(page).get_by_role("button", name="Cancel").click()
    wait_until_finished(page, "ada")
    expect(result(page)).to_contain_text("cancel")
    assert docker_client.containers.list(all=True, filters={"name": project_name}) == []


@pytest.fixture
def own_server(built: None, docker_client: docker.DockerClient) -> Iterator[Server]:
    yield from new_server()


class TestServerThatIsKilled:
    @pytest.fixture
    def server(self, own_server: Server) -> Server:
        return own_server

    def test_an_operation_is_resumed_in_the_same_journal(
        self,
        server: Server,
        page: Page,
        complaints: Complaints,
        registry: Registry,
        project_name: str,
        slow_image: str,
    ) -> None:
        complaints.expect(r"WebSocket|ERR_CONNECTION_REFUSED|\[object Event\]")
        up_until_the_pull_stands_still(page, registry, project_name, slow_image)
        number = operation(page).get_attribute("id")
        heading = page.locator("h1")
        place = heading.bounding_box()
        server.kill()
        expect(page.locator('[data-connection="lost"]')).to_be_visible()
        assert heading.bounding_box() == place, "the page stays as it is while it says that it is not connected"
        registry.behave()
        server.start()
        wait_until_finished(page, "")  # the page has reconnected by itself
        page.reload()
        assert operation(page).get_attribute("id") == number
        expect(page.locator("#project-state")).to_contain_text("1 running")
        page.goto(f"/projects/{project_name}/operations/")
        expect(page.locator("tbody tr")).to_have_count(1)
