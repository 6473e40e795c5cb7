"""The platform that the services to be built are built for and run on where their files name none."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from projects.compose.errors import ComposeFileError
from projects.compose.messages import Message
from projects.compose.model import Application, Service

VARIABLE = "DOCKER_DEFAULT_PLATFORM"


def with_default_platform(application: Application, wanted: Collection[str] | None = None) -> Application:
    """Return the application as it is hashed and brought up: ``DOCKER_DEFAULT_PLATFORM`` fills in ``platform``.

    The variable counts for services with a ``build:`` alone. Raises ComposeFileError where one of those `wanted` (None:
    of all) is not built for it (compose, applyPlatforms).
    """
    platform = application.environment.get(VARIABLE, "")
    if not platform:
        return application
    services = {
        name: _with_platform(service, platform, wanted is None or name in wanted)
        for name, service in application.services.items()
    }
    return replace(application, services=services)


def _with_platform(service: Service, platform: str, wanted: bool) -> Service:
    if service.build is None or service.platform:
        return service
    if service.build.platforms and platform not in service.build.platforms:
        if not wanted:
            return service
        message = Message(
            'service "%(service)s" build.platforms does not support value set by DOCKER_DEFAULT_PLATFORM: '
            "%(platform)s. Add it to build.platforms, or change the variable.",
            service=service.name,
            platform=platform[:100],
        )
        raise ComposeFileError(message, service=service.name)
    return replace(service, platform=platform)
