"""``up``: bring a project's containers to what its files ask for, and show what they print."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from projects.compose.errors import EngineError
from projects.compose.events import Kind
from projects.compose.model import Application
from projects.compose.planner import wanted_services
from projects.management import parsing
from projects.management.attached import Attached
from projects.management.attached_lines import LinePrinter
from projects.management.dashboard import record_act
from projects.management.parsing import refused
from projects.management.session import INTERRUPTED, Session
from projects.management.verbs import Verb
from projects.management.verbs.converging import bring_up, check_flags, converging_flags, converging_options
from projects.management.verbs.lifecycle import stop_first
from projects.services import verbs

if TYPE_CHECKING:
    from projects.services.watching import Watching

WATCH_LEAD: Final = "        ⦿ "
LONGEST_BATCH_SECONDS: Final = 60.0  # for which a rebuild under way is waited for when all is to end
LAST_ENDS_SECONDS: Final = 5.0  # for which the ends of stopped containers are waited for, to be shown


def _up_flags(parser: argparse.ArgumentParser) -> None:
    converging_flags(parser)
    parsing.switches(
        parser,
        [
            ("-d", "--detach", "Detached mode: Run containers in the background"),
            ("--abort-on-container-exit", "Stops all containers if any container was stopped. Incompatible with -d"),
            ("--abort-on-container-failure", "Stops all containers if any container exited with failure"),
            ("--always-recreate-deps", "Recreate dependent containers. Incompatible with --no-recreate."),
            ("--attach-dependencies", "Automatically attach to log output of dependent services"),
            ("--no-color", "Produce monochrome output"),
            ("--no-deps", "Don't start linked services"),
            ("--no-log-prefix", "Don't print prefix in logs"),
            ("--no-start", "Don't start the services after creating them"),
            ("--quiet-build", "Suppress the build output"),
            ("-V", "--renew-anon-volumes", "Recreate anonymous volumes instead of retrieving data from before"),
            ("--timestamps", "Show timestamps"),
            ("--wait", "Wait for services to be running|healthy. Implies detached mode."),
            ("-w", "--watch", "Watch source code and rebuild/refresh containers when files are updated."),
            ("--menu", "Enable interactive shortcuts when running attached. Incompatible with --detach."),
        ],
    )
    parser.add_argument("--attach", action="append", default=[], help="Restrict attaching to the specified services")
    parser.add_argument("--no-attach", action="append", default=[], help="Do not attach to the specified services")
    parser.add_argument("--exit-code-from", default="", help="Return the exit code of the selected service container")
    parser.add_argument("--wait-timeout", type=int, help="Maximum duration in seconds to wait for the project")
    parsing.timeout(parser, "Use this timeout in seconds for container shutdown")
    parsing.services(parser)


def check(asked: argparse.Namespace) -> None:
    """Settle what some flags imply; raises `ComposeError` for those that exclude each other."""
    if asked.exit_code_from and not asked.abort_on_container_failure:
        asked.abort_on_container_exit = True
    if asked.abort_on_container_exit and asked.abort_on_container_failure:
        raise refused("--abort-on-container-failure cannot be combined with --abort-on-container-exit")
    if asked.wait:
        if asked.attach_dependencies or asked.abort_on_container_exit or asked.attach:
            raise refused("--wait cannot be combined with --abort-on-container-exit, --attach or --attach-dependencies")
        asked.detach = True
    _check_detached(asked)
    check_flags(asked)
    if asked.renew_anon_volumes and asked.no_recreate:
        raise refused("--no-recreate and --renew-anon-volumes are incompatible")
    if asked.always_recreate_deps and asked.no_recreate:
        raise refused("--always-recreate-deps and --no-recreate are incompatible")
    if asked.no_build and asked.watch:
        raise refused("--no-build and --watch are incompatible")
    if asked.attach and asked.attach_dependencies:
        raise refused("cannot combine --attach and --attach-dependencies")


def _check_detached(asked: argparse.Namespace) -> None:
    aborting = asked.abort_on_container_exit or asked.abort_on_container_failure
    if asked.detach and (aborting or asked.attach or asked.attach_dependencies or asked.watch):
        named = "--wait" if asked.wait else "--detach"
        raise refused(
            f"{named} cannot be combined with --abort-on-container-exit, --abort-on-container-failure, --attach, "
            "--attach-dependencies or --watch"
        )


def _options(session: Session, application: Application) -> verbs.UpOptions:
    asked = session.asked
    return verbs.UpOptions(
        always_recreate_deps=asked.always_recreate_deps,
        renew_anon_volumes=asked.renew_anon_volumes,
        no_deps=asked.no_deps,
        no_start=asked.no_start,
        settle=False,
        wait=asked.wait,
        wait_timeout=asked.wait_timeout,
        timeout=asked.timeout,
        **converging_options(session, application),
    )


def _up(session: Session) -> int:
    asked = session.asked
    check(asked)
    application = session.application(asked.services)
    if asked.exit_code_from and asked.exit_code_from not in application.services:
        raise refused(f"no such service: {asked.exit_code_from}: not found")
    if not application.services:
        raise refused("no service selected")
    if asked.quiet_pull:
        session.hidden |= {Kind.IMAGE, Kind.LAYER}
    if asked.quiet_build:
        session.hidden |= {Kind.STEP}
    options = _options(session, application)
    if asked.detach or asked.no_start or asked.dry_run:
        return bring_up(session, application, options)
    return _attached(session, application, options)


def _attached(session: Session, application: Application, options: verbs.UpOptions) -> int:
    asked = session.asked
    wanted = wanted_services(application, options.services, no_deps=options.no_deps)
    shown = _shown(session, application, wanted)
    watching = _watching(session, application) if asked.watch else None
    prefix = not asked.no_log_prefix
    attached = Attached(
        engine=session.engine,
        project=application.name,
        watched=wanted,
        shown=shown,
        printer=LinePrinter(session.engine, session.out, session.err, prefix=prefix, timestamps=asked.timestamps),
        lasting=watching is not None,
        cascade="exit" if asked.abort_on_container_exit else "failure" if asked.abort_on_container_failure else "",
    )
    attached.begin()
    try:
        status = _followed(session, application, options, attached, watching)
        return _wound_up(session, application, attached, status)
    finally:
        attached.close()


def _followed(
    session: Session, application: Application, options: verbs.UpOptions, attached: Attached, watching: Watching | None
) -> int:
    """Bring all up and return once all is over: the exit status, which is `INTERRUPTED` where Ctrl-C came first."""
    try:
        if status := bring_up(session, application, options, heard=attached.hook_printed):
            return status
        attached.completed()
        with _watched(watching):
            while not attached.over.wait(0.2):
                pass
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _shown(session: Session, application: Application, wanted: Collection[str]) -> frozenset[str]:
    """Return the services whose output is shown."""
    asked = session.asked
    if asked.attach:
        if unknown := sorted(set(asked.attach) - set(wanted)):
            raise refused(f"cannot attach to services not included in up: {', '.join(unknown)}")
        return frozenset(asked.attach) - set(asked.no_attach)
    named = wanted if asked.attach_dependencies or not asked.services else asked.services
    chosen = {name for name in named if application.services[name].attach is not False}
    # Where that leaves none, all are shown, as with the reference.
    return frozenset(chosen) - set(asked.no_attach) or frozenset(application.services)


def _watching(session: Session, application: Application) -> Watching:
    """Return the watch over the sources of what is brought up."""
    from projects.management.verbs.watch import Doing, watching_of

    doing = Doing(session, application, lead=WATCH_LEAD)
    return watching_of(session, application, session.asked.services, doing)


@contextmanager
def _watched(watching: Watching | None) -> Iterator[None]:
    """Watch sources meanwhile, where that was asked for; a batch under way is finished first."""
    if watching is None:
        yield
        return
    stop = threading.Event()

    def watch() -> None:
        watching.begin()
        watching.run(stop)

    thread = threading.Thread(target=watch, name="watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(LONGEST_BATCH_SECONDS)


def _wound_up(session: Session, application: Application, attached: Attached, status: int) -> int:
    """Stop what still runs and return the exit status."""
    if status == INTERRUPTED and (attached.complete or attached.began_to_run()):
        session.err(" Compose Stopping Gracefully Stopping... press Ctrl+C again to force\n")
        _stop(session, application, attached)
    if status or not attached.ended_by:
        return status
    session.err(" Compose Stopping Aborting on container exit...\n")
    code = attached.codes[attached.ended_by]
    _stop(session, application, attached)
    return attached.codes.get(session.asked.exit_code_from, code)


def _stop(session: Session, application: Application, attached: Attached) -> None:
    """Stop the services that were named, or else all; a second Ctrl-C kills them.

    What named ones depend on goes on running, as with the reference.
    """
    services = tuple(session.asked.services) or tuple(application.services)
    with _killing(session, application.name, services):
        stop_first(session, application.name, application, services, session.asked.timeout)
    attached.wait_for_ends(services, LAST_ENDS_SECONDS)


@contextmanager
def _killing(session: Session, project: str, services: Collection[str]) -> Iterator[None]:
    """Have Ctrl-C kill the containers of these services: the stop under way then ends by itself."""

    def kill() -> None:
        record_act(project, "container.kill", services=sorted(services))
        for container in session.engine.containers(project=project, all=False):
            if container.service in services and not container.oneoff:
                with suppress(EngineError):
                    session.engine.kill(container.id, "SIGKILL")
                    session.err(f" Container {container.name} Killed \n")

    def heard(_number: int, _frame: Any) -> None:
        threading.Thread(target=kill, name="kill", daemon=True).start()

    before = {number: signal.signal(number, heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


VERBS: Final[Mapping[str, Verb]] = {"up": Verb(flags=_up_flags, run=_up)}
