"""The verbs of ``manage.py compose``, in one table; each module declares the flags and the way of a few of them.

A module is imported when one of its verbs is asked for, because a verb that needs no engine must not wait for the
Docker SDK: no module here imports `projects.services.engine` at its top, `Session.engine` does it.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from projects.management.session import Session


@dataclass(frozen=True, kw_only=True, slots=True)
class Verb:
    """`flags` declares what may be asked of it, `run` does it and returns the exit status."""

    flags: Callable[[argparse.ArgumentParser], None]
    run: Callable[[Session], int]


@dataclass(frozen=True, slots=True)
class Entry:
    """In which module's ``VERBS`` a verb is, and what it does, in the reference's words."""

    module: str
    help: str

    def verb(self, name: str) -> Verb:
        """Import the module and return the verb of this name."""
        found: Mapping[str, Verb] = importlib.import_module(f"{__name__}.{self.module}").VERBS
        return found[name]


TABLE: Final[Mapping[str, Entry]] = {
    "attach": Entry(
        "inside", "Attach local standard input, output, and error streams to a service's running container"
    ),
    "build": Entry("transfer", "Build or rebuild services"),
    "commit": Entry("files", "Create a new image from a service container's changes"),
    "config": Entry("config", "Parse, resolve and render compose file in canonical format"),
    "cp": Entry("files", "Copy files/folders between a service container and the local filesystem"),
    "create": Entry("create", "Creates containers for a service"),
    "down": Entry("down", "Stop and remove containers, networks"),
    "events": Entry("logs", "Receive real time events from containers"),
    "exec": Entry("inside", "Execute a command in a running container"),
    "export": Entry("files", "Export a service container's filesystem as a tar archive"),
    "images": Entry("listings", "List images used by the created containers"),
    "kill": Entry("lifecycle", "Force stop service containers"),
    "logs": Entry("logs", "View output from containers"),
    "ls": Entry("ps", "List running compose projects"),
    "pause": Entry("lifecycle", "Pause services"),
    "port": Entry("listings", "Print the public port for a port binding"),
    "ps": Entry("ps", "List containers"),
    "pull": Entry("transfer", "Pull service images"),
    "push": Entry("transfer", "Push service images"),
    "restart": Entry("lifecycle", "Restart service containers"),
    "rm": Entry("lifecycle", "Removes stopped service containers"),
    "run": Entry("run", "Run a one-off command on a service"),
    "scale": Entry("create", "Scale services"),
    "start": Entry("lifecycle", "Start services"),
    "stats": Entry("figures", "Display a live stream of container(s) resource usage statistics"),
    "stop": Entry("lifecycle", "Stop services"),
    "top": Entry("listings", "Display the running processes"),
    "unpause": Entry("lifecycle", "Unpause services"),
    "up": Entry("up", "Create and start containers"),
    "version": Entry("listings", "Show the Docker Compose version information"),
    "volumes": Entry("listings", "List volumes"),
    "wait": Entry("waiting", "Block until containers of all (or specified) services stop."),
    "watch": Entry("watch", "Watch build context for service and rebuild/refresh containers when files are updated"),
}
