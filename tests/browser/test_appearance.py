"""Languages, themes and narrow screens."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.browser.screens import create_project, open_overview, operation, press, result, wait_until_finished

HAN = re.compile(r"[一-鿿]")
SIGNS = {".*", "Aa", "CPU"}  # the same in every language; their names are not
ENGLISH_SENTENCE = re.compile(r"\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b")


@pytest.fixture
def failing_project(visit: Visitor, project_name: str, busybox_image: str) -> str:
    """A project whose Up shows most that a page can show: a container that runs and one that exits at once."""
    compose = f"""services:
  steady: {{image: {busybox_image}, command: sleep 600, stop_signal: SIGKILL}}
  crashing: {{image: {busybox_image}, command: "sh -c 'exit 7'"}}
"""
    create_project(visit("ada"), project_name, compose)
    return project_name


def pages_of(name: str) -> list[str]:
    tabs = [
        f"/projects/{name}/{tab}"
        for tab in ("", "files/", "logs/", "stats/", "events/", "operations/", "members/", "delete/")
    ]
    return ["/", "/new/", "/new/?from=paste", "/new/?from=upload", *tabs]


def wide_elements(page: Page) -> list[str]:
    """What sticks out of the screen, where the page itself can be scrolled sideways."""
    found: list[str] = page.evaluate(
        """() => {
          const root = document.documentElement;
          if (root.scrollWidth <= root.clientWidth) return [];
          return [...document.querySelectorAll("main *, header *")]
            .filter((element) => element.getBoundingClientRect().right > root.clientWidth + 1)
            .slice(0, 5).map((element) => element.outerHTML.slice(0, 120));
        }"""
    )
    return found


def test_no_page_is_wider_than_a_narrow_phone(visit: Visitor, failing_project: str) -> None:
    page = visit("ada", width=360, height=740)
    open_overview(page, failing_project)
    press(page, "Up")
    wait_until_finished(page, "")
    for address in pages_of(failing_project):
        page.goto(address)
        page.wait_for_timeout(150)
        assert wide_elements(page) == [], address


def test_problems_of_files_stay_inside_a_narrow_screen(visit: Visitor, project_name: str) -> None:
    page = visit("ada", width=360, height=740)
    create_project(page, project_name, 'version: "3"\nservices:\n  web:\n    image: busybox\n')
    page.goto(f"/projects/{project_name}/files/")
    expect(page.locator(".problems li")).to_contain_text("the attribute `version` is obsolete")
    assert wide_elements(page) == []
    card, place = page.locator("[data-editor]").bounding_box(), page.locator(".problems .place").bounding_box()
    assert card and place
    assert place["x"] + place["width"] <= card["x"] + card["width"]


@pytest.mark.parametrize("width", [360, 1280])
def test_the_tabs_of_a_project_are_all_in_sight_and_stay_where_they_are(
    visit: Visitor, failing_project: str, width: int
) -> None:
    page = visit("ada", width=width)
    places = []
    for tab in ("", "files/", "logs/", "stats/", "operations/", "members/", "delete/"):
        page.goto(f"/projects/{failing_project}/{tab}")
        expect(page.locator("#project-state")).to_be_visible()
        tabs = [tab.bounding_box() for tab in page.locator(".tabs a").all()]
        assert len(tabs) == 8
        assert all(tab and tab["x"] >= 0 and tab["x"] + tab["width"] <= width for tab in tabs)
        places.append(tabs)
    assert places == [places[0]] * 7


def test_the_story_is_told_in_chinese_to_who_reads_chinese(visit: Visitor, failing_project: str) -> None:
    page = visit("ada", language="zh-CN")
    for address in pages_of(failing_project):
        page.goto(address)
        expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
        said = page.locator("h1:not(.mono), h2:not(.mono), h3:not(.mono), label, th, button").all_inner_texts()
        for text in filter(str.strip, said):
            assert HAN.search(text) or failing_project in text or text in {"steady", "crashing", "English", *SIGNS}, (
                text
            )
    open_overview(page, failing_project)
    page.locator("#project-actions button[value=up]").click()
    expect(operation(page)).to_be_visible()
    expect(result(page)).to_contain_text(HAN)
    expect(operation(page).locator(".operation-problems")).to_contain_text(re.compile("crashing.*7", re.DOTALL))
    told = operation(page).locator(".operation-problems").inner_text()
    assert HAN.search(told)
    assert not ENGLISH_SENTENCE.search(told), told
    expect(page.locator("#project-state")).to_contain_text(HAN)


def test_the_language_is_chosen_on_the_page_and_kept(visit: Visitor) -> None:
    page = visit("ada")
    page.goto("/")
    page.get_by_label("Language / 语言").click()
    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(HAN)
    page.goto("/new/")
    expect(page.get_by_role("heading", level=1)).to_contain_text(HAN)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_can_be_read_in_light_and_in_dark(visit: Visitor, failing_project: str, theme: str) -> None:
    page = visit("ada")
    page.add_init_script(f"localStorage.setItem('theme', '{theme}')")
    open_overview(page, failing_project)
    press(page, "Up")
    wait_until_finished(page, "")
    for address in pages_of(failing_project):
        page.goto(address)
        expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
        assert faint_texts(page) == [], address


def faint_texts(page: Page) -> list[str]:
    """Texts whose contrast with what lies behind them is below 4.5 to 1 (WCAG 2.2, success criterion 1.4.3)."""
    found: list[str] = page.evaluate(
        """() => {
          const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
          const rgba = (colour) => {
            canvas.clearRect(0, 0, 1, 1);
            canvas.fillStyle = colour;
            canvas.fillRect(0, 0, 1, 1);
            const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
            return [r, g, b, a / 255];
          };
          const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
          const behind = (element) => {
            const layers = [];
            for (let at = element; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
            return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
          };
          const light = (colour) => {
            const [r, g, b] = colour.map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const faint = [];
          const texts = document.createTreeWalker(document.querySelector("body"), NodeFilter.SHOW_TEXT);
          while (texts.nextNode()) {
            const element = texts.currentNode.parentElement;
            if (!texts.currentNode.data.trim() || element.closest("script, style, template, :disabled")) continue;
            const box = element.getBoundingClientRect();
            if (box.width < 2 || box.bottom < 0 || !element.checkVisibility({ visibilityProperty: true })) continue;
            const ground = behind(element);
            const ink = over(rgba(getComputedStyle(element).color), ground);
            const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x);
            const contrast = (a + 0.05) / (b + 0.05);
            if (contrast < 4.5) faint.push(`${contrast.toFixed(1)}: ${texts.currentNode.data.trim().slice(0, 40)}`);
          }
          return [...new Set(faint)];
        }"""
    )
    return found
