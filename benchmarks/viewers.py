"""Logs for many: viewers of one busy container, of a hundred quiet ones, and how soon stored lines are on screen."""

from __future__ import annotations

import json
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

from docker.models.containers import Container
from playwright.sync_api import Page

from benchmarks import browser as chromium
from benchmarks import pages, population, processes, talker, wire
from benchmarks.figures import Figure, NotTaken
from benchmarks.stage import Stage
from benchmarks.talker import MILLION, PRINT
from tests.registry import BUSYBOX

VIEWERS = 20
STALLED = 2
CONTAINERS = 100
CROWD = 500
IDLE_SECONDS = 20
HISTORIES = (3_500, 100_000, MILLION)
OPENINGS = 5
PATIENCE = 180  # seconds

# Remembers in the tab when the link to the logs was clicked, and when the newest stored line was painted after that.
WATCH_OPENING = """
(() => {
  const now = () => performance.timeOrigin + performance.now();
  addEventListener("click", () => sessionStorage.setItem("benchClicked", String(now())), { capture: true });
  const look = (_records, observer) => {
    const rows = document.querySelectorAll(".log-row:not(.log-note)");
    if (!rows.length || !rows[rows.length - 1].textContent.includes("the last line")) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => {
      window.benchOpened = now() - Number(sessionStorage.getItem("benchClicked"));
    }));
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true });
})();
"""


class Viewer(threading.Thread):
    """A client that follows the container's log to its `lines`-th line; a stalled one stops until it is let go on."""

    def __init__(self, stage: Stage, container: Container, *, stalled: bool = False) -> None:
        super().__init__(daemon=True)
        self._stage = stage
        self._path = talker.path(container, tail="all")
        self.stalled = stalled
        self.ready, self.go_on = threading.Event(), threading.Event()
        self.lines = self.missed = 0
        self.first = self.last = 0.0
        self.start()

    def run(self) -> None:
        """Count lines and announced gaps until both together are all that was printed."""
        with wire.connected(self._stage.dashboard.port, self._path, self._stage.cookies) as websocket:
            for kind, data in websocket.counted():
                self._take(kind, data)
                if self.lines + self.missed >= MILLION:
                    break
                if self.stalled and kind == wire.BINARY:
                    self.go_on.wait()

    def _take(self, kind: int, data: bytes) -> None:
        if kind == wire.BINARY:
            self.last = time.monotonic()
            self.first = self.first or self.last
            self.lines += int.from_bytes(data[4:8])
        elif (message := json.loads(data))["type"] == "gap":
            self.missed += message["lines"]
        elif message["type"] == "ready":
            self.ready.set()


def figures(stage: Stage) -> list[Figure | NotTaken]:
    """Return what many viewers get, and what they cost."""
    if not BUSYBOX.exists():
        return [NotTaken(name="viewers of logs", reason="no static busybox here")]
    with talker.project(stage):
        taken: list[Figure | NotTaken] = [
            *_reading_stored(stage),
            *_following(stage),
            *_stalling(stage),
            *_opening(stage),
        ]
    return [*taken, *_crowd(stage)]


def _reading_stored(stage: Stage) -> Iterator[Figure]:
    with talker.talking(f"{PRINT.format(lines=MILLION)}; sleep 1000") as container:
        talker.until_printed(container, MILLION)
        viewers = [Viewer(stage, container) for _ in range(VIEWERS)]
        _until_done(stage, viewers)
    yield Figure(
        name=f"{VIEWERS} viewers at once, until each has a million stored lines",
        value=max(viewer.last - viewer.first for viewer in viewers),
        unit="s",
        goal=10,
        note=f"{min(viewer.lines / (viewer.last - viewer.first) for viewer in viewers):,.0f} lines/s to the slowest",
    )


def _following(stage: Stage) -> Iterator[Figure]:
    with _printing() as container:
        viewers = _viewers(stage, container, stalled=0)
        memory = _until_done(stage, viewers)
        printed = _seconds_of_printing(container)
    rates = [viewer.lines / (viewer.last - viewer.first) for viewer in viewers]
    yield Figure(
        name=f"{VIEWERS} viewers at once, until each has a million lines printed at full speed",
        value=max(viewer.last - viewer.first for viewer in viewers),
        unit="s",
        goal=10,
        peer="",
        note=f"{min(rates):,.0f} lines/s to the slowest; the engine alone needs {printed:.1f} s to take the lines in",
    )
    yield Figure(
        name=f"lines that {VIEWERS} viewers missed",
        value=sum(viewer.missed for viewer in viewers),
        unit="lines",
        goal=0,
    )
    yield Figure(name="memory of the server meanwhile", value=memory, unit="MB", goal=150)


