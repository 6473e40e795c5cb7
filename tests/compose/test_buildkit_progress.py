"""What BuildKit tells, as the steps that people have written."""

from __future__ import annotations

from projects.compose.buildkit_progress import BuildkitProgress
from projects.compose.buildkit_status import Output, Transfer, Update, Vertex
from projects.compose.dockerfile import read_dockerfile
from projects.compose.events import Event, Kind, Status
from projects.compose.messages import Message
from projects.compose.progress import Progress

TEXT = "FROM base\nENV A=b\nWORKDIR /c\nRUN make $A\nCMD d\n"
NAMES = ["[1/3] FROM docker.io/library/base@sha256:" + "0" * 64, "[2/3] WORKDIR /c", "[3/3] RUN make $A"]


def vertex(number: int, *, name: str = "", **state: object) -> Vertex:
    return Vertex(digest=f"sha256:{number:064}", name=name or NAMES[number - 1], **state)  # type: ignore[arg-type]


def graph() -> Update:
    return Update(vertices=tuple(vertex(number) for number in (3, 1, 2)))


def steps(events: list[Event]) -> list[tuple[int | None, Status, bool]]:
    (build,) = Progress(events).builds
    return [(step.number, step.status, step.cached) for step in build.children]


def begun() -> tuple[BuildkitProgress, list[Event]]:
    parser = BuildkitProgress("web", read_dockerfile(TEXT))
    return parser, [*parser.begin(0), *parser.feed(graph(), 1)]


def test_all_steps_are_shown_in_order_before_any_begins() -> None:
    _, events = begun()
    assert steps(events) == [(n, Status.PENDING, False) for n in range(1, 6)]
    assert [e.name for e in events if e.kind is Kind.STEP] == TEXT.splitlines()


def test_steps_that_only_describe_the_image_go_with_those_before() -> None:
    parser, events = begun()
    events += parser.feed(Update(vertices=(vertex(1, started=1.0, completed=2.0),)), 2)
    assert steps(events)[:3] == [(1, Status.DONE, False), (2, Status.DONE, False), (3, Status.PENDING, False)]
    events += parser.feed(Update(vertices=(vertex(2, completed=2.0, cached=True), vertex(3, started=2.5))), 3)
    assert steps(events)[2:] == [(3, Status.DONE, True), (4, Status.WORKING, False), (5, Status.PENDING, False)]
    (build,) = Progress(events).builds
    assert (build.number, build.of) == (4, 5)
    events += [*parser.feed(Update(vertices=(vertex(3, started=2.5, completed=4.0),)), 4), *parser.end(5)]
    assert {status for _, status, _ in steps(events)} == {Status.DONE}


def test_the_build_is_as_far_as_the_steps_that_are_done() -> None:
    parser, events = begun()
    cached = tuple(vertex(number, completed=2.0, cached=True) for number in (1, 2, 3))
    events += parser.feed(Update(vertices=cached), 2)
    (build,) = Progress(events).builds
    assert (build.status, build.number, build.of) == (Status.WORKING, 5, 5)


def test_output_goes_to_its_step_without_control_characters() -> None:
    parser, events = begun()
    events += parser.feed(Update(outputs=(Output(vertex=vertex(3).digest, text="\x1b[31mred\x1b[0m\nha"),)), 2)
    assert [(e.id, e.output) for e in events if e.output] == [("build:web/4", "red\nha")]


def test_failed_step_is_told_with_its_last_lines() -> None:
    parser, events = begun()
    events += parser.feed(Update(vertices=(vertex(3, started=2.0),)), 2)
    events += parser.feed(Update(outputs=(Output(vertex=vertex(3).digest, text="one\ntwo"),)), 3)
    failed = vertex(3, started=2.0, completed=3.0, error="process did not complete successfully: exit code: 2")
    cancelled = vertex(2, completed=3.0, error="context canceled")
    events += [*parser.feed(Update(vertices=(cancelled, failed)), 3), *parser.fail(Message("failed"), 4)]
    assert (parser.number, parser.of, parser.instruction) == (4, 5, "RUN make $A")
    assert parser.last_lines == ("one", "two")
    assert parser.error.endswith("exit code: 2")
    assert steps(events)[3:] == [(4, Status.ERROR, False), (5, Status.SKIPPED, False)]


