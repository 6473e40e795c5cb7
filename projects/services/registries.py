"""Logins for registries: what a registry is called, who is asked for its login, how the engine is told."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

DOCKER_HUB = "docker.io"
DOCKER_HUB_KEY = "https://index.docker.io/v1/"  # its name in ~/.docker/config.json
TOKEN_USER = "<token>"
_HUB_NAMES = frozenset({DOCKER_HUB, "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Login:
    """What a registry is told; a user name of ``<token>`` makes the secret an identity token."""

    username: str = ""
    secret: str = field(default="", repr=False)

    def as_auth_config(self, host: str) -> dict[str, str]:
        """Return the Engine API's AuthConfig."""
        address = config_key(host)
        if self.username == TOKEN_USER:
            return {"identitytoken": self.secret, "serveraddress": address}
        return {"username": self.username, "password": self.secret, "serveraddress": address}


# Returns the login for a registry by its host (and port), or None.
Credentials: TypeAlias = Callable[[str], Login | None]


def no_credentials(registry: str) -> Login | None:
    """Know no login."""
    return None


def registry_host(address: str) -> str:
    """Return the host and port that name a registry, from an address as people and config files write it."""
    host = address.strip().partition("://")[2] or address.strip()
    host = host.partition("/")[0].lower()
    return DOCKER_HUB if host in _HUB_NAMES else host


def image_host(reference: str) -> str:
    """Return the registry that an image comes from, by its reference."""
    first, slash, _ = reference.partition("/")
    named = slash and ("." in first or ":" in first or first == "localhost")
    return registry_host(first) if named else DOCKER_HUB


def config_key(host: str) -> str:
    """Return the name that the engine and ``config.json`` know a registry by."""
    return DOCKER_HUB_KEY if host == DOCKER_HUB else host


def from_auth_config(found: Mapping[str, Any]) -> Login | None:
    """Return the login of an AuthConfig, in either of the spellings of ``config.json`` and of credential helpers."""
    given = {str(key).lower(): value for key, value in found.items()}
    if token := given.get("identitytoken"):
        return Login(username=TOKEN_USER, secret=str(token))
    if not given.get("username"):
        return None
    return Login(username=str(given["username"]), secret=str(given.get("password") or ""))


def encoded(config: Mapping[str, Any]) -> str:
    """Return the value of an ``X-Registry-…`` header."""
    return base64.urlsafe_b64encode(json.dumps(dict(config)).encode()).decode()
