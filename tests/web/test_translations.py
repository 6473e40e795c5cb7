"""English and Simplified Chinese are equals: nothing is left untranslated, no placeholder is lost."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import polib
import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

ROOT = Path(__file__).parents[2]
CATALOGUES = sorted(ROOT.glob("locale/*/LC_MESSAGES/*.po"))
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def texts_of(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.name)
def test_every_sentence_is_translated_with_its_placeholders(path: Path) -> None:
    for entry in polib.pofile(str(path)):
        for text in texts_of(entry):
            assert text and not entry.fuzzy, entry.msgid
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(entry.msgid)), entry.msgid


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="needs gettext")
@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_the_catalogue_holds_every_sentence_of_the_source(
    domain: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    for name in ("projects", "compose_ui", "templates", "static/src", "locale"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path)
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    call_command("makemessages", locale=["zh_Hans"], domain=domain, verbosity=0)
    collected = polib.pofile(str(tmp_path / "locale" / "zh_Hans" / "LC_MESSAGES" / f"{domain}.po"))
    missing = [entry.msgid for entry in collected if not entry.obsolete and not (entry.translated() or entry.fuzzy)]
    changed = [entry.msgid for entry in collected if entry.fuzzy]
    assert (missing, changed) == ([], [])
