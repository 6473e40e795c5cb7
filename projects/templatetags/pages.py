"""Icons, sentences, sizes and times as the pages write them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from projects.compose.messages import Message
from projects.models import Operation
from projects.operations import sentences
from projects.script_texts import SCRIPT_TEXTS

register = template.Library()

_UNITS = ("B", "kB", "MB", "GB", "TB")


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """Return an icon of the sprite; it is decoration, the words beside it carry the meaning."""
    return _icon(_sprite(), name, extra)


@cache
def _sprite() -> str:
    # Where static files are does not change while a process lives, and a page has dozens of icons.
    return static("dist/icons.svg")


@cache
def _icon(sprite: str, name: str, extra: str) -> SafeString:
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#icon-{}"/></svg>',
        f"icon {extra}".strip(),
        sprite,
        name,
    )


@register.simple_tag
def script_texts() -> str:
    """Return where the scripts' texts are in the reader's language."""
    return SCRIPT_TEXTS.address


@register.filter
def say(message: Message | Mapping[str, Any] | None) -> str:
    """Return a `Message`, or its JSON, as a sentence in the reader's language."""
    if not message:
        return ""
    if not isinstance(message, Message):
        message = Message.from_json(message)
    return message.say(gettext)


@register.filter
def told(message: Message | Mapping[str, Any] | None) -> SafeString:
    """Return a `Message` whose further lines, a program's own words, stand below the sentence as they were printed."""
    sentence, newline, lines = say(message).partition("\n")
    if not newline:
        return format_html("{}", sentence)
    return format_html('{}<pre class="told-output">{}</pre>', sentence, lines)


@register.filter
def size(count: float | None) -> str:
    """Return a number of bytes with three digits and a unit, in powers of 1000 as Docker writes them."""
    if count is None:
        return ""
    value, unit = float(count), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    digits = 0 if unit == 0 or value >= 99.95 else 1
    return f"{value:.{digits}f} {_UNITS[unit]}"


@register.filter
def duration(seconds: float | None) -> str:
    """Return a span of time: ``0.4s``, ``12s``, ``1m 05s``, ``2h 03m``."""
    if seconds is None:
        return ""
    if seconds < 9.95:
        return f"{max(seconds, 0):.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s"
    return f"{whole // 3600}h {whole % 3600 // 60:02d}m"


@register.filter
def person(user: Any) -> str:
    """Return how a person is called on pages."""
    if user is None:
        return gettext("somebody who has left")
    return str(user.get_full_name() or user.get_username())


@register.filter
def requester(operation: Operation) -> str:
    """Return how the one who began an operation is called on pages."""
    if operation.system_user:
        return say(sentences.at_command_line(operation.system_user))
    return person(operation.requested_by)


@register.filter
def unix(moment: datetime | None) -> str:
    """Return a date and time as Unix seconds with one decimal."""
    return f"{moment.timestamp():.1f}" if moment else ""
