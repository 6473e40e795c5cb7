"""The attached logs: merged, prefixed, followed, paused, downloaded, complete."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visitor
from tests.browser.screens import create_project, open_overview, service_row, up


@pytest.fixture
def talking_project(page: Page, project_name: str, busybox_image: str) -> str:
    """A project of two services that each say a line every 200 ms."""
    services = "".join(
        f"""
  {name}:
    image: {busybox_image}
    command: ["sh", "-c", "n=0; while true; do n=$$((n+1)); echo {name} says $$n; sleep 0.2; done"]
    stop_signal: SIGKILL
"""
        for name in ("one", "two")
    )
    create_project(page, project_name, f"services:{services}")
    up(page, project_name)
    return project_name


def lines(page: Page) -> Locator:
    return page.locator("[data-logs] .log-row")


def test_lines_of_all_services_come_merged_under_their_names_in_colours_of_their_own(
    page: Page, talking_project: str
) -> None:
    for service in ("one", "two"):
        line = lines(page).filter(has_text=re.compile(f"{service} says"))
        expect(line.first.locator(".log-name")).to_contain_text(f"{talking_project}-{service}-1")
    colours = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll(".log-name")]
             .map((name) => [name.textContent.trim(), getComputedStyle(name).color]))"""
    )
    assert len(set(colours.values())) == 2


def test_one_service_may_be_read_alone(page: Page, talking_project: str) -> None:
    service_row(page, "one").get_by_role("link", name="Logs of one").click()
    expect(lines(page).filter(has_text="one says").first).to_be_visible()
    expect(lines(page).filter(has_text="two says")).to_have_count(0)


def test_paused_logs_stand_still_and_then_catch_up_without_a_gap(page: Page, talking_project: str) -> None:
    page.goto(f"/projects/{talking_project}/logs/?service=one")
    expect(lines(page).filter(has_text="one says").first).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(300)
    before = numbers(page)
    page.wait_for_timeout(1200)
    assert numbers(page) == before
    page.get_by_role("button", name="Go on").click()
    expect(lines(page).filter(has_text=re.compile(rf"one says {before[-1] + 4}\b"))).to_be_visible()
    after = numbers(page)
    assert after == list(range(after[0], after[0] + len(after)))


def numbers(page: Page) -> list[int]:
    """The numbers of the lines that are shown, in their order."""
    shown = page.locator("[data-logs] .log-text").all_inner_texts()
    return [int(found[1]) for text in shown if (found := re.search(r"says (\d+)", text))]


def test_the_download_holds_every_line_from_the_first(page: Page, talking_project: str, tmp_path: Path) -> None:
    page.goto(f"/projects/{talking_project}/logs/?service=one")
    expect(lines(page).filter(has_text="one says").first).to_be_visible()
    with page.expect_download() as started:
        page.get_by_role("link", name=re.compile("Download")).click()
    target = tmp_path / "log.txt"
    started.value.save_as(target)
    said = re.findall(r"one says (\d+)", target.read_text())
    assert said[:3] == ["1", "2", "3"]
    assert said == [str(number) for number in range(1, len(said) + 1)]


def test_a_viewer_reads_logs_of_a_container_that_has_gone_on_without_anyone_looking(
    visit: Visitor, talking_project: str
) -> None:
    late = visit("ada")
    open_overview(late, talking_project)
    expect(lines(late).filter(has_text=re.compile(r"one says 1\b")).first).to_be_attached()


@pytest.fixture
def hostile_project(page: Page, project_name: str, busybox_image: str) -> str:
    """A project that has printed 30,000 lines, with some to be found early, late and hostile ones."""
    script = (
        "echo 'INFO: the first needle'; "
        'i=0; while [ $$i -lt 30000 ]; do i=$$((i+1)); echo "line $$i of many"; done; '
        "printf '\\033]8;;javascript:alert(1)\\033\\\\ERROR: needle <img src=x onerror=alert(1)>\\033]8;;\\033\\\\"
        " \\033]0;title\\007<b>bold</b>\\n'; "
        'i=0; while [ $$i -lt 30 ]; do i=$$((i+1)); echo "end $$i"; done; '
        "sleep 2; echo 'WARNING: a needle on stderr' >&2; sleep 1000"
    )
    command = json.dumps(["sh", "-c", script])
    services = f"services:\n  talker:\n    image: {busybox_image}\n    command: {command}\n    stop_signal: SIGKILL\n"
    create_project(page, project_name, services)
    up(page, project_name)
    page.goto(f"/projects/{project_name}/logs/")
    expect(lines(page).filter(has_text="a needle on stderr")).to_be_visible(timeout=60_000)
    return project_name


