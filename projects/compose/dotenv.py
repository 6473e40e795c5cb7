"""Environment files: the dotenv grammar of ``.env`` and ``env_file``, and the raw one of ``format: raw``.

dotenv: ``KEY=value``, ``KEY: value``, ``export KEY=value``, or ``KEY`` alone, which takes the value from outside. An
unquoted value ends at `` #`` or the end of the line; "double quotes" know escapes and variables, 'single quotes' are
literal, and both may go over lines. Values in the lookup win over those of the file while variables are expanded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType

from projects.compose.interpolation import InvalidTemplate, RequiredVariable, substitute

Lookup = Callable[[str], "str | None"]
Unset = Callable[[str, int], None]

_NOTHING: Mapping[str, str] = MappingProxyType({})
_CONTENT = re.compile(r"\S")
_EXPORT = re.compile(r"export[^\S\n]+")
_SPACE = " \t\v\f\r\x85\xa0"
_QUOTED = {
    "'": re.compile(r"([^'\\]*(?:\\.[^'\\]*)*)'", re.DOTALL),
    '"': re.compile(r'([^"\\]*(?:\\.[^"\\]*)*)"', re.DOTALL),
}
_PAIR = re.compile(r"\\(.)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:[abcfnrtv$\"\\]|0[0-9]{0,3})")
_ESCAPES = {
    "\\n": "\n",
    "\\r": "\r",
    "\\a": "\a",
    "\\b": "\b",
    "\\f": "\f",
    "\\t": "\t",
    "\\v": "\v",
    '\\"': '"',
    "\\\\": "\\",
}
_OCTAL = re.compile(r"[0-3][0-7]{2}")


class InvalidEnvFile(ValueError):
    """An environment file that cannot be read; `line` counts from 1."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(f"line {line}: {reason}")
        self.reason = reason
        self.line = line


class _Scope(dict[str, str]):
    """The values read so far, behind those of the lookup and before those of earlier files."""

    def __init__(self, lookup: Lookup, earlier: Mapping[str, str]) -> None:
        super().__init__()
        self.lookup = lookup
        self.earlier = earlier

    def get(self, key: str, default: str | None = None) -> str | None:  # type: ignore[override]
        found = self.lookup(key)
        return found if found is not None else super().get(key, self.earlier.get(key, default))


def parse(
    text: str,
    lookup: Lookup = lambda name: None,
    earlier: Mapping[str, str] = _NOTHING,
    unset: Unset = lambda name, line: None,
) -> dict[str, str]:
    """Return the variables of a dotenv file in order.

    `lookup` gives those of the surrounding environment, which win over the file's own in references; `earlier` are
    those of files before it. `unset` is told of each reference to what has no value, with its line.

    Raises InvalidEnvFile (compose-go, dotenv).
    """
    return _reader(text, _Scope(lookup, earlier), unset).read()


def lines(text: str, *, raw: bool = False) -> dict[str, int]:
    """Return the line, counted from 1, on which each variable of a file is set last, as far as it can be read."""
    if raw:
        keys = (line.lstrip().partition("=")[0].rstrip("\r") for line in text.removeprefix("\ufeff").split("\n"))
        return {key: number for number, key in enumerate(keys, start=1) if key and key[0] != "#"}
    reader = _reader(text, _Scope(lambda name: name, _NOTHING))
    with suppress(InvalidEnvFile):
        reader.read()
    return reader.lines


def _reader(text: str, values: _Scope, unset: Unset = lambda name, line: None) -> _Reader:
    return _Reader(text.removeprefix("\ufeff").replace("\r\n", "\n"), values, unset)


