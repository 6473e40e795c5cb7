"""The translated texts of the pages' scripts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from projects.access import Act, requires
from projects.script_texts import SCRIPT_TEXTS


@requires(Act.PUBLIC)
@require_safe
@gzip_page
def page(request: HttpRequest, language: str, fingerprint: str) -> HttpResponse:
    """Give the texts as a script."""
    return SCRIPT_TEXTS.answer(language, fingerprint)
