"""What happened to a project on the engine, as a live list."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visitor
from tests.browser.screens import create_project, open_overview, press, service_row, up, wait_until_finished


@pytest.fixture
def running(page: Page, project_name: str, busybox_image: str) -> str:
    """A project of which one container runs and another one has failed."""
    compose = f"""services:
  steady: {{image: "{busybox_image}", command: sleep 600, stop_signal: SIGKILL, volumes: ["data:/d"]}}
  failing: {{image: "{busybox_image}", command: "sh -c 'exit 7'"}}
volumes: {{data: {{}}}}
"""
    create_project(page, project_name, compose)
    up(page, project_name)
    return project_name


def open_events(page: Page, name: str) -> None:
    page.goto(f"/projects/{name}/operations/")
    page.get_by_role("link", name="Events", exact=True).click()
    expect(page.get_by_role("heading", name="Events", exact=True)).to_be_visible()


def event(page: Page, words: str, service: str = "") -> Locator:
    return page.locator(".events-table tbody tr").filter(has_text=words).filter(has_text=service)


def test_stored_events_are_there_and_new_ones_appear_above(page: Page, visit: Visitor, running: str) -> None:
    open_events(page, running)
    failed = event(page, "Container exited with code 7", "failing").first
    expect(failed).to_contain_text(f"{running}-failing-1")
    expect(failed.locator(".state-bad")).to_be_visible()
    expect(failed.locator("time")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))
    for words in (f"Network {running}_default created", f"Volume {running}_data created"):
        expect(event(page, words)).not_to_have_count(0)
    expect(event(page, f"Volume {running}_data mounted at /d", "steady")).to_have_count(1)
    other = visit("ada")
    open_overview(other, running)
    service_row(other, "steady").get_by_role("button", name="Stop steady").click()
    expect(event(page, "Container stopped", "steady")).to_have_count(1)
    expect(event(page, "Container ended by SIGKILL (code 137)", "steady")).to_have_count(1)
    times = [time.get_attribute("datetime") or "" for time in page.locator(".events-table time").all()]
    assert times == sorted(times, reverse=True)


def test_kinds_are_chosen_and_remembered(page: Page, running: str) -> None:
    open_events(page, running)
    network = event(page, f"Network {running}_default created")
    expect(network).to_have_count(1)
    page.get_by_role("button", name="Networks").press("Enter")
    expect(network).to_have_count(0)
    page.reload()
    expect(event(page, "Container exited with code 7")).not_to_have_count(0)
    expect(network).to_have_count(0)
    expect(page.get_by_role("button", name="Networks")).to_have_attribute("aria-pressed", "false")
    for kind in ("Containers", "Health", "Volumes", "Images"):
        page.get_by_role("button", name=kind, exact=True).click()
    expect(page.get_by_text("No event of the kinds that are chosen.")).to_be_visible()


def test_a_project_to_which_nothing_happened_says_so(page: Page, project_name: str) -> None:
    create_project(page, project_name, "services: {web: {image: 'nothing-of-this-name:1'}}\n")
    open_events(page, project_name)
    expect(page.get_by_text("Nothing happened in the last hour.")).to_be_visible()


def test_the_list_is_no_wider_than_a_narrow_phone_and_speaks_chinese(visit: Visitor, running: str) -> None:
    page = visit("ada", language="zh-CN", width=360, height=740)
    page.goto(f"/projects/{running}/events/")
    expect(event(page, "容器已退出，退出码 7").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_down_is_told_to_its_end(page: Page, visit: Visitor, running: str) -> None:
    open_events(page, running)
    expect(event(page, "Container started", "steady")).not_to_have_count(0)
    other = visit("ada")
    open_overview(other, running)
    press(other, "Down…")
    other.get_by_role("dialog").get_by_role("button", name="Take it down").click()
    wait_until_finished(other, "")
    expect(event(page, "Container removed", "steady")).to_have_count(1)
    expect(event(page, f"Network {running}_default removed")).to_have_count(1)
