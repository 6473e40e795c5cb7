"""The terminals of all people on this process."""

from __future__ import annotations

import threading

from projects.operations.engines import kept
from projects.services.terminal_sessions import Sessions

_lock = threading.Lock()
_sessions: Sessions | None = None


def live_terminals() -> Sessions:
    """Return the terminals of this process."""
    global _sessions
    with _lock:
        if _sessions is None:
            _sessions = Sessions(kept)
        return _sessions


def stop_terminals() -> None:
    """End all terminals, and the commands in them."""
    global _sessions
    with _lock:
        sessions, _sessions = _sessions, None
    if sessions is not None:
        sessions.close()
