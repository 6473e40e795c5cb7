"""How a person likes logs to be shown: kept with their account, so that every browser of theirs shows them so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from projects.access import Act, requires
from projects.client_json import object_in
from projects.models import LogPreferences
from projects.views.requests import person_of

SWITCHES: Final = frozenset({"wrap", "timestamps", "dense", "fold", "json"})
CHOICES: Final[Mapping[str, frozenset[str]]] = {
    "size": frozenset({"small", "normal", "large"}),
    "zone": frozenset({"local", "utc"}),
}
FIELDS: Final = "fields"  # names of JSON fields, separated by commas
LONGEST_FIELDS: Final = 500  # characters


def log_preferences(request: HttpRequest) -> str:
    """Return what the person has chosen, as a JSON object; what was never chosen is not in it."""
    return json.dumps(_kept(request).values)


@requires(Act.LIST)
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep one choice: ``{"name", "value"}``; 400 for what cannot be chosen. It concerns nobody else: not audited."""
    asked = object_in(request.body)
    name, value = asked.get("name"), asked.get("value")
    if not _may_be_chosen(name, value):
        return HttpResponse(status=400)
    with transaction.atomic():
        kept = _kept(request)
        kept.values[name] = value
        kept.save()
    return HttpResponse(status=204)


def _kept(request: HttpRequest) -> LogPreferences:
    person = person_of(request)
    return LogPreferences.objects.filter(user=person).first() or LogPreferences(user=person)


def _may_be_chosen(name: Any, value: Any) -> bool:
    if not isinstance(name, str):
        return False
    if name in SWITCHES:
        return isinstance(value, bool)
    if not isinstance(value, str):
        return False
    return value in CHOICES.get(name, ()) or (name == FIELDS and len(value) <= LONGEST_FIELDS)
