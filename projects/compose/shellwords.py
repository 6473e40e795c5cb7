"""Splitting a command written as one string into words, as a shell would, without expanding anything."""

from __future__ import annotations

_SPACES = frozenset(" \t\r\n")
_STOPS = frozenset(";&|<>")
_DIGITS = frozenset("0123456789")
_ESCAPES = {"t": "\t", "n": "\n"}


def split(text: str) -> list[str]:
    """Return the words of a command line; raises ValueError where something is not closed (mattn/go-shellwords).

    The words end at the first unquoted ``;``, ``&``, ``|``, ``<`` or ``>``: what follows is not part of the command.
    What stands in backticks or in ``$( )`` is one word with what is around it, kept as it is written.
    """
    splitter = _Splitter()
    for character in text:
        if splitter.stops_at(character):
            break
        splitter.take(character)
    return splitter.end()


class _Splitter:
    """The words so far, and what is open: `quotes` holds those of ``'``, ``"``, `````` and ``)`` that are."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.word: list[str] = []
        self.begun = self.escaped = False
        self.quotes: set[str] = set()

    def stops_at(self, character: str) -> bool:
        """Return whether the words end before an unquoted character; a number before ``>`` is none of them."""
        if character not in _STOPS or self.escaped or self.quotes:
            return False
        if character == ">" and self.word and set(self.word) <= _DIGITS:
            self.begun = False
        return True

    def take(self, character: str) -> None:
        """Go on by one character."""
        if self.escaped:
            self.escaped = False
            self.keep(character if self.is_kept() else _ESCAPES.get(character, character))
        elif character == "\\":
            self.escaped = "'" not in self.quotes
            if self.is_kept() or not self.escaped:
                self.word.append(character)
        elif character in _SPACES:
            self.take_space(character)
        elif character in "'\"":
            self.take_quote(character)
        else:
            self.take_substitution(character)
            self.keep(character)

    def is_kept(self) -> bool:
        """Return whether backslashes stay: in backticks and in ``$( )``."""
        return not self.quotes <= {"'", '"'}

    def keep(self, character: str) -> None:
        """Make a character part of the word."""
        self.word.append(character)
        self.begun = True

    def take_space(self, space: str) -> None:
        """End the word, or go on in what is quoted."""
        if self.quotes:
            self.word.append(space)
        elif self.begun:
            self.words.append("".join(self.word))
            self.word, self.begun = [], False

    def take_quote(self, quote: str) -> None:
        """Open or close a quote; it is text inside of anything else that is open."""
        if self.quotes - {quote}:
            self.keep(quote)
            return
        self.begun = self.begun or quote in self.quotes
        self.quotes ^= {quote}

    def take_substitution(self, character: str) -> None:
        """Open or close backticks and ``$( )``, which stay part of the word."""
        quote = "`" if character == "`" else ")"
        if character not in "`()" or self.quotes - {quote}:
            return
        if (character == "(" and (self.quotes or self.word[-1:] != ["$"])) or (character == ")" and not self.quotes):
            raise ValueError("invalid command line string")
        self.quotes ^= {quote}

    def end(self) -> list[str]:
        """Return all words."""
        if self.quotes or self.escaped:
            raise ValueError("invalid command line string")
        return [*self.words, "".join(self.word)] if self.begun else self.words
