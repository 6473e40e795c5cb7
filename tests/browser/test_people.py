"""Who sees and may do what, in the browser; and what hostile names and outputs do to a page: nothing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Complaints, Visitor, sign_in
from tests.browser.screens import create_project, open_overview, operation, row, up, wait_until_finished, write_files
from tests.server import Server

SCRIPT = "<img src=x onerror=document.body.setAttribute('data-hacked','1')>"


@pytest.fixture
def shared_project(visit: Visitor, server: Server, project_name: str, busybox_image: str) -> str:
    """A project with a member of each role."""
    compose = f"services:\n  web: {{image: {busybox_image}, command: sleep 600, stop_signal: SIGKILL}}\n"
    create_project(visit("ada"), project_name, compose)
    server.add_members(*[(role, project_name, role) for role in ("owner", "editor", "operator", "viewer")])
    return project_name


def tabs(page: Page) -> list[str]:
    return [name.strip() for name in page.get_by_role("navigation", name="Project").locator("a").all_inner_texts()]


def test_each_role_sees_the_pages_and_the_buttons_it_may_use(
    visit: Visitor, complaints: Complaints, shared_project: str
) -> None:
    complaints.expect("403|404")
    for person, sees, may_operate, reads_files in [
        ("viewer", {"Overview", "Logs", "Stats", "History"}, False, False),
        ("operator", {"Overview", "Logs", "Stats", "History"}, True, False),
        ("editor", {"Overview", "Files", "Logs", "Terminal", "Stats", "History"}, True, True),
        ("owner", {"Overview", "Files", "Logs", "Terminal", "Stats", "History", "Members", "Delete…"}, True, True),
    ]:
        page = visit(person)
        expect(row(page, shared_project)).to_be_visible()
        open_overview(page, shared_project)
        assert set(tabs(page)) == sees, person
        up_button = page.locator("#project-actions").get_by_role("button", name="Up", exact=True)
        assert up_button.is_enabled() is may_operate, person
        answer = page.goto(f"/projects/{shared_project}/files/")
        assert answer
        assert answer.status == (200 if reads_files else 403), person
        page.context.close()


def test_a_stranger_does_not_learn_that_a_project_exists(
    visit: Visitor, complaints: Complaints, shared_project: str
) -> None:
    complaints.expect("404")
    page = visit("stranger")
    page.goto("/")
    expect(page.get_by_text(shared_project)).to_have_count(0)
    answer = page.goto(f"/projects/{shared_project}/")
    missing = page.goto("/projects/there-is-no-such-project/")
    assert answer
    assert missing
    assert (answer.status, missing.status) == (404, 404)


def test_who_is_not_signed_in_is_asked_to_and_then_led_on(visit: Visitor, shared_project: str) -> None:
    page = visit("")
    page.goto(f"/projects/{shared_project}/logs/")
    expect(page).to_have_url(re.compile(r"/sign-in/\?next="))
    page.get_by_label("Username").fill("viewer")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name=shared_project)).to_be_visible()


def test_a_person_whose_membership_ends_is_shown_out(
    visit: Visitor, server: Server, complaints: Complaints, shared_project: str
) -> None:
    complaints.expect("404|WebSocket")
    page = visit("viewer")
    open_overview(page, shared_project)
    server.run("from projects.models import Membership; Membership.objects.filter(user__username='viewer').delete()")
    page.reload()
    expect(page.get_by_role("heading", name=shared_project)).to_have_count(0)


def test_markup_in_images_labels_output_and_logs_stays_text(
    page: Page, server: Server, project_name: str, busybox_image: str
) -> None:
    compose = f"""services:
  web:
    image: {busybox_image}
    command: ["sh", "-c", "echo \\"$$MARKUP\\"; sleep 600"]
    environment: {{MARKUP: "{SCRIPT}"}}
    labels: {{note: "{SCRIPT}"}}
    stop_signal: SIGKILL
  built:
    build: .
    command: sleep 600
    stop_signal: SIGKILL
