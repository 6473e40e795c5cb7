"""What hooks print in the containers that an attached ``up`` starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from projects.services.contract import Engine, Executed

Heard = Callable[[str, str], None]
"""Is given a container, by id or name, and what a command printed in it."""


class HeardEngine:
    """An engine that hands on what the commands print that are run in containers; all else is the engine's own."""

    def __init__(self, engine: Engine, heard: Heard) -> None:
        self._engine = engine
        self._heard = heard

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def execute(self, container: str, command: list[str], **options: Any) -> Executed:
        """Run a command in a running container and wait for its end."""
        executed = self._engine.execute(container, command, **options)
        if executed.output:
            self._heard(container, executed.output)
        return executed
