"""A real Chromium in front of the real server; whatever the browser complains about fails the test."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import docker
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    StorageState,
    expect,
    sync_playwright,
)

import environment
from tests.server import PASSWORD, Server

CHROMIUM_NAMES = ["chromium", "chromium-browser", "google-chrome"]
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PEOPLE: dict[str, dict[str, bool]] = {"ada": {"is_superuser": True, "is_staff": True}}
for _role in ("owner", "editor", "operator", "viewer", "stranger"):
    PEOPLE[_role] = {}

SCREENSHOTS = Path(__file__).parent / "screenshots"  # of tests that failed
FAILED = pytest.StashKey[bool]()

expect.set_options(timeout=15_000)

Visitor = Callable[..., Page]
Cookies = dict[tuple[str, str], StorageState]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The system's Chromium; skip where there is none."""
    program = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if not program:
        pytest.skip("no Chromium here (Debian/Ubuntu: sudo apt install chromium)")
    browser = playwright.chromium.launch(executable_path=program, headless=True, args=CHROMIUM_FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def built() -> None:
    """The front end as it is now, bundled and collected."""
    environment.prepare(development=True)


def new_server(people: Mapping[str, Mapping[str, bool]] = PEOPLE, **variables: str) -> Iterator[Server]:
    """Start a server on which `people` have accounts; stop it and remove its data afterwards."""
    data = Path(tempfile.mkdtemp(prefix="compose-ui-browser-"))
    server = Server(data, **variables)
    server.start()
    server.add_people(people)
    yield server
    server.stop()
    shutil.rmtree(data, ignore_errors=True)


@pytest.fixture(scope="session")
def shared_server(built: None, docker_client: docker.DockerClient) -> Iterator[Server]:
    """One server for all tests that leave it as they found it."""
    yield from new_server()


@pytest.fixture
def server(shared_server: Server) -> Server:
    """The server of the test; a module whose tests stop or change it overrides this fixture."""
    return shared_server


class Complaints:
    """What the browser complained about; `expected` patterns are let pass."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.seen: list[str] = []
        # Chromium gives up what it is loading when this machine gets another network, as each Up of a test brings one.
        self.expected = ["net::ERR_NETWORK_CHANGED"]

    def expect(self, pattern: str) -> None:
        """Let pass what matches `pattern`."""
        self.expected.append(pattern)

    def watch(self, page: Page) -> None:
        page.on("console", self.on_console)
        page.on("pageerror", lambda error: self.seen.append(f"error: {error}"))
        page.on("request", lambda request: self.on_request(request.url))

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.seen.append(f"console: {message.text} ({message.location.get('url', '')})")

    def on_request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and f"{parts.scheme}://{parts.netloc}" != self.origin:
            self.seen.append(f"request to another site: {url}")

    @property
    def unexpected(self) -> list[str]:
        return [line for line in self.seen if not any(re.search(pattern, line) for pattern in self.expected)]


@pytest.fixture
def complaints(server: Server) -> Iterator[Complaints]:
    """Fails the test for every console error, script error, policy violation or request to another site."""
    complaints = Complaints(server.url)
    yield complaints
    assert complaints.unexpected == []


@pytest.fixture(scope="session")
def cookies() -> Cookies:
    """The cookies of who has signed in once, by server and person: what a browser keeps between two visits."""
    return {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the server printed under a test that failed."""
    report = yield
    server = getattr(item, "funcargs", {}).get("server")
    if report.when == "call" and report.failed:
        item.stash[FAILED] = True
        if server:
            report.sections.append(("server", server.output[-5000:]))
    return report


@pytest.fixture
def visit(
    browser: Browser, server: Server, complaints: Complaints, cookies: Cookies, request: pytest.FixtureRequest
) -> Iterator[Visitor]:
    """Open a page in a browser of its own, signed in as `person` ("" for nobody)."""
    contexts: list[BrowserContext] = []
    server.forget_preferences()

    def open_browser(person: str = "ada", *, language: str = "en", width: int = 1280, height: int = 900) -> Page:
        context = browser.new_context(
            base_url=server.url,
            locale=language,
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
            storage_state=cookies.get((server.url, person)),
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        complaints.watch(page)
        if person and (server.url, person) not in cookies:
            sign_in(page, person)
            cookies[server.url, person] = context.storage_state()
        return page

    yield open_browser
    for number, context in enumerate(contexts):
        if request.node.stash.get(FAILED, False):
            for page in context.pages:
                page.screenshot(path=SCREENSHOTS / f"{request.node.name}-{number}.png", full_page=True)
        context.close()


@pytest.fixture
def page(visit: Visitor) -> Page:
    """A browser in which the administrator is signed in."""
    return visit("ada")


def sign_in(page: Page, person: str, password: str = PASSWORD) -> None:
    """Sign in by the form."""
    page.goto("/sign-in/")
    page.locator("input[name=username]").fill(person)
    page.locator("input[name=password]").fill(password)
    page.locator("form:has(input[name=password]) button").click()
    page.wait_for_url(lambda url: "/sign-in/" not in url)
