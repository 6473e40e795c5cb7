"""Projects and their members, in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.forms import ModelForm
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from projects import audit
from projects.admin.bases import Audited, Inline
from projects.models import Membership, Project


class MembershipInline(Inline):
    """Who may do what with the project."""

    model = Membership
    extra = 0
    autocomplete_fields = ("user", "group")


@admin.register(Project)
class ProjectAdmin(Audited):
    """Projects and their members; names and files are the dashboard's and the disk's business."""

    list_display = ("name", "directory", "adopted", "members", "created_by", "created_at")
    list_filter = ("adopted", "created_at")
    search_fields = ("name", "directory", "memberships__user__username", "memberships__group__name")
    readonly_fields = ("name", "directory", "config_files", "adopted", "created_by", "created_at", "open_project")
    inlines = (MembershipInline,)
    list_select_related = ("created_by",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        # Deleting asks what is to become of the containers and of the files; the dashboard's own page does.
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        projects: QuerySet[Any] = super().get_queryset(request).annotate(member_count=Count("memberships"))
        return projects

    def save_formset(
        self, request: HttpRequest, form: ModelForm[Any], formset: BaseInlineFormSet[Any, Any, Any], change: bool
    ) -> None:
        super().save_formset(request, form, formset, change)
        gone = [str(member) for member in getattr(formset, "deleted_objects", [])]
        changed = [str(member) for member, _fields in getattr(formset, "changed_objects", [])]
        new = [str(member) for member in getattr(formset, "new_objects", [])]
        if gone or changed or new:
            address = request.META.get("REMOTE_ADDR", "")
            name = form.instance.name
            audit.record(
                request.user, "members.change", name, address=address, added=new, changed=changed, removed=gone
            )

    @admin.display(description=_("members"), ordering="member_count")
    def members(self, project: Project) -> int:
        """Return how many people and groups have a role."""
        return int(project.member_count)  # type: ignore[attr-defined]

    @admin.display(description=_("in the dashboard"))
    def open_project(self, project: Project) -> SafeString:
        """Return a link to the project's own page."""
        return format_html('<a href="{}">{}</a>', reverse("projects:overview", args=[project.name]), gettext("Open"))
