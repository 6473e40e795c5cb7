"""How lines are shown: size, time zone, JSON as fields and as a tree, folded stack traces; all of it remembered."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visitor
from tests.browser.screens import create_project, up

ENTRY = {"level": "error", "msg": "order <b>refused</b>", "user": "ann", "order": {"id": 7, "items": [1, 2]}}
TRACE = [
    "Error: no such order",
    *(f"    at step{number} (/app/index.js:{number}:1)" for number in range(1, 6)),
    "ready again",
    "Traceback (most recent call last):",
    '  File "/app/main.py", line 3, in <module>',
    "    main()",
    "ValueError: no",
]


@pytest.fixture
def logs(page: Page, project_name: str, busybox_image: str) -> Page:
    """The logs of a project that has printed JSON and stack traces."""
    printed = "\n".join([json.dumps(ENTRY), *TRACE, "the end"])
    command = json.dumps(["sh", "-c", 'printf "%s\\n" "$$SAID"; sleep 1000'])
    environment = json.dumps({"SAID": printed})
    create_project(
        page,
        project_name,
        f"services:\n  web:\n    image: {busybox_image}\n    command: {command}\n"
        f"    environment: {environment}\n    stop_signal: SIGKILL\n",
    )
    up(page, project_name)
    page.goto(f"/projects/{project_name}/logs/")
    expect(line(page, "the end")).to_be_visible()
    return page


def line(page: Page, text: str) -> Locator:
    return page.locator(".log-row").filter(has_text=text)


def view(page: Page) -> Locator:
    """The form with how lines are shown, opened."""
    page.get_by_role("button", name="View", exact=True).click()
    return page.get_by_role("form", name="View")


def test_json_is_shown_as_its_message_and_fields_and_as_a_tree(logs: Page) -> None:
    entry = line(logs, "refused")
    expect(entry.locator(".log-text")).to_have_text(
        'order <b>refused</b> level=error user=ann order={"id":7,"items":[1,2]} '
    )
    expect(entry).to_have_attribute("data-level", "error")
    entry.get_by_role("button", name="Show all fields").click()
    tree = entry.locator(".log-json-tree")
    expect(tree.get_by_role("listitem").filter(has_text=re.compile("^id: 7$"))).to_be_visible()
    tree.get_by_role("button", name="user").click()
    expect(entry.locator(".log-text")).to_have_text("order <b>refused</b> user=ann ")
    form = view(logs)
    expect(form.get_by_label("Fields shown")).to_have_value("user")
    form.get_by_label("JSON as fields").uncheck()
    expect(entry.locator(".log-text")).to_have_text(json.dumps(ENTRY))
    logs.reload()
    expect(entry.locator(".log-text")).to_have_text(json.dumps(ENTRY))


def test_a_stack_trace_is_folded_under_its_first_line(logs: Page) -> None:
    head, frame = line(logs, "no such order"), line(logs, "step3")
    expect(frame).to_be_hidden()
    expect(line(logs, "ready again")).to_be_visible()
    expect(line(logs, "line 3, in")).to_be_hidden()
    expect(line(logs, "ValueError: no")).to_be_visible()
    head.get_by_role("button", name="Show 5 more lines").click()
    expect(frame).to_be_visible()
    head.get_by_role("button", name="Fold").click()
    expect(frame).to_be_hidden()
    view(logs).get_by_label("Fold stack traces").uncheck()
    expect(frame).to_be_visible()
    expect(line(logs, "line 3, in")).to_be_visible()


def test_a_level_that_is_asked_for_brings_its_trace(logs: Page) -> None:
    view(logs).get_by_label("Fold stack traces").uncheck()
    logs.get_by_role("combobox", name="Levels that are shown").select_option("Errors")
    expect(line(logs, "step3")).to_be_visible()
    expect(line(logs, "ready again")).to_be_hidden()


def test_size_density_and_time_zone_are_chosen_and_remembered(logs: Page, visit: Visitor) -> None:
    logs.get_by_role("button", name="Show timestamps").click()
    form = view(logs)
    form.get_by_label("Time zone").select_option("UTC")
    form.get_by_label("Text size").select_option("Large")
    form.get_by_label("Compact lines").check()
    for _ in range(2):
        last = line(logs, "the end").locator("time")
        stamp = last.get_attribute("datetime")
        assert stamp is not None
        expect(last).to_have_text(f"{stamp[11:23]} ")
        look = "(list) => [getComputedStyle(list).fontSize, getComputedStyle(list).lineHeight]"
        assert logs.locator(".log-list").evaluate(look) == ["16px", "19.2px"]
        logs.reload()
        expect(line(logs, "the end")).to_be_visible()


def test_how_one_likes_logs_is_so_in_every_browser_of_theirs(logs: Page, visit: Visitor) -> None:
    with logs.expect_response("**/preferences/logs/") as kept:
        view(logs).get_by_label("Text size").select_option("Large")
    assert kept.value.status == 204
    with logs.expect_response("**/preferences/logs/"):
        logs.get_by_role("button", name="Show timestamps").click()
    other = visit("ada")
    other.goto(logs.url)
    expect(line(other, "the end")).to_be_visible()
    expect(other.get_by_role("button", name="Show timestamps")).to_have_attribute("aria-pressed", "true")
    assert other.locator(".log-list").evaluate("(list) => getComputedStyle(list).fontSize") == "16px"


def test_how_much_was_logged_when_is_counted_and_leads_to_the_lines(
    page: Page, project_name: str, busybox_image: str
) -> None:
    script = "i=0; while [ $$i -lt 5000 ]; do i=$$((i+1)); echo line $$i; done; echo ERROR: bad; sleep 1000"
    command = json.dumps(["sh", "-c", script])
    create_project(
        page,
        project_name,
        f"services: {{web: {{image: '{busybox_image}', command: {command}, stop_signal: SIGKILL}}}}\n",
    )
    up(page, project_name)
    page.goto(f"/projects/{project_name}/logs/")
    expect(line(page, "ERROR: bad")).to_be_visible()
    page.get_by_role("button", name="How much was logged when").click()
    strip = page.get_by_role("region", name="How much was logged when")
    words = strip.get_by_role("status")
    expect(words).to_have_text("5,001 lines, all that is stored")
    expect(strip.locator(".log-volume-bad")).to_have_count(1)
    expect(strip.locator(".log-volume-deploy")).not_to_have_count(0)
    bars = strip.get_by_role("slider")
    bars.press("ArrowRight")
    expect(words).to_contain_text("line")
    bars.press("Enter")
    expect(page.locator(".log-row-sought")).to_be_visible()
    bars.press("Shift+ArrowRight")
    bars.press("Shift+ArrowRight")
    bars.press("Enter")
    strip.get_by_role("button", name="Show all of the time").click()
    expect(words).to_have_text("5,001 lines, all that is stored")
    page.get_by_role("button", name="How much was logged when").click()
    expect(strip).to_be_hidden()
