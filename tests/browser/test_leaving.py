"""Nothing follows a container once nobody looks, however those who looked have gone: seen at the engine."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import docker
import pytest
from django.conf import settings
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from projects.services import logs, stats
from tests.browser.conftest import CHROMIUM_FLAGS, CHROMIUM_NAMES, new_server, sign_in
from tests.browser.freezing import FreezingRelay
from tests.browser.screens import create_project, up
from tests.engine_door import EngineDoor
from tests.server import Server

GRACE = max(logs.GRACE_SECONDS, stats.GRACE_SECONDS)
Launch = Callable[[str], BrowserContext]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[EngineDoor]:
    door = EngineDoor(tmp_path / "docker.sock")
    door.open()
    yield door
    door.shut()


@pytest.fixture
def server(built: None, docker_client: docker.DockerClient, door: EngineDoor) -> Iterator[Server]:
    yield from new_server(DOCKER_HOST=door.address)


class Chromium:
    """A browser with processes of its own, which can be killed."""

    def __init__(self, playwright: Playwright) -> None:
        program = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
        if not program:
            pytest.skip("no Chromium here (Debian/Ubuntu: sudo apt install chromium)")
        self._mark = f"--marked={secrets.token_hex(8)}"
        self._browser = playwright.chromium.launch(executable_path=program, args=[*CHROMIUM_FLAGS, self._mark])

    def sign_in(self, url: str) -> Page:
        page = self._browser.new_context(base_url=url, locale="en").new_page()
        sign_in(page, "ada")
        return page

    def crash(self) -> None:
        """Kill its processes, as the kernel does where memory is short."""
        for directory in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if self._mark.encode() in (directory / "cmdline").read_bytes():
                    os.kill(int(directory.name), signal.SIGKILL)

    def close(self) -> None:
        with suppress(Exception):  # it may have been killed
            self._browser.close()


@pytest.fixture
def chromium(playwright: Playwright) -> Iterator[Chromium]:
    chromium = Chromium(playwright)
    yield chromium
    chromium.close()


def look(page: Page, name: str, busybox_image: str) -> None:
    """Bring a talking project up, and look at its logs and at what it uses."""
    command = '["sh", "-c", "while true; do echo it says something; sleep 0.2; done"]'
    create_project(page, name, f"services: {{one: {{image: {busybox_image}, command: {command}}}}}")
    up(page, name)
    page.goto(f"/projects/{name}/logs/")
    expect(page.locator("[data-logs] .log-row").filter(has_text="it says something").first).to_be_visible()
    usage = page.context.new_page()
    usage.goto(f"/projects/{name}/stats/")
    expect(usage.get_by_role("img", name=re.compile("CPU: now"))).to_be_visible()


def followers(door: EngineDoor) -> tuple[int, int]:
    return door.asking_for("/logs?"), door.asking_for("/stats?")


def assert_nothing_is_followed_within(seconds: float, door: EngineDoor) -> None:
    deadline = time.monotonic() + seconds
    while followers(door) != (0, 0):
        assert time.monotonic() < deadline, f"(logs, stats) followed: {followers(door)}"
        time.sleep(0.2)


@pytest.mark.parametrize("leave", ["close", "crash"])
def test_of_a_browser_that_is_closed_or_crashes_nothing_remains(
    chromium: Chromium, server: Server, door: EngineDoor, project_name: str, busybox_image: str, leave: str
) -> None:
    look(chromium.sign_in(server.url), project_name, busybox_image)
    assert followers(door) == (1, 1)
    getattr(chromium, leave)()
    assert_nothing_is_followed_within(GRACE + 5, door)


def test_of_a_browser_whose_network_is_cut_nothing_remains(
    chromium: Chromium, server: Server, door: EngineDoor, project_name: str, busybox_image: str
) -> None:
    relay = FreezingRelay(server.port)
    try:
        look(chromium.sign_in(relay.url), project_name, busybox_image)
        assert followers(door) == (1, 1)
        relay.freeze()
        assert_nothing_is_followed_within(settings.PING_SECONDS + settings.PONG_SECONDS + GRACE + 5, door)
    finally:
        relay.close()
