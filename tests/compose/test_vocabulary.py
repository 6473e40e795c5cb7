"""What the editor offers is what the specification's shapes accept, and all of it is explained in both languages."""

from __future__ import annotations

import pytest

from projects.compose.vocabulary import EXPLAINED, NAMED, WORDS, Node, explanation, paths, vocabulary

PATHS = sorted(set(paths(vocabulary())))


def node_at(*path: str) -> Node:
    node = vocabulary()
    for step in path:
        node = node[step] if step in ("each", "item") else node["keys"][step]
    return node


SERVICE = ("services", "each")


@pytest.mark.parametrize("path", PATHS, ids=".".join)
def test_every_attribute_is_explained(path: tuple[str, ...]) -> None:
    said = explanation(path)
    assert said is not None
    assert str(said).endswith((".", "…"))


@pytest.mark.parametrize("table", [EXPLAINED, WORDS, NAMED], ids=["explained", "words", "named"])
def test_nothing_is_said_about_what_there_is_not(table: dict[str, object]) -> None:
    ends = [[".".join(path[start:]) for start in range(len(path))] for path in PATHS]
    used = {next((end for end in those if end in table), None) for those in ends}
    assert set(table) - used == set()


def test_a_part_is_explained_as_that_part() -> None:
    assert explanation(("", "networks")) != explanation(("", "services", "networks"))
    assert explanation(("", "services", "post_start", "command")) != explanation(("", "services", "command"))
    assert explanation(("", "jobs", "image")) == explanation(("", "services", "image"))


def test_choices_and_words_of_ours_are_offered() -> None:
    assert node_at(*SERVICE, "cgroup")["words"] == ["host", "private"]
    assert "unless-stopped" in node_at(*SERVICE, "restart")["words"]
    assert node_at(*SERVICE, "depends_on", "each", "restart")["words"] == ["true", "false"]
    assert node_at(*SERVICE, "tty")["words"] == ["true", "false"]
    assert "words" not in node_at(*SERVICE, "mem_reservation")
    assert "words" not in node_at(*SERVICE, "build")


def test_an_attribute_of_several_forms_offers_all_of_them() -> None:
    depends_on = node_at(*SERVICE, "depends_on")
    assert depends_on["kinds"] == ["list", "mapping"]
    assert depends_on["item"]["names"] == depends_on["each"]["names"] == ("services", "", "")
    assert depends_on["each"]["required"] == ["condition"]


def test_explanations_are_given_in_the_language_that_is_asked_for() -> None:
    shouted = vocabulary(lambda message: str(message).upper())
    assert shouted["keys"]["services"]["about"] == str(EXPLAINED[".services"]).upper()
