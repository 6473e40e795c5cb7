"""An engine whose container ``web`` prints what a test has it print, and the readers of its logs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

import pytest

from projects.services.contract import Engine
from projects.services.logs import Logs
from tests.services.log_double import Container, LogEngine

RING = 64 * 1024


@pytest.fixture
def engine() -> LogEngine:
    engine = LogEngine()
    engine.containers["web"] = Container()
    return engine


@pytest.fixture
async def logs(engine: LogEngine) -> AsyncIterator[Logs]:
    logs = Logs(lambda: cast(Engine, engine), ring_bytes=RING, grace=0.05)
    yield logs
    await logs.close()
