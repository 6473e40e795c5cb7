"""Before the click: what Up and Down would do, which data would be lost, and what stands in the way."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import docker
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visitor
from tests.browser.screens import create_project, open_overview, press, take_down, up, wait_until_finished, write_files
from tests.conftest import remove_project
from tests.server import Server


def service(name: str, image: str, *lines: str) -> str:
    """A service of a compose file that runs until it is stopped, and stops at once."""
    keys = [f"image: {image}", "command: sleep 600", "stop_signal: SIGKILL", *lines]
    return f"  {name}:\n" + "".join(f"    {line}\n" for line in keys)


def compose_of(*parts: str) -> str:
    return "services:\n" + "".join(parts)


def preview(page: Page) -> Locator:
    return page.locator("#up-preview")


def summary(page: Page) -> Locator:
    return page.locator("#up-preview-summary")


def details(page: Page) -> Locator:
    """The lines of the preview, opened where they were not."""
    box = page.locator("#up-preview-details")
    if box.get_attribute("open") is None:
        box.locator("summary").click()
    return box.locator(".preview-lines")


def line(page: Page, name: str) -> Locator:
    return details(page).locator("> li").filter(has=page.locator("code", has_text=re.compile(f"^{name}$")))


@pytest.fixture
def other_name(docker_client: docker.DockerClient, project_name: str) -> Iterator[str]:
    """The name of a second project."""
    name = f"{project_name}b"
    yield name
    remove_project(docker_client, name)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_first_up_tells_what_it_creates_and_afterwards_there_is_nothing_to_do(
    page: Page, project_name: str, busybox_image: str
) -> None:
    volumes = "volumes: {data: {}}\n"
    create_project(page, project_name, compose_of(service("db", busybox_image, "volumes: ['data:/d']")) + volumes)
    open_overview(page, project_name)
    expect(summary(page)).to_have_text(
        f"Up will create db, create volume {project_name}_data, create network {project_name}_default."
    )
    expect(line(page, "db")).to_contain_text("no container yet")
    up(page, project_name)
    expect(summary(page)).to_have_text("Up to date: nothing to do.")
    expect(preview(page).locator("details")).to_have_count(0)


def test_a_changed_environment_is_named_before_the_click_as_soon_as_the_file_is_saved(
    page: Page, server: Server, project_name: str, busybox_image: str
) -> None:
    files = compose_of(service("db", busybox_image), service("web", busybox_image, "environment: {FOO: one}"))
    create_project(page, project_name, files)
    up(page, project_name)
    expect(summary(page)).to_have_text("Up to date: nothing to do.")
    changed = files.replace("{FOO: one}", "{FOO: two, DB_PASSWORD: hunter2}")
    write_files(server.data, project_name, {"compose.yaml": changed})
    expect(summary(page)).to_have_text("Up will recreate web, keep db.")
    told = line(page, "web")
    expect(told).to_contain_text("environment DB_PASSWORD, FOO changed")
    expect(told.locator(".preview-changes > li").filter(has_text="FOO")).to_contain_text("one two")
    expect(told).to_contain_text("added, value hidden")
    expect(preview(page)).not_to_contain_text("hunter2")
    press(page, "Up")
    expect(preview(page)).to_be_empty()
    wait_until_finished(page, "")
    expect(summary(page)).to_have_text("Up to date: nothing to do.")


def test_values_are_told_only_to_those_who_may_edit(
    page: Page, visit: Visitor, server: Server, project_name: str, busybox_image: str
) -> None:
    files = compose_of(service("web", busybox_image, "environment: {FOO: one}"))
    create_project(page, project_name, files)
    up(page, project_name)
    server.add_members(("viewer", project_name, "viewer"))
    write_files(server.data, project_name, {"compose.yaml": files.replace("one", "twotwo")})
    viewer = visit("viewer")
    open_overview(viewer, project_name)
    expect(line(viewer, "web")).to_contain_text("environment FOO changed")
    expect(preview(viewer)).not_to_contain_text("twotwo")


def test_a_port_that_another_project_holds_is_named_with_its_owner_and_forgotten_when_it_is_free(
    page: Page, project_name: str, other_name: str, busybox_image: str, docker_client: docker.DockerClient
) -> None:
    port = free_port()
    labels = {"com.docker.compose.project": other_name, "com.docker.compose.service": "front"}
    owner = docker_client.containers.run(
        busybox_image,
        "sleep 600",
        name=f"{other_name}-front-1",
        ports={"80/tcp": port},
        labels=labels,
        detach=True,
        stop_signal="SIGKILL",
    )
    create_project(page, project_name, compose_of(service("web", busybox_image, f"ports: ['{port}:80']")))
    open_overview(page, project_name)
    told = preview(page).locator(".preview-obstacles")
    expect(told).to_contain_text(f"port {port} is already in use by container {other_name}-front-1")
    expect(told).to_contain_text(f"of project {other_name}")
    owner.remove(force=True)
    expect(told).to_have_count(0)
    expect(summary(page)).to_contain_text("Up will create web")


def test_a_missing_external_network_is_said_until_somebody_creates_it(
    page: Page, project_name: str, busybox_image: str, docker_client: docker.DockerClient
) -> None:
    name = f"{project_name}_outside"
    networks = f"networks: {{default: {{name: {name}, external: true}}}}\n"
    create_project(page, project_name, compose_of(service("web", busybox_image)) + networks)
    open_overview(page, project_name)
    expect(preview(page)).to_contain_text("Up would refuse:")
    expect(preview(page)).to_contain_text(name)
    network = docker_client.networks.create(name)
    try:
        expect(summary(page)).to_have_text("Up will create web.")
    finally:
        network.remove()


def test_broken_files_take_the_preview_s_place_and_are_told_once_with_where(page: Page, project_name: str) -> None:
    create_project(page, project_name, "services:\n  web:\n    image: [unclosed\n")
    open_overview(page, project_name)
    expect(preview(page)).to_contain_text("What Up would do cannot be told before the files can be used.")
    place = page.get_by_role("link", name=re.compile(r"compose\.yaml:\d"))
    expect(page.locator("#services").filter(has=place)).to_be_visible()
    expect(place).to_have_count(1)


def test_missing_variables_and_left_containers_are_told(
    page: Page, server: Server, project_name: str, busybox_image: str
) -> None:
    create_project(page, project_name, compose_of(service("web", busybox_image), service("old", busybox_image)))
    up(page, project_name)
    less = compose_of(service("web", busybox_image, "environment: {A: '${NOWHERE}'}"))
    write_files(server.data, project_name, {"compose.yaml": less})
    expect(preview(page)).to_contain_text("Variables without a value are taken as empty: NOWHERE")
    expect(line(page, f"{project_name}-old-1")).to_contain_text("its service is not in the files")
    write_files(server.data, project_name, {".env": "NOWHERE=here\n"})
    expect(preview(page)).not_to_contain_text("Variables without a value")


def test_a_changed_volume_is_asked_about_and_kept_unless_told_otherwise(
    page: Page, server: Server, project_name: str, busybox_image: str, docker_client: docker.DockerClient
) -> None:
    volume = f"{project_name}_data"
    files = compose_of(service("db", busybox_image, "volumes: ['data:/d']")) + "volumes: {data: {labels: {v: '%s'}}}\n"
    create_project(page, project_name, files % 1)
    up(page, project_name)
    container = docker_client.containers.get(f"{project_name}-db-1")
    container.exec_run("touch /d/precious")

    write_files(server.data, project_name, {"compose.yaml": files % 2})
    expect(preview(page)).to_contain_text(f"Volume {volume} is not as the files say (labels v changed)")
    expect(summary(page)).to_have_text(f"Up to date, apart from volume {volume}.")
    press(page, "Up")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("its data is gone")
    expect(dialog.get_by_role("checkbox")).not_to_be_checked()
    dialog.get_by_role("button", name="Up", exact=True).click()
    expect(dialog).to_have_count(0)
    wait_until_finished(page, "")
    container.reload()
    assert container.exec_run("ls /d").output == b"precious\n"

    expect(preview(page)).to_contain_text(f"Volume {volume} is not as the files say")
    press(page, "Up")
    dialog.get_by_role("checkbox", name=f"Make {volume} anew and lose all the data in it").check()
    dialog.get_by_role("button", name="Up", exact=True).click()
    wait_until_finished(page, "1 volume created")
    expect(summary(page)).to_have_text("Up to date: nothing to do.")
    assert docker_client.containers.get(f"{project_name}-db-1").exec_run("ls /d").output == b""
    assert docker_client.volumes.get(volume).attrs["Labels"]["v"] == "2"


def test_down_tells_what_it_removes_and_which_data_is_lost(
    page: Page, project_name: str, busybox_image: str, docker_client: docker.DockerClient
) -> None:
    mounts = "volumes: ['data:/d', '/anonymous']"
    create_project(page, project_name, compose_of(service("db", busybox_image, mounts)) + "volumes: {data: {}}\n")
    up(page, project_name)
    press(page, "Down…")
    told = page.locator("#down-preview")
    expect(told).to_contain_text(f"remove 1 container: {project_name}-db-1")
    expect(told).to_contain_text(f"remove 1 network: {project_name}_default")
    expect(told.locator(".volumes-kept")).to_be_visible()
    expect(told.locator(".volumes-lost")).to_be_hidden()
    page.get_by_role("dialog").get_by_role("checkbox").check()
    expect(told.locator(".volumes-kept")).to_be_hidden()
    expect(told.locator(".volumes-lost")).to_contain_text(f"the data of 1 volume: {project_name}_data")
    expect(told.locator(".volumes-lost")).to_contain_text("the data of 1 unnamed volume")
    page.get_by_role("dialog").get_by_role("button", name="Keep it").click()
    take_down(page, with_volumes=True)
    wait_until_finished(page, "took")
    found = docker_client.volumes.list(filters={"label": f"com.docker.compose.project={project_name}"})
    assert found == []
