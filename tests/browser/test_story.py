"""The main job, end to end, on the classic tutorial project."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from playwright.sync_api import Page, expect

import environment
from tests.browser.conftest import Complaints, Visitor, new_server
from tests.browser.screens import (
    create_project,
    open_overview,
    operation,
    press,
    result,
    row,
    service_row,
    take_down,
    up,
    wait_until_finished,
)
from tests.conftest import remove_project
from tests.published import read
from tests.server import Server
from tests.shared import EXAMPLE

NAME = "flaskproject"
BASE_IMAGES = ["redis:alpine", "python:3.7-alpine"]
STEPS = 9


@pytest.fixture(scope="module")
def tutorial_files() -> list[Path]:
    """The four files of the tutorial project where they lie beside this checkout, else those of our template."""
    template = environment.ROOT / "projects" / "starters" / "flask-redis"
    return sorted((EXAMPLE if EXAMPLE.is_dir() else template).iterdir())


@pytest.fixture
def tutorial_project(docker_client: docker.DockerClient) -> Iterator[str]:
    """The tutorial's own project name, on an engine that has its base images and nothing else of it."""
    missing = [name for name in BASE_IMAGES if not docker_client.images.list(name=name)]
    if missing:
        pytest.skip(f"the engine cannot pull {', '.join(missing)} here")
    remove_project(docker_client, NAME)
    yield NAME
    remove_project(docker_client, NAME)


class TestFirstAdministrator:
    @pytest.fixture
    def server(self, built: None, docker_client: docker.DockerClient) -> Iterator[Server]:
        yield from new_server(people={})

    def test_the_link_that_is_printed_makes_the_first_administrator_once(
        self, server: Server, visit: Visitor, complaints: Complaints
    ) -> None:
        complaints.expect("/setup/")
        printed = re.search(r"http://\S+/setup/\S+", server.output)
        assert printed
        page = visit("")
        page.goto(printed[0])
        page.get_by_label("Username").fill("grace")
        page.get_by_label("Password", exact=True).fill("a long enough sentence")
        page.get_by_label(re.compile("Password confirmation")).fill("a long enough sentence")
        page.get_by_role("button", name="Create the account").click()
        expect(page.get_by_role("heading", name="Your first project")).to_be_visible()
        stranger = visit("")
        stranger.goto(printed[0])
        expect(stranger.get_by_role("heading", name="This link no longer works")).to_be_visible()


def test_the_tutorial_project_is_uploaded_comes_up_counts_hits_and_goes_down(
    page: Page, server: Server, tutorial_project: str, tutorial_files: list[Path], docker_client: docker.DockerClient
) -> None:
    page.goto("/new/?from=upload")
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Files").set_input_files(tutorial_files)
    page.get_by_role("button", name="Create the project").click()
    page.wait_for_url(f"**/projects/{NAME}/**")
    kept = server.data / "projects" / NAME
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == {
        path.name: path.read_bytes() for path in tutorial_files
    }

    open_overview(page, NAME)
    press(page, "Up")
    steps = operation(page).locator(".step")
    expect(steps).to_have_count(STEPS, timeout=120_000)
    expect(steps.nth(0)).to_contain_text("python:3.7-alpine")
    expect(steps.nth(0).locator(".step-number")).to_have_text(f"1/{STEPS}")
    expect(steps.nth(6)).to_contain_text("pip install -r requirements.txt")
    wait_until_finished(page, "ada")
    for made in (f"{NAME}_default", f"{NAME}-web-1", f"{NAME}-redis-1"):
        expect(operation(page).get_by_text(made, exact=True)).to_be_attached()
    expect(page.locator("#project-state")).to_contain_text("2 running")

    link = page.locator("#project-state").get_by_role("link", name="5000")
    assert link.get_attribute("href") == "http://127.0.0.1:5000"
    assert read("http://127.0.0.1:5000") == "Hello World! I have been seen 1 times.\n"
    logs = page.locator("[data-logs]")
    expect(logs).to_contain_text(f"{NAME}-web-1")
    expect(logs).to_contain_text("GET / HTTP/1.1")

    press(page, "Stop")
    wait_until_finished(page, "ada stopped")
    expect(page.locator("#project-state")).not_to_contain_text("running")
    press(page, "Start")
    wait_until_finished(page, "ada started")
    expect(page.locator("#project-state")).to_contain_text("2 running")
    service_row(page, "web").get_by_role("button", name="Restart web").click()
    wait_until_finished(page, "ada")
    expect(page.locator("#project-state")).to_contain_text("2 running")

    page.goto("/")
    expect(row(page, NAME)).to_contain_text("2 running")
    docker_client.containers.get(f"{NAME}-redis-1").stop(timeout=1)
    expect(row(page, NAME)).to_contain_text("1 running, 1 exited")

    open_overview(page, NAME)
    take_down(page)
    expect(page.locator("#project-state")).to_contain_text("not created", timeout=30_000)
    assert docker_client.containers.list(all=True, filters={"label": f"com.docker.compose.project={NAME}"}) == []
    page.goto(f"/projects/{NAME}/operations/")
    expect(page.locator("tbody tr")).to_have_count(5)
    expect(page.locator("tbody tr").last).to_contain_text("Up")


def test_a_second_up_with_nothing_changed_does_nothing_and_says_so(
    page: Page, project_name: str, busybox_image: str
) -> None:
    create_project(
        page, project_name, f"services:\n  web: {{image: {busybox_image}, command: sleep 60, stop_signal: SIGKILL}}\n"
    )
    up(page, project_name)
    first = result(page).inner_text()
    up(page, project_name)
    expect(result(page)).not_to_have_text(first)
    expect(operation(page)).not_to_contain_text("Recreated")


def test_a_found_project_is_adopted_in_place_and_driven(
    page: Page, tmp_path: Path, project_name: str, busybox_image: str, docker_client: docker.DockerClient
) -> None:
    directory = tmp_path / project_name
    directory.mkdir()
    compose = directory / "compose.yaml"
    compose.write_text(f"services:\n  web: {{image: {busybox_image}, command: sleep 600, stop_signal: SIGKILL}}\n")
    program = environment.PYTHON.parent / "docker-compose"
    subprocess.run([program, "up", "-d"], cwd=directory, check=True, capture_output=True)
    page.goto("/")
    page.get_by_role("button", name=f"Adopt {project_name}").click()
    open_overview(page, project_name)
    expect(page.locator("#project-state")).to_contain_text("1 running")
    before = docker_client.containers.get(f"{project_name}-web-1").id
    press(page, "Up")
    wait_until_finished(page, "ada")
    assert docker_client.containers.get(f"{project_name}-web-1").id == before
    assert compose.exists()


def test_what_the_dashboard_brought_up_the_reference_cli_sees_as_its_own(
    page: Page, server: Server, project_name: str, busybox_image: str, compose_cli: str
) -> None:
    create_project(
        page, project_name, f"services:\n  web: {{image: {busybox_image}, command: sleep 600, stop_signal: SIGKILL}}\n"
    )
    up(page, project_name)
    directory = server.data / "projects" / project_name

    def compose(*arguments: str) -> str:
        command = [compose_cli, "--ansi", "never", *arguments]
        result = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=True)
        return result.stdout + result.stderr

    assert project_name in [entry["Name"] for entry in json.loads(compose("ls", "--format", "json"))]
    assert json.loads(compose("ps", "--format", "json"))["Name"] == f"{project_name}-web-1"
    assert "Running" in compose("up", "-d")
    compose("down")
    open_overview(page, project_name)
    expect(page.locator("#project-state")).to_contain_text("not created")
