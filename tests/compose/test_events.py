from __future__ import annotations

import json

from projects.compose.events import Event, Kind, Status, squash
from projects.compose.messages import Message


def step(output: str = "", *, at: float = 1.0, status: Status = Status.WORKING) -> Event:
    return Event(id="build:web/5", kind=Kind.STEP, status=status, at=at, parent="build:web", output=output)


def layer(current: int | None, at: float, text: str = "Downloading") -> Event:
    return Event(
        id="image:redis/ab", kind=Kind.LAYER, status=Status.WORKING, at=at, text=text, current=current, total=100
    )


def test_an_event_survives_the_journal() -> None:
    event = Event(
        id="container:demo-web-1",
        kind=Kind.CONTAINER,
        status=Status.ERROR,
        at=1795421712.529,
        name="demo-web-1",
        service="web",
        text="Error",
        message=Message("Service %(service)s: %(cause)s", service="web", cause=Message("port %(port)s", port=80)),
        cause=Message("%(what)s changed", what="environment"),
        current=0,
        total=7,
        cached=True,
    )
    assert Event.from_json(json.loads(json.dumps(event.as_json()))) == event


def test_the_journal_form_leaves_out_what_is_at_its_default() -> None:
    event = Event(id="network:demo_default", kind=Kind.NETWORK, status=Status.DONE, at=2.5, text="Created")
    assert event.as_json() == {
        "id": "network:demo_default",
        "kind": "network",
        "status": "done",
        "at": 2.5,
        "text": "Created",
    }


def test_unknown_keys_of_a_newer_journal_are_ignored() -> None:
    data = {"id": "image:x", "kind": "image", "status": "working", "at": 1, "invented": {"later": True}}
    assert Event.from_json(data).id == "image:x"


def test_output_of_neighbours_is_joined_and_other_states_are_kept() -> None:
    begun, ended = step(), step(status=Status.DONE)
    joined = squash([begun, step("a\n", at=2), step("b\n", at=3), ended])
    assert [(e.status, e.output, e.at) for e in joined] == [
        (Status.WORKING, "", 1.0),
        (Status.WORKING, "a\nb\n", 3),
        (Status.DONE, "", 1.0),
    ]


def test_bytes_of_one_layer_are_joined_but_not_over_a_change_of_its_word() -> None:
    joined = squash([layer(10, 1), layer(20, 2), layer(5, 3, "Extracting"), layer(9, 4, "Extracting")])
    assert [(e.text, e.current) for e in joined] == [("Downloading", 20), ("Extracting", 9)]