def _stalling(stage: Stage) -> Iterator[Figure]:
    with _printing() as container:
        viewers = _viewers(stage, container, stalled=STALLED)
        fast = [viewer for viewer in viewers if not viewer.stalled]
        memory = _until_done(stage, fast)
        for viewer in viewers:
            viewer.go_on.set()
        for viewer in viewers:
            viewer.join(PATIENCE)
    slow = [viewer for viewer in viewers if viewer.stalled]
    note = (
        f"beside {STALLED} that stalled and were told of {', '.join(f'{each.missed:,}' for each in slow)} missed lines"
    )
    yield Figure(
        name=f"lines that {len(fast)} fast viewers missed",
        value=sum(viewer.missed for viewer in fast),
        unit="lines",
        goal=0,
        note=note,
    )
    yield Figure(
        name="lines that no viewer was sent or told of",
        value=sum(abs(MILLION - viewer.lines - viewer.missed) for viewer in viewers),
        unit="lines",
        goal=0,
    )
    yield Figure(name="memory of the server beside stalled viewers", value=memory, unit="MB", goal=150)


def _printing() -> talker.Talking:
    # The viewers have that long to come.
    return talker.talking(f"sleep {2 + VIEWERS * 0.1}; {PRINT.format(lines=MILLION)}; sleep 1000")


def _viewers(stage: Stage, container: Container, *, stalled: int) -> list[Viewer]:
    time.sleep(1)  # until the dashboard has heard of the container
    viewers = [Viewer(stage, container, stalled=number < stalled) for number in range(VIEWERS)]
    for viewer in viewers:
        assert viewer.ready.wait(PATIENCE), "a viewer was not let in"
    return viewers


def _until_done(stage: Stage, viewers: list[Viewer]) -> float:
    """Wait for the viewers and return the most memory the server had meanwhile."""
    most, deadline = 0.0, time.monotonic() + PATIENCE
    while any(viewer.is_alive() for viewer in viewers):
        if time.monotonic() > deadline:
            raise RuntimeError("the viewers were not sent all lines in time")
        most = max(most, processes.resident_megabytes(stage.dashboard.processes))
        time.sleep(0.2)
    return most


def _seconds_of_printing(container: Container) -> float:
    last: bytes = container.logs(tail=1, timestamps=True)
    return talker.moment_of(last) - talker.stamp_of_first_line(container)


def _opening(stage: Stage) -> Iterator[Figure]:
    for lines in HISTORIES:
        with talker.talking(f"{PRINT.format(lines=lines - 1)}; echo the last line; sleep 1000") as container:
            talker.until_printed(container, lines)
            times = _open_logs(stage)
        yield Figure(
            name=f"click on Logs until the newest of {lines:,} stored lines is on screen",
            value=statistics.median(times),
            unit="ms",
            goal=300 if lines == HISTORIES[0] else 500,
            note=f"{len(times)} clicks, {min(times):.0f} to {max(times):.0f} ms; the files of the page are cached",
        )


def _open_logs(stage: Stage) -> list[float]:
    with chromium.visit(stage.browser, stage.session) as page:
        page.add_init_script(WATCH_OPENING)
        _open_once(stage, page)  # the first fetches the page's files
        return [_open_once(stage, page) for _ in range(OPENINGS)]


def _open_once(stage: Stage, page: Page) -> float:
    page.goto(f"{stage.dashboard.address}/projects/{talker.PROJECT}/operations/")
    chromium.until(page, "window.benchTimes.painted")
    page.click(f"nav a[href='/projects/{talker.PROJECT}/logs/']")
    return float(chromium.until(page, "window.benchOpened"))


def _crowd(stage: Stage) -> Iterator[Figure]:
    projects = population.samples("bench-crowd", projects=10, containers=CONTAINERS)
    pages.create(stage, projects)
    names = [(sample.name, f"{sample.name}-{service}-1") for sample in projects for service in sample.services]
    with ExitStack() as stack:
        stack.enter_context(population.on_the_engine(projects, stage.dashboard.projects, started=True))
        for number in range(CROWD):
            project, container = names[number % CONTAINERS]
            path = f"/ws/projects/{project}/logs/?container={container}"
            websocket = stack.enter_context(wire.connected(stage.dashboard.port, path, stage.cookies))
            assert any(json.loads(data)["type"] == "ready" for kind, data in websocket.messages() if kind == wire.TEXT)
        time.sleep(5)
        memory = processes.resident_megabytes(stage.dashboard.processes)
        usage = processes.cpu_percent({"server": stage.dashboard.processes}, IDLE_SECONDS)
        answers = pages.time_answers(stage, f"/projects/{projects[0].name}/")
    who = f"{CROWD} idle viewers of {CONTAINERS} followed containers"
    yield Figure(name=f"memory of the server with {who}", value=memory, unit="MB", goal=250)
    yield Figure(name=f"CPU of the server with {who}", value=usage["server"], unit="%", goal=3)
    yield Figure(
        name=f"project page answered beside {who}",
        value=statistics.median(answers) * 1000,
        unit="ms",
        goal=150,
        note=f"{len(answers)} requests, at most {max(answers) * 1000:.0f} ms",
    )
