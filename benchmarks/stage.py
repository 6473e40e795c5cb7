"""What most figures need: a running dashboard, a Chromium signed in to it, and the real input as a project."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, StorageState

from benchmarks import browser as chromium
from benchmarks import dashboard as server
from benchmarks import reference
from benchmarks.dashboard import ROOT, Dashboard

PROJECT = "bench-flaskproject"
PUBLISHED = 5000
INPUT_FILES = ("app.py", "requirements.txt", "Dockerfile", "docker-compose.yaml")


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The dashboard, the browser, and the session of its administrator."""

    dashboard: Dashboard
    browser: Browser
    session: StorageState

    @property
    def project_page(self) -> str:
        """The address of the real input's page."""
        return f"{self.dashboard.address}/projects/{PROJECT}/"

    @property
    def cookies(self) -> dict[str, str]:
        """What a client without a browser sends to be signed in."""
        return {cookie["name"]: cookie["value"] for cookie in self.session.get("cookies", [])}

    @property
    def directory(self) -> Path:
        """Where the dashboard keeps the real input's files."""
        return self.dashboard.projects / PROJECT


@contextmanager
def set_up() -> Iterator[Stage]:
    """Start everything, with the real input uploaded and its images pulled and built; take it all down at the end."""
    if is_listening(PUBLISHED):
        raise RuntimeError(f"port {PUBLISHED} is in use, and the measured project publishes it: free it, run again")
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="compose-ui-bench-")))
        dashboard = stack.enter_context(server.running(data))
        browser = stack.enter_context(chromium.chromium())
        session = chromium.make_administrator(browser, dashboard)
        stage = Stage(dashboard=dashboard, browser=browser, session=session)
        with chromium.visit(browser, session) as page:
            chromium.upload_project(page, dashboard, PROJECT, input_files())
        stack.callback(reference.down, stage.directory, PROJECT)
        reference.build(stage.directory, PROJECT)
        yield stage


def input_files() -> list[Path]:
    """Return the classic tutorial's files if they lie beside this checkout, else the template's, of the same shape."""
    shared = Path(os.environ.get("COMPOSE_UI_SHARED") or ROOT.parent / "shared") / "examples" / "flaskproject"
    if shared.is_dir():
        return [shared / name for name in INPUT_FILES]
    return sorted((ROOT / "projects" / "starters" / "flask-redis").iterdir())


def is_listening(port: int) -> bool:
    """Return whether something on this machine accepts connections on the TCP port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
