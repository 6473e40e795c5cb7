"""Signing in and out, the language, and the link with which the first administrator is made."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import get_user_model, login
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.i18n import set_language

from projects import audit
from projects.access import Act, requires
from projects.forms import SetupForm, dress
from projects.models import SetupLink
from projects.views.requests import address_of

FAILURES_ALLOWED = 10
FAILURES_FORGOTTEN_AFTER = 300


class SignInForm(AuthenticationForm):
    """Name and password; after many failures from one address a pause."""

    def __init__(self, request: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        dress(self)
        self.failures = f"sign-in-failures:{address_of(request) if request else ''}"

    def clean(self) -> dict[str, Any]:
        if cache.get(self.failures, 0) >= FAILURES_ALLOWED:
            raise ValidationError(gettext("Too many failed attempts from your address. Try again in five minutes."))
        try:
            return super().clean()
        except ValidationError:
            cache.add(self.failures, 0, FAILURES_FORGOTTEN_AFTER)
            cache.incr(self.failures)
            raise


class SignIn(LoginView):
    """The sign-in page."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"needs_setup": _nobody_yet()}

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        audit.record(form.get_user(), "sign-in", address=address_of(self.request))
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        name = str(form.data.get("username", ""))[:150]
        audit.record(None, "sign-in.refused", address=address_of(self.request), name=name)
        response = super().form_invalid(form)
        response.status_code = 422
        return response


class SignOut(LogoutView):
    """Signing out, by POST alone."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        audit.record(request.user, "sign-out", address=address_of(request))
        return super().post(request, *args, **kwargs)


class PasswordForm(PasswordChangeForm):
    """The old password, and the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)


class ChangePassword(PasswordChangeView):
    """A person's own password; their other sessions end."""

    template_name = "accounts/password.html"
    form_class = PasswordForm
    success_url = reverse_lazy("projects:list")

    def form_valid(self, form: Any) -> HttpResponse:
        audit.record(self.request.user, "password.change", address=address_of(self.request))
        messages.success(self.request, gettext("Your password is changed."))
        return super().form_valid(form)

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = 422
        return response


sign_in = requires(Act.PUBLIC)(SignIn.as_view())
password = requires(Act.LIST)(ChangePassword.as_view())
sign_out = requires(Act.LIST)(SignOut.as_view())
language = requires(Act.PUBLIC)(set_language)


def _nobody_yet() -> bool:
    return not get_user_model().objects.filter(is_superuser=True).exists()


@requires(Act.PUBLIC)
@never_cache
def setup(request: HttpRequest, token: str) -> HttpResponseBase:
    """Let the holder of the one-time link make the first administrator."""
    link = SetupLink.open(token)
    if link is None or not _nobody_yet():
        return render(request, "accounts/setup_used.html", status=404)
    form = SetupForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        person = _make_administrator(form, link)
        if person is None:
            return render(request, "accounts/setup_used.html", status=404)
        login(request, person)
        audit.record(person, "setup", address=address_of(request))
        return redirect("projects:list")
    return render(request, "accounts/setup.html", {"form": form}, status=422 if form.is_bound else 200)


@transaction.atomic
def _make_administrator(form: SetupForm, link: SetupLink) -> User | None:
    """Use up the link and make the account, or return None where somebody else was first."""
    if not link.use():
        return None
    person: User = form.save(commit=False)
    person.is_staff = person.is_superuser = True
    person.save()
    return person
