"""The record of who did what, in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from projects.admin.bases import SENTENCES, ModelAdmin, ReadOnly
from projects.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly, ModelAdmin):
    """The append-only record of who did what."""

    list_display = ("at", "actor_name", "action", "project_name", "details", "address")
    list_filter = ("action", "at")
    search_fields = ("actor_name", "action", "project_name", "detail", "address")
    date_hierarchy = "at"
    list_display_links = ("at",)

    class Media:
        css = SENTENCES

    @admin.display(description=_("detail"))
    def details(self, entry: AuditEntry) -> str:
        """Return what is on record beside the names, without what is empty: ``operation: 4; services: web``."""
        return "; ".join(f"{key}: {_plain(value)}" for key, value in entry.detail.items() if value not in ("", [], {}))


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(each)}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return str(value)
