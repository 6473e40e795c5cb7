"""What pages weigh, how soon they are usable, and how they hold up with many projects."""

from __future__ import annotations

import http.client
import statistics
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import requests

from benchmarks import browser as chromium
from benchmarks import population
from benchmarks.browser import Transfer
from benchmarks.figures import Figure
from benchmarks.population import Sample
from benchmarks.stage import Stage

KB = 1024
REQUESTS = 30
SETTLE_SECONDS = 3  # until the engine has done with starting containers
SESSION = "compose_ui_session"


def first_load(stage: Stage) -> list[Figure]:
    """Weigh the first visit of the project page, and of the files page with its editor."""
    project = chromium.transfers(stage.browser, stage.session, stage.project_page)
    files = chromium.transfers(stage.browser, stage.session, f"{stage.project_page}files/")
    editor = _total(files) - _total([item for item in files if item.address in {seen.address for seen in project}])
    without = _scripts(files) - _scripts(project)
    assert without, "the files page fetches no script of its own: the editor is not split off"
    return [
        Figure(
            name="first load of the project page",
            value=_total(project) / KB,
            unit="KB",
            goal=350,
            peer="701 KB",
            note=f"all {len(project)} transfers as they came over the wire, headers included, nothing cached; "
            f"the editor ({', '.join(sorted(without))}) is not among them",
        ),
        Figure(
            name="more for the files page with its editor",
            value=editor / KB,
            unit="KB",
            note="what the first visit of the files page fetches beyond that",
        ),
    ]


def project_page(stage: Stage) -> list[Figure]:
    """Time the project page from navigation until a person can use it."""
    cold = chromium.usable_after(stage.browser, stage.session, stage.project_page, cold=True)
    warm = chromium.usable_after(stage.browser, stage.session, stage.project_page, cold=False)
    return [
        Figure(
            name="project page usable after navigation",
            value=statistics.median(cold),
            unit="s",
            goal=0.6,
            peer="0.9 s",
            note=f"painted, modules run, first live message shown; nothing cached; {chromium.spread(cold)}; "
            f"seen before: {statistics.median(warm):.2f} s",
        )
    ]


def list_page(stage: Stage) -> list[Figure]:
    """Time the list page with many projects on the engine."""
    some = population.samples("bench-a", projects=30, containers=100)
    more = population.samples("bench-b", projects=70, containers=400)
    root = stage.dashboard.projects
    with ExitStack() as stack:
        create(stage, some)
        stack.enter_context(population.on_the_engine(some, root, started=True))
        in_browser = _time_list(stage, projects=30)
        create(stage, more)
        stack.enter_context(population.on_the_engine(more, root, started=False))
        time.sleep(SETTLE_SECONDS)
        answered = time_answers(stage, "/projects/", holding=100)
    return [
        Figure(
            name="list page, 30 projects and 100 containers, in the browser",
            value=statistics.median(in_browser),
            unit="s",
            goal=0.4,
            peer="1.07 s",
            note=f"painted, modules run, first live message shown; running containers; nothing cached; "
            f"{chromium.spread(in_browser)}",
        ),
        Figure(
            name="list page, 100 projects and 500 containers, answered by the server",
            value=statistics.median(answered) * 1000,
            unit="ms",
            goal=150,
            note=f"GET / on a kept connection, {REQUESTS} times, {min(answered) * 1000:.0f} to "
            f"{max(answered) * 1000:.0f} ms; 100 of the containers running, 400 created",
        ),
    ]


def create(stage: Stage, projects: Iterable[Sample]) -> None:
    """Create the projects in the dashboard, by the form in which a person pastes a compose file."""
    address = f"{stage.dashboard.address}/new/?from=paste"
    with requests.Session() as session:
        session.cookies.set(SESSION, stage.cookies[SESSION])
        session.get(address, timeout=30).raise_for_status()
        for sample in projects:
            data = {"name": sample.name, "text": sample.compose_file}
            data["csrfmiddlewaretoken"] = session.cookies["compose_ui_csrf"]
            answer = session.post(address, data=data, timeout=30, headers={"Referer": address}, allow_redirects=False)
            assert answer.status_code == 302, f"{sample.name} was not created: {answer.status_code}"


def _time_list(stage: Stage, *, projects: int) -> list[float]:
    address = f"{stage.dashboard.address}/projects/"
    with chromium.visit(stage.browser, stage.session) as page:
        page.goto(address)
        rows = (
            page.locator("#project-list > li")
            .filter(has_text="3 running")
            .or_(page.locator("#project-list > li").filter(has_text="4 running"))
        )
        rows.nth(projects - 1).wait_for()
        page.wait_for_timeout(1000 * SETTLE_SECONDS)
    return chromium.usable_after(stage.browser, stage.session, address, cold=True)


def time_answers(stage: Stage, path: str, *, holding: int = 0) -> list[float]:
    """Return the seconds of each request of a page that shows so many projects, the answer read whole."""
    connection = http.client.HTTPConnection("127.0.0.1", stage.dashboard.port, timeout=30)
    cookies = "; ".join(f"{name}={value}" for name, value in stage.cookies.items())
    taken: list[float] = []
    for _ in range(REQUESTS + 1):
        began = time.perf_counter()
        connection.request("GET", path, headers={"Cookie": cookies, "Accept-Encoding": "identity"})
        response = connection.getresponse()
        body = response.read().decode()
        taken.append(time.perf_counter() - began)
        assert response.status == 200
        assert body.count('class="project-row"') >= holding, "the list page does not hold all the projects"
    connection.close()
    return taken[1:]


def _total(items: Iterable[Transfer]) -> int:
    return sum(item.size for item in items)


def _scripts(items: Iterable[Transfer]) -> set[str]:
    """Return the names of the JavaScript files among the transfers."""
    names = {PurePosixPath(urlsplit(item.address).path).name for item in items}
    return {name for name in names if name.endswith(".js")}
