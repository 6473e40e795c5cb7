"""The logins for registries that administrators have recorded, as the engine's services ask for them."""

from __future__ import annotations

from django.db import DatabaseError, connection

from projects.models import Registry
from projects.services.registries import Login


def recorded_login(registry: str) -> Login | None:
    """Return the login that is recorded for a registry by its host, or None; any thread may ask."""
    try:
        record = Registry.objects.filter(address=registry).first()
    except DatabaseError:  # at the command line there may be no database yet
        return None
    finally:
        # Threads of an operation end without Django's noticing, and would keep their connections open.
        if not connection.in_atomic_block:
            connection.close()
    return record.login() if record else None
