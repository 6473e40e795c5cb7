"""What the editor completes and explains in Compose files."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from projects.access import Act, requires
from projects.compose.vocabulary import vocabulary
from projects.kept import KeptText
from projects.templatetags.pages import say


def _vocabulary() -> bytes:
    return json.dumps(vocabulary(say), ensure_ascii=False, separators=(",", ":")).encode()


VOCABULARY = KeptText("projects:vocabulary", "application/json", _vocabulary)


@requires(Act.LIST)
@require_safe
@gzip_page
def page(request: HttpRequest, language: str, fingerprint: str) -> HttpResponse:
    """Give the vocabulary."""
    return VOCABULARY.answer(language, fingerprint)
