"""The doorbell: tells whoever looks on that there is something to read. It carries no content.

Threads ring, consumers listen. `async_to_sync` from a plain thread is delivered seconds late, so the bell is handed
to the event loop of the server, which `answer_on` makes known.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Future

from channels.layers import get_channel_layer
from django.db import transaction

from projects.models import Membership, Operation, Project

log = logging.getLogger(__name__)
_loop: asyncio.AbstractEventLoop | None = None

LIST = "projects"


def answer_on(loop: asyncio.AbstractEventLoop) -> None:
    """Make the loop known on which consumers run; the last one counts."""
    global _loop
    _loop = loop


def operation_group(operation: Operation | int) -> str:
    """Return the group that hears that an operation's journal has grown, or that it is finished."""
    return f"operation.{operation if isinstance(operation, int) else operation.pk}"


def project_group(project: Project | int) -> str:
    """Return the group that hears that an operation of the project has begun or is finished."""
    return f"project.{project if isinstance(project, int) else project.pk}"


def project_changed(instance: Project | Membership) -> None:
    """Ring, once it is saved, that a project or a membership was added, changed or removed."""
    project_id = instance.pk if isinstance(instance, Project) else instance.project_id
    transaction.on_commit(lambda: ring(project_group(project_id), LIST))


def ring(*groups: str) -> None:
    """Ring for all who listen to one of `groups`; from any thread, never waits, never fails."""
    loop = _loop
    if loop is None or loop.is_closed():
        return
    for group in groups:
        call = _send(group)
        try:
            asyncio.run_coroutine_threadsafe(call, loop).add_done_callback(_told)
        except RuntimeError:  # the loop was closed this very moment: nobody is left to hear
            call.close()


async def _send(group: str) -> None:
    layer = get_channel_layer()
    if layer is not None:
        await layer.group_send(group, {"type": "bell", "group": group})


def _told(future: Future[None]) -> None:
    if not future.cancelled() and future.exception() is not None:
        log.warning("A doorbell could not be rung: %s", future.exception())
