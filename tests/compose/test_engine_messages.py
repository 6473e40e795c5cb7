from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from projects.compose.engine_messages import BuildMessages, PullMessages, error_text
from projects.compose.events import Event, Kind, Status
from projects.compose.messages import Message

RECORDINGS = Path(__file__).parent / "recordings"


def recorded(name: str) -> Iterator[tuple[dict[str, Any], float]]:
    """Streams of a real engine (20.10), with seconds since their begin; every so many lines were left out."""
    for line in (RECORDINGS / f"{name}.jsonl").read_text().splitlines():
        entry = json.loads(line)
        yield entry["message"], entry["at"]


def events_of(parser: PullMessages | BuildMessages, name: str) -> list[Event]:
    return [event for message, at in recorded(name) for event in parser.feed(message, at)]


def words(events: list[Event], task: str) -> list[str]:
    texts = [event.text for event in events if event.id == task]
    return [text for n, text in enumerate(texts) if n == 0 or texts[n - 1] != text]


def lines(*streams: str) -> list[dict[str, Any]]:
    return [{"stream": text} for text in streams]


def test_layers_of_a_pull_go_from_waiting_to_complete() -> None:
    pull = PullMessages("redis:alpine", service="redis")
    events = events_of(pull, "pull_redis_alpine")
    assert words(events, "image:redis:alpine/fd8e67089f31") == [
        "Pulling fs layer",
        "Downloading",
        "Verifying Checksum",
        "Download complete",
        "Extracting",
        "Pull complete",
    ]
    assert {event.parent for event in events} == {"image:redis:alpine"}
    assert (events[0].status, events[-1].status) == (Status.PENDING, Status.DONE)
    assert (events[-1].current, events[-1].total) == (97, 97)
    assert pull.newer
    assert pull.digest.startswith("sha256:d2c7ffbf")


def test_the_size_of_a_layer_stays_known_where_the_engine_leaves_it_out() -> None:
    pull = PullMessages("redis:alpine")
    pull.feed({"status": "Downloading", "id": "ab", "progressDetail": {"current": 3, "total": 9}}, 1)
    (complete,) = pull.feed({"status": "Download complete", "id": "ab", "progressDetail": {}}, 2)
    (extracting,) = pull.feed({"status": "Extracting", "id": "ab", "progressDetail": {"current": 1, "units": "s"}}, 3)
    assert (complete.current, complete.total) == (9, 9)
    assert (extracting.current, extracting.total) == (None, 9)


def test_absent_and_null_sizes_are_not_guessed() -> None:
    pull = PullMessages("redis:alpine")
    for detail in (None, {}, {"current": None, "total": None}, {"current": 5, "total": -1}, "junk"):
        (event,) = pull.feed({"status": "Downloading", "id": "ab", "progressDetail": detail}, 1)
        assert event.total is None


def test_an_image_that_is_up_to_date_downloads_nothing() -> None:
    pull = PullMessages("redis:alpine")
    assert events_of(pull, "pull_up_to_date") == []
    assert not pull.newer
    assert pull.error == ""


def test_an_error_in_a_pull_stream_is_kept_in_the_words_of_the_engine() -> None:
    pull = PullMessages("redis:alpine")
    pull.feed({"errorDetail": {"message": "unexpected EOF"}, "error": "unexpected EOF"}, 1)
    assert pull.error == "unexpected EOF"
    assert error_text({"error": "only the old field"}) == "only the old field"
    failed = pull.fail(Message("No such image"), 2)
    assert (failed.status, failed.message) == (Status.ERROR, Message("No such image"))


def test_the_steps_of_a_build_carry_number_instruction_and_output() -> None:
    build = BuildMessages("web")
    events = [*build.begin(0), *events_of(build, "build_flask_redis"), *build.end(9)]
    steps = {event.number: event for event in events if event.kind is Kind.STEP}
    assert [steps[n].name for n in (1, 5, 9)] == [
        "FROM python:3.7-alpine",
        "RUN apk add --no-cache gcc musl-dev linux-headers",
        'CMD ["flask", "run"]',
    ]
    assert {(event.of, event.status, event.cached) for event in steps.values()} == {(9, Status.DONE, False)}
    output = "".join(event.output for event in events if event.id == "build:web/7")
    assert output.startswith("Collecting flask\n")
    assert "\nWARNING: Running pip" in output
    assert "\x1b" not in output
    assert "".join(event.output for event in events if event.id == "build:web/5").startswith("apk (stand-in): add")
    assert build.image_id.startswith("sha256:31d6973d6727")
    assert (events[-1].id, events[-1].status, events[-1].text) == ("build:web", Status.DONE, "Built")


