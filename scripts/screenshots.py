"""Walk the tutorial in a real Chromium and write docs/screenshots: ``python -m scripts.screenshots``.

The story is told once, by one person, in English; a second page in Chinese stands beside it. It needs an engine and a
free port 5000. On an engine that has neither the base images nor anything built yet, the pictures of Up show the pull
and the build as a newcomer sees them.
"""

from __future__ import annotations

import re
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, StorageState, expect

from benchmarks import browser as chromium
from benchmarks import dashboard as server
from benchmarks import reference
from benchmarks.dashboard import ROOT, Dashboard

SCREENSHOTS = ROOT / "docs" / "screenshots"
STARTER = ROOT / "projects" / "starters" / "flask-redis"
LANGUAGES = {"": "en-US", ".zh-hans": "zh-CN"}  # what a picture's name ends with, and the reader's locale
PROJECT = "hitcounter"
WEB_PAGE = "http://127.0.0.1:5000/"
SLOW_MILLISECONDS = 300_000  # a first Up pulls and builds
COLOURS = 256
WIDTH, HEIGHT = 1280, 800
ATTEMPTS = 20


@dataclass(frozen=True, kw_only=True)
class Story:
    """The dashboard, and its two readers: `page` acts, the other pages look on."""

    dashboard: Dashboard
    readers: dict[str, Page]

    @property
    def page(self) -> Page:
        """The page of the person who acts."""
        return self.readers[""]

    def go(self, path: str) -> None:
        """Have every reader open a page of the dashboard."""
        for page in self.readers.values():
            page.goto(f"{self.dashboard.address}{path}")
            page.wait_for_load_state("networkidle")

    def picture(self, name: str, height: int = HEIGHT) -> None:
        """Take a picture of what each reader sees in a window so high."""
        for suffix, page in self.readers.items():
            page.mouse.move(0, 0)
            page.set_viewport_size({"width": WIDTH, "height": height})
            take(page, f"{name}{suffix}")


