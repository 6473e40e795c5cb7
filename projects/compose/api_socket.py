"""``use_api_socket``: the engine's socket and a person's registry logins in a container, as the reference gives them.

The engine knows nothing of it: the reference changes the service before it is hashed and created.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from projects.compose.errors import PlanError
from projects.compose.messages import Message
from projects.compose.model import Application, Config, FileReference, Mount, Service

_UNIX = "unix://"
_SOCKET = "/var/run/docker.sock"
_CONFIG = "#apisocket"
_DIRECTORY = "/run/secrets/docker"


def asks_for_socket(application: Application) -> bool:
    """Tell whether any service asks for the engine's socket."""
    return any(service.use_api_socket for service in application.services.values())


def with_api_socket(application: Application, address: str, logins: Mapping[str, Any]) -> Application:
    """Return the application with the engine's socket, and `logins` by registry, in the services that ask for it.

    `address` is where the engine is reached. Raises PlanError where that is no socket of this machine.
    """
    if not asks_for_socket(application):
        return application
    if not address.startswith(_UNIX):
        raise PlanError(
            Message(
                "use_api_socket needs an engine behind a Unix socket, but the engine is reached at %(address)s. "
                "Remove use_api_socket from the services.",
                address=address,
            )
        )
    services = {
        name: _with_socket(service) if service.use_api_socket else service
        for name, service in application.services.items()
    }
    config = Config(content=json.dumps({"auths": dict(logins)}, indent="\t"))
    return replace(application, services=services, configs={**application.configs, _CONFIG: config})


def _with_socket(service: Service) -> Service:
    # The reference takes the usual place also where it reaches the engine itself at another.
    socket = Mount(type="bind", source=_SOCKET, target=_SOCKET)
    given = FileReference(source=_CONFIG, target=f"{_DIRECTORY}/config.json")
    return replace(
        service,
        volumes=(*service.volumes, socket),
        configs=(*service.configs, given),
        environment={"DOCKER_CONFIG": _DIRECTORY, **service.environment},
    )
