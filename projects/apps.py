"""The Django app of the dashboard."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProjectsConfig(AppConfig):
    """Label ``projects``."""

    name = "projects"
    verbose_name = _("Compose projects")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from projects.operations import bell

        bell.follow_projects()
