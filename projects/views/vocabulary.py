"""What the editor completes and explains in Compose files: made once, kept by browsers while it is the same."""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from projects.access import Act, requires
from projects.compose.vocabulary import vocabulary
from projects.templatetags.pages import say

FOREVER = "private, max-age=31536000, immutable"


def vocabulary_url() -> str:
    """Return the address of the vocabulary in the reader's language; it changes when the vocabulary does."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    return reverse("projects:vocabulary", kwargs={"language": language, "fingerprint": _fingerprint(language)})


@cache
def _in_language(language: str) -> bytes:
    with translation.override(language):
        return json.dumps(vocabulary(say), ensure_ascii=False, separators=(",", ":")).encode()


@cache
def _fingerprint(language: str) -> str:
    return sha256(_in_language(language)).hexdigest()[:16]


@requires(Act.LIST)
@require_safe
@gzip_page
def page(request: HttpRequest, language: str, fingerprint: str) -> HttpResponse:
    """Give the vocabulary in a language of the dashboard; it is not kept under the address of another version."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    response = HttpResponse(_in_language(language), content_type="application/json")
    response["Cache-Control"] = FOREVER if fingerprint == _fingerprint(language) else "no-store"
    return response
