"""Operations with their journals, in the admin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from projects.admin.bases import SENTENCES, ModelAdmin, ReadOnly
from projects.compose.events import Event
from projects.models import Operation, OperationEvent
from projects.operations.sentences import duration
from projects.templatetags.pages import requester

JOURNAL_ENTRIES_SHOWN: Final = 500


@admin.register(Operation)
class OperationAdmin(ReadOnly, ModelAdmin):
    """Every operation with its journal."""

    list_display = ("id", "project", "verb", "state", "by", "created_at", "came_to")
    list_filter = ("state", "verb", "created_at", "project")
    search_fields = ("project__name", "requested_by__username", "system_user", "result")
    date_hierarchy = "created_at"
    list_select_related = ("project", "requested_by")
    readonly_fields = ("came_to", "took", "journal")
    exclude = ("result",)

    class Media:
        css = SENTENCES

    @admin.display(description=_("requested by"), ordering="requested_by__username")
    def by(self, operation: Operation) -> str:
        """Return who began it: a person, or an account of the machine at the command line."""
        return requester(operation)

    @admin.display(description=_("took"))
    def took(self, operation: Operation) -> str:
        """Return the duration in words."""
        return "" if operation.duration is None else duration(operation.duration).say(gettext)

    @admin.display(description=_("result"))
    def came_to(self, operation: Operation) -> str:
        """Return the sentence of what came of it, in the reader's language."""
        message = operation.result_message
        return message.say(gettext) if message else ""

    @admin.display(description=_("journal"))
    def journal(self, operation: Operation) -> SafeString:
        """Return the journal's last entries, one a line; the dashboard's page of the operation shows them all."""
        newest = OperationEvent.objects.filter(operation=operation).order_by("-seq")[:JOURNAL_ENTRIES_SHOWN]
        lines = [_journal_line(entry) for entry in reversed(newest)]
        return format_html("<pre>{}</pre>", "\n".join(lines))


def _journal_line(entry: OperationEvent) -> str:
    event = Event.from_json(entry.data)
    message = event.message.say(gettext) if event.message else ""
    words: Sequence[str] = (f"{entry.seq:5}", event.id, event.status, event.text, message, event.output.rstrip())
    return "  ".join(word for word in words if word)
