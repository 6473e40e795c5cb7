"""How a command in a container ended."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from projects.services.contract_inside import ExecState

SETTLE_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 0.02


def exit_code_of(look: Callable[[], ExecState]) -> int:
    """Return the exit code of a command whose output has ended; the engine notes it a moment later."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while (state := look()).running and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
    return state.exit_code or 0
