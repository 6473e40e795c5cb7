"""Sentences at the terminal in the reference's words, where the dashboard explains more or names its own buttons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from projects.compose.messages import Message

_REASON: Final = "Error response from daemon: %(reason)s"
SAID: Final[Mapping[str, str]] = {
    'No resource found to remove for project "%(project)s".': (
        'Warning: No resource found to remove for project "%(project)s".'
    ),
    'Any of the services [%(names)s] not running in project "%(project)s".': (
        'Any of the services [%(names)s] not running in project "%(project)s"'
    ),
    "Found orphan containers (%(names)s) for this project: its files do not name their services. "
    "Remove them if they are no longer needed.": (
        "Found orphan containers (%(names)s) for this project. If you removed or renamed this service in your compose "
        "file, you can run this command with the --remove-orphans flag to clean it up."
    ),
    "Network %(network)s exists but was not made for project %(project)s; it is used as it is. "
    "Say `external: true` in the files if that is meant.": (
        'a network with name %(network)s exists but was not created for project "%(project)s".\n'
        "Set `external: true` to use an existing network"
    ),
    "Volume %(volume)s exists but was not made for project %(project)s; it is used as it is. "
    "Say `external: true` in the files if that is meant.": (
        'volume "%(volume)s" already exists but was not created for project "%(project)s". '
        "Use `external: true` to use an existing volume"
    ),
    'The "%(service)s" service is using the custom container name "%(name)s". Docker requires each container to have '
    "a unique name. Remove the custom name to scale the service": (
        'WARNING: The "%(service)s" service is using the custom container name "%(name)s". Docker requires each '
        "container to have a unique name. Remove the custom name to scale the service"
    ),
    'The build asks for an SSH agent ("build: ssh"), and none runs for this program. Start one '
    "(eval $(ssh-agent); ssh-add) before this program, or name its socket: ssh: default=/path/to/socket": (
        "invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set"
    ),
    "exited with status %(code)s. Correct it, then try again.": "exited with status %(code)s",
    "exited with status %(code)s. Correct it, then try again. Its last lines:\n%(lines)s": (
        "exited with status %(code)s: %(lines)s"
    ),
    "The engine refused: %(reason)s": _REASON,
    "The engine's state does not allow this: %(reason)s": _REASON,
    "The engine has no such thing (any more): %(reason)s": _REASON,
}


def worded(message: Message) -> str:
    """Return the sentence as it is said at the terminal."""
    return message.say(lambda text: SAID.get(text, text))