def test_a_base_image_that_a_build_pulls_is_an_image_task_with_its_layers() -> None:
    events = events_of(BuildMessages("web"), "build_flask_redis")
    assert words(events, "image:python:3.7-alpine") == ["Pulling", "Pulled"]
    (layer,) = [event for event in events if event.kind is Kind.LAYER]
    assert (layer.parent, layer.cached) == ("image:python:3.7-alpine", True)


def test_a_base_image_named_by_an_argument_is_told_by_the_engine() -> None:
    build = BuildMessages("web")
    for message in lines("Step 1/2 : ARG BASE=python:3", "\n", "Step 2/2 : FROM $BASE", "\n"):
        build.feed(message, 1)
    (begun,) = build.feed({"status": "Pulling from library/python", "id": "3"}, 2)
    assert begun.id == "image:python:3"


def test_cached_steps_say_so_but_the_base_image_does_not() -> None:
    build = BuildMessages("web")
    events = [*events_of(build, "build_all_cached"), *build.end(1)]
    cached = {e.number: e.cached for e in events if e.kind is Kind.STEP and e.status is Status.DONE}
    assert cached == {1: False} | dict.fromkeys(range(2, 10), True)
    assert not any(event.output for event in events if event.number and event.number < 9)


def test_a_failing_step_is_told_with_its_last_lines() -> None:
    build = BuildMessages("web")
    events = [*events_of(build, "build_failing_run"), *build.fail(Message("failed"), 1)]
    assert build.error == "The command '/bin/sh -c echo hello; echo err >&2; ls /nope' returned a non-zero code: 1"
    assert (build.number, build.of, build.instruction) == (2, 2, "RUN echo hello; echo err >&2; ls /nope")
    assert build.last_lines == ("hello", "err", "ls: /nope: No such file or directory")
    assert [(e.id, e.status) for e in events[-2:]] == [("build:web/2", Status.ERROR), ("build:web", Status.ERROR)]


def test_a_missing_base_image_fails_the_first_step() -> None:
    build = BuildMessages("web")
    events = [*events_of(build, "build_base_image_missing"), *build.fail(Message("failed"), 1)]
    assert "no such host" in build.error
    assert (events[-2].name, events[-2].status) == ("FROM nosuchthing:1", Status.ERROR)


def test_stages_are_counted_through_and_the_last_image_is_the_result() -> None:
    build = BuildMessages("web")
    events = [*events_of(build, "build_two_stages"), *build.end(9)]
    assert [e.number for e in events if e.kind is Kind.STEP and e.status is Status.DONE] == [1, 2, 3, 4, 5]
    assert build.image_id.startswith("sha256:9103550eeb9c")


def test_a_program_cannot_pass_its_output_off_as_a_step() -> None:
    build = BuildMessages("web")
    for message in lines("Step 1/3 : FROM busybox", "\n", " ---> 8e82c7813d67\n", "Step 2/3 : RUN evil", "\n"):
        build.feed(message, 1)
    for forged in ("Step 3/3 : CMD x\n", "Step 9/9 : CMD x", "Step 3/4 : CMD x"):
        (event,) = build.feed({"stream": forged}, 2)
        assert (event.id, event.output) == ("build:web/2", forged)


def test_odd_messages_are_survived() -> None:
    for parser in (PullMessages("redis"), BuildMessages("web")):
        for message in ({}, {"stream": None}, {"status": None, "id": 7}, {"aux": "text"}, {"errorDetail": "text"}):
            assert parser.feed(message, 1) == []


def test_a_step_that_the_engine_adds_for_labels_is_not_told() -> None:
    build = BuildMessages("web", added_steps=1)
    messages = lines(
        "Step 1/3 : FROM busybox",
        "\n",
        " ---> 8e82c7813d67\n",
        "Step 2/3 : RUN true",
        "\n",
        " ---> Running in 328be2a41a64\n",
        "done\n",
        "Step 3/3 : LABEL com.docker.compose.image.builder=classic",
        "\n",
        " ---> Running in 328be2a41a65\n",
        " ---> 8e82c7813d68\n",
        "Successfully built 8e82c7813d68\n",
    )
    events = [*build.begin(0), *(e for n, m in enumerate(messages) for e in build.feed(m, n)), *build.end(20)]
    steps = [(e.number, e.of, e.status, e.at) for e in events if e.kind is Kind.STEP and e.status is Status.DONE]
    assert steps == [(1, 2, Status.DONE, 3), (2, 2, Status.DONE, 7)]
    assert (events[-1].number, events[-1].of) == (2, 2)
    assert [e.output for e in events if e.output] == ["done\n"]


def test_the_builder_s_tidying_is_no_output() -> None:
    for told in (
        "Removing intermediate container 328be2a41a64\n",
        " ---> Removed intermediate container 328be2a41a64\n",
    ):
        build = BuildMessages("web")
        build.feed({"stream": "Step 1/1 : RUN false"}, 1)
        assert build.feed({"stream": told}, 2) == []
        assert list(build.last_lines) == []
