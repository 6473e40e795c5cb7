"""Terminals in containers: a shell is found, survives a reload, ends when it is closed, and is for editors only."""

from __future__ import annotations

import re
import time

import docker
import pytest
from docker.models.containers import Container
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visitor
from tests.browser.screens import create_project, service_row, up
from tests.browser.test_preview import compose_of, service
from tests.left_behind import left_behind


@pytest.fixture
def container(page: Page, project_name: str, busybox_image: str, docker_client: docker.DockerClient) -> Container:
    """A running container of a project whose terminal page is open."""
    create_project(page, project_name, compose_of(service("web", busybox_image)))
    up(page, project_name)
    page.goto(f"/projects/{project_name}/terminal/")
    return docker_client.containers.get(f"{project_name}-web-1")


def screen(page: Page) -> Locator:
    return page.locator(".terminal-panel:not([hidden]) .xterm-rows")


def open_terminal(page: Page, command: str = "") -> None:
    page.get_by_label("Command").fill(command)
    page.get_by_role("button", name="Open a terminal").click()


def enter(page: Page, words: str) -> None:
    page.keyboard.type(words)
    page.keyboard.press("Enter")


def until_nothing_is_left(container: Container, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while left_behind(container):
        assert time.monotonic() < deadline, "what the terminal began still runs"
        time.sleep(0.2)


def test_a_shell_is_found_and_does_what_is_typed(page: Page, container: Container) -> None:
    open_terminal(page)
    expect(page.get_by_role("tab")).to_have_text(re.compile(r"web-1 · (bash|ash|sh)$"))
    enter(page, "echo $((6*7))-你好")
    expect(screen(page)).to_contain_text("42-你好")
    enter(page, "exit 3")
    expect(screen(page)).to_contain_text("ended with exit code 3")


def test_the_own_process_of_a_container_is_joined(
    page: Page, project_name: str, busybox_image: str, docker_client: docker.DockerClient
) -> None:
    shell = f"{{image: '{busybox_image}', stdin_open: true, tty: true, stop_signal: SIGKILL}}"
    create_project(page, project_name, f"services: {{web: {shell}}}\n")
    up(page, project_name)
    page.goto(f"/projects/{project_name}/terminal/")
    page.get_by_role("button", name="Attach").click()
    expect(page.get_by_role("tab")).to_have_text(re.compile(r"web-1 · attached$"))
    enter(page, "echo $((6*7))-joined")
    expect(screen(page)).to_contain_text("42-joined")
    page.reload()
    expect(screen(page)).to_contain_text("42-joined")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_text("No terminal is open.")).to_be_visible()
    assert docker_client.containers.get(f"{project_name}-web-1").status == "running"


def test_a_reload_comes_back_to_the_same_shell(page: Page, container: Container) -> None:
    open_terminal(page)
    enter(page, "KEPT=still-here; echo first-$KEPT")
    expect(screen(page)).to_contain_text("first-still-here")
    page.reload()
    expect(screen(page)).to_contain_text("first-still-here")
    page.locator(".terminal-panel .xterm-helper-textarea").focus()
    enter(page, "echo second-$KEPT")
    expect(screen(page)).to_contain_text("second-still-here")


def test_closing_ends_what_runs_in_the_container(page: Page, container: Container) -> None:
    open_terminal(page)
    enter(page, "sleep 4000 & echo begun")
    expect(screen(page)).to_contain_text("begun")
    assert left_behind(container)
    page.get_by_role("button", name="Close").click()
    until_nothing_is_left(container)
    expect(page.get_by_text("No terminal is open.")).to_be_visible()


def test_several_terminals_stand_side_by_side_and_the_window_sizes_them(page: Page, container: Container) -> None:
    open_terminal(page)
    enter(page, "echo one")
    expect(screen(page)).to_contain_text("one")
    open_terminal(page, "sh")
    expect(page.get_by_role("tab")).to_have_count(2)
    enter(page, "stty size")
    expect(screen(page)).to_contain_text(re.compile(r"\d+ \d{2,3}"))
    before = re.search(r"(\d+) (\d{2,3})", screen(page).inner_text())
    page.set_viewport_size({"width": 700, "height": 900})
    page.wait_for_timeout(300)
    enter(page, "clear; stty size")
    expect(screen(page)).to_contain_text(re.compile(r"\d+ [5-8]\d(?!\d)"))
    assert before and int(before[2]) > 90
    page.keyboard.press("Control+F6")
    page.keyboard.press("ArrowLeft")
    expect(screen(page)).to_contain_text("one")


def test_much_output_neither_freezes_the_page_nor_loses_its_end(page: Page, container: Container) -> None:
    open_terminal(page)
    enter(
        page,
        "i=0; while [ $i -lt 40000 ]; do echo line-$i-and-some-more-of-it; i=$((i+1)); done; echo a''ll",
    )
    expect(screen(page)).to_contain_text("all", timeout=60_000)
    expect(screen(page)).to_contain_text("line-39999-")


def test_a_second_window_takes_it_over_and_it_can_be_brought_back(
    page: Page, container: Container, visit: Visitor
) -> None:
    open_terminal(page)
    enter(page, "echo here")
    expect(screen(page)).to_contain_text("here")
    other = visit("ada")
    other.goto(page.url)
    expect(screen(other)).to_contain_text("here")
    expect(page.get_by_text("shown in another window")).to_be_visible()
    page.get_by_role("button", name="Show it here").click()
    expect(other.get_by_text("shown in another window")).to_be_visible()


def test_a_command_that_is_not_there_and_a_user_that_is_not_there_are_told(page: Page, container: Container) -> None:
    page.get_by_label("As user").fill("nobody-at-all")
    open_terminal(page)
    expect(page.locator(".terminal-notice")).to_contain_text("has no user “nobody-at-all”")
    page.get_by_role("button", name="Close").click()
    page.get_by_label("As user").fill("")
    open_terminal(page, "no-such-program")
    expect(screen(page)).to_contain_text("executable file not found")


def test_an_operator_has_no_terminal_and_an_editor_reaches_it_from_the_service(
    page: Page, container: Container, project_name: str
) -> None:
    page.goto(f"/projects/{project_name}/")
    service_row(page, "web").locator("details[data-menu] summary").click()
    service_row(page, "web").get_by_role("link", name="Open a terminal").click()
    expect(page.get_by_role("tab")).to_have_count(1)
    enter(page, "echo opened-by-itself")
    expect(screen(page)).to_contain_text("opened-by-itself")


def test_the_processes_of_a_service_are_listed(page: Page, container: Container, project_name: str) -> None:
    page.goto(f"/projects/{project_name}/")
    service_row(page, "web").locator("details[data-menu] summary").click()
    service_row(page, "web").get_by_role("link", name="Processes").click()
    expect(page.get_by_role("heading", name="Processes of web")).to_be_visible()
    expect(page.get_by_role("table")).to_contain_text("sleep")
