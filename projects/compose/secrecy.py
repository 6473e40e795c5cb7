"""Which names and values are better not shown to whoever looks over one's shoulder."""

from __future__ import annotations

import re
from typing import Final

_NAME: Final = re.compile(r"pass|pwd|secret|token|key|credential|auth|private|salt|signature", re.IGNORECASE)
_PASSWORD_IN_URL: Final = re.compile(r"://[^/@\s]*:[^/@\s]+@")


def looks_secret(name: str, value: str | None) -> bool:
    """Return whether the value of a variable of that name is better hidden."""
    return bool(value) and bool(_NAME.search(name) or _PASSWORD_IN_URL.search(value or ""))


def mentions_secret(text: str) -> bool:
    """Return whether a text, such as a command line, may hold a secret or name one."""
    return bool(_NAME.search(text) or _PASSWORD_IN_URL.search(text))
