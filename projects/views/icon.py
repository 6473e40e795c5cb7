"""The site's icon, under the name by which browsers ask for it where a page names none (the administrators' pages)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from projects.access import Act, requires


@requires(Act.PUBLIC)
@require_safe
def icon(request: HttpRequest) -> HttpResponse:
    """Send to where the icon is."""
    return redirect(static("dist/icon.svg"))
