"""Warnings of ``manage.py compose``, in the words of the reference."""

from __future__ import annotations

import json
import re

from projects.compose.messages import Message
from projects.compose.plan_orphans import found_orphans
from projects.management.warning_lines import warning_line

RECORD = re.compile(r'time="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)" level=(\w+) msg=(".*")')


def read(line: str) -> tuple[str, str]:
    """Return the level and the words of a record; those of the reference are quoted as JSON is."""
    found = RECORD.fullmatch(line)
    assert found, line
    return found[1], json.loads(found[2])


def test_a_warning_is_a_record_for_programs() -> None:
    said = Message('The "%(name)s" variable is not set.\n中', name="A")
    assert read(warning_line(said, terminal=False)) == ("warning", 'The "A" variable is not set.\n中')


def test_a_person_reads_it_short() -> None:
    assert warning_line(Message("No services to build"), terminal=True) == "WARN[0000] No services to build"


def test_orphans_are_told_in_the_reference_s_words() -> None:
    level, said = read(warning_line(found_orphans(["x-a-1", "x-b-1"]), terminal=False))
    assert level == "warning"
    assert said == (
        "Found orphan containers (x-a-1, x-b-1) for this project. If you removed or renamed this service in your "
        "compose file, you can run this command with the --remove-orphans flag to clean it up."
    )
