"""What refusals of registries are called for people: of pulls, pushes and logins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from projects.compose.errors import EngineError, ImageNotFound
from projects.compose.messages import Message
from projects.services.refusals import short

_NO_ACCESS = re.compile("unauthorized|authentication required|denied|no basic auth credentials")
_NOT_FOUND = (
    ImageNotFound,
    Message(
        'The image "%(image)s" was not found: its registry has none of that name and tag, or asks for a '
        "login (%(reason)s). Check the name and the tag."
    ),
)
# What an engine says of a pull, and what it is called; the first that is found counts.
_PULLS: Final[Sequence[tuple[re.Pattern[str], tuple[type[EngineError], Message]]]] = (
    (
        re.compile(
            "manifest unknown|name unknown|no such image|repository does not exist|pull access denied|not found"
        ),
        _NOT_FOUND,
    ),
    (
        _NO_ACCESS,
        (
            ImageNotFound,
            Message(
                'The registry of the image "%(image)s" asks for a login (%(reason)s). Log in with: docker login, or '
                "have an administrator record the login."
            ),
        ),
    ),
    (
        re.compile("toomanyrequests|too many requests"),
        (
            EngineError,
            Message(
                'The registry of the image "%(image)s" has been asked too often (%(reason)s). Wait a while, or log in '
                "to it: it may allow more to those it knows."
            ),
        ),
    ),
    (
        re.compile("internal server error|bad gateway|service unavailable|gateway timeout"),
        (
            EngineError,
            Message(
                'The registry of the image "%(image)s" is in trouble itself (%(reason)s). Try again later, or ask '
                "those who run it."
            ),
        ),
    ),
    (
        re.compile("no matching manifest"),
        (
            ImageNotFound,
            Message(
                'The image "%(image)s" does not exist for this machine\'s platform (%(reason)s). Choose another '
                "image, or set platform: in the Compose file."
            ),
        ),
    ),
    (
        re.compile(
            r"dial tcp|no such host|i/o timeout|client.timeout|tls handshake|connection re(?:fused|set)|\beof\b"
        ),
        (
            EngineError,
            Message(
                'The registry of the image "%(image)s" could not be reached (%(reason)s). Check the name of the '
                "image and the network of the machine, then try again."
            ),
        ),
    ),
)
_PULL_FAILED = (EngineError, Message('The image "%(image)s" could not be pulled: %(reason)s'))


def pull_refused(reference: str, status: int, reason: str) -> EngineError:
    """Return the error for an image that could not be pulled."""
    said = _without_name(reason, reference)
    kind, told = next((called for words, called in _PULLS if words.search(said)), _PULL_FAILED)
    if status == HTTPStatus.NOT_FOUND:
        kind, told = _NOT_FOUND
    return kind(Message(told.text, image=reference, reason=short(reason)))


def _without_name(reason: str, reference: str) -> str:
    """Return what is said in small letters, without the image's name: names may hold the words looked for."""
    name = re.escape(reference.lower().partition("@")[0])
    return re.sub(rf"(?<![\w.-]){name}(?![\w-])", "", reason.lower())


def push_refused(reference: str, status: int, reason: str) -> EngineError:
    """Return the error for an image that could not be pushed."""
    if _NO_ACCESS.search(_without_name(reason, reference)):
        return EngineError(
            Message(
                'The registry of the image "%(image)s" refuses the push (%(reason)s). Log in with: docker login',
                image=reference,
                reason=short(reason),
            )
        )
    return EngineError(
        Message('The image "%(image)s" could not be pushed: %(reason)s', image=reference, reason=short(reason))
    )


def pull_stalled(reference: str, seconds: int) -> EngineError:
    """Return the error for a registry that has fallen silent in the middle of a pull."""
    return EngineError(
        Message(
            'The registry of the image "%(image)s" has sent nothing for %(seconds)s seconds. Try again; where it '
            "happens again, look at the network of the machine and at the registry.",
            image=reference,
            seconds=seconds,
        )
    )


def login_unreadable(host: str, reason: str) -> EngineError:
    """Return the error for a login that a credential helper or ``config.json`` does not give."""
    return EngineError(
        Message(
            "The login for the registry %(registry)s could not be read (%(reason)s). Mend ~/.docker/config.json or the "
            "credential helper that it names, or log in anew: docker login %(registry)s",
            registry=host,
            reason=short(reason),
        )
    )
