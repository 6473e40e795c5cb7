"""Which lines of a log a search looks for. Pure.

Regular expressions are RE2's: it looks at every byte once, so that no pattern can take long. Its syntax is that of
other engines without look-around and back references.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

import re2

from projects.compose.errors import ComposeError
from projects.compose.messages import Message
from projects.services.log_levels import LEVELS, level_of

LONGEST_QUERY: Final = 500  # characters of what is looked for
LONGEST_MATCHED: Final = 64 * 1024  # bytes of one line that are looked at
LONGEST_SHOWN: Final = 2000  # bytes of a line that a hit shows
BEFORE_MATCH: Final = 200  # bytes shown before the first match of a line that is cut
MOST_MARKS: Final = 50  # matches that are marked in one line
MEMORY: Final = 512 * 1024  # bytes that one compiled pattern may take
STDOUT: Final = 1
STDERR: Final = 2
STREAMS: Final = {"stdout": STDOUT, "stderr": STDERR}

# What a terminal would obey; static/src/logs/ansi.js takes out the same.
_escapes = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)|\x1b[ -/]*[0-~]?|\xc2\x9b[0-?]*[ -/]*[@-~]"
)
_terms = re.compile(r'"([^"]*)"?|(\S+)').finditer


class Pattern(Protocol):
    """What is needed of a compiled pattern; `google-re2` has no types."""

    def search(self, text: bytes) -> Any:
        """Return a match, None if there is none."""

    def finditer(self, text: bytes) -> Iterator[Any]:
        """Yield the matches."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """What a person looks for.

    Without `is_regex`, `find` holds words and "quoted phrases" that must all be in a line and `without` those of
    which none may; with it each is one pattern. Empty `levels` and `streams` mean all.
    """

    find: str = ""
    without: str = ""
    is_regex: bool = False
    is_case_sensitive: bool = False
    levels: frozenset[str] = frozenset()
    streams: frozenset[int] = frozenset()


def query_of(asked: Mapping[str, Sequence[str]]) -> Query:
    """Return what the query of a URL asks for (see `projects.consumers.log_search`); nonsense counts as not given."""
    return Query(
        find=["", *asked.get("find", ())][-1],
        without=["", *asked.get("without", ())][-1],
        is_regex=list(asked.get("regex", ())) == ["1"],
        is_case_sensitive=list(asked.get("case", ())) == ["1"],
        levels=frozenset(asked.get("level", ())),
        streams=frozenset(STREAMS[name] for name in asked.get("stream", ()) if name in STREAMS),
    )


class Line(NamedTuple):
    """A line as it was logged: `stamp` is the engine's (30 characters), `stream` 1 for stdout and 2 for stderr."""

    # A tuple, because one is made of every line that a search reads, and a dataclass takes four times as long.

    stamp: bytes
    stream: int
    text: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """A line that was looked for.

    `parts` is its text without escape sequences: what matched stands at the odd places, what is between at the even
    ones. `is_cut` says that the line is longer.
    """

    stamp: bytes
    stream: int
    level: str
    parts: tuple[str, ...]
    is_cut: bool


class BadQuery(ComposeError):
    """What is looked for cannot be understood."""


