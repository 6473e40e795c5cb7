"""Which services of an application take part: profiles, services named, and what only others need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from projects.compose.errors import ComposeFileError
from projects.compose.messages import Message
from projects.compose.model import Application, Job, Service

_T = TypeVar("_T")


def with_profiles(application: Application, profiles: Sequence[str], services: Sequence[str] = ()) -> Application:
    """Return the application with the services of active profiles enabled; naming a service activates its own.

    Raises ComposeFileError for a service there is not.
    """
    everything = application.all_services
    active = list(profiles)
    for name in services:
        if name not in everything:
            raise ComposeFileError(Message("no such service: %(name)s", name=name), service=name)
        if not _is_active(everything[name], profiles):
            active += everything[name].profiles
    enabled = {name: service for name, service in everything.items() if _is_active(service, active)}
    disabled = {name: service for name, service in everything.items() if name not in enabled}
    jobs = {name: job for name, job in application.jobs.items() if _is_active(job, active)}
    chosen = tuple(dict.fromkeys(active))
    return replace(application, services=enabled, disabled_services=disabled, jobs=jobs, profiles=chosen)


def _is_active(service: Service | Job, profiles: Sequence[str]) -> bool:
    return not service.profiles or "*" in profiles or any(profile in profiles for profile in service.profiles)


def with_services(application: Application, names: Sequence[str]) -> Application:
    """Return the application with only the named services and, transitively, what they depend on."""
    if not names:
        return application
    chosen: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        if name in application.services and name not in chosen:
            chosen.add(name)
            pending += application.services[name].depends_on
    enabled = {name: _without(service, chosen) for name, service in application.services.items() if name in chosen}
    others = {name: service for name, service in application.services.items() if name not in chosen}
    return replace(application, services=enabled, disabled_services={**application.disabled_services, **others})


def _without(service: Service, chosen: set[str]) -> Service:
    if all(name in chosen for name in service.depends_on):
        return service
    kept = {name: how for name, how in service.depends_on.items() if name in chosen}
    return replace(service, depends_on=kept)


def without_unused(application: Application) -> Application:
    """Return the application without the networks, volumes, secrets, configs and models that no service uses."""
    services = application.services.values()
    networks = {name for service in services for name in service.networks}
    volumes = {mount.source for service in services for mount in service.volumes if mount.type == "volume"}
    secrets = {use.source for service in services for use in service.secrets}
    secrets |= {use.source for service in services if service.build for use in service.build.secrets}
    configs = {use.source for service in services for use in service.configs}
    models = {name for service in services for name in service.models}
    return replace(
        application,
        networks=_only(application.networks, networks),
        volumes=_only(application.volumes, volumes),
        secrets=_only(application.secrets, secrets),
        configs=_only(application.configs, configs),
        models=_only(application.models, models),
    )


def _only(resources: Mapping[str, _T], used: set[str]) -> dict[str, _T]:
    return {name: resource for name, resource in resources.items() if name in used}
