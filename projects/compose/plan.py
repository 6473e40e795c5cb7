"""A Plan: what will be done, in which order and why, before anything is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from projects.compose.messages import Message


class Do(StrEnum):
    """What one action does; each is one engine call (a pull or build streams, a wait polls)."""

    PULL_IMAGE = "PullImage"
    PUSH_IMAGE = "PushImage"
    BUILD_IMAGE = "BuildImage"
    CREATE_NETWORK = "CreateNetwork"
    CREATE_VOLUME = "CreateVolume"
    CREATE_CONTAINER = "CreateContainer"
    CONNECT_NETWORK = "ConnectNetwork"
    DISCONNECT_NETWORK = "DisconnectNetwork"
    RENAME_CONTAINER = "RenameContainer"
    START_CONTAINER = "StartContainer"
    STOP_CONTAINER = "StopContainer"
    RESTART_CONTAINER = "RestartContainer"
    PAUSE_CONTAINER = "PauseContainer"
    UNPAUSE_CONTAINER = "UnpauseContainer"
    KILL_CONTAINER = "KillContainer"
    REMOVE_CONTAINER = "RemoveContainer"
    WAIT_RUNNING = "WaitRunning"
    WAIT_HEALTHY = "WaitHealthy"
    WAIT_COMPLETED = "WaitCompleted"
    WAIT_READY = "WaitReady"
    PUT_FILES = "PutFiles"
    RUN_HOOK = "RunHook"
    REMOVE_NETWORK = "RemoveNetwork"
    REMOVE_VOLUME = "RemoveVolume"
    REMOVE_IMAGE = "RemoveImage"
    KEEP = "Keep"
    SKIP_IMAGE = "SkipImage"
    SKIP_SERVICE = "SkipService"


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """One step of a plan.

    `target` is the name of what is acted on (image reference, network, volume or container name; a container
    that exists is also known by `container_id`). `cause` is the sentence people read. `after` are the ids of
    the actions that must have succeeded before. `payload` is the Engine API's body for creates, the options of the
    call (``timeout``, ``volumes``, ``force``) for others, and what is said of what is skipped (``reason``).
    `best_effort` turns a failure into a warning. Actions with the same `group` are shown as one task (a recreate).
    """

    id: int
    do: Do
    target: str
    cause: Message
    service: str = ""
    container_id: str = ""
    after: tuple[int, ...] = ()
    payload: Mapping[str, Any] = field(default_factory=dict)
    best_effort: bool = False
    group: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """A directed acyclic graph of actions, ids ascending in a valid order; `warnings` are told before it runs."""

    project: str
    actions: tuple[Action, ...] = ()
    warnings: tuple[Message, ...] = ()

    def __str__(self) -> str:
        """Return one line an action, then the warnings: ``[1,2] -> #3 CreateContainer demo-db-1, no container yet``."""
        return "\n".join([*map(_line, self.actions), *(f"! {warning}" for warning in self.warnings)])


def _line(action: Action) -> str:
    after = ",".join(map(str, action.after))
    notes = f" {{{action.group}}}" if action.group not in ("", action.target) else ""
    notes += " (best effort)" if action.best_effort else ""
    return f"[{after}] -> #{action.id} {action.do} {action.target}{notes}, {action.cause}"
