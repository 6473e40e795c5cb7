"""The page for other projects shows code that runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "compose-package.md"
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_examples_run_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {"directory": str(tmp_path)}
    blocks = BLOCK.findall(PAGE.read_text())
    for language, file, text in blocks:
        if file:
            (tmp_path / file).write_text(text)
        elif language == "python":
            exec(compile(text, f"{PAGE.name}: {text.splitlines()[0]}", "exec"), names)
    assert sum(language == "python" for language, _, _ in blocks) >= 6
    assert "image: nginx:1.27" in capsys.readouterr().out


def test_links_and_modules_that_the_page_names_are_there() -> None:
    text = PAGE.read_text()
    for module in re.findall(r"from projects\.compose\.(\w+) import", text):
        assert (PAGE.parents[1] / "projects" / "compose" / f"{module}.py").is_file(), module
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (PAGE.parent / target).is_file(), target
