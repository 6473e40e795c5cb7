"""What ``ps``, ``ls``, ``images``, ``stats``, ``events`` and ``--format`` print."""

from __future__ import annotations

from dataclasses import replace

import pytest

from projects.compose import container_rows, event_lines, figures, human, resource_rows
from projects.compose.choosing import one_of
from projects.compose.copy_rules import Destination, destination, renamed
from projects.compose.errors import ComposeError, PlanError
from projects.compose.go_template import formatted
from projects.compose.moments import moment
from projects.compose.state import ObservedContainer, PublishedPort

WEB = ObservedContainer(id="a" * 64, name="demo-web-1", project="demo", service="web", state="running")
FIELDS = {"Name": "NAME", "Ports": "PORTS"}


@pytest.mark.parametrize(
    ("published", "exposed", "shown"),
    [
        ([("0.0.0.0", 8000, 80), ("::", 8000, 80)], [], "0.0.0.0:8000->80/tcp, [::]:8000->80/tcp"),
        ([], [6379, 6380, 9000], "6379-6380/tcp, 9000/tcp"),
        ([("0.0.0.0", 80, 80), ("0.0.0.0", 81, 81)], [443], "0.0.0.0:80-81->80-81/tcp, 443/tcp"),
        ([("0.0.0.0", 32768, 80)], [6379], "6379/tcp, 0.0.0.0:32768->80/tcp"),
    ],
)
def test_ports_are_shown_as_the_reference_shows_them(
    published: list[tuple[str, int, int]], exposed: list[int], shown: str
) -> None:
    container = replace(
        WEB,
        ports=tuple(PublishedPort(host_ip=ip, published=host, target=target) for ip, host, target in published),
        exposed=tuple(PublishedPort(host_ip="", published=0, target=target) for target in exposed),
    )
    assert container_rows.ports(container) == shown


def test_projects_are_listed_with_the_states_of_their_containers() -> None:
    stopped = replace(WEB, state="exited", labels={"com.docker.compose.project.config_files": "/a.yaml,/b.yaml"})
    other = replace(WEB, project="alpha")
    assert container_rows.ls_rows([WEB, stopped, WEB, other]) == [
        {"Name": "alpha", "Status": "running(1)", "ConfigFiles": "N/A"},
        {"Name": "demo", "Status": "exited(1), running(2)", "ConfigFiles": "/a.yaml,/b.yaml"},
    ]


def test_a_template_is_filled_a_line_a_row() -> None:
    rows = [{"Name": "a", "Ports": "<80>"}, {"Name": "longer-than-ten", "Ports": ""}]
    assert formatted(r"{{.Name}}\t{{json .Ports}}", rows, FIELDS) == 'a\t"\\u003c80\\u003e"\nlonger-than-ten\t""\n'
    assert formatted("{{json .}}", rows[1:], FIELDS) == '{"Name":"longer-than-ten","Ports":""}\n'
    assert formatted(r"table {{.Name}}\t{{upper .Ports}}", rows[1:], FIELDS) == (
        "NAME              PORTS\nlonger-than-ten   \n"
    )
    assert formatted("plain", rows, FIELDS) == "plain\nplain\n"


@pytest.mark.parametrize("template", ["{{.Foo}}", "{{range .}}", "{{nosuch .Name}}"])
def test_a_template_that_cannot_be_filled_is_refused(template: str) -> None:
    with pytest.raises(ComposeError, match="template parsing error"):
        formatted(template, [], FIELDS)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "Less than a second"),
        (1, "1 second"),
        (59, "59 seconds"),
        (60, "About a minute"),
        (119, "About a minute"),
        (120, "2 minutes"),
        (3600, "About an hour"),
        (5400, "2 hours"),
        (3.4 * 3600, "3 hours"),
        (3.5 * 3600, "4 hours"),
        (47 * 3600, "47 hours"),
        (48 * 3600, "2 days"),
        (14 * 86400, "2 weeks"),
        (60 * 86400, "2 months"),
        (59.6 * 3600, "2 days"),
        (59 * 86400, "8 weeks"),
        (729 * 86400, "24 months"),
        (800 * 86400, "2 years"),
    ],
)
def test_durations_are_said_in_words(seconds: float, shown: str) -> None:
    assert human.ago(seconds) == shown


def test_what_bears_no_time_is_as_old_as_can_be_counted() -> None:
    assert human.since(0.0, 1.8e9) == "292 years ago"


@pytest.mark.parametrize(
    ("size", "decimal", "binary"),
    [(0, "0B", "0B"), (999, "999B", "999B"), (1830, "1.83kB", "1.787KiB"), (598285234, "598MB", "570.6MiB")],
)
def test_sizes_are_rounded(size: int, decimal: str, binary: str) -> None:
    assert (human.decimal_size(size), human.binary_size(size)) == (decimal, binary)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("10m", 400.0),
        ("1h30m", -4400.0),
        ("1.5s", 998.5),
        ("0s", 1000.0),
        ("12.5", 12.5),
        ("1970-01-01T00:01:00Z", 60.0),
        ("1970-01-01T00:01:00.5+00:00", 60.5),
    ],
)
def test_moments_are_read_in_every_form(text: str, expected: float | None) -> None:
    assert moment(text, "since", 1000.0) == expected


@pytest.mark.parametrize("text", ["xx", "5 m", "2026-13-01", "-5m"])
def test_a_moment_that_is_none_is_refused_by_its_flag(text: str) -> None:
    with pytest.raises(ComposeError, match=f'invalid value for "until": failed to parse .*"{text}"'):
        moment(text, "until", 0.0)


