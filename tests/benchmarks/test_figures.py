"""A figure says what was measured, what was wanted, and whether it was met."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from benchmarks import processes, report
from benchmarks.figures import Figure, NotTaken


def figure(value: float, goal: float | None = 1.2) -> Figure:
    return Figure(name="Up beside the program", value=value, unit="×", goal=goal, peer="1.8×", note="in turns")


@pytest.mark.parametrize(
    ("value", "goal", "line"),
    [
        (0.954, 1.2, "Up beside the program: 0.954 × (goal at most 1.2 ×) met"),
        (1.2, 1.2, "Up beside the program: 1.2 × (goal at most 1.2 ×) met"),
        (1.21, 1.2, "Up beside the program: 1.21 × (goal at most 1.2 ×) missed"),
        (1234.5, 350, "Up beside the program: 1234 × (goal at most 350 ×) missed"),
        (7.0, None, "Up beside the program: 7 ×"),
    ],
)
def test_a_figure_is_one_line_with_its_verdict(value: float, goal: float | None, line: str) -> None:
    assert str(figure(value, goal)) == line


def test_the_page_shows_ratios_first_and_how_each_figure_was_taken() -> None:
    seconds = Figure(name="start", value=3, unit="s", goal=2, note="until the first page")
    missing = NotTaken(name="CPU of the engine", reason="it is elsewhere")

    section = report.section([seconds, missing, figure(1)], "Taken today.")

    rows = [line for line in section.splitlines() if line.startswith("|")][2:]
    assert rows == [
        "| Up beside the program | 1 × | 1.2 × | met | 1.8× |",
        "| start | 3 s | 2 s | **missed** |  |",
        "| CPU of the engine | not taken: it is elsewhere | | | |",
    ]
    assert "- **start**: until the first page." in section


def test_a_busy_process_uses_its_processor_and_a_sleeping_one_does_not() -> None:
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    idle = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        time.sleep(0.5)  # until both have started
        used = processes.cpu_percent({"busy": [busy.pid], "idle": [idle.pid]}, 1)
    finally:
        busy.kill()
        idle.kill()
        busy.wait()
        idle.wait()
    assert used["busy"] > 10
    assert used["idle"] < 2


def test_memory_and_descendants_of_a_process_are_found() -> None:
    # The echo tells that the child has become another program: its name changes a moment after it was started.
    program = (
        "import subprocess; child = subprocess.Popen(['cat'], stdin=-1, stdout=-1, bufsize=0); "
        "child.stdin.write(b'ready\\n'); print(child.stdout.readline().decode(), end='', flush=True); child.wait()"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, start_new_session=True) as parent:
        try:
            assert parent.stdout
            assert parent.stdout.readline() == b"ready\n"
            members = processes.family(parent.pid)
            assert [processes.name_of(pid) for pid in members[1:]] == ["cat"]
            assert 5 < processes.resident_megabytes(members) < 60
        finally:
            os.killpg(parent.pid, signal.SIGKILL)
