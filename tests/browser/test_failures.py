"""Each failure a person will meet has a sentence of its own: the service, the cause, the next step."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Complaints, Visitor, new_server
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
from tests.engine_door import EngineDoor
from tests.registry import Registry, random_layer
from tests.server import Server

BROKEN_YAML = "services:\n  web:\n    image: [unclosed\n"


def service(name: str, image: str, *lines: str) -> str:
    """A service of a compose file that runs until it is stopped, and stops at once."""
    keys = [f"image: {image}", "command: sleep 600", "stop_signal: SIGKILL", *lines]
    given = {line.partition(":")[0]: line for line in keys}
    return f"  {name}:\n" + "".join(f"    {line}\n" for line in given.values())


def compose_of(*services: str) -> str:
    return "services:\n" + "".join(services)


def problems(page: Page) -> str:
    """The sentences of what went wrong in the operation."""
    return " ".join(operation(page).locator(".operation-problems").inner_text().split())


def running(client: docker.DockerClient, name: str) -> set[str]:
    """The services of the project that run."""
    filters: dict[str, str | list[str] | bool] = {"label": f"com.docker.compose.project={name}"}
    found = client.containers.list(filters=filters)
    return {container.labels["com.docker.compose.service"] for container in found}


def test_invalid_yaml_is_told_with_its_place_and_nothing_is_begun(
    page: Page, complaints: Complaints, project_name: str
) -> None:
    complaints.expect("422")
    create_project(page, project_name, BROKEN_YAML)
    open_overview(page, project_name)
    expect(page.locator("#services")).to_contain_text(re.compile(r"compose\.yaml:[34]"))
    press(page, "Up")
    expect(page.locator("#notices")).to_contain_text("compose.yaml")
    expect(operation(page)).to_have_count(0)


def test_an_unknown_key_is_named_with_its_service_and_its_line(page: Page, project_name: str) -> None:
    create_project(page, project_name, "services:\n  web:\n    image: busybox\n    portz: ['80:80']\n")
    open_overview(page, project_name)
    told = page.locator("#services")
    expect(told).to_contain_text("portz")
    expect(told).to_contain_text("web")
    expect(told).to_contain_text("compose.yaml:4")


def test_a_missing_build_context_is_named_and_the_other_service_comes_up(
    page: Page, project_name: str, busybox_image: str, docker_client: docker.DockerClient
) -> None:
    create_project(page, project_name, compose_of("  web:\n    build: ./nowhere\n", service("db", busybox_image)))
    up(page, project_name)
    told = problems(page)
    assert "web" in told
    assert "nowhere" in told
    assert running(docker_client, project_name) == {"db"}


def test_a_missing_dockerfile_is_named(page: Page, server: Server, project_name: str) -> None:
    create_project(page, project_name, compose_of("  web:\n    build: ./app\n"))
    write_files(server.data, project_name, {"app/readme": ""})
    up(page, project_name)
    assert "web" in problems(page)
    assert "Dockerfile" in problems(page)


def test_an_image_no_registry_has_is_named_and_the_other_service_comes_up(
    page: Page, project_name: str, registry: Registry, busybox_image: str, docker_client: docker.DockerClient
) -> None:
    missing = f"{registry.address}/nobody/has-this:1"
    create_project(page, project_name, compose_of(service("web", missing), service("db", busybox_image)))
    up(page, project_name)
    told = problems(page)
    assert "web" in told
    assert missing in told
    assert "was not found" in told
    assert "Check the name" in told
    assert running(docker_client, project_name) == {"db"}


def test_a_base_image_no_registry_has_is_told_with_the_service(
    page: Page, server: Server, project_name: str, registry: Registry
) -> None:
    missing = f"{registry.address}/nobody/base:1"
    create_project(page, project_name, compose_of("  web:\n    build: .\n"))
    write_files(server.data, project_name, {"Dockerfile": f"FROM {missing}\n"})
    up(page, project_name)
    assert "web" in problems(page)
    assert "nobody/base:1" in problems(page)


def test_a_failing_run_shows_its_step_and_its_last_lines(
    page: Page, server: Server, project_name: str, busybox_image: str
) -> None:
    create_project(page, project_name, compose_of("  web:\n    build: .\n"))
    dockerfile = f"FROM {busybox_image}\nRUN echo begun\nRUN echo no compiler here; exit 3\n"
    write_files(server.data, project_name, {"Dockerfile": dockerfile})
    up(page, project_name)
    told = problems(page)
    assert "web" in told
    assert "RUN echo no compiler here; exit 3" in told
    assert "no compiler here" in told.replace("RUN echo no compiler here", "")
    assert "3" in told


def test_a_port_in_use_names_the_container_and_the_project_that_have_it(
    page: Page, project_name: str, busybox_image: str, docker_client: docker.DockerClient
) -> None:
    published = free_port()
    compose = compose_of(
        service("first", busybox_image, f"ports: ['{published}:80']"),
        service("second", busybox_image, f"ports: ['{published}:81']", "depends_on: [first]"),
    )
    create_project(page, project_name, compose)
    up(page, project_name)
    told = problems(page)
    assert "second" in told
    assert f"Port {published} of this machine is already in use" in told
    assert f"{project_name}-first-1" in told
    assert running(docker_client, project_name) == {"first"}


def test_a_port_in_use_by_another_program_is_said_to_be(page: Page, project_name: str, busybox_image: str) -> None:
    with socket.create_server(("0.0.0.0", 0)) as listener:
        published = listener.getsockname()[1]
        create_project(page, project_name, compose_of(service("web", busybox_image, f"ports: ['{published}:80']")))
        up(page, project_name)
        told = problems(page)
    assert "web" in told
    assert f"Port {published} of this machine is already in use" in told
    assert "publish another port" in told


def test_a_container_that_exits_at_once_tells_its_code_and_its_last_lines(
    page: Page, project_name: str, busybox_image: str, docker_client: docker.DockerClient
) -> None:
    crashing = service("web", busybox_image, """command: sh -c 'echo no database configured; exit 7'""")
    create_project(page, project_name, compose_of(crashing, service("db", busybox_image)))
    up(page, project_name)
    told = problems(page)
    assert "web" in told
    assert "exited with code 7" in told
    assert "no database configured" in told
    expect(service_row(page, "web")).to_contain_text("exited (7)")
    assert running(docker_client, project_name) == {"db"}


def test_two_people_who_press_up_at_once_get_one_operation_and_are_told_so(
    visit: Visitor, complaints: Complaints, project_name: str, registry: Registry, busybox_rootfs: bytes
) -> None:
    complaints.expect("409")
    image = registry.add_image(project_name, [busybox_rootfs, random_layer(project_name, 200_000)])
    registry.pause()
    first, second = visit("ada"), visit("ada")
    create_project(first, project_name, compose_of(service("web", image)))
    open_overview(second, project_name)
    open_overview(first, project_name)
    csrf = second.locator("meta[name=csrf-token]").get_attribute("content") or ""
    press(first, "Up")
    expect(operation(first)).to_be_visible()
    answer = second.request.post(
        f"/projects/{project_name}/operations/",
        form={"verb": "up"},
        headers={"X-CSRFToken": csrf, "HX-Request": "true", "Referer": second.url},
    )
    assert answer.status == 409
    assert "ada began" in answer.text()
    registry.behave()
    wait_until_finished(first, "")
    expect(second.locator("section.operation")).to_have_count(1)


def test_a_name_that_is_taken_is_refused_at_its_field(page: Page, complaints: Complaints, project_name: str) -> None:
    complaints.expect("422")
    create_project(page, project_name, "services: {}\n")
    page.goto("/new/?from=blank")
    page.get_by_label("Name").fill(project_name)
    page.get_by_role("button", name="Create the project").click()
    expect(page.locator(".field-error")).to_contain_text(f"The name {project_name} is already taken")


def test_a_deleted_project_directory_is_told_and_down_still_works(
    page: Page, server: Server, project_name: str, busybox_image: str, docker_client: docker.DockerClient
) -> None:
    create_project(page, project_name, compose_of(service("web", busybox_image)))
    up(page, project_name)
    subprocess.run(["rm", "-r", server.data / "projects" / project_name], check=True)
    open_overview(page, project_name)
    expect(page.locator("#services")).to_contain_text("is gone")
    expect(page.locator("#services")).to_contain_text("Put it back")
    press(page, "Down…")
    page.get_by_role("button", name="Take it down").click()
    expect(page.locator("#project-state")).to_contain_text("not created")
    assert running(docker_client, project_name) == set()


@pytest.fixture
def door(tmp_path: Path) -> Iterator[EngineDoor]:
    door = EngineDoor(tmp_path / "engine.sock")
    yield door
    door.shut()


class TestEngineThatGoesAway:
    @pytest.fixture
    def server(self, built: None, docker_client: docker.DockerClient, door: EngineDoor) -> Iterator[Server]:
        yield from new_server(DOCKER_HOST=door.address)

    def test_without_an_engine_the_page_says_so_and_goes_on_by_itself_when_it_comes(
        self, page: Page, door: EngineDoor
    ) -> None:
        page.goto("/projects/")
        expect(page.locator("#engine-banner")).to_contain_text("No Docker engine answers")
        expect(page.locator("#engine-banner")).to_contain_text("sudo systemctl start docker")
        door.open()
        expect(page.locator("#engine-banner")).not_to_contain_text("No Docker engine answers", timeout=30_000)

    def test_an_operation_outlives_an_engine_that_goes_and_comes_back(
        self, page: Page, door: EngineDoor, project_name: str, registry: Registry, busybox_rootfs: bytes
    ) -> None:
        door.open()
        image = registry.add_image(project_name, [busybox_rootfs, random_layer(project_name, 400_000)])
        registry.bytes_per_second = 200_000
        create_project(page, project_name, compose_of(service("web", image)))
        open_overview(page, project_name)
        press(page, "Up")
        expect(operation(page).locator(".layer").filter(has_text="Downloading")).not_to_have_count(0)
        registry.pause()
        door.shut()
        expect(page.locator("#engine-banner")).to_contain_text("No Docker engine answers")
        registry.behave()
        expect(operation(page)).to_contain_text("The engine does not answer; waiting for it.")
        door.open()
        wait_until_finished(page, "1 container started")
        expect(page.locator("#engine-banner")).not_to_contain_text("No Docker engine answers", timeout=30_000)
        expect(page.locator("#project-state")).to_contain_text("1 running")


def free_port() -> int:
    """Return a port nobody listens on, on any address."""
    with socket.create_server(("0.0.0.0", 0)) as listener:
        return int(listener.getsockname()[1])
