"""Beginning an operation, and asking it to stop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from projects import audit
from projects.compose.errors import OperationInProgress
from projects.compose.messages import Message
from projects.models import UNFINISHED, Operation, Project, State, Verb
from projects.operations import bell, runner, sentences


def begin(
    project: Project,
    verb: str,
    user: User | None,
    services: Sequence[str] = (),
    options: Mapping[str, Any] | None = None,
    *,
    address: str = "",
    system_user: str = "",
) -> Operation:
    """Queue a verb for a project and return its operation; a runner carries it out.

    `services` empty means all; `system_user` is who has no account, but a shell on this machine; `options` are the
    verb's flags (``volumes``, ``timeout`` …). Raises `OperationInProgress` while another operation of the project is
    unfinished, whoever began it.
    """
    try:
        with transaction.atomic():
            operation = Operation.objects.create(
                project=project,
                verb=Verb(verb),
                requested_by=user,
                system_user=system_user,
                services=list(services),
                options=dict(options or {}),
            )
            audit.record(
                user or _named(operation),
                f"operation.{verb}",
                project.name,
                address=address,
                operation=operation.pk,
                services=list(services),
                options=dict(options or {}),
            )
    except IntegrityError:
        raise _in_progress(project) from None
    transaction.on_commit(lambda: _announce(operation))
    return operation


def _named(operation: Operation) -> str:
    return str(sentences.at_command_line(operation.system_user)) if operation.system_user else ""


def _announce(operation: Operation) -> None:
    runner.wake_all()
    bell.ring(bell.project_group(operation.project_id), bell.LIST)


def _in_progress(project: Project) -> OperationInProgress:
    other = project.operations.filter(state__in=UNFINISHED).select_related("requested_by").first()
    return OperationInProgress(
        Message(
            "%(who)s began “%(verb)s” of %(project)s, which is not finished yet. Wait for it, or cancel it.",
            who=sentences.requester(other) if other else sentences.name_of(None),
            verb=sentences.VERBS[other.verb] if other else "",
            project=project.name,
        )
    )


def request_cancel(operation: Operation, user: User | None, *, address: str = "") -> bool:
    """Ask an operation to stop; False where it is finished already.

    One that no runner has begun is cancelled on the spot; a running one stops at its next step.
    """
    unfinished = Operation.objects.filter(pk=operation.pk, state__in=UNFINISHED)
    if not unfinished.update(cancel_requested=True, cancelled_by=user):
        return False
    audit.record(
        user or _named(operation), "operation.cancel", operation.project.name, address=address, operation=operation.pk
    )
    operation.refresh_from_db()
    sentence = sentences.cancelled(operation)
    Operation.objects.filter(pk=operation.pk, state=State.QUEUED).update(
        state=State.CANCELLED, finished_at=timezone.now(), result=sentence.as_json()
    )
    runner.cancel_all(operation.pk)
    bell.ring(bell.operation_group(operation), bell.project_group(operation.project_id), bell.LIST)
    operation.refresh_from_db()
    return True
