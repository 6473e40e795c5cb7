"""JSON that came from a browser: it may be anything at all."""

from __future__ import annotations

import json
from typing import Any


def object_in(text: str | bytes, *, longest: int | None = None) -> dict[str, Any]:
    """Return the JSON object in `text`; empty where it is none, too deep, or longer than `longest`."""
    if longest is not None and len(text) > longest:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
