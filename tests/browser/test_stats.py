"""What containers use: the page of charts, and the lines in the services table."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, WebSocket, expect

from tests.browser.conftest import Visitor
from tests.browser.screens import create_project, open_overview, press, service_row, up, wait_until_finished

BUSY = "while :; do i=0; while [ $$i -lt 20000 ]; do i=$$((i+1)); done; sleep 0.5; done"
SIZE = re.compile(r"\d (B|KiB|MiB)")
PERCENT = re.compile(r"\d %")


def compose_of(image: str) -> str:
    return f"""services:
  busy: {{image: "{image}", command: ["sh", "-c", "{BUSY}"], stop_signal: SIGKILL}}
  calm: {{image: "{image}", command: sleep 600, stop_signal: SIGKILL}}
"""


def open_stats(page: Page, name: str) -> None:
    page.goto(f"/projects/{name}/stats/")


def stats_row(page: Page, name: str) -> Locator:
    return page.locator(".stats-table tbody tr").filter(has=page.locator("th", has_text=name))


def button(page: Page) -> Locator:
    return page.get_by_role("button", name="Live usage")


def point_at_the_newest(page: Page) -> None:
    """Move the pointer to the end of the lines of the CPU chart."""
    plot = page.locator("[data-chart=cpu] .u-over")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)


@pytest.fixture
def running(page: Page, project_name: str, busybox_image: str) -> str:
    """A project of which one container works and another one sleeps."""
    create_project(page, project_name, compose_of(busybox_image))
    up(page, project_name)
    return project_name


def test_a_project_without_containers_says_so(page: Page, project_name: str, busybox_image: str) -> None:
    create_project(page, project_name, compose_of(busybox_image))
    open_stats(page, project_name)
    expect(page.get_by_text("This project has no containers now.")).to_be_visible()
    expect(page.locator(".stats-table")).to_be_hidden()


def test_current_figures_and_charts_of_every_container_and_of_the_whole(page: Page, running: str) -> None:
    open_stats(page, running)
    for name in (f"{running}-busy-1", f"{running}-calm-1", "The whole project"):
        expect(stats_row(page, name).locator("td").nth(0)).to_have_text(PERCENT)
        expect(stats_row(page, name).locator("td").nth(1)).to_have_text(SIZE)
    for chart, title in (("cpu", "CPU"), ("memory", "Memory"), ("network", "Network"), ("blocks", "Block I/O")):
        drawn = page.locator(f"[data-chart={chart}]").get_by_role("img")
        expect(drawn).to_have_attribute("aria-label", re.compile(rf"^{title}: now \d"))
        expect(drawn.locator("canvas")).to_be_visible()
    expect(page.get_by_text(re.compile(r"Measured since \d\d:\d\d:\d\d\."))).to_be_visible()


def test_what_was_measured_and_chosen_is_still_there_after_a_reload(page: Page, running: str) -> None:
    open_stats(page, running)
    since = page.locator("[data-stats-since]")
    expect(since).to_have_text(re.compile("Measured since"))
    page.get_by_label("Charts of the last").select_option(label="hour")
    expect(stats_row(page, "busy").locator("td").nth(0)).to_have_text(PERCENT)
    page.wait_for_timeout(6000)
    first = since.inner_text()
    page.reload()
    page.wait_for_timeout(3000)
    # Both are a mean of five seconds now, which begins at the very same time.
    expect(since).to_have_text(first)
    expect(page.get_by_label("Charts of the last")).to_have_value("60")


def test_a_stopped_container_has_no_figures(page: Page, running: str) -> None:
    open_stats(page, running)
    expect(stats_row(page, "calm").locator("td").nth(1)).to_have_text(SIZE)
    other = page.context.new_page()
    open_overview(other, running)
    press(other, "Stop")
    wait_until_finished(other, "")
    expect(stats_row(page, "calm")).to_contain_text("not running")
    expect(stats_row(page, "calm").locator("td").nth(1)).to_have_text("–")


def test_a_container_can_be_taken_out_of_the_charts_by_keyboard(page: Page, running: str) -> None:
    open_stats(page, running)
    cpu = page.locator("[data-chart=cpu]")
    expect(stats_row(page, "calm").locator("td").nth(0)).to_have_text(PERCENT)
    point_at_the_newest(page)
    expect(cpu.locator("[data-chart-reading]")).to_contain_text(f"{running}-calm-1")
    box = stats_row(page, "calm").get_by_role("checkbox")
    box.focus()
    page.keyboard.press("Space")
    expect(box).not_to_be_checked()
    page.mouse.move(5, 5)
    point_at_the_newest(page)
    expect(cpu.locator("[data-chart-reading]")).to_contain_text(f"{running}-busy-1")
    expect(cpu.locator("[data-chart-reading]")).not_to_contain_text(f"{running}-calm-1")


def test_live_usage_is_off_until_asked_for_and_remembered(page: Page, running: str) -> None:
    opened: list[str] = []
    page.on("websocket", lambda socket: opened.append(socket.url))
    open_overview(page, running)
    expect(page.get_by_role("log", name="Output")).to_contain_text("started")
    assert not [url for url in opened if "/stats/" in url]
    expect(service_row(page, "busy").locator("[data-usage]")).to_be_hidden()
    button(page).click()
    expect(service_row(page, "busy").locator("[data-usage]")).to_contain_text(PERCENT)
    expect(service_row(page, "calm").locator("[data-usage]")).to_contain_text(SIZE)
    expect(service_row(page, "busy").locator(".sparkline path").first).to_have_attribute("d", re.compile("L"))
    page.reload()
    expect(button(page)).to_have_attribute("aria-pressed", "true")
    expect(service_row(page, "busy").locator("[data-usage]")).to_contain_text(PERCENT)
    button(page).click()
    expect(service_row(page, "busy").locator("[data-usage]")).to_be_hidden()


def test_a_tab_that_nobody_sees_costs_nothing_after_a_while(page: Page, running: str) -> None:
    opened: list[WebSocket] = []
    page.on("websocket", lambda socket: opened.append(socket) if "/stats/" in socket.url else None)
    open_overview(page, running)
    button(page).click()
    cell = service_row(page, "busy").locator("[data-usage]")
    expect(cell).to_contain_text(PERCENT)
    turn_away(page, hidden=True)
    expect(cell).to_be_empty()
    assert closed(page, opened) == [True]
    turn_away(page, hidden=False)
    expect(cell).to_contain_text(PERCENT)
    button(page).click()
    expect(cell).to_be_hidden()
    assert closed(page, opened) == [True, True]


def closed(page: Page, sockets: list[WebSocket]) -> list[bool]:
    """Return which are closed, once all are or a closing would have come to its end."""
    for _ in range(50):
        if all(socket.is_closed() for socket in sockets):
            break
        page.wait_for_timeout(100)
    return [socket.is_closed() for socket in sockets]


def turn_away(page: Page, *, hidden: bool) -> None:
    """Let the page believe that its tab has gone to the background, or come back."""
    page.evaluate(
        """(hidden) => {
          Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_fragments_leave_the_lines_where_they_are(page: Page, running: str) -> None:
    open_overview(page, running)
    button(page).click()
    cell = service_row(page, "busy").locator("[data-usage]")
    expect(cell).to_contain_text(PERCENT)
    page.evaluate(
        """() => {
          globalThis.emptied = 0;
          const cell = document.querySelector('[data-usage="busy"]');
          new MutationObserver((changes) => {
            for (const { removedNodes } of changes) globalThis.emptied += removedNodes.length;
          }).observe(cell, { childList: true });
        }"""
    )
    service_row(page, "calm").get_by_role("button", name="Stop calm").click()
    expect(service_row(page, "calm")).to_contain_text("exited")
    expect(service_row(page, "calm").locator("[data-usage]")).to_be_empty()
    service_row(page, "calm").get_by_role("button", name="Start calm").click()
    expect(service_row(page, "calm").locator("[data-usage]")).to_contain_text(SIZE)
    assert page.evaluate("globalThis.emptied") == 0
    expect(cell).to_contain_text(PERCENT)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_is_no_wider_than_a_narrow_phone_and_speaks_chinese(visit: Visitor, running: str, theme: str) -> None:
    page = visit("ada", language="zh-CN", width=360, height=740)
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    open_stats(page, running)
    expect(stats_row(page, "busy").locator("td").nth(1)).to_have_text(SIZE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    expect(page.get_by_role("heading", name="内存")).to_be_visible()
    open_overview(page, running)
    page.locator("[data-live-usage]").click()
    expect(page.locator('[data-usage="busy"]')).to_contain_text(PERCENT)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
