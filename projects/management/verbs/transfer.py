"""``pull``, ``push`` and ``build``: the images of services."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from projects.compose.planner import BuildOptions, PullOptions, PushOptions
from projects.compose.units import parse_bytes
from projects.management import parsing
from projects.management.parsing import refused
from projects.management.session import Session
from projects.management.verbs import Verb
from projects.services import image_verbs
from projects.services.verbs import Outcome

POLICY: Final = re.compile("(always|never|build|if_not_present|missing|refresh|daily|weekly|every_([0-9]+[wdhms])+)?")


def _carry_out(session: Session, options: Any, verb: Callable[..., Outcome]) -> int:
    application = session.application(options.services)
    return session.carry_out(
        application.name, options, lambda engine, emit, cancel: verb(application, engine, emit, cancel, options)
    )


def _pull_flags(parser: argparse.ArgumentParser) -> None:
    parsing.switches(
        parser,
        [
            ("--ignore-buildable", "Ignore images that can be built"),
            ("--ignore-pull-failures", "Pull what it can and ignores images with pull failures"),
            ("--include-deps", "Also pull services declared as dependencies"),
            ("-q", "--quiet", "Pull without printing progress information"),
        ],
    )
    for name in ("--parallel", "--no-parallel"):
        parser.add_argument(name, dest="ignored", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--policy", default="", help='Apply pull policy ("missing"|"always")')
    parsing.services(parser)


def _pull(session: Session) -> int:
    asked = session.asked
    if not POLICY.fullmatch(asked.policy):
        raise refused(f'invalid pull_policy "{asked.policy}"')
    session.quiet = session.quiet or asked.quiet
    options = PullOptions(
        services=tuple(asked.services),
        ignore_buildable=asked.ignore_buildable,
        ignore_failures=asked.ignore_pull_failures,
        include_deps=asked.include_deps,
        policy=asked.policy,
        strict=True,
    )
    return _carry_out(session, options, image_verbs.pull)


def _push_flags(parser: argparse.ArgumentParser) -> None:
    parsing.switches(
        parser,
        [
            ("--ignore-push-failures", "Push what it can and ignores images with push failures"),
            ("--include-deps", "Also push images of services declared as dependencies"),
            ("-q", "--quiet", "Push without printing progress information"),
        ],
    )
    parsing.services(parser)


def _push(session: Session) -> int:
    asked = session.asked
    session.quiet = session.quiet or asked.quiet
    options = PushOptions(
        services=tuple(asked.services), ignore_failures=asked.ignore_push_failures, include_deps=asked.include_deps
    )
    return _carry_out(session, options, image_verbs.push)


def _build_flags(parser: argparse.ArgumentParser) -> None:
    parsing.switches(
        parser,
        [
            ("--no-cache", "Do not use cache when building the image"),
            ("--pull", "Always attempt to pull a newer version of the image"),
            ("--push", "Push service images"),
            ("-q", "--quiet", "Suppress the build output"),
            ("--with-dependencies", "Also build dependencies (transitively)"),
        ],
    )
    parser.add_argument("--build-arg", action="append", default=[], help="Set build-time variables for services")
    parser.add_argument("--ssh", default="", help="Set SSH authentications used when building service images")
    parser.add_argument("-m", "--memory", default="0", help="Set memory limit for the build container")
    for name in ("--compress", "--force-rm", "--no-rm", "--parallel"):
        parser.add_argument(name, dest="ignored", action="store_true", help=argparse.SUPPRESS)
    for name in ("--builder", "--provenance", "--sbom"):
        parser.add_argument(name, dest="ignored", help=argparse.SUPPRESS)
    parsing.services(parser)


def _build(session: Session) -> int:
    asked = session.asked
    session.quiet = session.quiet or asked.quiet
    options = BuildOptions(
        services=tuple(asked.services),
        args={name: value if sign else None for name, sign, value in (arg.partition("=") for arg in asked.build_arg)},
        no_cache=asked.no_cache,
        pull=asked.pull,
        push=asked.push,
        with_dependencies=asked.with_dependencies,
        ssh=asked.ssh,
        memory=int(parse_bytes(asked.memory)),
    )
    return _carry_out(session, options, image_verbs.build)


VERBS: Final[Mapping[str, Verb]] = {
    "pull": Verb(flags=_pull_flags, run=_pull),
    "push": Verb(flags=_push_flags, run=_push),
    "build": Verb(flags=_build_flags, run=_build),
}
