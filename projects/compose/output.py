"""Text that programs print, made fit for a page: escape sequences removed, memory bounded."""

from __future__ import annotations

import re
from collections import deque

SHOWN_LINES = 2000
LONGEST_LINE = 4096
_LONGEST_ESCAPE = 256

# Every repetition stops at the next ESC and no two neighbouring classes share a character: linear on any input.
_ESCAPE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor movement
    r"|\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC: titles, links
    r"|[PX^_][^\x1b]*\x1b\\"  # DCS, SOS, PM, APC
    r"|[ -/]+[0-~]"
    r"|[0-OQ-WYZ\\`-~])"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class PlainText:
    """Strips terminal escape sequences from a text that comes in pieces, also where a piece ends inside one."""

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, piece: str) -> str:
        """Return the printable text of `piece`; tabs, line feeds and carriage returns stay."""
        text = _ESCAPE.sub("", self._rest + piece)
        start = text.rfind("\x1b")
        if start < 0 or len(text) - start > _LONGEST_ESCAPE:
            start = len(text)
        self._rest = text[start:]
        return _CONTROL.sub("", text[:start])


class OutputTail:
    """The last `SHOWN_LINES` lines of an output; `skipped` counts those before them.

    A carriage return starts its line anew, as on a terminal; a line longer than `LONGEST_LINE` is wrapped.
    """

    __slots__ = ("_lines", "_open", "skipped")

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=SHOWN_LINES)
        self._open = ""
        self.skipped = 0

    def append(self, text: str) -> None:
        """Add text, which need not end with a line feed."""
        *complete, self._open = (self._open + text).split("\n")
        for line in complete:
            self._add(_as_on_a_terminal(line))
        self._open = _as_on_a_terminal(self._open, keep_return=True)
        while len(self._open) > LONGEST_LINE:
            self._push(self._open[:LONGEST_LINE])
            self._open = self._open[LONGEST_LINE:]

    def _add(self, line: str) -> None:
        for start in range(0, max(len(line), 1), LONGEST_LINE):
            self._push(line[start : start + LONGEST_LINE])

    def _push(self, line: str) -> None:
        self.skipped += len(self._lines) == SHOWN_LINES
        self._lines.append(line)

    def lines(self) -> list[str]:
        """Return the lines that are kept, an unfinished last one included."""
        last = self._open.rstrip("\r")
        return [*self._lines, last] if last else list(self._lines)

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def __bool__(self) -> bool:
        return bool(self._lines or self._open)


def _as_on_a_terminal(line: str, *, keep_return: bool = False) -> str:
    if "\r" not in line:
        return line
    shown = line.rstrip("\r").rpartition("\r")[2]
    return shown + "\r" if keep_return and line.endswith("\r") else shown