def hits(page: Page) -> Locator:
    return page.locator(".log-hit")


def search_for(page: Page, text: str) -> None:
    page.get_by_role("searchbox", name="Find").fill(text)
    page.get_by_role("searchbox", name="Find").press("Enter")


def test_all_that_is_stored_is_searched_and_a_match_shown_among_its_neighbours(
    page: Page, hostile_project: str
) -> None:
    page.get_by_role("button", name="Search all stored lines").click()
    expect(page.get_by_role("searchbox", name="Find")).to_be_focused()
    search_for(page, "needle")
    status = page.locator(".log-search-status")
    expect(status).to_contain_text("all that is stored was searched")
    expect(status).to_contain_text("3 matches")
    expect(status).to_contain_text("30,033 lines looked at")
    expect(hits(page)).to_have_count(3)
    texts = [text.split("| ", 1)[1] for text in hits(page).all_inner_texts()]
    assert texts == [
        "WARNING: a needle on stderr",
        "ERROR: needle <img src=x onerror=alert(1)> <b>bold</b>",
        "INFO: the first needle",
    ]
    assert page.locator(".log-hits :is(img, b, a)").count() == 0
    expect(hits(page).nth(1)).to_have_attribute("data-level", "error")
    expect(hits(page).nth(1).locator("mark")).to_have_text("needle")
    for expected in (0, 1, 2, 0):
        page.get_by_role("searchbox", name="Find").press("Enter")
        expect(hits(page).nth(expected)).to_have_attribute("aria-current", "true")
    page.get_by_role("searchbox", name="Find").press("Shift+Enter")
    expect(hits(page).nth(2)).to_have_attribute("aria-current", "true")
    expect(page.locator(".log-search-place")).to_have_text("3 of 3")
    button = hits(page).nth(1).get_by_role("button", name="Show in context")
    button.click()
    around = page.get_by_role("group", name="Lines around this one")
    expect(around).to_contain_text("line 30000 of many")
    expect(around).to_contain_text("end 20")
    assert around.locator("img, b, a").count() == 0
    button.click()
    expect(around).to_have_count(0)


def test_what_a_search_finds_is_downloaded_whole(page: Page, hostile_project: str, tmp_path: Path) -> None:
    page.get_by_role("button", name="Search all stored lines").click()
    search_for(page, "7777")
    with page.expect_download() as started:
        page.get_by_role("link", name="Download all matches").click()
    target = tmp_path / "found.txt"
    started.value.save_as(target)
    said = [line[31:] for line in target.read_text().splitlines()]
    assert said == ["line 7777 of many", "line 17777 of many", "line 27777 of many"]


def test_a_search_is_narrowed_by_level_output_pattern_and_what_must_not_be_there(
    page: Page, hostile_project: str
) -> None:
    page.get_by_role("button", name="Search all stored lines").click()
    page.get_by_role("combobox", name="Level", exact=True).select_option("Warnings and errors")
    search_for(page, "needle")
    expect(hits(page)).to_have_count(2)
    page.get_by_role("combobox", name="Output").select_option("stderr")
    search_for(page, "")
    expect(hits(page)).to_have_count(1)
    page.get_by_role("combobox", name="Level", exact=True).select_option("All levels")
    page.get_by_role("combobox", name="Output").select_option("Both outputs")
    page.get_by_role("button", name="Regular expression").click()
    page.get_by_role("searchbox", name="But not").fill("9$|first")
    search_for(page, r"(line 2999|needle|end \d$)")
    expect(page.locator(".log-search-status")).to_contain_text("searched")
    search_for(page, "(unfinished")
    expect(page.get_by_role("alert")).to_contain_text("missing )")
    search_for(page, "line")
    expect(hits(page)).to_have_count(300)
    page.get_by_role("button", name="Search further back").click()
    expect(page.locator(".log-search-status")).to_contain_text("600 matches")
    expect(hits(page)).to_have_count(300)
    page.get_by_role("searchbox", name="Find").press("Escape")
    expect(page.get_by_role("search", name="Search all stored lines")).to_be_hidden()


