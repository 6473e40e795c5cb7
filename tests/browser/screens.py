"""What a person does on the pages, in the words of the pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

PATIENCE = 60_000  # milliseconds: the longest an operation of these tests takes on a slow machine


def create_project(page: Page, name: str, compose: str) -> None:
    """Create a project by pasting its compose file."""
    page.goto("/new/?from=paste")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Compose file").fill(compose)
    page.get_by_role("button", name="Create the project").click()
    page.wait_for_url(f"**/projects/{name}/**")


def write_files(data: Path, name: str, files: Mapping[str, str]) -> Path:
    """Write files into a project's directory as a person does by hand; return the directory."""
    directory = data / "projects" / name
    for path, text in files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(text)
    return directory


def open_overview(page: Page, name: str) -> None:
    page.goto(f"/projects/{name}/")


def press(page: Page, verb: str) -> None:
    """Press one of the project's own buttons: Up, Stop, Start, Restart."""
    page.locator("#project-actions").get_by_role("button", name=verb, exact=True).click()


def take_down(page: Page, *, with_volumes: bool = False) -> None:
    """Press Down and answer what it asks."""
    press(page, "Down…")
    dialog = page.get_by_role("dialog")
    if with_volumes:
        dialog.get_by_role("checkbox").check()
    dialog.get_by_role("button", name="Take it down").click()


def operation(page: Page) -> Locator:
    """The panel of the operation the page shows."""
    return page.locator("section.operation")


def result(page: Page) -> Locator:
    """The sentence that tells what came of the last operation."""
    return operation(page).locator(".operation-line")


def wait_until_finished(page: Page, outcome: str | re.Pattern[str]) -> None:
    """Wait until the operation is over and its sentence holds `outcome`."""
    expect(operation(page).get_by_role("button", name=re.compile("Cancel"))).to_have_count(0, timeout=PATIENCE)
    expect(result(page)).to_contain_text(outcome)


def up(page: Page, name: str) -> None:
    """Bring a project up and wait until it is."""
    open_overview(page, name)
    press(page, "Up")
    expect(operation(page)).to_be_visible()
    wait_until_finished(page, "")


def row(page: Page, name: str) -> Locator:
    """A project's row in the list."""
    return page.locator(".project-row").filter(has=page.get_by_role("link", name=name, exact=True))


def service_row(page: Page, service: str) -> Locator:
    return page.locator("#services tbody tr").filter(has=page.locator("strong", has_text=re.compile(f"^{service}$")))


def picture(page: Page) -> str:
    """Everything the operation's panel says, apart from clocks that tick by themselves."""
    panel = operation(page)
    expect(panel).to_be_visible()
    text: str = panel.evaluate(
        """panel => {
          const copy = panel.cloneNode(true);
          copy.querySelectorAll("time").forEach((clock) => clock.remove());
          const bars = [...copy.querySelectorAll("progress")].map((bar) => `${bar.value}/${bar.max}`);
          return copy.textContent.replace(/\\s+/g, " ") + bars.join(" ");
        }"""
    )
    return text
