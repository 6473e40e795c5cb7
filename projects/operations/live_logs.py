"""The logs of all containers that somebody looks at: one set of readers a process, in its event loop."""

from __future__ import annotations

from functools import cache

from projects.services.contract import Engine
from projects.services.logs import Logs

_logs: Logs | None = None


@cache
def _engine() -> Engine:
    # Not at the top: the Docker SDK takes long to import, and the first page need not wait for it.
    from projects.services.engine import DockerEngine

    return DockerEngine()


def live_logs() -> Logs:
    """Return the readers of this process; only to be called and used in the event loop's thread."""
    global _logs
    if _logs is None:
        _logs = Logs(_engine)
    return _logs


async def stop_logs() -> None:
    """Stop all readers; the next call of `live_logs` begins anew."""
    global _logs
    logs, _logs = _logs, None
    if logs is not None:
        await logs.close()
