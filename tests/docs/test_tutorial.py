"""The tutorial quotes the program as it is: its words, its template's files, its commands and its pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parents[2]
STARTER = ROOT / "projects" / "starters" / "flask-redis"
SCREENSHOTS = ROOT / "docs" / "screenshots"
CATALOGUES = sorted((ROOT / "locale" / "zh_Hans" / "LC_MESSAGES").glob("*.po"))
TUTORIALS = {"en": ROOT / "docs" / "tutorial.md", "zh-hans": ROOT / "docs" / "tutorial.zh-hans.md"}

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
PICTURE = re.compile(r"!\[[^\]]+\]\(([^)]+)\)")

each_language = pytest.mark.parametrize("language", TUTORIALS)


def told(language: str) -> str:
    return TUTORIALS[language].read_text()


def quotes(language: str) -> list[str]:
    """What the tutorial sets in bold: words that the dashboard shows."""
    return [" ".join(quote.split()) for quote in BOLD.findall(BLOCK.sub("", told(language)))]


def blocks(language: str) -> list[tuple[str, str, str]]:
    """The code blocks: language, file name (empty when none), text."""
    return BLOCK.findall(told(language))


@cache
def words_of_the_program(language: str) -> tuple[re.Pattern[str], ...]:
    """Every sentence of the program in the language, as a pattern in which a value may stand at each placeholder."""
    return tuple(as_pattern(text) for text in catalogued(language) if has_words_of_its_own(text))


def catalogued(language: str) -> Iterator[str]:
    for catalogue in CATALOGUES:
        for entry in polib.pofile(str(catalogue)):
            if language == "en":
                yield from filter(None, (entry.msgid, entry.msgid_plural))
            else:
                yield from filter(None, (entry.msgstr, *entry.msgstr_plural.values()))


def as_pattern(text: str) -> re.Pattern[str]:
    fixed = [re.escape(" ".join(part.split(" "))) for part in PLACEHOLDER.split(text)]
    return re.compile(".+?".join(fixed))


def has_words_of_its_own(text: str) -> bool:
    return bool(re.search(r"[^\W\d_]", PLACEHOLDER.sub("", text)))


@each_language
def test_every_quoted_word_is_one_that_the_dashboard_shows(language: str) -> None:
    known = words_of_the_program(language)
    unknown = [quote for quote in quotes(language) if not any(pattern.fullmatch(quote) for pattern in known)]
    assert len(quotes(language)) > 20
    assert unknown == []


@each_language
def test_the_four_files_are_those_of_the_template(language: str) -> None:
    written = {name: text for _, name, text in blocks(language) if name}
    assert written == {path.name: path.read_text() for path in STARTER.iterdir() if path.is_file()}


@each_language
def test_the_change_to_the_program_is_a_line_of_it_with_other_words(language: str) -> None:
    (changed,) = [text for kind, name, text in blocks(language) if kind == "python" and not name]
    original = next(line for line in (STARTER / "app.py").read_text().splitlines(keepends=True) if "Hello" in line)
    assert changed == original.replace("Hello World!", "Hello from Compose UI!")


@each_language
def test_what_the_page_says_is_what_the_program_answers(language: str) -> None:
    answers = [text for kind, name, text in blocks(language) if kind == "text" and not name]
    assert answers == ["Hello World! I have been seen 1 times.\n", "Hello from Compose UI! I have been seen 3 times.\n"]
    assert 'f"Hello World! I have been seen {count_visit()} times.\\n"' in (STARTER / "app.py").read_text()


@each_language
def test_commands_are_targets_of_the_makefile(language: str) -> None:
    commands = [line for kind, _, text in blocks(language) if kind == "sh" for line in text.splitlines()]
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert commands == ["make run"]
    assert "run" in targets


@each_language
def test_every_picture_is_there(language: str) -> None:
    pictures = PICTURE.findall(told(language))
    assert len(pictures) >= 8
    assert [name for name in pictures if not (ROOT / "docs" / name).is_file()] == []


def test_both_languages_tell_the_same_story() -> None:
    english, chinese = told("en"), told("zh-hans")
    assert [len(mark) for mark in re.findall(r"^#+", english, re.MULTILINE)] == [
        len(mark) for mark in re.findall(r"^#+", chinese, re.MULTILINE)
    ]
    assert [name.replace(".zh-hans", "") for name in PICTURE.findall(chinese)] == PICTURE.findall(english)
    assert blocks("en") == blocks("zh-hans")


def test_no_picture_is_left_over_and_together_they_are_small() -> None:
    pages = "".join(path.read_text() for path in [*TUTORIALS.values(), ROOT / "README.md"])
    pictures = list(SCREENSHOTS.glob("*.png"))
    assert [path.name for path in pictures if path.name not in pages] == []
    assert sum(path.stat().st_size for path in pictures) < 3_000_000
