"""The Django app of the dashboard."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save
from django.utils.translation import gettext_lazy as _


class ProjectsConfig(AppConfig):
    """Label ``projects``."""

    name = "projects"
    verbose_name = _("Compose projects")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for signal, name in ((post_save, "saved"), (post_delete, "deleted")):
            for sender in ("projects.Project", "projects.Membership"):
                signal.connect(_project_changed, sender=sender, dispatch_uid=f"bell: {sender} {name}")


def _project_changed(*, instance: Any, **_signal: object) -> None:
    # Not at the top: no model can be imported there yet, and a command that saves nothing needs none of it.
    from projects.operations import bell

    bell.project_changed(instance)
