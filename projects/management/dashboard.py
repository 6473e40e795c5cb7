"""What a command at the terminal needs of the dashboard: which projects it knows, its record, its logins.

The database itself is asked first, and Django set up only where it has an answer: that takes longer than many a verb.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from compose_ui.locations import DATABASE

if TYPE_CHECKING:
    from projects.models import Project
    from projects.services.registries import Login

PROJECT: Final = "SELECT 1 FROM projects_project WHERE name = ?"
REGISTRY: Final = "SELECT 1 FROM projects_registry WHERE address = ?"
LOCK_SECONDS: Final = 20.0

_setting_up = threading.Lock()


def known_project(name: str) -> Project | None:
    """Return the dashboard's project of this name; None as well where no dashboard was ever started here."""
    if not _on_record(PROJECT, name):
        return None
    _set_up()
    from projects.models import Project

    return Project.objects.filter(name=name).first()


def recorded_login(registry: str) -> Login | None:
    """Return the login that an administrator recorded for a registry by its host, or None; any thread may ask."""
    if not _on_record(REGISTRY, registry):
        return None
    _set_up()
    from projects import credentials

    return credentials.recorded_login(registry)


def record_act(name: str, action: str, **detail: Any) -> None:
    """Write down in the audit that this account changed a container of a project that the dashboard knows."""
    if known_project(name) is None:
        return
    from projects import audit
    from projects.operations.here import system_user

    audit.record(system_user(), action, name, **detail)


def _on_record(query: str, value: str) -> bool:
    try:
        # Not created where it is missing; not read-only, since the first reader of a journal makes files beside it.
        with closing(sqlite3.connect(f"{DATABASE.as_uri()}?mode=rw", uri=True, timeout=LOCK_SECONDS)) as database:
            return database.execute(query, [value]).fetchone() is not None
    except sqlite3.OperationalError:  # no dashboard was ever started here
        return False


def _set_up() -> None:
    import django

    with _setting_up:
        django.setup()
