"""Texts that are made once for each language and that browsers keep for as long as they are the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from typing import Final

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import translation

FOREVER: Final = "private, max-age=31536000, immutable"


class KeptText:
    """A text, made by `make` in the language that is active then; `route` takes `language` and `fingerprint`."""

    def __init__(self, route: str, content_type: str, make: Callable[[], bytes]) -> None:
        self._route = route
        self._content_type = content_type
        self._make = make
        self._in_language = cache(self._made_in)
        self._fingerprint = cache(lambda language: sha256(self._in_language(language)).hexdigest()[:16])

    @property
    def address(self) -> str:
        """Where it is in the reader's language; it changes when the text does."""
        language = translation.get_language() or settings.LANGUAGE_CODE
        return reverse(self._route, kwargs={"language": language, "fingerprint": self._fingerprint(language)})

    def answer(self, language: str, fingerprint: str) -> HttpResponse:
        """Give the text in a language of the dashboard; it is not kept under the address of another version."""
        if language not in dict(settings.LANGUAGES):
            raise Http404
        response = HttpResponse(self._in_language(language), content_type=self._content_type)
        response["Cache-Control"] = FOREVER if fingerprint == self._fingerprint(language) else "no-store"
        return response

    def _made_in(self, language: str) -> bytes:
        with translation.override(language):
            return self._make()
