"""What the files may ask for that an engine alone cannot give: refused before anything is done, as by the reference."""

from __future__ import annotations

from projects.compose.dependencies import graph_of, with_dependencies
from projects.compose.errors import PlanError
from projects.compose.messages import Message
from projects.compose.model import Application, Service
from projects.compose.plan_options import UpOptions


def check_supported(application: Application, options: UpOptions) -> None:
    """Raise PlanError for a wanted service that needs a program beside the engine: a model runner or a provider."""
    named = [name for name in options.services if name in application.services]
    everything = named or list(application.services)
    wanted = named if named and options.no_deps else with_dependencies(graph_of(application), everything)
    for name in sorted(wanted):
        problem = _problem(application.services[name])
        if problem is not None:
            raise PlanError(problem, service=name)


def _problem(service: Service) -> Message | None:
    if service.provider is not None and not service.provider.ready:
        return Message(
            "Service %(service)s is provided by the program %(program)s, which runs outside of the engine and is not "
            "run from here. Bring up the other services by name, without their dependencies, or all of them at a "
            "terminal: manage.py compose up.",
            service=service.name,
            program=service.provider.type,
        )
    if service.models:
        return Message(
            "Service %(service)s asks for models, which need the Docker Model Runner beside the engine. "
            "Remove its models, or use docker compose.",
            service=service.name,
        )
    return None
