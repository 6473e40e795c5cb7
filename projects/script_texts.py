"""The texts of the pages' scripts, translated."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.i18n import JavaScriptCatalog

from projects.kept import KeptText


def _catalog() -> bytes:
    request = HttpRequest()
    request.method = "GET"
    catalog = JavaScriptCatalog.as_view(packages=None)(request)
    assert isinstance(catalog, HttpResponse)
    return catalog.content


SCRIPT_TEXTS = KeptText("javascript-catalog", 'text/javascript; charset="utf-8"', _catalog)
