"""One-off containers: what `run` makes of a service."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import Any

from projects.compose import identity, mounts, ports
from projects.compose.decoding import decode
from projects.compose.errors import PlanError
from projects.compose.messages import Message
from projects.compose.model import Application, Mount, Port, Service
from projects.compose.plan_options import RunOptions

SHORT_SLUG = 12


def oneoff_service(application: Application, options: RunOptions) -> Service:
    """Return the service as its one-off container has it; raises PlanError for a volume or port that cannot be read."""
    service = application.services[options.service]
    changed = replace(
        service,
        container_name=options.name or oneoff_name(application, options),
        tty=options.tty,
        stdin_open=options.interactive,
        scale=1,
        restart="",
        ports=_ports(service, options),
        volumes=(*service.volumes, *(_mount(application, spec) for spec in options.volumes)),
        environment={**service.environment, **_environment(application, options)},
        labels={**service.labels, **options.labels},
        user=options.user or service.user,
        working_dir=options.working_dir or service.working_dir,
        cap_add=tuple(dict.fromkeys([*service.cap_add, *options.cap_add])),
        cap_drop=tuple(dict.fromkeys([*service.cap_drop, *options.cap_drop])),
        deploy=replace(service.deploy, restart_policy=None, replicas=None) if service.deploy else None,
    )
    if options.command:
        changed = replace(changed, command=options.command)
    if options.entrypoint is not None:
        changed = replace(changed, entrypoint=options.entrypoint, command=options.command)
    return changed


def oneoff_name(application: Application, options: RunOptions) -> str:
    """Return the name of the container where none was given."""
    return identity.joined(application, options.service, "run", options.slug[:SHORT_SLUG])


def image_of(application: Application, options: RunOptions) -> str:
    """Return the image that it runs."""
    return identity.image_name(application, application.services[options.service])


def _environment(application: Application, options: RunOptions) -> dict[str, str | None]:
    known = application.environment
    return {name: known.get(name) if value is None else value for name, value in options.environment.items()}


def _ports(service: Service, options: RunOptions) -> tuple[Port, ...]:
    given = tuple(port for spec in options.publish for port in _published(spec))
    return (*service.ports, *given) if options.service_ports else given


def _published(spec: str) -> list[Port]:
    try:
        return [decode(Port, entry, ()) for entry in ports.parse(spec)]
    except ports.InvalidPort as error:
        raise PlanError(error.message) from None


def _mount(application: Application, spec: str) -> Mount:
    try:
        tree: dict[str, Any] = mounts.parse(spec)
    except ValueError as error:
        raise PlanError(Message("%(text)s", text=str(error))) from None
    if tree["type"] == "bind":
        source = posixpath.expanduser(tree["source"])
        tree["source"] = posixpath.normpath(posixpath.join(application.working_dir, source))
    return decode(Mount, tree, ())
