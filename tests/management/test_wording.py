"""Sentences at the terminal in the reference's words."""

from __future__ import annotations

from pathlib import Path

import polib

from projects.compose.messages import Message
from projects.management.wording import SAID, worded
from projects.services.refusals import refused

ROOT = Path(__file__).parents[2]


def test_every_sentence_that_has_other_words_here_is_one_that_is_said() -> None:
    catalogue = polib.pofile(str(ROOT / "locale/zh_Hans/LC_MESSAGES/django.po"))
    assert set(SAID) <= {entry.msgid for entry in catalogue if not entry.obsolete}


def test_what_the_engine_refused_is_told_as_its_own_answer_within_other_sentences_too() -> None:
    why = refused(409, "Container x is paused, unpause the container before exec").message
    assert worded(why) == "Error response from daemon: Container x is paused, unpause the container before exec"
    assert worded(Message("web: %(problem)s", problem=refused(500, "no").message)) == (
        "web: Error response from daemon: no"
    )