"""
    create_project(page, project_name, compose)
    dockerfile = f'FROM {busybox_image}\nRUN echo "{SCRIPT}"\n'
    write_files(server.data, project_name, {"Dockerfile": dockerfile, f"{SCRIPT.replace('/', '')}.txt": "x"})
    up(page, project_name)
    expect(page.locator("[data-logs]")).to_contain_text("onerror=")
    expect(operation(page).locator(".step").nth(1)).to_contain_text("onerror=")
    page.goto(f"/projects/{project_name}/files/")
    expect(page.locator("main")).to_contain_text("onerror=")
    assert page.locator("[data-hacked]").count() == 0


def test_markup_in_an_error_stays_text(page: Page, project_name: str) -> None:
    create_project(page, project_name, f'services:\n  web:\n    image: "{SCRIPT} {SCRIPT}"\n    "{SCRIPT}": 1\n')
    open_overview(page, project_name)
    expect(page.locator("#services")).to_contain_text("onerror=")
    assert page.locator("[data-hacked]").count() == 0


def test_sign_out_ends_it(visit: Visitor) -> None:
    page = visit("")
    sign_in(page, "ada")  # a session of the test's own: the others keep theirs
    with page.expect_response("**/found/"):  # asked for once the page stands, and not by somebody signed out
        page.goto("/")
    page.get_by_label("Signed in as ada").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto("/")
    expect(page).to_have_url(re.compile("/sign-in/"))
    sign_in(page, "ada")
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()


def test_the_whole_way_to_up_is_made_by_keyboard(page: Page, project_name: str, busybox_image: str) -> None:
    compose = f"services:\n  web: {{image: {busybox_image}, command: sleep 600, stop_signal: SIGKILL}}\n"
    create_project(page, project_name, compose)
    page.goto("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    tab_to(page, project_name)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/projects/{project_name}/")
    tab_to(page, "Up")
    page.keyboard.press("Enter")
    expect(operation(page)).to_be_visible()
    wait_until_finished(page, "ada")
    tab_to(page, "Down…")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert focused(page) == "Down…"


def focused(page: Page) -> str:
    """The text of what has the focus; fails where nobody would see that it does."""
    text: str = page.evaluate(
        """() => {
          const style = getComputedStyle(document.activeElement);
          const seen = style.outlineStyle !== "none" || style.boxShadow !== "none";
          return (seen ? "" : "invisible focus: ") + document.activeElement.textContent.trim();
        }"""
    )
    return text


def tab_to(page: Page, text: str) -> None:
    """Press Tab until what says `text` has the focus."""
    for _ in range(page.locator("a, button, input, select, textarea, summary, [tabindex]").count()):
        page.keyboard.press("Tab")
        if focused(page) == text:
            return
    raise AssertionError(f"Tab never came to {text}")


def test_a_project_comes_to_open_lists_and_goes_from_open_pages(
    visit: Visitor, complaints: Complaints, project_name: str
) -> None:
    complaints.expect("404")
    watcher, follower, owner = visit("ada"), visit("ada"), visit("ada")
    watcher.goto("/")
    create_project(owner, project_name, "services:\n  web: {image: busybox}\n")
    expect(row(watcher, project_name)).to_be_visible()
    open_overview(follower, project_name)
    expect(follower.locator("#services")).to_contain_text("not created")
    owner.goto(f"/projects/{project_name}/delete/")
    owner.get_by_label("Move the files to the trash").check()
    owner.get_by_label("Type the project's name to confirm").fill(project_name)
    owner.get_by_role("button", name="Delete the project").click()
    expect(owner.locator("#notices")).to_contain_text(f"{project_name} is deleted")
    expect(row(watcher, project_name)).to_have_count(0)
    expect(follower.get_by_role("heading", level=1)).to_have_text("There is nothing here")
    expect(owner.locator("#notices")).to_contain_text(f"{project_name} is deleted")
