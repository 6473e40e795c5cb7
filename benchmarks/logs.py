"""Logs: how fast stored and live lines come to a client and to the screen, beside the engine's own client."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from docker.models.containers import Container
from playwright.sync_api import Page

from benchmarks import browser as chromium
from benchmarks import processes, talker, wire
from benchmarks.figures import Figure, NotTaken
from benchmarks.stage import Stage
from tests.registry import BUSYBOX

RUNS = 3
FLOOD_SECONDS = 30
LAST = "the last line"

# Milliseconds from the engine's timestamp of each line until a client has it, for so many seconds.
ARRIVALS = """
({ url, seconds }) => new Promise((resolve) => {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const late = [];
  let bytes = 0;
  socket.onmessage = ({ data }) => {
    if (typeof data === "string") return;
    const now = performance.timeOrigin + performance.now();
    bytes += data.byteLength;
    socket.send(JSON.stringify({ ack: bytes }));
    const view = new DataView(data);
    for (let at = 8; at + 8 <= data.byteLength; at += 8 + view.getUint32(at + 4)) {
      const stamp = String.fromCharCode(...new Uint8Array(data, at + 8, 30));
      late.push(now - Date.parse(stamp.slice(0, 19) + "Z") - Number(stamp.slice(20, 29)) / 1e6);
    }
  };
  setTimeout(() => { socket.close(); resolve(late); }, seconds * 1000);
})
"""

# Milliseconds from each line's timestamp until a frame with it was painted; the frames; when the last line was there.
WATCH_LIST = """
(last) => {
  const seen = (window.benchLogs = { late: [], frames: [], last: 0 });
  const now = () => performance.timeOrigin + performance.now();
  const moment = (stamp) => Date.parse(stamp.slice(0, 19) + "Z") + Number(stamp.slice(20, 29)) / 1e6;
  const count = () => { seen.frames.push(now()); requestAnimationFrame(count); };
  requestAnimationFrame(count);
  new MutationObserver((records) => {
    const rows = records.flatMap(({ addedNodes }) => [...addedNodes]).filter((row) => row.stamp && row.line);
    if (!rows.length) return;
    requestAnimationFrame(() => setTimeout(() => {
      for (const row of rows) seen.late.push(now() - moment(row.stamp));
      if (rows.some((row) => row.line === last)) seen.last = now();
    }));
  }).observe(document.querySelector(".log-list"), { childList: true });
}
"""


def figures(stage: Stage) -> list[Figure | NotTaken]:
    """Return how fast stored lines are read, how late live ones come, and how a flood is borne."""
    if not BUSYBOX.exists():
        return [NotTaken(name="logs", reason="no static busybox here")]
    with talker.project(stage), chromium.visit(stage.browser, stage.session) as page:
        page.goto(stage.dashboard.address)
        return [*_stored(stage), *_arrivals(stage, page), *_on_screen(stage), *_million(stage), *_flood(stage)]


def _stored(stage: Stage) -> Iterator[Figure | NotTaken]:
    name = f"reading {talker.MILLION:,} stored lines beside `docker logs`"
    client = shutil.which("docker")
    if client is None:
        yield NotTaken(name=name, reason="the engine's own client is not here")
        return
    with talker.talking(talker.PRINT.format(lines=talker.MILLION) + "; sleep 1000") as container:
        talker.until_printed(container, talker.MILLION)
        ours, theirs = [], []
        for _ in range(RUNS):
            ours.append(_read(stage, container))
            theirs.append(_counted(client, container))
    memory = processes.resident_megabytes(stage.dashboard.processes)
    yield Figure(
        name=name,
        value=statistics.median(ours) / statistics.median(theirs),
        unit="×",
        goal=round(1 / 1.4, 2),
        note=f"to a websocket client: {chromium.spread(ours)}; the program to a counter: {chromium.spread(theirs)}",
    )
    yield Figure(name="memory of the server after that", value=memory, unit="MB", goal=150)


def _arrivals(stage: Stage, page: Page) -> Iterator[Figure]:
    for rate, pause, seconds in ((10, "sleep 0.1", 10), (1000, "usleep 900", 6)):
        with talker.talking(f"while :; do echo line; {pause}; done") as container:
            asked = {
                "url": stage.dashboard.address.replace("http:", "ws:") + talker.path(container, tail="1"),
                "seconds": seconds,
            }
            late = sorted(page.evaluate(ARRIVALS, asked))[:-1]
            note = f"{len(late)} lines in {seconds} s, from the engine's timestamp"
            name = f"print to the client at about {rate:,} lines/s"
            peer = "1.8 ms" if rate == 10 else ""
            yield Figure(name=f"{name}, median", value=statistics.median(late), unit="ms", goal=3, peer=peer, note=note)
            yield Figure(name=f"{name}, 99th of 100", value=_late_one(late), unit="ms", goal=15, peer="10–13 ms")


def _on_screen(stage: Stage) -> Iterator[Figure]:
    with talker.talking("while :; do echo line; sleep 0.05; done"), _watching(stage) as page:
        page.wait_for_timeout(8000)
        late = sorted(chromium.until(page, "window.benchLogs.late"))
        yield Figure(name="print to the screen, median", value=statistics.median(late), unit="ms", goal=60)
        yield Figure(name="print to the screen, 99th of 100", value=_late_one(late), unit="ms", goal=250)


def _million(stage: Stage) -> Iterator[Figure]:
    """Measure from the first line's timestamp until the last of a million is painted."""
    script = f"sleep 1; {talker.PRINT.format(lines=talker.MILLION)}; echo {LAST}; sleep 1000"
    with _watching(stage) as page, talker.talking(script) as container:
        shown = chromium.until(page, "window.benchLogs.last") / 1000
        first = talker.stamp_of_first_line(container)
        began = time.perf_counter()
        talker.counted_here(container)
        reading = time.perf_counter() - began
    name = f"{talker.MILLION:,} lines printed at full speed until the last is on screen"
    note = f"since the first was printed; the engine alone needs {reading:.1f} s to read them back"
    yield Figure(name=name, value=shown - first, unit="s", goal=12, peer="29 s", note=note)
    if client := shutil.which("docker"):
        with talker.talking(script) as container:
            followed = _followed(client, container)
        note = f"the program, following them without showing anything: {followed:.1f} s"
        yield Figure(
            name=f"{name}, beside `docker logs --follow`", value=(shown - first) / followed, unit="×", note=note
        )


