from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.compose.engine_messages import BuildMessages, PullMessages
from projects.compose.events import Event, Kind, Status
from projects.compose.messages import Message
from projects.compose.output import SHOWN_LINES
from projects.compose.progress import Progress, Task
from projects.compose.progress_words import FINISHED, WORDS
from tests.compose.test_engine_messages import events_of

MB = 1_000_000


def event(task: str, status: Status, at: float = 0.0, text: str = "", *, output: str = "") -> Event:
    prefix, _, name = task.partition(":")
    return Event(id=task, kind=Kind(prefix), status=status, at=at, text=text, name=name, output=output)


def layer(image: str, layer_id: str, text: str, at: float, current: int | None, total: int | None) -> Event:
    return Event(
        id=f"image:{image}/{layer_id}",
        parent=f"image:{image}",
        kind=Kind.LAYER,
        status=Status.DONE if text == "Pull complete" else Status.WORKING,
        at=at,
        name=layer_id,
        text=text,
        current=current,
        total=total,
    )


def test_the_recorded_pull_ends_complete_with_all_its_bytes() -> None:
    pull = PullMessages("redis:alpine")
    progress = Progress([pull.begin(0), *events_of(pull, "pull_redis_alpine"), pull.end(9)])
    (image,) = progress.images
    assert (image.fetched, image.size, image.percent) == (207388525 + 97, 207388525 + 97, 100.0)
    assert image.elapsed(now=99) == 9
    assert str(progress.summary()) == "Pulled redis:alpine"


def test_the_recorded_pull_shows_bytes_and_speed_on_its_way() -> None:
    pull = PullMessages("redis:alpine")
    fetching = [e for e in events_of(pull, "pull_redis_alpine") if e.at < 0.8]
    progress = Progress([pull.begin(0), *fetching])
    (image,) = progress.images
    assert str(progress.summary()) == "Pulling redis:alpine, 163.0 of 207.4 MB"
    assert image.speed == pytest.approx(230e6, rel=0.1)
    assert 0 < (image.percent or 0) < 75


def test_the_recorded_build_lists_its_steps_and_its_base_image() -> None:
    build = BuildMessages("web")
    progress = Progress([*build.begin(0), *events_of(build, "build_flask_redis")])
    (task,) = progress.builds
    assert [(step.number, str(step.word)) for step in task.children][-2:] == [(8, "Built"), (9, "Building")]
    assert str(progress.summary()) == "Pulled python:3.7-alpine · Building web, step 9 of 9"
    assert "Collecting flask" in task.children[6].output.lines()
    assert [image.name for image in progress.images] == ["python:3.7-alpine"]


def test_the_same_events_give_the_same_progress_however_they_are_taken_in() -> None:
    build = BuildMessages("web")
    events = [*build.begin(0), *events_of(build, "build_flask_redis"), *build.end(9)]
    at_once, one_by_one = Progress(events), Progress()
    for one in events:
        one_by_one.apply(Event.from_json(one.as_json()))
    assert _picture(at_once) == _picture(one_by_one)


def _picture(progress: Progress) -> list[object]:
    def of(tasks: list[Task]) -> list[object]:
        return [
            (t.id, t.status, t.text, t.started_at, t.finished_at, t.elapsed(99), str(t.output), of(t.children))
            for t in tasks
        ]

    return [of(progress.tasks), progress.percent, str(progress.summary())]


def test_one_line_tells_of_images_builds_and_containers() -> None:
    progress = Progress(
        [
            event("image:redis:alpine", Status.WORKING, text="Pulling"),
            event("image:python:3", Status.DONE, text="Pulled"),
            layer("redis:alpine", "a", "Downloading", 1, 20 * MB, 70 * MB),
            layer("python:3", "b", "Pull complete", 1, 14_200_000, 16_100_000),
            Event(id="build:web", kind=Kind.BUILD, status=Status.WORKING, at=1, name="web", number=5, of=9),
            event("container:demo-web-1", Status.PENDING),
            event("container:demo-redis-1", Status.DONE, text="Started"),
        ]
    )
    assert str(progress.summary()) == (
        "Pulling 1 of 2 images, 36.1 of 86.1 MB · Building web, step 5 of 9 · 1 of 2 containers running"
    )


def test_the_summary_is_made_of_parts_that_can_be_translated() -> None:
    progress = Progress([event("image:redis", Status.WORKING), event("container:demo-redis-1", Status.PENDING)])
    said = progress.summary().say(_chinese)
    assert said == "正在拉取 redis · 0 / 1 个容器正在运行"