class _Reader:
    """Reads one text from its start to its end, a statement at a time."""

    def __init__(self, text: str, values: _Scope, unset: Unset) -> None:
        self.text = text
        self.unset = unset
        self.position = 0
        self.values = values
        self.lines: dict[str, int] = {}
        self.line, self.counted_to = 1, 0

    def read(self) -> dict[str, str]:
        """Return everything the text sets."""
        while self.skip_to_statement():
            self.line += self.text.count("\n", self.counted_to, self.position)
            self.counted_to = self.position
            key, inherited = self.key()
            self.lines[key] = self.line
            if inherited:
                value = self.values.lookup(key)
                if value is not None:
                    self.values[key] = value
            else:
                self.values[key] = self.value()
        return dict(self.values)

    def skip_to_statement(self) -> bool:
        """Go over blank lines and comments; False at the end."""
        while content := _CONTENT.search(self.text, self.position):
            self.position = content.start()
            if content.group() != "#":
                return True
            end = self.text.find("\n", self.position)
            self.position = len(self.text) if end < 0 else end
        self.position = len(self.text)
        return False

    def key(self) -> tuple[str, bool]:
        """Return the next key and whether it stands alone, leaving off at its value."""
        if exported := _EXPORT.match(self.text, self.position):
            self.position = exported.end()
        start = self.position
        for index in range(start, len(self.text)):
            character = self.text[index]
            if character in "=:\n":
                return self.named(start, index, inherited=character == "\n")
            if character not in "_.-[]" and not character.isalnum() and character not in _SPACE:
                raise self.refuse(f'unexpected character "{character}" in variable name "{self.line_at(start)}"')
        return self.nameless(start)

    def named(self, start: int, end: int, *, inherited: bool) -> tuple[str, bool]:
        """Check the key between two positions and go behind its separator."""
        key = self.text[start:end].rstrip()
        if " " in key:
            raise self.refuse("key cannot contain a space")
        self.position = end + 1
        if not inherited:
            self.skip_spaces()
        return key, inherited

    def nameless(self, start: int) -> tuple[str, bool]:
        """Take a last line that has neither separator nor newline for the value of an empty name, as Compose does."""
        if start == len(self.text):
            raise self.refuse("zero length string")
        self.position = start
        self.skip_spaces()
        return "", False

    def skip_spaces(self) -> None:
        """Go over blanks, but not over the end of a line."""
        while self.position < len(self.text) and self.text[self.position] in _SPACE:
            self.position += 1

    def value(self) -> str:
        """Return the value at the current position and go behind it."""
        quote = self.text[self.position : self.position + 1]
        if quote in ("'", '"') and quote:
            return self.quoted(quote)
        end = self.text.find("\n", self.position)
        end = len(self.text) if end < 0 else end
        value = self.text[self.position : end]
        self.position = end
        return self.expand(value.partition(" #")[0].rstrip())

    def quoted(self, quote: str) -> str:
        """Return a quoted value: literal in single quotes, expanded in double ones."""
        match = _QUOTED[quote].match(self.text, self.position + 1)
        if match is None:
            raise self.refuse(f"unterminated quoted value {self.line_at(self.position)}")
        self.position = match.end()
        return self.unquote(match[1], quote)

    def unquote(self, value: str, quote: str) -> str:
        """Return what stands for the text between two quotes."""
        value = _PAIR.sub(lambda pair: quote if pair[1] == quote else pair[0], value)
        return value if quote == "'" else self.expand(_ESCAPE.sub(_unescape, value))

    def expand(self, value: str) -> str:
        """Return a value with its variables replaced."""
        try:
            return substitute(value, self.values, lambda name: self.unset(name, self.line))
        except (InvalidTemplate, RequiredVariable) as error:
            raise self.refuse(str(error)) from error

    def line_at(self, position: int) -> str:
        """Return the rest of the line at a position, for an error."""
        return self.text[position:].partition("\n")[0][:100]

    def refuse(self, reason: str) -> InvalidEnvFile:
        """Return the error for the current position."""
        return InvalidEnvFile(reason, self.text.count("\n", 0, self.position) + 1)


def _unescape(match: re.Match[str]) -> str:
    escape = match.group()
    if escape == "\\$":
        return "$$"
    if escape.startswith("\\0"):
        digits = escape[2:]
        return chr(int(digits, 8)) if _OCTAL.fullmatch(digits) else "\\" + digits
    return _ESCAPES.get(escape, escape)


def parse_raw(text: str, lookup: Lookup = lambda name: None) -> dict[str, str]:
    """Return the variables of a raw file, as ``docker run --env-file`` reads it: no quotes, no expansion.

    Raises InvalidEnvFile.
    """
    values: dict[str, str] = {}
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        line = line.removesuffix("\r").lstrip()
        if not line or line.startswith("#"):
            continue
        key, separator, value = line.partition("=")
        if any(character.isspace() for character in key):
            raise InvalidEnvFile(f"variable '{key}' contains whitespaces", number)
        if not key:
            raise InvalidEnvFile(f"no variable name on line '{line}'", number)
        if separator:
            values[key] = value
        elif (inherited := lookup(key)) is not None:
            values[key] = inherited
    return values
