"""The terminals of all people on this process."""

from __future__ import annotations

import threading
from functools import cache

from projects.services.contract import Engine
from projects.services.terminal_sessions import Sessions

_lock = threading.Lock()
_sessions: Sessions | None = None


@cache
def engine() -> Engine:
    """Return the connection by which this process looks into containers."""
    # Not at the top: the Docker SDK takes long to import, and the first page need not wait for it.
    from projects.services.engine import DockerEngine

    return DockerEngine()


def live_terminals() -> Sessions:
    """Return the terminals of this process."""
    global _sessions
    with _lock:
        if _sessions is None:
            _sessions = Sessions(engine)
        return _sessions


def stop_terminals() -> None:
    """End all terminals, and the commands in them."""
    global _sessions
    with _lock:
        sessions, _sessions = _sessions, None
    if sessions is not None:
        sessions.close()
