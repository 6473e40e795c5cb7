"""The record of who did what: written here alone, read by administrators, changed by nobody."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User

from projects.models import AuditEntry


def record(
    actor: User | AnonymousUser | AbstractBaseUser | str | None,
    action: str,
    project_name: str = "",
    *,
    address: str = "",
    **detail: Any,
) -> AuditEntry:
    """Write down that `actor`, a person or the name of somebody without an account, did `action`.

    Actions are such as ``operation.up`` and ``file.save``; `address` is where the request came from.
    `detail` is JSON: paths, roles, options; never contents, never secrets.
    """
    person = actor if isinstance(actor, User) and actor.pk else None
    return AuditEntry.objects.create(
        actor=person,
        actor_name=actor[:150] if isinstance(actor, str) else person.get_username() if person else "",
        action=action,
        project_name=project_name,
        address=address[:64],
        detail=detail,
    )
