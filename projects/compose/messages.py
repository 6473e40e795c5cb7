"""Sentences for people, kept apart from their values so that they can be translated where they are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Param: TypeAlias = "str | int | float | Message"


class Message:
    """An English template with ``%(name)s`` placeholders and the values that fill it.

    ``makemessages`` extracts the first argument, so it must be a string literal. ``str()`` gives
    English; `say` gives any language.
    """

    __slots__ = ("params", "text")

    def __init__(self, text: str, /, **params: Param) -> None:
        self.text = text
        self.params: Mapping[str, Param] = params

    def say(self, translate: Callable[[str], str]) -> str:
        """Return the sentence in the language of `translate`, a gettext function."""
        values = {key: p.say(translate) if isinstance(p, Message) else p for key, p in self.params.items()}
        return translate(self.text) % values if values else translate(self.text).replace("%%", "%")

    def __str__(self) -> str:
        return self.say(str)

    def __repr__(self) -> str:
        return f"Message({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and (self.text, self.params) == (other.text, other.params)

    def __hash__(self) -> int:
        return hash(self.text)

    def as_json(self) -> dict[str, Any]:
        """Return a JSON-ready ``{"text", "params"}``, nested messages included."""
        params = {k: p.as_json() if isinstance(p, Message) else p for k, p in self.params.items()}
        return {"text": self.text, "params": params}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Message:
        """Rebuild what `as_json` gave."""
        params = {k: cls.from_json(p) if isinstance(p, Mapping) else p for k, p in data["params"].items()}
        return cls(data["text"], **params)
