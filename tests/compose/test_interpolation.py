"""Variables in the values of a file: every operator, nested, and what is left alone."""

from __future__ import annotations

import pytest

from projects.compose.interpolation import InvalidTemplate, RequiredVariable, interpolate, substitute

ENVIRONMENT = {"NAME": "value", "EMPTY": "", "_x1": "under"}


@pytest.mark.parametrize(
    ("template", "result"),
    [
        ("plain", "plain"),
        ("$NAME", "value"),
        ("${NAME}", "value"),
        ("a${NAME}b$_x1.c", "avaluebunder.c"),
        ("$$NAME", "$NAME"),
        ("$$$NAME", "$value"),
        ("$UNSET-", "-"),
        ("${UNSET:-default}", "default"),
        ("${EMPTY:-default}", "default"),
        ("${NAME:-default}", "value"),
        ("${UNSET-default}", "default"),
        ("${EMPTY-default}", ""),
        ("${NAME:+other}", "other"),
        ("${EMPTY:+other}", ""),
        ("${UNSET:+other}", ""),
        ("${EMPTY+other}", "other"),
        ("${UNSET+other}", ""),
        ("${NAME:?needed}", "value"),
        ("${EMPTY?needed}", ""),
        ("${UNSET:-${EMPTY:-${NAME}}}", "value"),
        ("${UNSET:-a${NAME}b}c${NAME}", "avaluebcvalue"),
        ("${NAME:-${UNSET:?never asked}}", "value"),
        ("${UNSET:-{}", "{"),
        ("${UNSET:-{a}}b", "{a}b"),
        ("${UNSET:-{a}b}c}", "{a}bc}"),
        ("${UNSET:-{}a}b}", "{}a}b"),
        ("${UNSET:-{{a}}}b}", "{{a}}b}"),
        ("${UNSET:-${UNSET:-{}}}a}", "{}}a"),
        ("${UNSET:-a:-b}", "a:-b"),
        ("${UNSET:-}", ""),
        ("${UNSET:-$$}", "$"),
        ("$", "$"),
        ("costs 5$", "costs 5$"),
        ("$1", "$1"),
        ("$(date)", "$(date)"),
        ("a$-b", "a$-b"),
    ],
)
def test_a_template_is_expanded(template: str, result: str) -> None:
    assert substitute(template, ENVIRONMENT) == result


@pytest.mark.parametrize(
    "template",
    ["${", "${}", "${1}", "${ NAME}", "${NAME", "${NAME!}", "${NAME:=d}", "${NAME%x}", "${UNSET:-a\nb}", "${UNSET:-"],
)
def test_a_template_that_cannot_be_read_is_refused(template: str) -> None:
    with pytest.raises(InvalidTemplate):
        substitute(template, ENVIRONMENT)


@pytest.mark.parametrize("template", ["${UNSET:?say $NAME}", "${UNSET?say $NAME}", "${EMPTY:?say $NAME}"])
def test_a_required_variable_is_asked_for_in_its_own_words(template: str) -> None:
    with pytest.raises(RequiredVariable, match="is missing a value: say value"):
        substitute(template, ENVIRONMENT)


def test_only_values_are_expanded_and_unset_variables_are_told_with_their_path() -> None:
    told = []
    tree = {"$NAME": ["$NAME", {"a": "${GONE}"}, 5, None, True]}
    result = interpolate(tree, ENVIRONMENT, lambda name, path: told.append((name, path)), lambda path, message: None)
    assert result == {"$NAME": ["value", {"a": ""}, 5, None, True]}
    assert told == [("GONE", ("$NAME", 1, "a"))]
    assert tree["$NAME"][0] == "$NAME"


def test_every_value_that_cannot_be_expanded_is_told() -> None:
    told = []
    interpolate(
        {"a": "${", "b": ["${UNSET:?x}"]},
        ENVIRONMENT,
        lambda name, path: None,
        lambda path, message: told.append((path, str(message))),
    )
    assert [path for path, _ in told] == [("a",), ("b", 0)]
    assert "escape any $ with another $" in told[0][1]
    assert told[1][1] == "required variable UNSET is missing a value: x"
