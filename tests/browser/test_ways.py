"""What the menus beside the buttons do."""

from __future__ import annotations

import re

import docker
from playwright.sync_api import Page, expect

from tests.browser.conftest import Complaints
from tests.browser.screens import (
    create_project,
    open_overview,
    operation,
    press,
    service_row,
    up,
    wait_until_finished,
    write_files,
)
from tests.browser.test_preview import compose_of, service, summary
from tests.server import Server


def test_a_service_is_recreated_and_scaled_from_its_menu_by_the_keyboard(
    page: Page, project_name: str, busybox_image: str, docker_client: docker.DockerClient
) -> None:
    create_project(page, project_name, compose_of(service("web", busybox_image)))
    up(page, project_name)
    before = docker_client.containers.get(f"{project_name}-web-1").id
    menu = service_row(page, "web").locator("details[data-menu]")
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    menu.get_by_role("button", name="Recreate").press("Enter")
    wait_until_finished(page, f"recreated web of {project_name}")
    assert docker_client.containers.get(f"{project_name}-web-1").id != before

    expect(menu.get_by_role("button", name="Recreate")).to_be_hidden()
    menu.locator("summary").click()
    menu.get_by_label("Containers").fill("2")
    menu.get_by_role("button", name="Scale").click()
    wait_until_finished(page, f"scaled web of {project_name} to 2")
    expect(service_row(page, "web")).to_contain_text(f"{project_name}-web-2")
    expect(summary(page)).to_have_text(f"Up will remove {project_name}-web-2.")


def test_all_containers_are_recreated_from_the_projects_menu(
    page: Page, project_name: str, busybox_image: str, docker_client: docker.DockerClient
) -> None:
    create_project(page, project_name, compose_of(service("web", busybox_image), service("db", busybox_image)))
    up(page, project_name)
    names = [f"{project_name}-{name}-1" for name in ("web", "db")]
    before = [docker_client.containers.get(name).id for name in names]
    page.get_by_label("More actions", exact=True).click()
    page.get_by_role("button", name="Recreate all containers").click()
    wait_until_finished(page, re.compile("recreated .*: 2 containers started"))
    after = [docker_client.containers.get(name).id for name in names]
    assert not set(before) & set(after)


def test_containers_are_paused_killed_and_removed_from_the_menus(
    page: Page, project_name: str, busybox_image: str, docker_client: docker.DockerClient
) -> None:
    create_project(page, project_name, compose_of(service("web", busybox_image)))
    up(page, project_name)
    menu = service_row(page, "web").locator("details[data-menu]")
    menu.locator("summary").click()
    menu.get_by_role("button", name="Pause").click()
    wait_until_finished(page, f"paused web of {project_name}")
    expect(service_row(page, "web")).to_contain_text("paused")
    assert docker_client.containers.get(f"{project_name}-web-1").status == "paused"

    more = page.locator(".more-menu")
    more.locator("summary").click()
    expect(more.get_by_role("button", name="Pause", exact=True)).to_be_disabled()
    more.get_by_role("button", name="Unpause").click()
    wait_until_finished(page, f"unpaused {project_name}")
    expect(service_row(page, "web")).to_contain_text("running")

    more.locator("summary").click()
    more.get_by_role("button", name="Kill at once").click()
    wait_until_finished(page, f"sent a signal to {project_name}")
    expect(service_row(page, "web")).to_contain_text("exited (137)")
    more.locator("summary").click()
    more.get_by_role("button", name="Remove stopped containers").click()
    wait_until_finished(page, f"removed stopped containers of {project_name}")
    expect(service_row(page, "web")).to_contain_text("not created")


def test_an_image_is_built_without_starting_anything(
    page: Page, server: Server, project_name: str, busybox_image: str, docker_client: docker.DockerClient
) -> None:
    create_project(page, project_name, "services:\n  web:\n    build: .\n")
    write_files(server.data, project_name, {"Dockerfile": f"FROM {busybox_image}\nRUN echo hello > /greeting\n"})
    page.goto(f"/projects/{project_name}/")
    menu = service_row(page, "web").locator("details[data-menu]")
    menu.locator("summary").click()
    expect(menu.get_by_role("button", name="Pull the image")).to_have_count(0)
    menu.get_by_role("button", name="Build the image").click()
    wait_until_finished(page, f"built the images of web of {project_name}")
    assert docker_client.images.get(f"{project_name}-web")
    expect(service_row(page, "web")).to_contain_text("not created")


def test_up_begins_also_where_it_is_pressed_before_the_scripts_have_come(
    page: Page, project_name: str, busybox_image: str, complaints: Complaints
) -> None:
    create_project(page, project_name, compose_of(service("web", busybox_image)))
    complaints.expect("net::ERR_FAILED")
    page.route("**/*.js", lambda route: route.abort())
    open_overview(page, project_name)
    press(page, "Up")
    expect(operation(page)).to_be_visible()
    page.unroute("**/*.js")
    page.reload()
    wait_until_finished(page, re.compile(f"brought {project_name} up"))
    expect(service_row(page, "web")).to_contain_text("running")