def _followed(client: str, container: Container) -> float:
    """Return the seconds from the first line until the engine's own client, following, has told the last."""
    with subprocess.Popen([client, "logs", "--follow", str(container.id)], stdout=subprocess.PIPE) as logs:
        subprocess.run(["grep", "-q", "-m", "1", LAST], stdin=logs.stdout, check=True)
        ended = time.time()
        logs.kill()
    return ended - talker.stamp_of_first_line(container)


def _flood(stage: Stage) -> Iterator[Figure]:
    with (
        talker.talking(f"while :; do {talker.PRINT.format(lines=120)}; usleep 9000; done") as container,
        _watching(stage) as page,
    ):
        page.wait_for_timeout(FLOOD_SECONDS * 1000)
        seen = chromium.until(page, "window.benchLogs")
        rows = page.locator(".log-row").count()
        heap = page.context.new_cdp_session(page)
        heap.send("Performance.enable")
        metrics = {each["name"]: each["value"] for each in heap.send("Performance.getMetrics")["metrics"]}
        rate = _printed_in(container, 2) / 2
    note = f"about {rate:,.0f} lines/s for {FLOOD_SECONDS} s"
    pauses = [later - before for before, later in zip(seen["frames"], seen["frames"][1:], strict=False)]
    yield Figure(
        name="flood: pause between frames, median", value=statistics.median(pauses), unit="ms", goal=20, note=note
    )
    yield Figure(name="flood: rows in the page", value=rows, unit="rows", goal=2000)
    yield Figure(name="flood: JavaScript heap", value=metrics["JSHeapUsedSize"] / 1e6, unit="MB", goal=150)
    yield Figure(
        name="flood: age of the newest line on screen",
        value=statistics.median(seen["late"][-1000:]),
        unit="ms",
        goal=1000,
        note="the last 1,000 lines that were shown, when they were shown",
    )


@contextmanager
def _watching(stage: Stage) -> Iterator[Page]:
    with chromium.visit(stage.browser, stage.session) as page:
        page.goto(f"{stage.dashboard.address}/projects/{talker.PROJECT}/logs/")
        chromium.until(page, "window.benchTimes.usable")
        page.evaluate(WATCH_LIST, LAST)
        yield page


def _read(stage: Stage, container: Container) -> float:
    """Return the seconds until a client has been sent all of the stored lines."""
    path = talker.path(container, tail="all")
    began, seen = time.perf_counter(), 0
    with wire.connected(stage.dashboard.port, path, stage.cookies) as websocket:
        for kind, data in websocket.acknowledged():
            seen += int.from_bytes(data[4:8], "big") if kind == wire.BINARY else 0
            if seen >= talker.MILLION:
                break
    return time.perf_counter() - began


def _counted(client: str, container: Container) -> float:
    began = time.perf_counter()
    with subprocess.Popen([client, "logs", str(container.id)], stdout=subprocess.PIPE) as logs:
        lines = subprocess.run(["wc", "-l"], stdin=logs.stdout, capture_output=True, text=True, check=True).stdout
    seconds = time.perf_counter() - began
    assert int(lines) == talker.MILLION, f"docker logs told of {lines} lines"
    return seconds


def _printed_in(container: Container, seconds: int) -> int:
    now = int(time.time())
    text: bytes = container.logs(since=now - seconds - 1, until=now - 1)
    return text.count(b"\n")


def _late_one(late: Sequence[Any]) -> float:
    """Return the value that 99 of 100 do not exceed; `late` is sorted."""
    return float(late[min(int(len(late) * 0.99), len(late) - 1)])