def main() -> None:
    """Tell the story from the set-up link to Down."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with opened_story() as story:
        for chapter in CHAPTERS:
            print(chapter.__name__.replace("_", " "), flush=True)
            chapter(story)


@contextmanager
def opened_story() -> Iterator[Story]:
    """Start a dashboard with nothing in it and let the readers sign in; take everything down at the end."""
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="compose-ui-"))) / "data"
        dashboard = stack.enter_context(server.running(data))
        browser = stack.enter_context(chromium.chromium())
        picture_of_welcome(browser, dashboard)
        session = chromium.make_administrator(browser, dashboard)
        readers = {name: stack.enter_context(reader(browser, session, locale)) for name, locale in LANGUAGES.items()}
        stack.callback(take_down_what_is_left, data / "projects" / PROJECT)
        yield Story(dashboard=dashboard, readers=readers)


def take_down_what_is_left(directory: Path) -> None:
    """Remove the project from the engine where the story broke off."""
    if directory.exists():
        reference.down(directory, PROJECT)


@contextmanager
def reader(browser: Browser, session: StorageState, locale: str) -> Iterator[Page]:
    """Open a light page for somebody who reads the language of `locale`."""
    with chromium.visit(browser, session, locale=locale, color_scheme="light", reduced_motion="reduce") as page:
        yield page


def picture_of_welcome(browser: Browser, dashboard: Dashboard) -> None:
    """Show what the one-time link opens."""
    for suffix, locale in LANGUAGES.items():
        with chromium.visit(browser, locale=locale, color_scheme="light") as page:
            page.goto(dashboard.setup_link())
            page.wait_for_load_state("networkidle")
            take(page, f"welcome{suffix}")


def create_the_project(story: Story) -> None:
    """Look at the template, then begin with a blank project."""
    story.go("/new/")
    story.picture("new-project")
    story.page.goto(f"{story.dashboard.address}/new/?from=blank")
    story.page.get_by_label("Name").fill(PROJECT)
    story.page.get_by_role("button", name="Create the project").click()
    story.page.wait_for_url(f"**/projects/{PROJECT}/files/**")


def write_the_four_files(story: Story) -> None:
    """Write each file in the editor, as the tutorial has it."""
    write(story.page, "compose.yaml")
    for name in ("app.py", "requirements.txt", "Dockerfile"):
        story.page.get_by_role("button", name="New file").click()
        story.page.get_by_label("Path in the project", exact=True).fill(name)
        story.page.get_by_role("button", name="Create", exact=True).click()
        story.page.wait_for_url(re.compile(rf"file={name}"))
        write(story.page, name)
    story.go(f"/projects/{PROJECT}/files/?file=compose.yaml")
    story.picture("editor")


def bring_it_up(story: Story) -> None:
    """Press Up and look at it in the middle of the build, and when everything runs."""
    story.go(f"/projects/{PROJECT}/")
    story.page.get_by_role("button", name="Up", exact=True).click()
    for page in story.readers.values():
        page.locator("#current-operation .step").first.wait_for(timeout=SLOW_MILLISECONDS)
    story.picture("up")
    wait_until_it_runs(story.page)


def open_its_page(story: Story) -> None:
    """Open the counter twice, and see it in the logs."""
    with story.page.expect_popup() as popup:
        story.page.locator("#project-state .port").click()
    opened = popup.value
    wait_until_it_answers(opened)
    opened.set_viewport_size({"width": 640, "height": 160})
    take(opened, "counter")
    opened.reload()
    opened.close()
    story.go(f"/projects/{PROJECT}/")
    for page in story.readers.values():
        expect(page.locator("[data-logs]")).to_contain_text("GET / HTTP/1.1")
    story.picture("project", height=1060)
    story.go(f"/projects/{PROJECT}/logs/")
    for page in story.readers.values():
        expect(page.locator("[data-logs]")).to_contain_text("GET / HTTP/1.1")
    story.picture("logs")


def change_the_program(story: Story) -> None:
    """Change app.py, save it, bring the project up again and open the page again."""
    story.page.goto(f"{story.dashboard.address}/projects/{PROJECT}/files/?file=app.py")
    changed = (STARTER / "app.py").read_text().replace("Hello World!", "Hello from Compose UI!")
    fill_editor(story.page, changed)
    story.page.locator("[data-editor-save-up]").click()
    story.page.wait_for_url(f"**/projects/{PROJECT}/")
    wait_until_it_runs(story.page)
    assert first_answer() == "Hello from Compose UI! I have been seen 3 times.\n"


def look_back(story: Story) -> None:
    """See the list of projects, and what was done."""
    story.go("/")
    story.picture("projects")
    story.go(f"/projects/{PROJECT}/operations/")
    story.picture("history")


def take_it_down(story: Story) -> None:
    """Ask for Down, read what it says, and do it."""
    story.go(f"/projects/{PROJECT}/")
    for page in story.readers.values():
        page.locator("[data-dialog=down-dialog]").click()
    story.picture("down")
    story.page.get_by_role("button", name="Take it down").click()
    expect(story.page.locator("#project-state")).to_contain_text("not created", timeout=60_000)


CHAPTERS: tuple[Callable[[Story], None], ...] = (
    create_the_project,
    write_the_four_files,
    bring_it_up,
    open_its_page,
    change_the_program,
    look_back,
    take_it_down,
)


def write(page: Page, name: str) -> None:
    """Write one of the four files into the opened editor, and save it."""
    fill_editor(page, (STARTER / name).read_text())
    saved = page.expect_response(lambda answer: answer.url.endswith("/files/content/"))
    with saved as answer:
        page.locator("[data-editor-save]").click()
    assert answer.value.ok, f"{name} was not saved: {answer.value.status}"


def fill_editor(page: Page, text: str) -> None:
    """Replace what stands in the editor."""
    page.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)


def wait_until_it_runs(page: Page) -> None:
    """Wait until the operation has ended and both services run."""
    expect(page.locator("#project-state")).to_contain_text("2 running", timeout=SLOW_MILLISECONDS)
    expect(page.get_by_role("button", name="Up", exact=True)).to_be_enabled(timeout=SLOW_MILLISECONDS)


def wait_until_it_answers(page: Page) -> None:
    """Reload until the program in the container has got as far as answering."""
    for _ in range(ATTEMPTS):
        if "I have been seen 1 times" in page.locator("body").inner_text():
            return
        page.wait_for_timeout(250)
        page.reload()
    raise AssertionError(f"{page.url} does not say how often it was seen")


def first_answer() -> str:
    """Return what the program in the container answers, as soon as it does."""
    for _ in range(ATTEMPTS):
        with suppress(OSError), urllib.request.urlopen(WEB_PAGE, timeout=30) as answer:
            return str(answer.read().decode())
        time.sleep(0.25)
    raise AssertionError(f"{WEB_PAGE} does not answer")


def take(page: Page, name: str) -> None:
    """Write a picture of the page, in as many colours as a screen of text needs."""
    file = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=file, animations="disabled", caret="hide")
    with Image.open(file) as picture:
        few = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(file, optimize=True)


if __name__ == "__main__":
    main()
