"""A real Chromium, signed in to the dashboard, and what it can tell about a page."""

from __future__ import annotations

import os
import shutil
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, StorageState, sync_playwright

from benchmarks.dashboard import Dashboard

NAME, PASSWORD = "grace", "a compiler is born"

# Installed before any of a page's own scripts. Times are milliseconds since the page's navigation began; `live` is
# when the first websocket message was shown, `usable` when besides the page's modules have run (they run before
# DOMContentLoaded) and a frame has been painted since.
WATCH_PAGE = """
(() => {
  const times = window.benchTimes = {};
  const afterPaint = (name) => requestAnimationFrame(() => setTimeout(() => { times[name] ??= performance.now(); }));
  const settle = () => { if (times.ready && times.message) afterPaint("usable"); };
  const Original = window.WebSocket;
  window.WebSocket = class extends Original {
    constructor(...all) {
      super(...all);
      this.addEventListener("message", () => { times.message ??= performance.now(); settle(); }, { once: true });
    }
  };
  addEventListener("DOMContentLoaded", () => { times.ready = performance.now(); afterPaint("painted"); settle(); });
})();
"""

WAIT = """
() => new Promise((resolve, reject) => {
  const deadline = Date.now() + 60_000;
  const look = () => {
    const value = EXPRESSION;
    if (value) resolve(value);
    else if (Date.now() > deadline) reject(new Error("waited in vain for EXPRESSION"));
    else setTimeout(look, 50);
  };
  look();
})
"""


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """One file a page fetched, with the bytes that came over the wire for it, headers included."""

    address: str
    size: int


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the machine's Chromium, or the one that Playwright has installed."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        try:
            yield browser
        finally:
            browser.close()


def until(page: Page, expression: str) -> Any:
    """Wait until the JavaScript expression is true and return its value.

    Playwright's own wait_for_function evaluates strings in the page, which the page's security policy forbids.
    """
    return page.evaluate(WAIT.replace("EXPRESSION", expression))


def make_administrator(browser: Browser, dashboard: Dashboard) -> StorageState:
    """Open the one-time set-up link, make the first administrator and return the signed-in session."""
    with visit(browser) as page:
        page.goto(dashboard.setup_link())
        page.fill("form[method=post] input[name=username]", NAME)
        for field in page.locator("input[type=password]").all():
            field.fill(PASSWORD)
        page.locator("main form[method=post] button").click()
        page.wait_for_url(lambda address: "/setup/" not in address)
        return page.context.storage_state()


@contextmanager
def visit(browser: Browser, session: StorageState | None = None, **options: Any) -> Iterator[Page]:
    """Open a page in a context of its own: nothing cached, signed in by `session`."""
    context = browser.new_context(storage_state=session, viewport={"width": 1280, "height": 800}, **options)
    try:
        context.add_init_script(WATCH_PAGE)
        yield context.new_page()
    finally:
        context.close()


def upload_project(page: Page, dashboard: Dashboard, name: str, files: list[Path]) -> None:
    """Create a project from files, as a person uploads them."""
    page.goto(f"{dashboard.address}/new/?from=upload")
    page.fill("main input[name=name]", name)
    page.set_input_files("main input[type=file]", files)
    page.locator("main form[method=post] button.btn-primary").click()
    page.wait_for_url(f"**/projects/{name}/**")


def usable_after(browser: Browser, session: StorageState, address: str, *, cold: bool, times: int = 7) -> list[float]:
    """Return the seconds from navigation until the page is painted, its modules have run and its live state is in.

    `cold` has nothing cached; otherwise the browser has seen the page before.
    """
    taken: list[float] = []
    with visit(browser, session) as warm_page:
        warm_page.goto(address)
        for _ in range(times):
            if cold:
                with visit(browser, session) as page:
                    taken.append(_time_page(page, address))
            else:
                taken.append(_time_page(warm_page, address))
    return taken


def _time_page(page: Page, address: str) -> float:
    page.goto(address)
    return float(until(page, "window.benchTimes.usable")) / 1000


def transfers(browser: Browser, session: StorageState, address: str) -> list[Transfer]:
    """Return what a first visit of a page fetches, nothing being cached."""
    sizes: dict[str, int] = {}
    addresses: dict[str, str] = {}
    with visit(browser, session) as page:
        protocol = page.context.new_cdp_session(page)
        protocol.send("Network.enable")
        protocol.on("Network.responseReceived", lambda e: addresses.update({e["requestId"]: e["response"]["url"]}))
        protocol.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: int(e["encodedDataLength"])}))
        page.goto(address)
        until(page, "window.benchTimes.painted")
        page.wait_for_load_state("networkidle")
    return [Transfer(address=addresses.get(key, "?"), size=size) for key, size in sizes.items()]


def open_pages(context: BrowserContext, address: str, count: int) -> list[Page]:
    """Open the same page in so many tabs, each with its live connection."""
    pages = [context.new_page() for _ in range(count)]
    for page in pages:
        page.goto(address)
        until(page, "window.benchTimes.message")
    return pages


def spread(values: list[float]) -> str:
    """Return the lowest and the highest of the values, for a figure's note."""
    return f"{len(values)} runs, {min(values):.2f} to {max(values):.2f} s, median {statistics.median(values):.2f} s"
