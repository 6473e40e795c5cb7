"""The logs of all containers that somebody looks at: one set of readers a process, in its event loop."""

from __future__ import annotations

from projects.operations.engines import kept
from projects.services.logs import Logs

_logs: Logs | None = None


def live_logs() -> Logs:
    """Return the readers of this process; only to be called and used in the event loop's thread."""
    global _logs
    if _logs is None:
        _logs = Logs(kept)
    return _logs


async def stop_logs() -> None:
    """Stop all readers; the next call of `live_logs` begins anew."""
    global _logs
    logs, _logs = _logs, None
    if logs is not None:
        await logs.close()
