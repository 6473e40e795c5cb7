"""How soon the dashboard serves, and how much memory it takes."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from benchmarks import browser as chromium
from benchmarks import dashboard, processes
from benchmarks.figures import Figure
from benchmarks.stage import Stage

RUNS = 5


def figures() -> list[Figure]:
    """Time starts on a data directory that has been started on before: the everyday case."""
    with tempfile.TemporaryDirectory(prefix="compose-ui-bench-") as directory:
        data = Path(directory)
        first = _start(data, dashboard.MAKE_RUN)
        again = [_start(data, dashboard.MAKE_RUN) for _ in range(RUNS)]
        served = [_start(data, dashboard.SERVE) for _ in range(RUNS)]
    return [
        Figure(
            name="server process start to first page",
            value=statistics.median(served),
            unit="s",
            goal=2,
            peer="1.0 s",
            note=f"`manage.py serve` until `{dashboard.FIRST_PAGE}` was answered; {chromium.spread(served)}",
        ),
        Figure(
            name="second `make run` to first page",
            value=statistics.median(again),
            unit="s",
            goal=5,
            note=f"nothing changed since the run before; {chromium.spread(again)}; "
            f"on a new data directory {first:.2f} s",
        ),
    ]


def memory(stage: Stage) -> list[Figure]:
    """Weigh the server after its pages have been used, when nobody has one open any more."""
    with chromium.visit(stage.browser, stage.session) as page:
        for address in (stage.dashboard.address, stage.project_page, f"{stage.project_page}files/"):
            page.goto(address)
            page.wait_for_load_state("networkidle")
    time.sleep(3)
    return [
        Figure(
            name="idle memory of the server",
            value=processes.resident_megabytes(stage.dashboard.processes),
            unit="MB",
            goal=120,
            peer="231 MB",
            note="VmRSS, after the list, project and files pages were opened and closed",
        )
    ]


def _start(data: Path, command: tuple[str, ...]) -> float:
    with dashboard.running(data, command) as started:
        return started.seconds_to_first_page
