"""Logins for registries, in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from projects.admin.bases import Audited
from projects.models import Registry
from projects.services.registries import registry_host
from projects.services.registry_check import check

if TYPE_CHECKING:
    RegistryModelForm = ModelForm[Registry]
else:  # Django's own class is no generic while it runs
    RegistryModelForm = ModelForm


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