def _chinese(text: str) -> str:
    return {
        "Pulling %(image)s": "正在拉取 %(image)s",
        "%(done)s of %(total)s containers running": "%(done)s / %(total)s 个容器正在运行",
    }.get(text, text)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("Stopped", "Stopping"), "1 of 2 containers stopped"),
        (("Removed", "Stopped"), "1 of 2 containers removed"),
        (("Healthy", "Created"), "1 of 2 containers running"),
        (("Healthy", "Waiting"), "2 of 2 containers running"),
        (("Created", "Created"), "0 of 2 containers running"),
        (("Running", "Removed"), "1 of 1 containers running"),
        (("Paused", "Paused"), "2 of 2 containers paused"),
    ],
)
def test_containers_are_counted_by_what_is_done_to_them(words: tuple[str, str], line: str) -> None:
    final = {word: Status.WORKING if word.endswith("ing") and word != "Running" else Status.DONE for word in words}
    progress = Progress(event(f"container:demo-{n}", final[word], text=word) for n, word in enumerate(words))
    assert str(progress.summary()) == line


def test_failures_are_counted_in_the_line() -> None:
    progress = Progress(
        [event("container:a", Status.DONE, text="Started"), event("container:b", Status.ERROR, text="Error")]
    )
    assert str(progress.summary()) == "1 of 2 containers running · 1 failed"


def test_an_operation_without_events_is_getting_ready() -> None:
    assert str(Progress().summary()) == "Getting ready"
    assert Progress().percent == 0


def test_a_layer_that_two_images_share_is_counted_once() -> None:
    progress = Progress(
        layer(image, "same", "Downloading", 1, 10 * MB, 40 * MB) for image in ("redis:alpine", "python:3")
    )
    assert str(progress.summary()) == "Pulling 0 of 2 images, 10.0 of 40.0 MB"


def test_speed_comes_from_the_times_of_the_journal() -> None:
    progress = Progress(layer("redis", "a", "Downloading", at, int(at * 2 * MB), 100 * MB) for at in (1, 2, 3, 4, 5, 6))
    assert progress.images[0].speed == 2 * MB
    progress.apply(layer("redis", "a", "Extracting", 7, 1 * MB, 100 * MB))
    assert progress.images[0].speed is None


def test_speed_forgets_what_is_long_past() -> None:
    stalled = [
        layer("redis", "a", "Downloading", at, current, 100) for at, current in ((0, 0), (1, 50), (20, 51), (22, 53))
    ]
    assert Progress(stalled).images[0].speed == 1


def test_elapsed_counts_the_time_of_work_and_not_of_waiting_between() -> None:
    progress = Progress()
    for status, at, text in (
        (Status.WORKING, 10.0, "Creating"),
        (Status.DONE, 11.0, "Created"),
        (Status.WORKING, 30.0, "Starting"),
    ):
        progress.apply(event("container:demo-web-1", status, at, text))
    (task,) = progress.containers
    assert (task.started_at, task.finished_at, task.elapsed(now=32.5)) == (10.0, None, 3.5)
    progress.apply(event("container:demo-web-1", Status.DONE, 33.0, "Started"))
    assert (task.finished_at, task.elapsed(now=99)) == (33.0, 4.0)


def test_a_resumed_build_shows_its_output_once() -> None:
    build, again = BuildMessages("web"), BuildMessages("web")
    progress = Progress([*build.begin(0), *events_of(build, "build_flask_redis"), *again.begin(50)])
    assert progress.builds[0].children == []
    for one in [*events_of(again, "build_flask_redis"), *again.end(60)]:
        progress.apply(one)
    (task,) = progress.builds
    assert task.children[6].output.lines().count("Collecting flask") == 1
    assert task.started_at == 50


def test_the_end_of_a_task_ends_what_was_open_below_it() -> None:
    progress = Progress(
        [layer("redis", "a", "Downloading", 1, 5, 10), event("image:redis", Status.ERROR, 3.0, "Error")]
    )
    (child,) = progress.images[0].children
    assert (child.status, child.finished_at) == (Status.SKIPPED, 3.0)


def test_the_end_of_the_operation_ends_everything() -> None:
    progress = Progress(
        [
            event("container:demo-web-1", Status.WORKING, 1.0, "Starting"),
            Event(id="operation", kind=Kind.OPERATION, status=Status.SKIPPED, at=4.0),
        ]
    )
    assert [(t.status, t.elapsed(99)) for t in progress.containers] == [(Status.SKIPPED, 3.0)]
    assert progress.operation is not None


def test_children_may_come_before_their_parent_and_events_may_come_twice() -> None:
    events = [layer("redis:7", "a", "Downloading", 1, 5, 10), event("image:redis:7", Status.WORKING, 2.0, "Pulling")]
    once, twice = Progress(events), Progress([*events, *events])
    for progress in (once, twice):
        (image,) = progress.tasks
        assert (image.kind, image.name, len(image.children)) == (Kind.IMAGE, "redis:7", 1)


def test_memory_is_bounded_for_huge_output() -> None:
    progress = Progress()
    for number in range(0, 100_000, 100):
        output = "".join(f"line {n}\n" for n in range(number, number + 100))
        progress.apply(event("build:web", Status.WORKING, output=output))
    (task,) = progress.builds
    assert (len(task.output.lines()), task.output.skipped) == (SHOWN_LINES, 100_000 - SHOWN_LINES)


