"""Secrets at rest: what the database keeps of them can be read only with the secret key of the data directory."""

from __future__ import annotations

import base64
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


def sealed(secret: str) -> str:
    """Return a secret as it may be kept."""
    return _fernet(settings.SECRET_KEY).encrypt(secret.encode()).decode()


def unsealed(kept: str) -> str | None:
    """Return the secret that was kept, or None where it was kept with another key."""
    from cryptography.fernet import InvalidToken

    try:
        return _fernet(settings.SECRET_KEY).decrypt(kept.encode()).decode()
    except InvalidToken:
        return None


@cache
def _fernet(key: str) -> Fernet:
    # Not at the top: most commands at the terminal read no secret, and wait for no cryptography.
    from cryptography.fernet import Fernet
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    # A key of its own: what is signed with the secret key tells nothing about what is sealed.
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"compose-ui: secrets at rest").derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