def test_lines_are_marked_with_their_level_and_shown_by_it(page: Page, hostile_project: str) -> None:
    warning = lines(page).filter(has_text="a needle on stderr")
    expect(warning).to_have_attribute("data-level", "warning")
    expect(lines(page).filter(has_text="ERROR: needle")).to_have_attribute("data-level", "error")
    expect(lines(page).filter(has_text="end 30")).to_have_attribute("data-level", "unknown")
    levels = page.get_by_role("combobox", name="Levels that are shown")
    levels.select_option("Errors")
    expect(warning).to_be_hidden()
    expect(lines(page).filter(has_text="end 30")).to_be_hidden()
    expect(lines(page).filter(has_text="ERROR: needle")).to_be_visible()
    levels.select_option("Debug and trace")
    expect(lines(page).filter(has_text="started")).to_be_attached()
    levels.select_option("All levels")
    expect(warning).to_be_visible()


@pytest.fixture
def garbled_project(page: Page, project_name: str, busybox_image: str) -> str:
    """A project that prints what no text is, commands to a terminal, and a line of 1 MB, between two harmless lines."""
    script = (
        r"echo begin; printf 'bytes \377\376\303 NUL \000 half \342\202\n'; "
        r"printf '\254 euro \342\202'; sleep 0.1; printf '\254\n'; "
        r"printf 'clipboard \033]52;c;aGFja2Vk\007 title \033]0;hacked\007 sized\033[8;9;9t\n'; "
        r"printf '\033]8;;javascript:document.body.dataset.hacked=1\033\\link\033]8;;\033\\ "
        r"<img src=x onerror=document.body.dataset.hacked=1>\n'; "
        r"head -c 1048576 /dev/zero | tr '\000' w; echo; echo end; sleep 1000"
    )
    command = json.dumps(["sh", "-c", script])
    services = f"services:\n  talker:\n    image: {busybox_image}\n    command: {command}\n    stop_signal: SIGKILL\n"
    create_project(page, project_name, services)
    up(page, project_name)
    return project_name


def test_what_is_no_text_and_what_commands_a_terminal_is_shown_as_harmless_text(
    page: Page, garbled_project: str
) -> None:
    title = page.title()
    page.goto(f"/projects/{garbled_project}/logs/")
    expect(lines(page).last).to_contain_text("end")
    said = [re.sub(r"w{100,}.*", "w…", text) for text in page.locator("[data-logs] .log-text").all_inner_texts()]
    said = said[said.index("begin") :]
    assert said[1].rstrip("\ufffd") == "bytes \ufffd\ufffd\ufffd NUL \u2400 half "
    assert said[2].endswith(" euro €")
    assert said[3] == "clipboard  title  sized"
    assert said[4] == "link <img src=x onerror=document.body.dataset.hacked=1>"
    assert said[5:] == ["w…", "end"]
    assert page.locator("[data-logs] .log-text :is(img, a)").count() == 0
    assert page.locator("[data-hacked]").count() == 0
    assert "hacked" not in page.title() and title


def test_a_line_of_one_megabyte_is_cut_and_shown_whole_when_asked_for(page: Page, garbled_project: str) -> None:
    page.goto(f"/projects/{garbled_project}/logs/")
    long = lines(page).filter(has_text="wwww")
    expect(long).to_have_count(1)
    assert len(long.inner_text()) < 20_000
    button = long.get_by_role("button", name="Show all 1,048,576 characters")
    button.click()
    expect(button).to_have_count(0)
    assert page.evaluate(
        "document.querySelector('[data-logs]').textContent.match(/w+/g).some(s => s.length === 1048576)"
    )
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
