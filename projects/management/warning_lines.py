"""Warnings on stderr, as the reference's log library (logrus) writes them: records for programs, short for a person."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from projects.compose.messages import Message
from projects.management.wording import worded

INFO: Final = frozenset({'Any of the services [%(names)s] not running in project "%(project)s".'})
_SHORT: Final = {"warning": "WARN", "info": "INFO"}


def warning_line(message: Message, *, terminal: bool) -> str:
    """Return the line for a warning: ``time="…" level=warning msg="…"``, or ``WARN[0000] …`` in a `terminal`."""
    level, said = "info" if message.text in INFO else "warning", worded(message)
    if terminal:
        return f"{_SHORT[level]}[0000] {said}"
    at = datetime.now().astimezone().isoformat(timespec="seconds").replace("+00:00", "Z")
    return f'time="{at}" level={level} msg={json.dumps(said, ensure_ascii=False)}'
