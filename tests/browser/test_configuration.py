"""Help while writing a Compose file, and what the files come to."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.screens import create_project, up, write_files
from tests.server import Server

FILES = {
    "compose.yaml": (
        "services:\n"
        "  web:\n"
        "    image: busybox:${TAG:-latest}\n"
        "    \n"
        "  db:\n"
        "    image: postgres\n"
        "    environment:\n"
        "      SECRET: ${SECRET}\n"
    ),
    ".env": "SECRET=hunter2\nLEFT_OVER=1\n",
}


@pytest.fixture
def project(page: Page, server: Server, project_name: str) -> str:
    """A project with the files above, at `/projects/NAME`."""
    create_project(page, project_name, "services:\n  web:\n    image: busybox\n")
    write_files(server.data, project_name, FILES)
    return f"/projects/{project_name}"


def offered(page: Page) -> Locator:
    return page.locator(".cm-tooltip-autocomplete li")


def choose(page: Page, name: str) -> None:
    """Take what is offered, once it is the chosen one."""
    chosen = page.locator(".cm-tooltip-autocomplete li[aria-selected]")
    expect(chosen).to_contain_text(name)
    page.wait_for_timeout(150)  # a list that has only just come does not take the key: one may have meant a new line
    page.keyboard.press("Enter")


def test_keys_words_and_names_are_offered_and_the_result_is_right(page: Page, project: str) -> None:
    page.goto(f"{project}/files/?file=compose.yaml&line=4")
    expect(page.locator(".editor-status")).to_contain_text("Line 4")
    page.keyboard.press("End")
    page.keyboard.type("resta")
    expect(page.locator(".cm-completionInfo")).to_contain_text("unless-stopped")
    choose(page, "restart")
    expect(offered(page)).to_have_text(["no", "always", "on-failure", "unless-stopped"])
    page.keyboard.type("unl")
    choose(page, "unless-stopped")
    page.keyboard.press("Enter")
    page.keyboard.type("depends_on: [d")
    choose(page, "db")
    page.keyboard.type("]")
    page.keyboard.press("Control+s")
    expect(page.locator("[data-editor-state]")).to_contain_text("Saved")
    expect(page.locator("[data-editor-problems] li.problem-error, .cm-lintRange-error")).to_have_count(0)
    page.goto(f"{project}/files/configuration/")
    expect(page.locator(".cm-content")).to_contain_text("restart: unless-stopped")
    expect(page.locator(".cm-content")).to_contain_text("condition: service_started")


def test_a_key_is_explained_under_the_pointer(page: Page, project: str) -> None:
    page.goto(f"{project}/files/?file=compose.yaml")
    page.locator(".cm-line", has_text="image: postgres").get_by_text("image", exact=True).hover()
    tip = page.locator(".cm-tooltip .editor-tip")
    expect(tip).to_contain_text("The image to run, such as redis:7-alpine", timeout=15_000)
    expect(tip).to_contain_text("text")
    page.locator("h1").hover()
    expect(tip).to_have_count(0)


def test_flow_syntax_is_completed_and_explained_as_well(page: Page, project: str) -> None:
    page.goto(f"{project}/files/?file=compose.yaml&line=4")
    expect(page.locator(".editor-status")).to_contain_text("Line 4")
    page.keyboard.press("End")
    page.keyboard.type("depends_on: {db: {cond")
    page.keyboard.press("Control+Space")
    choose(page, "condition")
    page.keyboard.type("service_h")
    choose(page, "service_healthy")
    page.keyboard.type("}}")
    line = page.locator(".cm-line", has_text="depends_on")
    expect(line).to_have_text("    depends_on: {db: {condition: service_healthy}}")
    line.get_by_text("condition", exact=True).hover()
    expect(page.locator(".cm-tooltip .editor-tip")).to_contain_text("service_completed_successfully", timeout=15_000)


def test_the_effective_configuration_is_shown_compared_and_copied(page: Page, project: str) -> None:
    page.goto(f"{project}/files/")
    page.get_by_role("link", name="Effective configuration").click()
    expect(page.locator(".cm-content")).to_contain_text("image: busybox:latest")
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("tbody")).to_contain_text("not created yet")
    copied = page.locator("[data-copy]")
    assert "SECRET: hunter2" in (copied.get_attribute("data-copy") or "")
    copied.click()
    expect(copied).to_have_attribute("data-copied", "yes")


def test_what_changed_since_a_service_was_brought_up_is_named(
    page: Page, server: Server, project_name: str, busybox_image: str
) -> None:
    text = "services:\n  web:\n    image: %s\n    command: sleep 600\n    environment:\n      MODE: %s\n"
    create_project(page, project_name, text % (busybox_image, "first"))
    up(page, project_name)
    write_files(server.data, project_name, {"compose.yaml": text % (busybox_image, "second") + "    hostname: there\n"})
    page.goto(f"/projects/{project_name}/files/configuration/")
    row = page.locator("tbody tr", has_text="web")
    expect(row).to_contain_text("changed since it was brought up")
    expect(row.locator(".preview-changes li")).to_have_text(
        ["environment MODE first second", re.compile("hostname .* there")]
    )


def test_a_secret_is_shown_when_asked_for_and_a_use_leads_to_its_line(page: Page, project: str) -> None:
    page.goto(f"{project}/files/environment/")
    row = page.locator("tbody tr", has_text="SECRET").first
    value = row.get_by_text("hunter2")
    expect(value).to_be_hidden()
    row.locator("summary").click()
    expect(value).to_be_visible()
    expect(page.locator("tr", has_text="LEFT_OVER")).to_contain_text("unused")
    row.get_by_role("link", name="compose.yaml:8").click()
    expect(page.locator(".editor-status")).to_contain_text("Line 8")