class Matcher:
    """Decides line by line; raises `BadQuery` when it is made of what makes no sense."""

    def __init__(self, query: Query) -> None:
        if max(len(query.find), len(query.without)) > LONGEST_QUERY:
            raise BadQuery(Message("Search for at most %(most)s characters.", most=LONGEST_QUERY))
        self._streams = query.streams or frozenset({STDOUT, STDERR})
        self._levels = query.levels & set(LEVELS)
        self._find = _patterns(query.find, query)
        self._without = _patterns(query.without, query)
        self._anywhere = _patterns_anywhere(query)
        if not (self._find or self._without or self._levels or query.streams):
            raise BadQuery(Message("Type what to search for, or choose a level or an output."))

    def hits(self, lines: Sequence[Line]) -> list[Hit]:
        """Return those of `lines` that are looked for, in their order."""
        if not self._may_hold(lines):
            return []
        return [hit for line in lines if (hit := self.hit(line)) is not None]

    def hit(self, line: Line) -> Hit | None:
        """Return the line as a hit, None if it is not looked for."""
        text = plain(line.text[:LONGEST_MATCHED])
        if not self._has_words(line, text):
            return None
        level = level_of(text.decode(errors="replace"))
        if self._levels and level not in self._levels:
            return None
        return self._shown(line, level, text)

    def wanted(self, lines: Sequence[Line]) -> list[Line]:
        """Return those of `lines` that are looked for, as they are."""
        return [line for line in lines if self._wants(line)] if self._may_hold(lines) else []

    def _wants(self, line: Line) -> bool:
        text = plain(line.text[:LONGEST_MATCHED])
        if not self._has_words(line, text):
            return False
        return not self._levels or level_of(text.decode(errors="replace")) in self._levels

    def _has_words(self, line: Line, text: bytes) -> bool:
        return (
            line.stream in self._streams
            and all(pattern.search(text) for pattern in self._find)
            and not any(pattern.search(text) for pattern in self._without)
        )

    def _may_hold(self, lines: Sequence[Line]) -> bool:
        """Return False where one look at all of the lines together shows that none is looked for."""
        if not self._anywhere:
            return True
        text = b"\n".join([line.text for line in lines])
        if b"\x1b" in text or b"\x9b" in text or b"\r" in text:
            # Line by line: a sequence that is never ended must not swallow the next line.
            text = b"\n".join([plain(line.text) for line in lines])
        return all(pattern.search(text) for pattern in self._anywhere)

    def _shown(self, line: Line, level: str, text: bytes) -> Hit:
        spans = _spans(self._find, text)
        first = spans[0][0] if spans else 0
        start = _character_at(text, first - BEFORE_MATCH) if len(text) > LONGEST_SHOWN and first > BEFORE_MATCH else 0
        end = _character_at(text, start + LONGEST_SHOWN)
        is_cut = start > 0 or end < len(text) or len(line.text) > LONGEST_MATCHED
        parts = _parts(text, spans, start, end)
        return Hit(stamp=line.stamp, stream=line.stream, level=level, parts=parts, is_cut=is_cut)


def plain(text: bytes) -> bytes:
    """Return a line without escape sequences and without the carriage return at its end."""
    without = _escapes.sub(b"", text) if b"\x1b" in text or b"\xc2\x9b" in text else text
    return without.removesuffix(b"\r")


def _patterns(text: str, query: Query) -> list[Pattern]:
    if query.is_regex:
        return [_compiled(text, query)] if text else []
    terms = [found[1] if found[1] is not None else found[2] for found in _terms(text)]
    return [_compiled(term, query) for term in terms if term]


def _patterns_anywhere(query: Query) -> list[Pattern]:
    """Return patterns that match a text of several lines wherever `find` matches one of them."""
    if not query.is_regex:
        return _patterns(query.find, query)
    # What is bound to the whole text's beginning or end cannot be looked for in several lines at once.
    return [] if "\\A" in query.find or "\\z" in query.find else _patterns(_for_lines(query.find), query)


def _for_lines(pattern: str) -> str:
    return f"(?m:{pattern})" if pattern else ""


def _compiled(pattern: str, query: Query) -> Pattern:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MEMORY
    options.literal = not query.is_regex
    options.case_sensitive = query.is_case_sensitive
    try:
        compiled: Pattern = re2.compile(pattern.encode(), options)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace") if error.args else ""
        raise BadQuery(
            Message("This is no regular expression that can be searched for: %(reason)s", reason=reason)
        ) from error
    return compiled


def _spans(patterns: Sequence[Pattern], text: bytes) -> list[tuple[int, int]]:
    """Return where the patterns match, in order and without overlaps."""
    found: list[tuple[int, int]] = []
    for pattern in patterns:
        for number, match in enumerate(pattern.finditer(text)):
            if number == MOST_MARKS:
                break
            found.append(match.span())
    apart: list[tuple[int, int]] = []
    for start, end in sorted(found):
        begin = max(start, apart[-1][1] if apart else 0)
        if begin < end:
            apart.append((begin, end))
    return apart[:MOST_MARKS]


def _parts(text: bytes, spans: Sequence[tuple[int, int]], start: int, end: int) -> tuple[str, ...]:
    parts, position = [], start
    for begin, after in spans:
        if begin >= end:
            break
        parts += [text[position:begin], text[begin : min(after, end)]]
        position = min(after, end)
    return tuple(part.decode(errors="replace") for part in (*parts, text[position:end]))


def _character_at(text: bytes, position: int) -> int:
    """Return the beginning of the UTF-8 character in which `position` is."""
    position = min(max(position, 0), len(text))
    for back in range(min(4, position + 1)):
        if position == len(text) or text[position - back] & 0xC0 != 0x80:
            return position - back
    return position
