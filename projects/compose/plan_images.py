"""Which images are pulled and which are built before anything else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from projects.compose import identity
from projects.compose.dependencies import selected
from projects.compose.draft import Draft, Subject
from projects.compose.errors import PlanError
from projects.compose.messages import Message
from projects.compose.model import Application, Build, FileReference, Service
from projects.compose.payload_mounts import filled
from projects.compose.plan import Do, Plan
from projects.compose.plan_options import DEFAULTS, UpOptions
from projects.compose.state import ObservedState

_SERVICE = "service:"  # of an additional context
_EVERY = re.compile(r"(\d+)([wdhms])")
_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}


def wanted_services(application: Application, services: tuple[str, ...], *, no_deps: bool = False) -> tuple[str, ...]:
    """Return the services that a verb is about, in dependency order; those that a program provides are left out.

    Raises PlanError for a service that does not exist.
    """
    names = selected(application, services, no_deps=no_deps)
    return tuple(name for name in names if application.services[name].provider is None)


def image_references(application: Application) -> tuple[str, ...]:
    """Return the images whose presence the planner asks for."""
    named = {identity.image_name(application, service) for service in application.services.values()}
    named |= {hook.image for s in application.services.values() for hook in s.pre_start if hook.image}
    mounted = {m.source for s in application.services.values() for m in s.volumes if m.type == "image"}
    return tuple(sorted(named | mounted))


def plan_images(application: Application, state: ObservedState, options: UpOptions = DEFAULTS) -> Plan:
    """Return the pulls and builds that must succeed before `plan_up`; `state` is asked for `image_references`.

    Raises PlanError where an image is missing and may neither be pulled nor built.
    """
    draft = Draft(application.name)
    pulled: dict[str, int] = {}
    built: dict[str, int] = {}
    wanted = wanted_services(application, options.services, no_deps=options.no_deps)
    everything = application.all_services
    for name in _in_build_order(application, wanted):
        service = everything[name]
        image = identity.image_name(application, service)
        cause = _pull_cause(service, image, state, options)
        if cause is not None and image not in pulled:
            payload = filled({"platform": service.platform})
            fallback = service.build is not None
            pulled[image] = draft.add(
                Do.PULL_IMAGE, image, cause, on=Subject(service=name), payload=payload, best_effort=fallback
            )
        _further(draft, service, state, options, pulled)
        cause = _build_cause(service, image, state, options)
        if cause is not None and service.build is not None:
            payload = build_payload(application, service, service.build)
            if image in pulled:
                payload["unless_present"] = True
            before = [built[other] for other in sorted(_built_first(service)) if other in built]
            after = [*before, *([pulled[image]] if image in pulled else [])]
            built[name] = draft.add(
                Do.BUILD_IMAGE, image, cause, on=Subject(service=name), after=after, payload=payload
            )
    return draft.plan()


def _further(draft: Draft, service: Service, state: ObservedState, options: UpOptions, pulled: dict[str, int]) -> None:
    """Draw up the pulls of what else the service needs: the images of its hooks, and those that are mounted."""
    wanted = {hook.image: (hook.platform, hook.pull_policy) for hook in service.pre_start if hook.image}
    wanted |= {mount.source: ("", "") for mount in service.volumes if mount.type == "image"}
    for image, (platform, policy) in sorted(wanted.items()):
        alone = Service(name=service.name, image=image, platform=platform, pull_policy=policy)
        cause = _pull_cause(alone, image, state, options)
        if cause is not None and image not in pulled:
            payload = filled({"platform": platform})
            pulled[image] = draft.add(Do.PULL_IMAGE, image, cause, on=Subject(service=service.name), payload=payload)


def _pull_cause(service: Service, image: str, state: ObservedState, options: UpOptions) -> Message | None:
    policy = options.pull or service.pull_policy
    if service.build is not None and (options.build or not service.image or policy == "build"):
        return None
    absent = not _present(service, image, state)
    if policy == "always":
        return Message("pulled every time")
    if policy == "never":
        if absent and service.build is None:
            raise _missing(service, image)
        return None
    longest = _refresh_after(policy)
    if longest is not None and not absent:
        old = state.at - _last_tagged(image, state) > longest
        return Message("older than its pull policy allows") if old else None
    return Message("not on the engine yet") if absent else None


def _build_cause(service: Service, image: str, state: ObservedState, options: UpOptions) -> Message | None:
    if service.build is None:
        return None
    absent = not _present(service, image, state)
    if options.no_build:
        if absent:
            raise _missing(service, image)
        return None
    if options.build:
        return Message("a build was asked for")
    if (options.pull or service.pull_policy) == "build":
        return Message("built every time")
    return Message("not built yet") if absent else None


def _missing(service: Service, image: str) -> PlanError:
    return PlanError(
        Message(
            "Service %(service)s: image %(image)s is not on the engine, and neither pulling nor building it is "
            "allowed. Pull or build it first, or change the pull policy.",
            service=service.name,
            image=image,
        ),
        service=service.name,
    )


def _present(service: Service, image: str, state: ObservedState) -> bool:
    observed = state.images.get(image)
    return observed is not None and _fits(service.platform, observed.platform)


def _fits(wanted: str, platform: str) -> bool:
    if not wanted or not platform:
        return True
    asked, has = wanted.split("/"), platform.split("/")
    return all(a == h for a, h in zip(asked, has, strict=False))


def _last_tagged(image: str, state: ObservedState) -> float:
    observed = state.images.get(image)
    return observed.last_tagged if observed else 0.0


def _refresh_after(policy: str) -> float | None:
    """Return the seconds after which an image counts as old, or None for other policies."""
    if policy in ("daily", "weekly"):
        return _SECONDS[policy[0]]
    spans = _EVERY.findall(policy.removeprefix("every_")) if policy.startswith("every_") else []
    return sum(int(number) * _SECONDS[unit] for number, unit in spans) if spans else None


def build_payload(application: Application, service: Service, build: Build) -> dict[str, Any]:
    """Return the options of a build, in the specification's words; arguments without a value are looked up."""
    labels = {
        **build.labels,
        identity.LABEL_PROJECT: application.name,
        identity.LABEL_SERVICE: service.name,
        identity.LABEL_VERSION: identity.COMPOSE_VERSION,
    }
    return {
        "context": build.context,
        "dockerfile": build.dockerfile,
        "labels": labels,
    } | filled(
        {
            "dockerfile_inline": build.dockerfile_inline,
            "args": _arguments(build, application.environment),
            "target": build.target,
            "network": build.network,
            "extra_hosts": [f"{host}:{address}" for host, each in build.extra_hosts.items() for address in each],
            "shm_size": int(build.shm_size),
            "no_cache": build.no_cache,
            "pull": build.pull,
            "cache_from": list(build.cache_from),
            "cache_to": list(build.cache_to),
            "no_cache_filter": list(build.no_cache_filter),
            "platform": service.platform or next(iter(build.platforms), ""),
            "tags": list(build.tags),
            "isolation": build.isolation,
            "ulimits": {
                name: {"soft": each.single or each.soft, "hard": each.single or each.hard}
                for name, each in build.ulimits.items()
            },
            "secrets": [_secret(application, use) for use in build.secrets],
            "additional_contexts": _contexts(application, build),
            "ssh": [{"id": key.id, "path": key.path} for key in build.ssh],
            "privileged": build.privileged,
            "entitlements": list(build.entitlements),
        }
    )


