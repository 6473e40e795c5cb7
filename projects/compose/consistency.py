"""Whether the parts of an application fit together: references, exclusive attributes, cycles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from projects.compose.document import Path, path_text
from projects.compose.messages import Message
from projects.compose.model import Application, Build, Service
from projects.compose.normalize import SERVICE_PREFIX
from projects.compose.problems import PathError


def check(application: Application) -> None:
    """Raise the first problem there is; see `problems`."""
    for problem in problems(application):
        raise problem


def problems(application: Application) -> Iterator[PathError]:
    """Yield what does not fit together, service by service (compose-go, loader.checkConsistency)."""
    for name in sorted(application.services):
        service = application.services[name]
        for look in (
            _source,
            _build,
            _networks,
            _healthcheck,
            _dependencies,
            _mounts,
            _files,
            _models,
            _scale,
            _limits,
        ):
            yield from look(application, service)
    yield from _jobs(application)
    yield from _container_names(application)
    yield from _watches(application)
    cycle = dependency_cycle(application.services)
    if cycle:
        path = ("services", cycle[0], "depends_on")
        yield PathError(path, Message("dependency cycle detected: %(cycle)s", cycle=" -> ".join(cycle)))
    yield from _secrets(application)


def _path(service: Service, *steps: str | int) -> Path:
    return ("services", service.name, *steps)


def _source(application: Application, service: Service) -> Iterator[PathError]:
    if service.build is None and not service.image and service.provider is None:
        message = Message(
            'service "%(name)s" has neither an image nor a build context specified. Add image: or build: to it.',
            name=service.name,
        )
        yield PathError(_path(service), message)


def _build(application: Application, service: Service) -> Iterator[PathError]:
    build = service.build
    if build is None:
        return
    if build.dockerfile_inline and build.dockerfile:
        message = Message(
            'service "%(name)s" declares mutually exclusive dockerfile and dockerfile_inline', name=service.name
        )
        yield PathError(_path(service, "build", "dockerfile_inline"), message)
    yield from _additional_contexts(application, service, build)
    if service.platform and build.platforms and service.platform not in build.platforms:
        message = Message(
            'service.build.platforms MUST include service.platform "%(platform)s"', platform=service.platform
        )
        yield PathError(_path(service, "build", "platforms"), message)


def _additional_contexts(application: Application, service: Service, build: Build) -> Iterator[PathError]:
    everything = application.all_services
    for context, target in build.additional_contexts.items():
        if not target.startswith(SERVICE_PREFIX):
            continue
        name = target.removeprefix(SERVICE_PREFIX)
        named = {"name": service.name, "other": name, "context": context}
        if name not in everything:
            message = Message(
                'service "%(name)s" declares unknown service "%(other)s" as additional contexts %(context)s', **named
            )
        elif everything[name].build is None:
            message = Message(
                'service "%(name)s" declares non-buildable service "%(other)s" as additional contexts %(context)s',
                **named,
            )
        else:
            continue
        yield PathError(_path(service, "build", "additional_contexts", context), message)


def _networks(application: Application, service: Service) -> Iterator[PathError]:
    if service.network_mode and service.networks:
        message = Message(
            "service %(name)s declares mutually exclusive `network_mode` and `networks`", name=service.name
        )
        yield PathError(_path(service, "network_mode"), message)
    for network in service.networks:
        if network not in application.networks:
            yield _undefined(service, "network", network, ("networks", network))
    other = service.network_mode.removeprefix(SERVICE_PREFIX)
    if service.network_mode.startswith(SERVICE_PREFIX) and other not in application.services:
        message = Message(
            'service "%(other)s" not found for network_mode \'service:%(other)s\' of service "%(name)s"',
            name=service.name,
            other=other,
        )
        yield PathError(_path(service, "network_mode"), message)


def _undefined(service: Service, kind: str, name: str, where: Path) -> PathError:
    message = Message(
        'service "%(service)s" refers to undefined %(kind)s %(name)s. Define it at the top level of the file.',
        service=service.name,
        kind=kind,
        name=name,
    )
    return PathError(_path(service, *where), message)


def _healthcheck(application: Application, service: Service) -> Iterator[PathError]:
    test = service.healthcheck.test if service.healthcheck else ()
    if test and test[0] not in ("CMD", "CMD-SHELL", "NONE"):
        message = Message('healthcheck.test must start either by "CMD", "CMD-SHELL" or "NONE"')
        yield PathError(_path(service, "healthcheck", "test"), message)


def _dependencies(application: Application, service: Service) -> Iterator[PathError]:
    for other, dependency in service.depends_on.items():
        if other in application.services:
            continue
        if other in application.jobs:
            message = Message(
                'service "%(name)s" cannot depend on job "%(other)s": services can only depend on other services',
                name=service.name,
                other=other,
            )
            yield PathError(_path(service, "depends_on", other), message)
            continue
        if other in application.disabled_services and not dependency.required:
            continue
        yield PathError(_path(service, "depends_on", other), _missing(application, service.name, other))


def _missing(application: Application, name: str, other: str) -> Message:
    disabled = application.disabled_services.get(other)
    if disabled is None:
        return Message('service "%(name)s" depends on undefined service "%(other)s"', name=name, other=other)
    return Message(
        'service "%(name)s" depends on undefined service "%(other)s": none of its profiles is active (%(profiles)s). '
        "Name one in COMPOSE_PROFILES in .env.",
        name=name,
        other=other,
        profiles=", ".join(disabled.profiles),
    )


def _mounts(application: Application, service: Service) -> Iterator[PathError]:
    taken: dict[str, str] = {}
    for index, tmpfs in enumerate(service.tmpfs):
        yield from _taken(service, taken, "tmpfs", index, tmpfs.partition(":")[0])
    for index, mount in enumerate(service.volumes):
        if mount.type == "volume" and mount.source and mount.source not in application.volumes:
            yield _undefined(service, "volume", mount.source, ("volumes", index))
        yield from _taken(service, taken, "volumes", index, mount.target)


def _taken(service: Service, taken: dict[str, str], attribute: str, index: int, target: str) -> Iterator[PathError]:
    path = _path(service, attribute, index)
    if target in taken:
        message = Message(
            "%(path)s: target %(target)s already mounted as %(other)s",
            path=path_text(path),
            target=target,
            other=taken[target],
        )
        yield PathError(path, message)
    taken.setdefault(target, path_text(path))


def _files(application: Application, service: Service) -> Iterator[PathError]:
    for index, secret in enumerate(service.build.secrets if service.build else ()):
        if secret.source not in application.secrets:
            yield _undefined(service, "build secret", secret.source, ("build", "secrets", index))
    for index, config in enumerate(service.configs):
        if config.source not in application.configs:
            yield _undefined(service, "config", config.source, ("configs", index))
    for index, secret in enumerate(service.secrets):
        if secret.source not in application.secrets:
            yield _undefined(service, "secret", secret.source, ("secrets", index))


def _models(application: Application, service: Service) -> Iterator[PathError]:
    for model in service.models:
        if model not in application.models:
            yield _undefined(service, "model", model, ("models", model))


def _scale(application: Application, service: Service) -> Iterator[PathError]:
    for value, where in ((service.scale, ("scale",)), (_replicas(service), ("deploy", "replicas"))):
        if value is not None and value < 0:
            path = _path(service, *where)
            text = ".".join(map(str, path))
            yield PathError(path, Message("%(path)s: must be greater than or equal to 0", path=text))
    if service.scale is not None and _replicas(service) not in (None, service.scale):
        yield _distinct(service, "scale", "deploy.replicas")
    if service.container_name and service.replicas > 1:
        message = Message(
            "services.%(name)s: can't set container_name and scale of more than 1 as container name must be unique",
            name=service.name,
        )
        yield PathError(_path(service, "container_name"), message)


def _replicas(service: Service) -> int | None:
    return service.deploy.replicas if service.deploy else None


def _distinct(service: Service, one: str, other: str) -> PathError:
    message = Message(
        "services.%(name)s: can't set distinct values on '%(one)s' and '%(other)s'",
        name=service.name,
        one=one,
        other=other,
    )
    return PathError(_path(service, one), message)


def _limits(application: Application, service: Service) -> Iterator[PathError]:
    resources = service.deploy.resources if service.deploy else None
    if resources is None:
        return
    limits, reserved = resources.limits, resources.reservations
    if limits and service.cpus and limits.cpus != service.cpus:
        yield _distinct(service, "cpus", "deploy.resources.limits.cpus")
    if limits and service.mem_limit and limits.memory != service.mem_limit:
        yield _distinct(service, "mem_limit", "deploy.resources.limits.memory")
    if limits and service.pids_limit and limits.pids != service.pids_limit:
        yield _distinct(service, "pids_limit", "deploy.resources.limits.pids")
    if reserved and service.mem_reservation and reserved.memory != service.mem_reservation:
        yield _distinct(service, "mem_reservation", "deploy.resources.reservations.memory")


def _jobs(application: Application) -> Iterator[PathError]:
    for name, job in application.jobs.items():
        for other in job.depends_on:
            if other not in application.services and other not in application.jobs:
                message = Message(
                    'job "%(name)s" depends on undefined service or job "%(other)s"', name=name, other=other
                )
                yield PathError(("jobs", name, "depends_on", other), message)


def _container_names(application: Application) -> Iterator[PathError]:
    owners: dict[str, str] = {}
    for name in sorted(application.services):
        container = application.services[name].container_name
        if container and container in owners:
            message = Message(
                'services.%(second)s: container name "%(container)s" is already in use by service "%(first)s"',
                first=owners[container],
                second=name,
                container=container,
            )
            yield PathError(("services", name, "container_name"), message)
        elif container:
            owners[container] = name


def _watches(application: Application) -> Iterator[PathError]:
    for name, service in application.services.items():
        for index, rule in enumerate(service.develop.watch if service.develop else ()):
            if rule.action in ("sync", "sync+restart", "sync+exec") and not rule.target:
                message = Message(
                    "services.%(name)s.develop.watch: target is required for non-rebuild actions", name=name
                )
                yield PathError(("services", name, "develop", "watch", index), message)


def _secrets(application: Application) -> Iterator[PathError]:
    for name, secret in application.secrets.items():
        if not secret.external and not secret.file and not secret.environment:
            message = Message('secret "%(name)s" must declare either `file` or `environment`', name=name)
            yield PathError(("secrets", name), message)


def dependency_cycle(services: Mapping[str, Service]) -> list[str]:
    """Return the names on a cycle of ``depends_on``, first one repeated at the end; empty where there is none."""
    done: set[str] = set()
    for start in sorted(services):
        trail: list[str] = [start]
        pending = [iter(sorted(services[start].depends_on))] if start not in done else []
        while pending:
            following = next(pending[-1], None)
            if following is None:
                pending.pop()
                done.add(trail.pop())
            elif following in trail:
                return [*trail[trail.index(following) :], following]
            elif following in services and following not in done:
                trail.append(following)
                pending.append(iter(sorted(services[following].depends_on)))
    return []