def test_image_that_cannot_be_had_is_named_as_it_is_written() -> None:
    parser = BuildkitProgress("web", read_dockerfile(TEXT))
    name = "[internal] load metadata for docker.io/library/base:latest"
    parser.feed(Update(vertices=(vertex(9, name=name, completed=1.0, error="not found"),)), 1)
    assert parser.base_image == "base"


def test_layers_are_those_of_the_base_image_and_keep_their_size() -> None:
    parser, events = begun()
    blob, manifest = "sha256:" + "a" * 64, "sha256:" + "0" * 64
    first = vertex(1).digest
    for transfer in (
        Transfer(vertex=first, id=manifest, current=1, total=1),
        Transfer(vertex=first, id=blob, current=5, total=9),
        Transfer(vertex=first, id="extracting " + blob),
        Transfer(vertex=first, id="extracting " + blob, completed=True),
    ):
        events += parser.feed(Update(transfers=(transfer,)), 2)
    events += parser.feed(Update(vertices=(vertex(1, started=1.0, completed=3.0),)), 3)
    (image,) = Progress(events).images
    assert (image.name, image.status, image.size) == ("base", Status.DONE, 9)
    assert [(layer.text, layer.total) for layer in image.children] == [("Pull complete", 9)]


def test_bytes_of_the_context_are_told() -> None:
    parser, _ = begun()
    context = vertex(8, name="[internal] load build context", started=1.0)
    parser.feed(Update(vertices=(context,)), 1)
    (event,) = parser.feed(
        Update(transfers=(Transfer(vertex=context.digest, id="transferring context:", current=7),)), 2
    )
    assert (event.id, event.text, event.current) == ("build:web", "Sending build context", 7)


def test_steps_of_an_unknown_dockerfile_are_numbered_as_they_come() -> None:
    for dockerfile in (None, read_dockerfile("FROM onbuild\n")):
        parser = BuildkitProgress("web", dockerfile)
        names = ["[1/2] FROM onbuild", "[2/2] RUN it"]
        update = Update(vertices=tuple(vertex(n, name=name) for n, name in enumerate(names, 1)))
        events = [*parser.begin(0), *parser.feed(update, 1), *parser.end(2)]
        assert [(e.number, e.of, e.name) for e in events if e.kind is Kind.STEP][:2] == [
            (1, 2, "FROM onbuild"),
            (2, 2, "RUN it"),
        ]


def test_stages_keep_their_own_count() -> None:
    parser = BuildkitProgress("web", read_dockerfile("FROM a AS x\nRUN b\nFROM a\nRUN b\nCOPY --from=x / /\n"))
    names = ["[x 1/2] FROM a", "[x 2/2] RUN b", "[stage-1 2/3] RUN b", "[stage-1 3/3] COPY --from=x / /"]
    parser.feed(Update(vertices=tuple(vertex(n, name=name) for n, name in enumerate(names, 1))), 1)
    events = parser.feed(Update(vertices=(vertex(3, name=names[2], started=2.0),)), 2)
    assert [(e.number, e.status) for e in events if e.kind is Kind.STEP] == [(3, Status.DONE), (4, Status.WORKING)]


def test_odd_updates_are_survived() -> None:
    parser = BuildkitProgress("web", read_dockerfile("no dockerfile"))
    odd = Update(
        vertices=(Vertex(digest="x", name="[0/0] "), Vertex(digest="", name="[a b c 9/1] FROM"), Vertex(digest="y")),
        transfers=(Transfer(vertex="z", id=""), Transfer(vertex="y", id="sha256:")),
        outputs=(Output(vertex="z", text="lost"),),
    )
    parser.feed(odd, 1)
    parser.fail(Message("failed"), 2)