def _secret(application: Application, use: FileReference) -> dict[str, str]:
    """Return a build secret: the id that the Dockerfile knows it by, and its file, its content or what is unset."""
    secret = application.secrets[use.source]
    told = {"id": use.target or use.source}
    if not secret.environment:
        return told | {"file": secret.file}
    if secret.environment not in application.environment:
        return told | {"unset": secret.environment}
    return told | {"content": secret.content}


def _contexts(application: Application, build: Build) -> dict[str, str]:
    """Return the additional contexts; another service's is the image that is built for it."""
    return {
        name: f"docker-image://{identity.image_name(application, application.all_services[other])}"
        if (other := _context_service(source))
        else source
        for name, source in build.additional_contexts.items()
    }


def _context_service(source: str) -> str:
    return source.removeprefix(_SERVICE) if source.startswith(_SERVICE) else ""


def _in_build_order(application: Application, services: Iterable[str]) -> tuple[str, ...]:
    """Return the services, each after those whose images its build is made from: these come along, enabled or not."""
    ordered: dict[str, None] = {}
    everything = application.all_services

    def add(name: str, above: tuple[str, ...] = ()) -> None:
        build = everything[name].build
        for source in build.additional_contexts.values() if build else ():
            other = _context_service(source)
            if other and other not in (*above, name):
                add(other, (*above, name))
        ordered.setdefault(name)

    for name in services:
        add(name)
    return tuple(ordered)


def _built_first(service: Service) -> set[str]:
    build = service.build
    return (
        {*service.depends_on, *(_context_service(source) for source in build.additional_contexts.values())}
        if build
        else set()
    )


def _arguments(build: Build, environment: Mapping[str, str]) -> dict[str, str]:
    given = {name: environment.get(name) if value is None else value for name, value in build.args.items()}
    return {name: value for name, value in given.items() if value is not None}
