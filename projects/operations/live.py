"""The live picture of all projects on the engine: one watcher a process, begun when somebody first looks."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from projects.operations.engines import connect

if TYPE_CHECKING:
    from projects.services.watcher import Picture, Watcher

_lock = threading.Lock()
_watcher: Watcher | None = None


def live_watcher() -> Watcher:
    """Return the watcher of this process; the first call starts it."""
    global _watcher
    with _lock:
        if _watcher is None:
            from projects.services.watcher import Watcher

            _watcher = Watcher(connect)
            _watcher.start()
        return _watcher


def live_picture() -> Picture:
    """Return what the engine holds of all projects at this moment, and whether it answers."""
    return live_watcher().picture()


def stop_watching() -> None:
    """Stop the watcher, if there is one."""
    global _watcher
    with _lock:
        watcher, _watcher = _watcher, None
    if watcher is not None:
        watcher.stop()
