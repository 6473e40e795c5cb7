"""What a team's administrators see: people, groups, projects with their members, operations, and who did what.

Nothing can be edited here that belongs to the files, to the engine or to history.
"""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from projects.admin import audit_entries, operations, people, projects, registries

__all__ = ["audit_entries", "operations", "people", "projects", "registries"]

admin.site.site_header = _("Compose UI administration")
admin.site.site_title = _("Compose UI")
admin.site.index_title = _("People, projects and what was done")
admin.site.enable_nav_sidebar = False  # the start page lists as much; tables with sentences need the room