def test_percent_counts_images_and_builds_for_four_fifths() -> None:
    progress = Progress([event("image:redis", Status.DONE), event("container:demo-redis-1", Status.PENDING)])
    assert progress.percent == 80
    progress.apply(event("container:demo-redis-1", Status.DONE, text="Started"))
    assert progress.percent == 100


def test_every_word_of_the_parsers_can_be_translated() -> None:
    pull, build = PullMessages("redis"), BuildMessages("web")
    events = [pull.begin(0), *events_of(pull, "pull_redis_alpine"), pull.end(1), pull.fail(Message("x"), 1)]
    events += [*build.begin(0), *events_of(build, "build_flask_redis"), *build.end(1), *build.fail(Message("x"), 1)]
    assert {one.text for one in events} <= set(WORDS)


KINDS = {"image:redis": Kind.IMAGE, "build:web": Kind.BUILD, "container:demo-web-1": Kind.CONTAINER}


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Events in any order, with children that come before, after and without their parents, and repetitions."""
    events = []
    for at in range(draw(st.integers(0, 25))):
        task = draw(st.sampled_from(sorted(KINDS)))
        child = draw(st.sampled_from(["", "", "/1", "/2"]))
        kind = (
            {"image": Kind.LAYER, "build": Kind.STEP}.get(task.partition(":")[0], Kind.STEP) if child else KINDS[task]
        )
        events.append(
            Event(
                id=task + child,
                kind=kind,
                parent=task if child else "",
                status=draw(st.sampled_from(list(Status))),
                at=float(at),
                text=draw(st.sampled_from(["", "Downloading", "Extracting", "Started", "Removed"])),
                current=draw(st.none() | st.integers(0, 100)),
                total=draw(st.none() | st.integers(0, 100)),
                output=draw(st.sampled_from(["", "a\n", "b"])),
            )
        )
    return events


@given(histories())
def test_any_history_is_survived_and_always_gives_the_same(events: list[Event]) -> None:
    progress = Progress(events)
    assert 0 <= progress.percent <= 100
    assert str(progress.summary())
    for task in [*progress.tasks, *(child for parent in progress.tasks for child in parent.children)]:
        assert progress.task(task.id) is task
        assert 0 <= task.elapsed(now=30.0) <= 30
        assert task.percent is None or 0 <= task.percent <= 100
        assert (task.finished_at is not None) == task.final
    assert _picture(progress) == _picture(Progress([Event.from_json(event.as_json()) for event in events]))


def test_what_the_operation_says_is_shown_until_the_work_goes_on() -> None:
    progress = Progress(
        [event("image:redis", Status.WORKING, text="Pulling"), layer("redis", "a", "Downloading", 1, 5, 10)]
    )
    waiting = Message("The engine does not answer; waiting for it.")
    progress.apply(event("image:redis", Status.WARNING, 2.0, "Interrupted"))
    progress.apply(Event(id="operation", kind=Kind.OPERATION, status=Status.WORKING, at=3.0, message=waiting))
    assert progress.summary() == waiting
    assert [(image.final, image.elapsed(99)) for image in progress.images] == [(False, 2.0)]
    assert progress.percent < 80
    progress.apply(event("image:redis", Status.PENDING, 9.0))
    assert str(progress.summary()) == "Pulling redis"


def test_an_interrupted_pull_is_not_told_as_pulled() -> None:
    progress = Progress([event("image:redis", Status.WARNING, text="Interrupted"), event("image:busybox", Status.DONE)])
    assert str(progress.summary()) == "Pulling 1 of 2 images"
    progress.apply(Event(id="operation", kind=Kind.OPERATION, status=Status.SKIPPED, at=4.0))
    assert str(progress.summary()) == "Pulled 1 of 2 images"
    assert all(image.final for image in progress.images)


def test_what_a_resumed_operation_found_done_already_ends_as_done() -> None:
    begun = [
        event("network:demo_default", Status.WORKING, 1.0, "Creating"),
        event("image:redis:alpine", Status.WARNING, 1.0, "Interrupted"),
        event("container:demo-web-1", Status.PENDING, 1.0),
    ]
    # Killed here; the new plan finds network and image on the engine, and has nothing to say about them.
    done = Progress([*begun, Event(id="operation", kind=Kind.OPERATION, status=Status.DONE, at=5.0)])
    assert [(t.status, str(t.word)) for t in done.networks + done.images] == [
        (Status.DONE, "Created"),
        (Status.DONE, "Pulled"),
    ]
    assert [t.status for t in done.containers] == [Status.SKIPPED]
    failed = Progress([*begun, Event(id="operation", kind=Kind.OPERATION, status=Status.ERROR, at=5.0)])
    assert {t.status for t in failed.tasks} == {Status.SKIPPED}


def test_every_word_of_what_is_finished_can_be_translated() -> None:
    assert set(FINISHED) | set(FINISHED.values()) <= set(WORDS)
