"""What ``up``, ``create`` and ``run`` have in common: their flags, and the options these amount to."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from projects.compose.identity import truth
from projects.compose.model import Application
from projects.compose.plan_resources import changed_volumes
from projects.compose.planner import wanted_services
from projects.management import parsing
from projects.management.attached_hooks import Heard, HeardEngine
from projects.management.parsing import refused
from projects.management.session import Session
from projects.services import provided_verbs, verbs

if TYPE_CHECKING:
    from projects.services.contract import Engine
    from projects.services.executor import Emit

PULL_POLICIES: Final = ("policy", "always", "missing", "if_not_present", "never", "build")


def converging_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of ``create``, which ``up`` has, too."""
    parsing.switches(
        parser,
        [
            ("--build", "Build images before starting containers"),
            ("--no-build", "Don't build an image, even if it's policy"),
            ("--force-recreate", "Recreate containers even if their configuration and image haven't changed"),
            ("--no-recreate", "If containers already exist, don't recreate them"),
            ("--quiet-pull", "Pull without printing progress information"),
            ("--remove-orphans", "Remove containers for services not defined in the Compose file"),
            ("-y", "--yes", 'Assume "yes" as answer to all prompts and run non-interactively'),
        ],
    )
    parser.add_argument("--pull", default="policy", help='Pull image before running ("always"|"missing"|"never")')
    parser.add_argument("--scale", action="append", default=[], help="Scale SERVICE to NUM instances")


def check_flags(asked: argparse.Namespace) -> None:
    """Refuse flags that exclude each other, as the reference does."""
    if asked.build and asked.no_build:
        raise refused("--build and --no-build are incompatible")
    if asked.force_recreate and asked.no_recreate:
        raise refused("--force-recreate and --no-recreate are incompatible")
    check_pull(asked.pull)


def check_pull(policy: str) -> None:
    """Refuse a pull policy there is not."""
    if policy not in PULL_POLICIES:
        raise refused(f'invalid --pull option "{policy}"')


def pull_policy(policy: str) -> str:
    """Return the policy that is laid over those of the files; empty: none."""
    return {"policy": "", "if_not_present": "missing"}.get(policy, policy)


def converging_options(session: Session, application: Application) -> dict[str, Any]:
    """Return the fields of `UpOptions` that these flags amount to; asks about volumes whose definition changed."""
    asked = session.asked
    return {
        "services": tuple(asked.services),
        "build": asked.build,
        "no_build": asked.no_build,
        "pull": pull_policy(asked.pull),
        "force_recreate": asked.force_recreate,
        "no_recreate": asked.no_recreate,
        "scale": _scales(application, asked),
        "yes": asked.yes,
        "recreate_volumes": volumes_to_recreate(session, application),
        "all_resources": asked.all_resources,
        **orphans(session, application.environment),
    }


def bring_up(
    session: Session,
    application: Application,
    options: verbs.UpOptions,
    *,
    verb: str = "",
    heard: Heard | None = None,
) -> int:
    """Converge an application, as an operation (`verb`: as `Session.carry_out` has it); the exit status.

    `heard` is told what hooks print.
    """

    def up(engine: Engine, emit: Emit, cancel: threading.Event) -> verbs.Outcome:
        heard_engine = cast("Engine", HeardEngine(engine, heard)) if heard else engine
        return provided_verbs.up(application, heard_engine, emit, cancel, options)

    return session.carry_out(application.name, options, up, verb=verb)


def _scales(application: Application, asked: argparse.Namespace) -> dict[str, int]:
    """Return the numbers of ``--scale``; refuses what is no number, and services that take no part."""
    found = {}
    wanted = wanted_services(application, tuple(asked.services))
    for entry in asked.scale:
        name, sign, number = entry.partition("=")
        if not sign or not number.isdigit():
            raise refused(f'invalid --scale option "{entry}". Should be SERVICE=NUM')
        if name not in application.services:
            raise refused(f"no such service: {name}: not found")
        if name not in wanted and application.services[name].provider is None:
            raise refused(f"no such service: {name}: disabled")
        found[name] = int(number)
    return found


def volumes_to_recreate(session: Session, application: Application) -> tuple[str, ...]:
    """Return the changed volumes of which a person agrees that they are made anew, each asked for by itself."""
    asked = session.asked
    if asked.yes or asked.dry_run or all(volume.external for volume in application.volumes.values()):
        return ()
    changed = changed_volumes(application, session.engine.volumes(application.name))
    return tuple(name for name in changed if _loses_its_data(session, name))


def _loses_its_data(session: Session, volume: str) -> bool:
    mark = "? [yN] " if sys.stdin.isatty() else "?"
    session.out(
        f'Volume "{volume}" exists but doesn\'t match configuration in compose file. Recreate (data will be lost){mark}'
    )
    return sys.stdin.readline().strip().lower() in ("y", "yes", "true", "1")


def orphans(session: Session, environment: Mapping[str, str]) -> dict[str, Any]:
    """Return what becomes of orphans: what the flag says, or variables of the shell or of ``.env``."""
    ignored = ignoring_orphans(environment)
    if ignored and session.asked.remove_orphans:
        raise refused("cannot combine COMPOSE_IGNORE_ORPHANS and --remove-orphans")
    return {"remove_orphans": removing_orphans(session, environment), "ignore_orphans": ignored}


def ignoring_orphans(environment: Mapping[str, str]) -> bool:
    """Return whether nothing is to be said of orphans."""
    return truth(environment.get("COMPOSE_IGNORE_ORPHANS", ""))


def removing_orphans(session: Session, environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether orphans are to be removed."""
    return bool(session.asked.remove_orphans) or truth(environment.get("COMPOSE_REMOVE_ORPHANS", ""))
