"""Whether a registry takes a login: its ``/v2/`` is asked as an engine would ask, and what came of it is said in words.

Source: OCI distribution specification (``GET /v2/``), distribution's token authentication.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests

from projects.compose.messages import Message
from projects.services.refusals import short
from projects.services.registries import DOCKER_HUB, TOKEN_USER, Login

TIMEOUT = (5, 15)  # seconds to connect, and without a byte
LONGEST_ANSWER = 256 * 1024
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')
_HUB_API = "registry-1.docker.io"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What came of a test; `message` is a sentence without any secret."""

    works: bool
    message: Message


@dataclass(frozen=True, kw_only=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def is_registry(self) -> bool:
        return "docker-distribution-api-version" in self.headers or "www-authenticate" in self.headers


def check(host: str, login: Login | None) -> Verdict:
    """Return whether the registry at `host` (and port) answers and takes the login; raises nothing."""
    try:
        base, first = _first_answer(_HUB_API if host == DOCKER_HUB else host)
        if first.status == 401 and first.is_registry:
            return _with_login(host, f"{base}/v2/", first.headers["www-authenticate"], login)
    except requests.RequestException as error:
        return _bad(
            Message(
                "The registry %(registry)s could not be reached (%(reason)s).", registry=host, reason=_reason(error)
            )
        )
    if first.status != 200 or not first.is_registry:
        return _told(host, first)
    return Verdict(
        works=True, message=Message("The registry %(registry)s answers and asks for no login.", registry=host)
    )


def _first_answer(host: str) -> tuple[str, _Answer]:
    """Return the address that answers, by https or, on this machine alone as an engine does, by http."""
    try:
        return f"https://{host}", _get(f"https://{host}/v2/")
    except requests.ConnectionError:
        if not _is_here(host):
            raise
        return f"http://{host}", _get(f"http://{host}/v2/")


def _is_here(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def _with_login(host: str, url: str, challenge: str, login: Login | None) -> Verdict:
    if login is None or not login.secret:
        return _bad(Message("The registry %(registry)s asks for a login, and none is recorded.", registry=host))
    scheme = challenge.partition(" ")[0].lower()
    if scheme == "basic":
        answer = _get(url, auth=(login.username, login.secret))
    elif scheme == "bearer":
        answer = _by_token(url, dict(_PARAMETER.findall(challenge)), login)
    else:
        return _bad(
            Message("The registry %(registry)s asks for a kind of login that is not known here.", registry=host)
        )
    if answer.status == 200:
        return Verdict(works=True, message=Message("The registry %(registry)s takes the login.", registry=host))
    return _told(host, answer)


def _by_token(url: str, asked: Mapping[str, str], login: Login) -> _Answer:
    """Return the answer to a token that the registry's token service has given for the login."""
    realm = asked.get("realm", "")
    if urlsplit(realm).scheme != "https" and not _is_here(urlsplit(realm).netloc):
        return _Answer(status=401, headers={}, content=b"")  # no secret goes over a line that others can read
    service = {"service": asked.get("service", "")}
    if login.username == TOKEN_USER:
        data = {**service, "grant_type": "refresh_token", "refresh_token": login.secret, "client_id": "compose-ui"}
        answer = _ask("POST", realm, data=data)
    else:
        answer = _get(realm, params={**service, "account": login.username}, auth=(login.username, login.secret))
    token = _token(answer)
    return _get(url, headers={"Authorization": f"Bearer {token}"}) if token else answer


def _token(answer: _Answer) -> str:
    if answer.status != 200:
        return ""
    try:
        given = json.loads(answer.content)
        return str(given.get("token") or given.get("access_token") or "")
    except (ValueError, AttributeError):
        return ""


def _told(host: str, answer: _Answer) -> Verdict:
    if answer.status in (401, 403):
        return _bad(
            Message("The registry %(registry)s refuses the login: user name or secret are wrong.", registry=host)
        )
    if answer.status == 429:
        return _bad(
            Message("The registry %(registry)s has been asked too often. Wait a while, then test again.", registry=host)
        )
    if answer.status >= 500:
        return _bad(
            Message(
                "The registry %(registry)s is in trouble itself (status %(status)s).",
                registry=host,
                status=answer.status,
            )
        )
    return _bad(
        Message(
            "What answers at %(registry)s is not a registry (status %(status)s).", registry=host, status=answer.status
        )
    )


def _bad(message: Message) -> Verdict:
    return Verdict(works=False, message=message)


def _get(url: str, **options: Any) -> _Answer:
    return _ask("GET", url, **options)


def _ask(method: str, url: str, **options: Any) -> _Answer:
    # Redirects are not followed, nor is ~/.netrc read: a secret goes only where it was meant to go.
    with requests.Session() as session:
        session.trust_env = False
        with session.request(method, url, timeout=TIMEOUT, allow_redirects=False, stream=True, **options) as answer:
            content = next(answer.iter_content(LONGEST_ANSWER), b"")
            return _Answer(status=answer.status_code, headers=answer.headers, content=content)


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return "it did not answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted"
    return short(str(error).rpartition(": ")[2] or type(error).__name__).strip("\"')(")
