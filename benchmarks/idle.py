"""What open pages cost while nothing happens."""

from __future__ import annotations

from playwright.sync_api import Page

from benchmarks import browser as chromium
from benchmarks import processes, reference
from benchmarks.figures import Figure, NotTaken
from benchmarks.stage import PROJECT, Stage

SECONDS = 30
SETTLE_SECONDS = 5
MANY = 10
_MEASURING = "what its containers use is measured and sent once a second; only while somebody looks"


def figures(stage: Stage) -> list[Figure | NotTaken]:
    """Measure the processor time of the server and the engine with the real input running and its page open."""
    reference.up(stage.directory, PROJECT)
    nobody = _usage(stage, pages=0)
    one = _usage(stage, pages=1)
    many = _usage(stage, pages=MANY)
    measuring = _usage(stage, pages=1, address=f"{stage.project_page}stats/")
    how = f"of one processor, over {SECONDS} s; with no page open"
    taken: list[Figure | NotTaken] = [
        _figure(
            "CPU of the server, one project page open", one["server"], 1, "4.3 %", f"{how} {nobody['server']:.2f} %"
        ),
        _figure(f"CPU of the server, {MANY} pages open", many["server"], 3, "33 %", "the same page in ten tabs"),
        Figure(name="CPU of the server, its stats page open", value=measuring["server"], unit="%", note=_MEASURING),
    ]
    if "engine" not in one:
        return [*taken, NotTaken(name="CPU of the engine", reason="its processes are not on this machine")]
    note = f"dockerd and containerd; {how} {nobody['engine']:.2f} %, with {MANY} pages {many['engine']:.2f} %"
    return [
        *taken,
        _figure("CPU of the engine, one project page open", one["engine"], 2, "15 %", note),
        Figure(name="CPU of the engine, the stats page open", value=measuring["engine"], unit="%", note=_MEASURING),
    ]


def _usage(stage: Stage, *, pages: int, address: str = "") -> dict[str, float]:
    engine = processes.engine_processes()
    watched = {"server": stage.dashboard.processes} | ({"engine": engine} if engine else {})
    with chromium.visit(stage.browser, stage.session) as page:
        if pages:
            chromium.open_pages(page.context, address or stage.project_page, pages)
        _pass_time(page, SETTLE_SECONDS)
        return processes.cpu_percent(watched, SECONDS, lambda seconds: _pass_time(page, seconds))


def _pass_time(page: Page, seconds: float) -> None:
    """Wait while the browser goes on answering its connections."""
    page.wait_for_timeout(seconds * 1000)


def _figure(name: str, value: float, goal: float, peer: str, note: str) -> Figure:
    return Figure(name=name, value=value, unit="%", goal=goal, peer=peer, note=note)
