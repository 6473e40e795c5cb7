"""What a team's administrators see: people, groups, projects with their members, operations, and who did what.

Nothing can be edited here that belongs to the files, to the engine or to history.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Count, Model, QuerySet
from django.forms import ModelForm
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from projects import audit
from projects.compose.events import Event
from projects.models import AuditEntry, Membership, Operation, OperationEvent, Project, Registry
from projects.operations.sentences import duration
from projects.services.registries import registry_host
from projects.services.registry_check import check
from projects.templatetags.pages import requester

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    Inline = admin.TabularInline[Any, Any]
    DjangoUserAdmin = UserAdmin[User]
    RegistryModelForm = ModelForm[Registry]
else:  # Django's own classes are no generics while they run
    ModelAdmin, Inline, DjangoUserAdmin = admin.ModelAdmin, admin.TabularInline, UserAdmin
    RegistryModelForm = ModelForm

admin.site.site_header = _("Compose UI administration")
admin.site.site_title = _("Compose UI")
admin.site.index_title = _("People, projects and what was done")
admin.site.enable_nav_sidebar = False  # the start page lists as much; tables with sentences need the room

JOURNAL_ENTRIES_SHOWN = 500
SENTENCES: dict[str, Sequence[str]] = {"all": ["dist/admin.css"]}


class ReadOnly:
    """Everybody who may look may look; nobody adds, changes or removes."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class Audited(ModelAdmin):
    """Every change made in the admin is in the record of who did what as well."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record(request, "add", obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record(request, "change", obj)
        return super().log_change(request, obj, message)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self._record(request, "delete", obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for obj in queryset:
            self._record(request, "delete", obj)
        super().delete_queryset(request, queryset)

    def _record(self, request: HttpRequest, action: str, obj: Model) -> None:
        name = obj.name if isinstance(obj, Project) else ""
        address = request.META.get("REMOTE_ADDR", "")
        what = f"admin.{obj._meta.model_name}.{action}"
        audit.record(request.user, what, name, address=address, object=str(obj), id=obj.pk)


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


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(each)}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return str(value)


class RegistryForm(RegistryModelForm):
    """A registry's login; the secret can be written but not read."""

    secret = forms.CharField(
        label=_("Password or token"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Kept encrypted and never shown again; leave it empty to keep the one there is."),
    )

    class Meta:
        model = Registry
        fields = ("address", "username")

    def clean_address(self) -> str:
        """Return the host alone, in which form it is looked for."""
        return registry_host(str(self.cleaned_data["address"]))

    def clean_secret(self) -> str:
        """Require a secret for a new login."""
        secret = str(self.cleaned_data["secret"])
        if not secret and not self.instance.sealed_secret:
            raise forms.ValidationError(gettext("Enter the password or token that the registry takes."))
        return secret

    def save(self, commit: bool = True) -> Registry:
        if secret := self.cleaned_data["secret"]:
            self.instance.keep_secret(secret)
        registry: Registry = super().save(commit)
        return registry


@admin.register(Registry)
class RegistryAdmin(Audited):
    """Logins for registries, which pulls, pushes and builds use; each can be tested."""

    form = RegistryForm
    list_display = ("address", "username", "created_at")
    search_fields = ("address", "username")
    actions = ("test_logins",)
    change_form_template = "admin/registry_form.html"

    @admin.action(description=_("Test the selected logins"))
    def test_logins(self, request: HttpRequest, queryset: QuerySet[Registry]) -> None:
        """Ask each registry and say what came of it."""
        for registry in queryset:
            self._test(request, registry)

    def response_add(self, request: HttpRequest, obj: Registry, post_url_continue: str | None = None) -> HttpResponse:
        return self._tested(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Registry) -> HttpResponse:
        return self._tested(request, obj) or super().response_change(request, obj)

    def _tested(self, request: HttpRequest, registry: Registry) -> HttpResponse | None:
        if "_test" not in request.POST:
            return None
        self._test(request, registry)
        return HttpResponseRedirect(reverse("admin:projects_registry_change", args=[registry.pk]))

    def _test(self, request: HttpRequest, registry: Registry) -> None:
        login = registry.login()
        if login is None:
            told = gettext("The secret of %(registry)s was kept with another secret key. Enter it anew.")
            self.message_user(request, told % {"registry": registry.address}, messages.ERROR)
            return
        verdict = check(registry.address, login)
        self._record(request, "test", registry)
        level = messages.SUCCESS if verdict.works else messages.ERROR
        self.message_user(request, verdict.message.say(gettext), level)


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
