"""The main job's speed: from the click on Up until everything runs, beside the reference's own ``up -d``."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from datetime import datetime

import docker
from playwright.sync_api import Page, expect

from benchmarks import browser as chromium
from benchmarks import reference
from benchmarks.figures import Figure
from benchmarks.stage import PROJECT, Stage

PAIRS = 7
SETTLE_MILLISECONDS = 1000  # a person needs at least that long to find the button
UP_BUTTON = "#project-actions button[name=verb][value=up]"

# Epoch milliseconds of: the click, the first painted frame in which every service's every badge says "running", and
# the first painted frame that shows a line of the log.
WATCH_UP = """
() => {
  const seen = window.benchUp = {};
  const now = () => performance.timeOrigin + performance.now();
  const afterPaint = (work) => requestAnimationFrame(() => setTimeout(work));
  const note = (name) => {
    if (name in seen) return;
    seen[name] = null;
    afterPaint(() => { seen[name] = now(); });
  };
  const running = (row) => {
    const badges = [...row.querySelectorAll("td:nth-child(2) .state")];
    return badges.length > 0 && badges.every((badge) => badge.textContent.trim().startsWith("running"));
  };
  const look = () => {
    const rows = [...document.querySelectorAll("#services tbody tr")];
    if (rows.length > 1 && rows.every(running)) note("running");
    if (document.querySelector(LOG_LINE)) note("line");
  };
  document.addEventListener("click", () => { seen.clicked ??= now(); }, { capture: true, once: true });
  const everything = { subtree: true, childList: true, characterData: true, attributes: true };
  new MutationObserver(look).observe(document.body, everything);
}
"""
LOG_LINE = ".log-row:not(.log-note)"


@dataclass(frozen=True, kw_only=True)
class Run:
    """One Up in the dashboard; seconds."""

    to_running: float
    to_first_line: float


def figures(stage: Stage) -> list[Figure]:
    """Take the dashboard and the reference in turns, the project being down before each."""
    runs: list[Run] = []
    theirs: list[float] = []
    for _ in range(PAIRS):
        runs.append(_up_in_the_browser(stage))
        reference.down(stage.directory, PROJECT)
        theirs.append(reference.up(stage.directory, PROJECT))
        reference.down(stage.directory, PROJECT)
    ours = [run.to_running for run in runs]
    lines = [run.to_first_line for run in runs]
    return [
        Figure(
            name="Up beside `docker-compose up -d`",
            value=statistics.median(ours) / statistics.median(theirs),
            unit="×",
            goal=1.2,
            peer="1.8×",
            note=f"click to every badge “running”: {chromium.spread(ours)}; the program: {chromium.spread(theirs)}; "
            "in turns, everything cached",
        ),
        Figure(
            name="first log line on screen after the first container started",
            value=statistics.median(lines) * 1000,
            unit="ms",
            goal=300,
            peer="about 600 ms after “running”",
            note=f"since the engine's StartedAt of the container that started first; {chromium.spread(lines)}",
        ),
    ]


def _up_in_the_browser(stage: Stage) -> Run:
    with chromium.visit(stage.browser, stage.session) as page:
        page.goto(stage.project_page)
        chromium.until(page, "window.benchTimes.usable")
        page.evaluate(WATCH_UP.replace("LOG_LINE", repr(LOG_LINE)))
        page.wait_for_timeout(SETTLE_MILLISECONDS)
        page.click(UP_BUTTON)
        run = _measure(page)
        # The operation goes on a little: it looks whether a container exits at once.
        expect(page.locator(UP_BUTTON)).to_be_enabled(timeout=60_000)
        return run


def _measure(page: Page) -> Run:
    seen = chromium.until(page, "window.benchUp.running && window.benchUp.line && window.benchUp")
    return Run(
        to_running=(seen["running"] - seen["clicked"]) / 1000,
        to_first_line=seen["line"] / 1000 - _first_start(),
    )


def _first_start() -> float:
    """Return the Unix time at which the engine says the first of the project's containers started."""
    client = docker.from_env()
    try:
        containers = client.containers.list(filters={"label": f"com.docker.compose.project={PROJECT}"})
        return min(datetime.fromisoformat(item.attrs["State"]["StartedAt"]).timestamp() for item in containers)
    finally:
        client.close()
