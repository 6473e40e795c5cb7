"""How ``manage.py compose`` reads its arguments."""

from __future__ import annotations

import argparse
import itertools
import json
from pathlib import Path

import pytest

from projects.compose.errors import ComposeError
from projects.management import global_flags, program
from projects.management.program import parser_of
from projects.management.verbs import TABLE, Verb
from projects.management.verbs.up import check

HERE = Path(__file__).parent


def parsed(*arguments: str) -> argparse.Namespace:
    return parser_of("manage.py", "compose").parse_args(arguments)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        parsed(*arguments)
    assert ended.value.code == 1
    return capsys.readouterr().err.splitlines()[0]


@pytest.mark.parametrize("name", TABLE)
def test_every_verb_of_the_table_is_in_its_module_and_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert isinstance(TABLE[name].verb(name), Verb)
    with pytest.raises(SystemExit) as ended:
        parsed(name, "--help")
    assert ended.value.code == 0
    assert TABLE[name].help in " ".join(capsys.readouterr().out.split())


def test_flags_and_services_may_be_mixed() -> None:
    asked = parsed("-p", "demo", "up", "web", "-d", "db", "--timeout", "5")
    assert (asked.project_name, asked.services, asked.detach, asked.timeout) == ("demo", ["web", "db"], True, 5)


def test_a_switch_may_be_given_its_value() -> None:
    assert parsed("up", "--detach=false").detach is False
    assert parsed("up", "-d=true").detach is True


def test_a_flag_is_not_known_by_its_beginning(capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, "up", "--det") == "unknown flag: --det"


def test_mistakes_are_refused_in_the_words_of_the_reference(capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, "up", "--foo") == "unknown flag: --foo"
    assert refused(capsys, "up", "-Q") == "unknown shorthand flag: 'Q' in -Q"
    assert refused(capsys, "foo") == 'unknown docker command: "compose foo"'
    assert refused(capsys, "-f") == "flag needs an argument: --file"
    assert refused(capsys, "stop", "-t", "x") == (
        'invalid argument "x" for "-t, --timeout" flag: strconv.ParseInt: parsing "x": invalid syntax'
    )


def test_variables_stand_for_global_flags() -> None:
    asked = parsed("ps")
    global_flags.settle(asked, {"COMPOSE_PROGRESS": "json", "COMPOSE_PARALLEL_LIMIT": "3"})
    assert (asked.progress, asked.parallel) == ("json", 3)


def test_a_limit_that_is_no_number_is_refused_in_the_reference_s_words() -> None:
    with pytest.raises(ComposeError, match=r'^COMPOSE_PARALLEL_LIMIT must be an integer \(found: "x"\)$'):
        global_flags.settle(parsed("ps"), {"COMPOSE_PARALLEL_LIMIT": "x"})


UP_FLAGS = [line.split() for line in (HERE / "up_flags.txt").read_text().splitlines()]
# What the reference refuses, asked without an engine for every pair of these flags; tests/engine asks it again.
REFUSED: dict[str, str] = json.loads((HERE / "up_flags_refused.json").read_text())


def test_up_refuses_the_pairs_of_flags_that_the_reference_refuses() -> None:
    told = {}
    for pair in itertools.combinations(UP_FLAGS, 2):
        words = [word for flag in pair for word in flag]
        try:
            check(parsed("up", *words))
        except ComposeError as error:
            told[" ".join(words)] = str(error)
    assert told == REFUSED


def test_help_is_a_verb_as_well_as_a_flag_and_version_a_flag_as_well_as_a_verb(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        program.main(["manage.py", "compose", "help", "down"])
    assert ended.value.code == 0
    assert "usage: manage.py compose down" in capsys.readouterr().out
    for flag in ("-v", "--version"):
        assert program.main(["manage.py", "compose", flag]) == 0
        assert capsys.readouterr().out.startswith("Docker Compose version v")
