"""Warnings on stderr, as the reference's log library (logrus) writes them: records for programs, short for a person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from projects.compose.messages import Message

# Where the dashboard explains more, or names its own buttons: the level and the words of the reference.
SAID: Final[Mapping[str, tuple[str, str]]] = {
    'No resource found to remove for project "%(project)s".': (
        "warning",
        'Warning: No resource found to remove for project "%(project)s".',
    ),
    'Any of the services [%(names)s] not running in project "%(project)s".': (
        "info",
        'Any of the services [%(names)s] not running in project "%(project)s"',
    ),
    "Found orphan containers (%(names)s) for this project: its files do not name their services. "
    "Remove them if they are no longer needed.": (
        "warning",
        "Found orphan containers (%(names)s) for this project. If you removed or renamed this service in your compose "
        "file, you can run this command with the --remove-orphans flag to clean it up.",
    ),
    "Network %(network)s exists but was not made for project %(project)s; it is used as it is. "
    "Say `external: true` in the files if that is meant.": (
        "warning",
        'a network with name %(network)s exists but was not created for project "%(project)s".\n'
        "Set `external: true` to use an existing network",
    ),
    "Volume %(volume)s exists but was not made for project %(project)s; it is used as it is. "
    "Say `external: true` in the files if that is meant.": (
        "warning",
        'volume "%(volume)s" already exists but was not created for project "%(project)s". '
        "Use `external: true` to use an existing volume",
    ),
}
_SHORT: Final = {"warning": "WARN", "info": "INFO"}


def warning_line(message: Message, *, terminal: bool) -> str:
    """Return the line for a warning: ``time="…" level=warning msg="…"``, or ``WARN[0000] …`` in a `terminal`."""
    level, text = SAID.get(message.text, ("warning", ""))
    said = str(Message(text, **message.params) if text else message)
    if terminal:
        return f"{_SHORT[level]}[0000] {said}"
    at = datetime.now().astimezone().isoformat(timespec="seconds").replace("+00:00", "Z")
    return f'time="{at}" level={level} msg={json.dumps(said, ensure_ascii=False)}'
