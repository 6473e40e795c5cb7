"""Reading back through all that is stored, going to a time, and links to a line."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visitor
from tests.browser.screens import create_project, up

STORED = 5000
COMMAND = 'i=0; while [ $$i -lt 5000 ]; do echo "line $$i."; i=$$((i+1)); done; sleep 3600'


@pytest.fixture
def logs(page: Page, project_name: str, busybox_image: str) -> Locator:
    """The list of a logs page, of a container that has printed 5,000 lines and one that prints now and then."""
    create_project(
        page,
        project_name,
        f"""
services:
  web:
    image: {busybox_image}
    command: ["sh", "-c", '{COMMAND}']
    stop_signal: SIGKILL
  clock:
    image: {busybox_image}
    command: ["sh", "-c", "n=0; while true; do n=$$((n+1)); echo tick $$n; sleep 1; done"]
    stop_signal: SIGKILL
""",
    )
    up(page, project_name)
    page.goto(f"/projects/{project_name}/logs/")
    shown = page.locator("[data-logs] .log-list")
    expect(shown).to_contain_text(f"line {STORED - 1}.")
    return shown


def numbers(logs: Locator) -> list[int]:
    """The numbers of the lines of `web` that are shown, in their order."""
    return [int(found) for found in re.findall(r"line (\d+)\.", "\n".join(logs.locator(".log-text").all_inner_texts()))]


def scroll(logs: Locator, to: str) -> None:
    """Scroll all the way as a person does, by the wheel or the bar."""
    logs.evaluate("(list, to) => { list.scrollTop = to === 'top' ? 0 : list.scrollHeight; }", to)


def read_back_to(logs: Locator, number: int) -> list[list[int]]:
    """Scroll up until a line is there; return what was shown on the way."""
    seen = [numbers(logs)]
    deadline = time.monotonic() + 60
    while number not in seen[-1]:
        assert time.monotonic() < deadline, seen[-1][:3]
        scroll(logs, "top")
        logs.page.wait_for_timeout(150)
        seen.append(numbers(logs))
    return seen


def assert_no_gap(shown: list[int]) -> None:
    assert shown == list(range(shown[0], shown[0] + len(shown)))


def test_one_reads_back_to_the_first_line_and_down_again_without_a_gap(page: Page, logs: Locator) -> None:
    ways = read_back_to(logs, 0)
    for shown in ways:
        assert_no_gap(shown)
        assert len(shown) <= 1500
    scroll(logs, "top")
    expect(page.get_by_text("This is where the stored lines begin.")).to_be_visible()
    deadline = time.monotonic() + 60
    while STORED - 1 not in numbers(logs):
        assert time.monotonic() < deadline
        scroll(logs, "bottom")
        page.wait_for_timeout(150)
        assert_no_gap(numbers(logs))
    scroll(logs, "bottom")
    ticks = re.findall(r"tick (\d+)", logs.inner_text())
    expect(logs).to_contain_text(f"tick {int(ticks[-1]) + 3}")  # it is live again


def test_what_is_read_stays_in_its_place_while_older_lines_come(page: Page, logs: Locator) -> None:
    scroll(logs, "top")
    page.wait_for_timeout(50)
    line = f"line {STORED - 190}."
    before = place_of(logs, line)
    page.wait_for_timeout(1500)
    assert len(numbers(logs)) > 300
    assert abs(place_of(logs, line) - before) < 2


def place_of(logs: Locator, line: str) -> float:
    box = logs.locator(".log-row", has_text=line).bounding_box()
    assert box
    return box["y"]


def test_one_comes_back_to_the_newest_lines_at_once(page: Page, logs: Locator) -> None:
    read_back_to(logs, 1000)
    page.get_by_role("button", name="Back to the newest lines").click()
    expect(logs).to_contain_text(f"line {STORED - 1}.")
    last = int(re.findall(r"tick (\d+)", logs.inner_text())[-1])
    expect(logs).to_contain_text(f"tick {last + 2}")


def test_a_link_to_a_line_opens_there_for_another_person(
    page: Page, logs: Locator, visit: Visitor, project_name: str
) -> None:
    read_back_to(logs, 2500)
    row = logs.locator(".log-row", has_text="line 2500.")
    row.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    row.hover()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy a link to the line").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    link = page.evaluate("() => navigator.clipboard.readText()")
    assert f"/projects/{project_name}/logs/?at=" in link
    other = visit("ada", language="zh-Hans")
    other.goto(link)
    sought = other.locator(".log-row-sought")
    expect(sought).to_contain_text("line 2500.")
    expect(sought).to_be_in_viewport()
    assert_no_gap(numbers(other.locator("[data-logs] .log-list")))


def test_one_goes_to_a_time(page: Page, logs: Locator) -> None:
    page.get_by_role("button", name="Go to a time").click()
    page.get_by_label("Time", exact=True).fill("2020-01-01T00:00:00")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(logs).to_contain_text("line 0.")
    expect(page.get_by_text("This is where the stored lines begin.")).to_be_visible()


def test_a_line_is_copied_by_the_keyboard(page: Page, logs: Locator) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    logs.focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(logs.locator(".log-row-chosen")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert re.match(r"(tick|line) \d+", page.evaluate("() => navigator.clipboard.readText()"))
