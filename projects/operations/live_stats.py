"""What all containers use that somebody looks at: one set of meters a process, in its event loop."""

from __future__ import annotations

from projects.operations.engines import kept
from projects.services.stats import Stats

_stats: Stats | None = None


def live_stats() -> Stats:
    """Return the meters of this process; only to be called and used in the event loop's thread."""
    global _stats
    if _stats is None:
        _stats = Stats(kept)
    return _stats


def stop_stats() -> None:
    """Stop all meters, in the event loop's thread; the next call of `live_stats` begins anew."""
    global _stats
    stats, _stats = _stats, None
    if stats is not None:
        stats.close()