def test_figures_are_those_of_the_last_second() -> None:
    told = figures.figures_from(
        {
            "cpu_stats": {"cpu_usage": {"total_usage": 300}, "system_cpu_usage": 2000, "online_cpus": 2},
            "precpu_stats": {"cpu_usage": {"total_usage": 100}, "system_cpu_usage": 1000},
            "memory_stats": {"usage": 2048, "limit": 4096, "stats": {"inactive_file": 1024}},
            "networks": {"eth0": {"rx_bytes": 5, "tx_bytes": 6}, "eth1": {"rx_bytes": 1, "tx_bytes": 0}},
            "blkio_stats": {"io_service_bytes_recursive": [{"op": "Read", "value": 7}, {"op": "write", "value": 8}]},
            "pids_stats": {"current": 3},
        }
    )
    row = figures.stats_row(WEB.id, WEB.name, told)
    assert (row["CPUPerc"], row["MemUsage"], row["MemPerc"]) == ("40.00%", "1KiB / 4KiB", "25.00%")
    assert (row["NetIO"], row["BlockIO"], row["PIDs"], row["ID"]) == ("6B / 6B", "7B / 8B", "3", "a" * 12)
    assert figures.figures_from({}) == figures.Figures()


def test_events_are_lines_or_objects_without_the_labels_of_compose() -> None:
    attributes = {"com.docker.compose.service": "web", "name": "demo-web-1", "image": "x"}
    message = {"Type": "container", "Action": "die", "timeNano": 1_500_000_000, "Actor": {"ID": "ab"}}
    event = event_lines.container_event({**message, "Actor": {"ID": "ab", "Attributes": attributes}})
    assert event is not None
    assert event.as_line().endswith(".500000 container die ab (image=x, name=demo-web-1)\n\n")
    assert event.as_json() == (
        '{"action":"die","attributes":{"image":"x","name":"demo-web-1"},"id":"ab","service":"web",'
        '"time":"1970-01-01T00:00:01.5Z","type":"container"}\n'
    )
    oneoff = attributes | {"com.docker.compose.oneoff": "True"}
    assert event_lines.container_event({**message, "Actor": {"ID": "ab", "Attributes": oneoff}}) is None
    assert event_lines.container_event(message) is None


def test_processes_stand_under_the_titles_of_their_container() -> None:
    first = (WEB, ("PID", "CMD"), [("1", "sh"), ("7", "sleep 5")])
    second = (replace(WEB, service="db", number=2), ("USER", "CMD"), [("root", "redis")])
    assert resource_rows.top_table([first, second]).splitlines() == [
        "SERVICE  #   PID  CMD      USER",
        "web      1   1    sh       -",
        "web      1   7    sleep 5  -",
        "db       2   -    redis    root",
    ]


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("redis:alpine", ("redis", "alpine")),
        ("redis", ("redis", "latest")),
        ("localhost:5000/a/b:1", ("localhost:5000/a/b", "1")),
        ("sha256:abc", ("<none>", "<none>")),
    ],
)
def test_a_reference_has_repository_and_tag(reference: str, parts: tuple[str, str]) -> None:
    assert resource_rows.repository_and_tag(reference) == parts


def test_the_container_that_is_meant_is_the_lowest_or_that_of_the_index() -> None:
    second, run = replace(WEB, number=2), replace(WEB, oneoff=True, number=1)
    assert one_of([run, second, WEB], "web") is WEB
    assert one_of([run, second], "web") is second
    assert one_of([WEB, second], "web", 2) is second
    assert one_of([replace(WEB, labels={"com.docker.compose.hook": "pre_start"}), second], "web") is second
    with pytest.raises(PlanError, match='service "web" is not running container #3'):
        one_of([WEB], "web", 3)
    with pytest.raises(PlanError, match='service "db" is not running'):
        one_of([WEB], "db")


@pytest.mark.parametrize(
    ("source", "target", "is_directory", "exists", "expected"),
    [
        ("/a/f", "/tmp", False, "directory", ("/tmp", "f")),
        ("/a/f", "/tmp/g", False, "", ("/tmp", "g")),
        ("/a/f", "/tmp/g", False, "file", ("/tmp", "g")),
        ("/a/d", "/tmp", True, "directory", ("/tmp", "d")),
        ("/a/d", "/tmp/new", True, "", ("/tmp", "new")),
        ("/a/d/", "/tmp/new/", True, "", ("/tmp", "new")),
        ("/a/d/.", "/tmp", True, "directory", ("/tmp", ".")),
        ("/a/f", "g", False, "", (".", "g")),
    ],
)
def test_a_copy_lies_where_the_reference_puts_it(
    source: str, target: str, is_directory: bool, exists: str, expected: tuple[str, str]
) -> None:
    found = destination(
        source,
        target,
        source_is_directory=is_directory,
        target_exists=bool(exists),
        target_is_directory=exists == "directory",
    )
    assert found == Destination(directory=expected[0], name=expected[1])


def test_a_directory_is_not_copied_over_a_file_nor_a_file_into_a_directory_there_is_not() -> None:
    with pytest.raises(ComposeError, match="cannot copy directory"):
        destination("/d", "/f", source_is_directory=True, target_exists=True, target_is_directory=False)
    with pytest.raises(ComposeError, match="no such directory"):
        destination("/f", "/d/", source_is_directory=False, target_exists=False, target_is_directory=False)


@pytest.mark.parametrize(
    ("member", "first", "name", "expected"),
    [
        ("d", "d", "new", "new"),
        ("d/e/f", "d", "new", "new/e/f"),
        ("d/e", "d", ".", "e"),
        ("d", "d", ".", "."),
        ("./d/../d/e", "d", "n", "n/e"),
    ],
)
def test_members_of_an_archive_are_renamed(member: str, first: str, name: str, expected: str) -> None:
    assert renamed(member, first, name) == expected
