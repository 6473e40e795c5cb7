"""What a ``.dockerignore`` file leaves out of a build context.

Source: Docker documentation, "Build context", `.dockerignore` files: Go's filepath.Match with ``**``, the last
matching line decides, ``!`` takes back in, a line that matches a directory matches all below it.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from projects.compose.errors import BuildFailed
from projects.compose.messages import Message

_WILDCARD = re.compile(r"[*?\[\\]")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Rule:
    regex: re.Pattern[str]
    takes_in: bool
    literal: str  # of the pattern, up to its first wildcard
    wild: bool = False


class DockerIgnore:
    """The rules of one ``.dockerignore`` file; paths are relative to the context, with ``/``."""

    def __init__(self, text: str = "", *, always: tuple[str, ...] = ()) -> None:
        """Read the file's text; the paths in `always` are never left out; raises `BuildFailed` on a wrong pattern."""
        self._rules = [rule for line in _lines(text) if (rule := _rule(line))]
        self._rules += [_Rule(regex=re.compile(re.escape(path)), takes_in=True, literal=path) for path in always]

    def ignores(self, path: str) -> bool:
        """Tell whether the file or directory at `path` is left out."""
        ignored = False
        for rule in self._rules:
            if rule.takes_in == ignored and any(rule.regex.fullmatch(part) for part in _with_parents(path)):
                ignored = not rule.takes_in
        return ignored

    def may_take_in_below(self, directory: str) -> bool:
        """Tell whether something below an ignored directory may be taken back in, so that it must be walked."""
        return any(rule.takes_in and _may_match_below(rule, directory + "/") for rule in self._rules)


def _may_match_below(rule: _Rule, prefix: str) -> bool:
    if rule.wild and prefix.startswith(rule.literal):
        return True
    return rule.literal.startswith(prefix) or prefix.startswith(rule.literal + "/")


def _lines(text: str) -> list[str]:
    return [line for line in text.removeprefix("\ufeff").splitlines() if not line.startswith("#")]


def _rule(line: str) -> _Rule | None:
    pattern = line.strip()
    takes_in = pattern.startswith("!")
    pattern = pattern[1:].strip() if takes_in else pattern
    if not pattern:
        return None
    pattern = posixpath.normpath(pattern).lstrip("/")
    if pattern in ("", "."):
        return None
    literal = _WILDCARD.split(pattern, maxsplit=1)[0]
    return _Rule(regex=_compiled(pattern), takes_in=takes_in, literal=literal, wild=literal != pattern)


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(_regex(pattern), re.DOTALL)
    except re.error as error:
        raise BuildFailed(
            Message('The line "%(line)s" of .dockerignore is not a valid pattern. Correct it.', line=pattern)
        ) from error


def _with_parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]


def _regex(pattern: str) -> str:
    """Return the regular expression of a pattern; it takes at most quadratic time, whatever a file may hold.

    What lies between two ``**`` matches as early as it can and stays there (an atomic group): a later place
    would never do better. The same goes for what lies between two ``*``.
    """
    first, *deeper = _blocks(pattern)
    if not deeper:
        return _block(first, last=True)
    *middle, final = deeper
    between = "".join(f"(?>(?:.*?/)?{_block(block, last=False)})" for block in middle if block)
    return _block(first, last=False) + between + (f"(?:.*/)?{_block(final, last=True)}" if final else ".*")


def _blocks(pattern: str) -> list[list[str]]:
    """Return the tokens of the pattern, cut at each ``**``; the token ``*`` stands for itself, others are regexes."""
    blocks: list[list[str]] = [[]]
    at = 0
    while at < len(pattern):
        if pattern.startswith("**", at):
            at += 3 if pattern.startswith("**/", at) else 2
            blocks.append([])
        else:
            token, at = _token(pattern, at)
            blocks[-1].append(token)
    return blocks


def _block(tokens: list[str], *, last: bool) -> str:
    pieces = [""]
    for token in tokens:
        if token == "*":
            pieces.append("")
        else:
            pieces[-1] += token
    first, *starred = pieces
    final = [f"[^/]*{starred.pop()}"] if last and starred else []
    return first + "".join([*(f"(?>[^/]*?{piece})" for piece in starred), *final])


def _token(pattern: str, at: int) -> tuple[str, int]:
    character = pattern[at]
    if character == "*":
        return "*", at + 1
    if character == "?":
        return "[^/]", at + 1
    if character == "[" and (end := _class_end(pattern, at)):
        return _class(pattern[at + 1 : end]), end + 1
    if character == "\\" and at + 1 < len(pattern):
        return re.escape(pattern[at + 1]), at + 2
    return re.escape(character), at + 1


def _class_end(pattern: str, at: int) -> int:
    """Return where the character class that begins at `at` ends, or 0 where it never does."""
    end = at + 1 + pattern.startswith("[^", at)
    while end < len(pattern) and pattern[end] != "]":
        end += 2 if pattern[end] == "\\" else 1
    return end if end < len(pattern) and end > at + 1 else 0


def _class(inside: str) -> str:
    negated = inside.startswith("^")
    members = re.sub(r"([\[&~|^])", r"\\\1", inside[1:] if negated else inside)
    return f"[{'^' if negated else ''}{members}]"
