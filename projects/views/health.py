"""Whether the dashboard itself is well; it says nothing else to strangers."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from projects.access import Act, requires
from projects.models import Project


@requires(Act.PUBLIC)
@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 while pages and the database work."""
    Project.objects.exists()
    return JsonResponse({"status": "ok"})
