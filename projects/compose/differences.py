"""Which settings of a container are not those that the files ask for now; values that may be secret stay hidden."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from projects.compose.secrecy import mentions_secret
from projects.compose.settings import UNCERTAIN, Settings, settings_of_body

SHOWN_KEYS: Final = 4
LONGEST_VALUE: Final = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One setting: `before` in the container, `after` in the files, None where there is none.

    `secret` says that the values are better not shown; then they are empty.
    """

    attribute: str
    key: str = ""
    before: str | None = None
    after: str | None = None
    secret: bool = False

    @property
    def name(self) -> str:
        """Such as ``environment FOO``, or ``command``."""
        return f"{self.attribute} {self.key}" if self.key else self.attribute


def differences(
    name: str, found: Settings, body: Mapping[str, Any], networks: Mapping[str, Any], image: Mapping[str, Any]
) -> tuple[Difference, ...]:
    """Return what differs between the container `name` and the body that would create it now, in order.

    `image` are the defaults of the image that the container was made of.
    """
    wanted = settings_of_body(name, body, networks, image)
    changed = sorted(each for each in {*found, *wanted} if found.get(each) != wanted.get(each))
    return tuple(_difference(each, found, wanted) for each in changed if _is_certain(each[0], wanted))


def _is_certain(attribute: str, wanted: Settings) -> bool:
    return attribute not in UNCERTAIN or (attribute, "") in wanted


def _difference(name: tuple[str, str], found: Settings, wanted: Settings) -> Difference:
    attribute, key = name
    before, after = found.get(name), wanted.get(name)
    secret = mentions_secret(key) or any(mentions_secret(value) for value in (before, after) if value)
    return Difference(
        attribute=attribute,
        key=key,
        before=_shown(before, secret),
        after=_shown(after, secret),
        secret=secret,
    )


def _shown(value: str | None, secret: bool) -> str | None:
    if value is None:
        return None
    text = "" if secret else value.strip()
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def names_of(changes: Iterable[Difference]) -> str:
    """Return what differs in one line, such as ``environment FOO, BAR; ports``."""
    groups = groupby(changes, key=lambda change: change.attribute)
    return "; ".join(_names(attribute, [change.key for change in group]) for attribute, group in groups)


def names_between(found: Settings, wanted: Settings) -> str:
    """Return what differs between two settings in one line, empty where nothing does."""
    changed = sorted(each for each in {*found, *wanted} if found.get(each) != wanted.get(each))
    return names_of(Difference(attribute=attribute, key=key) for attribute, key in changed)


def _names(attribute: str, keys: list[str]) -> str:
    named = [key for key in keys if key]
    more = [f"… (+{len(named) - SHOWN_KEYS})"] if len(named) > SHOWN_KEYS else []
    return f"{attribute} {', '.join([*named[:SHOWN_KEYS], *more])}".rstrip()
