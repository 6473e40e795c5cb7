"""People and groups, in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from projects.admin.bases import Audited, Inline
from projects.models import Membership

if TYPE_CHECKING:
    DjangoUserAdmin = UserAdmin[User]
else:  # Django's own class is no generic while it runs
    DjangoUserAdmin = UserAdmin

admin.site.unregister(User)
admin.site.unregister(Group)


class UserMembershipInline(Inline):
    """The projects in which a person has a role of their own."""

    model = Membership
    extra = 0
    exclude = ("group",)
    autocomplete_fields = ("project",)


@admin.register(User)
class PersonAdmin(Audited, DjangoUserAdmin):
    """People: Django's own pages, with the projects they have a role in."""

    list_display = ("username", "first_name", "last_name", "email", "is_active", "is_superuser", "last_login")
    inlines = (UserMembershipInline,)

    def get_inlines(self, request: HttpRequest, obj: Model | None) -> tuple[Any, ...]:
        """Roles are given to people who exist."""
        return tuple(self.inlines) if obj else ()


class GroupMembershipInline(Inline):
    """The projects in which all people of a group have a role."""

    model = Membership
    extra = 0
    exclude = ("user",)
    autocomplete_fields = ("project",)


@admin.register(Group)
class TeamAdmin(Audited, GroupAdmin):
    """Groups: Django's own pages, with the projects they have a role in."""

    list_display = ("name", "people")
    inlines = (GroupMembershipInline,)

    def get_inlines(self, request: HttpRequest, obj: Model | None) -> tuple[Any, ...]:
        """Roles are given to groups that exist."""
        return tuple(self.inlines) if obj else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        groups: QuerySet[Any] = super().get_queryset(request).annotate(people_count=Count("user"))
        return groups

    @admin.display(description=_("people"), ordering="people_count")
    def people(self, group: Group) -> int:
        """Return how many people are in the group."""
        return int(group.people_count)  # type: ignore[attr-defined]
