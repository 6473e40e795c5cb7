"""Verbs on images alone: `pull`, `push` and `build`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from projects.compose import identity
from projects.compose.dependencies import check_known, graph_of, in_order, with_dependencies
from projects.compose.draft import Draft, Subject
from projects.compose.messages import Message
from projects.compose.model import Application, Build, Service
from projects.compose.payload_mounts import filled
from projects.compose.plan import Do, Plan
from projects.compose.plan_images import build_payload
from projects.compose.plan_options import BuildOptions, PullOptions, PushOptions
from projects.compose.state import ObservedState

_PULL = PullOptions()
_PUSH = PushOptions()
_BUILD = BuildOptions()
_ASKED = Message("asked for")
_FORBIDDEN = Message("its pull policy does not allow it")
_UNNAMED = Message("it builds no image with a name")
_UNTOLD = (_FORBIDDEN, _UNNAMED)  # the reference leaves it at the word
_MISSING = ("missing", "if_not_present")


def plan_pull(application: Application, state: ObservedState, options: PullOptions = _PULL) -> Plan:
    """Return the pull of each image once; where a service can build it, a failure is but a warning, if not `strict`.

    What is not pulled is told of, too.

    Raises PlanError for a service that does not exist.
    """
    draft, seen = Draft(application.name), set[str]()
    for service in _chosen(application, options.services, deps=options.include_deps):
        image = identity.image_name(application, service)
        if image in seen:
            continue
        if not service.image:
            _skip(draft, Do.SKIP_SERVICE, service.name, service, Message("No image to be pulled"))
            continue
        seen.add(image)
        if reason := _why_not(service, image, state, options):
            _skip(draft, Do.SKIP_IMAGE, image, service, reason)
            continue
        payload = filled({"platform": service.platform})
        lenient = options.ignore_failures or (service.build is not None and not options.strict)
        draft.add(Do.PULL_IMAGE, image, _ASKED, on=Subject(service=service.name), payload=payload, best_effort=lenient)
    return draft.plan()


def _skip(draft: Draft, do: Do, target: str, service: Service, cause: Message) -> None:
    reason = filled({"reason": None if cause in _UNTOLD else cause})
    draft.add(do, target, cause, on=Subject(service=service.name), payload=reason)


def _why_not(service: Service, image: str, state: ObservedState, options: PullOptions) -> Message | None:
    """Return why the image is not pulled, or None."""
    policy = options.policy or service.pull_policy
    if policy in ("never", "build"):
        return _FORBIDDEN
    # Of what moves, such as `latest`, having one is not enough, as with the reference.
    if policy in _MISSING and state.images.get(image) is not None and not _is_latest(image):
        return Message("Image is already present locally")
    if service.build is not None and options.ignore_buildable:
        return Message("Image can be built")
    return None


def _is_latest(image: str) -> bool:
    tag = image.rpartition("/")[2].partition(":")[2]
    return "@" not in image and tag in ("", "latest")


def plan_push(application: Application, state: ObservedState, options: PushOptions = _PUSH) -> Plan:
    """Return the push of every image that a service builds and that has a name of its own, with its other tags.

    The other services are told of as skipped.

    Raises PlanError for a service that does not exist.
    """
    draft = Draft(application.name)
    for service in _chosen(application, options.services, deps=options.include_deps):
        if service.build is None or not service.image:
            _skip(draft, Do.SKIP_SERVICE, service.name, service, _UNNAMED)
        add_push(draft, service, [], lenient=options.ignore_failures)
    return draft.plan()


def add_push(draft: Draft, service: Service, after: list[int], *, lenient: bool = False) -> None:
    """Draw up the pushes of one service; without a build or a name of its own there are none."""
    if service.build is None or not service.image:
        return
    for image in dict.fromkeys([service.image, *service.build.tags]):
        on = Subject(service=service.name)
        draft.add(Do.PUSH_IMAGE, image, _ASKED, on=on, after=after, best_effort=lenient)


def plan_build(application: Application, state: ObservedState, options: BuildOptions = _BUILD) -> Plan:
    """Return the builds of the services that have one, each after those it depends on, then the pushes.

    Raises PlanError for a service that does not exist.
    """
    draft, built = Draft(application.name), dict[str, int]()
    for service in _chosen(application, options.services, deps=options.with_dependencies):
        if service.build is None:
            continue
        payload = _payload(application, service, service.build, options)
        before = [built[name] for name in service.depends_on if name in built]
        image = identity.image_name(application, service)
        built[service.name] = draft.add(
            Do.BUILD_IMAGE, image, _ASKED, on=Subject(service=service.name), after=before, payload=payload
        )
        if options.push:
            add_push(draft, service, [built[service.name]])
    if not built:
        draft.warn(Message("No services to build"))
    return draft.plan()


def _payload(application: Application, service: Service, build: Build, options: BuildOptions) -> Mapping[str, Any]:
    asked = replace(
        build,
        args={**build.args, **options.args},
        no_cache=build.no_cache or options.no_cache,
        pull=build.pull or options.pull,
    )
    several = filled({"several_platforms": list(build.platforms) if len(build.platforms) > 1 else []})
    return build_payload(application, service, asked) | several


def _chosen(application: Application, services: tuple[str, ...], *, deps: bool) -> list[Service]:
    graph = graph_of(application)
    check_known(graph, services)
    names = with_dependencies(graph, services) if services and deps else services or tuple(graph)
    return [application.services[name] for name in in_order(graph, names)]
