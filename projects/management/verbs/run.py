"""``run``: a command in a container of its own, made of a service."""

from __future__ import annotations

import argparse
import secrets
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from projects.compose import dotenv
from projects.compose.events import Event, Kind
from projects.compose.model import Application
from projects.compose.oneoff import oneoff_name
from projects.compose.planner import RunOptions
from projects.compose.shellwords import split as words_of
from projects.management import parsing
from projects.management import terminal_here as here
from projects.management.dashboard import record_act
from projects.management.parsing import refused
from projects.management.session import Session
from projects.management.shell import shell_environment
from projects.management.verbs import Verb
from projects.management.verbs.converging import check_pull, orphans, pull_policy
from projects.services import oneoff, provided_verbs
from projects.services.log_frames import FrameCutter, split

if TYPE_CHECKING:
    from projects.services.streams import Messages, Terminal
    from projects.services.verbs import Outcome

REMOVED_SECONDS: Final = 10.0  # for which the engine is waited for to remove what has ended
FORWARDED: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)


def _run_flags(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    parsing.switches(
        parser,
        [
            ("--build", "Build image before starting container"),
            ("-d", "--detach", "Run container in background and print container ID"),
            ("--no-deps", "Don't start linked services"),
            ("-q", "--quiet", "Don't print anything to STDOUT"),
            ("--quiet-build", "Suppress progress output from the build process"),
            ("--quiet-pull", "Pull without printing progress information"),
            ("--remove-orphans", "Remove containers for services not defined in the Compose file"),
            ("--rm", "Automatically remove the container when it exits"),
            ("-P", "--service-ports", "Run command with all service's ports enabled and mapped to the host"),
            ("--use-aliases", "Use the service's network useAliases in the network(s) the container connects to"),
        ],
    )
    add("--cap-add", action="append", default=[], help="Add Linux capabilities")
    add("--cap-drop", action="append", default=[], help="Drop Linux capabilities")
    add("--entrypoint", help="Override the entrypoint of the image")
    add("-e", "--env", action="append", default=[], help="Set environment variables")
    add("--env-from-file", action="append", default=[], help="Set environment variables from file")
    add("-i", "--interactive", action="store_true", default=True, help="Keep STDIN open even if not attached")
    add("-l", "--label", action="append", default=[], help="Add or override a label")
    add("--name", default="", help="Assign a name to the container")
    add("-T", "--no-tty", "--no-TTY", action="store_true", default=None, help="Disable pseudo-TTY allocation")
    add("-p", "--publish", action="append", default=[], help="Publish a container's port(s) to the host")
    add("--pull", default="policy", help='Pull image before running ("always"|"missing"|"never")')
    add("-t", "--tty", action="store_true", default=True, help=argparse.SUPPRESS)
    add("-u", "--user", default="", help="Run as specified username or uid")
    add("-v", "--volume", action="append", default=[], help="Bind mount a volume")
    add("-w", "--workdir", default="", help="Working directory inside the container")
    add("service", metavar="SERVICE")
    add("command", nargs=argparse.REMAINDER, metavar="COMMAND")


def _run(session: Session) -> int:
    asked = session.asked
    check_pull(asked.pull)
    if asked.publish and asked.service_ports:
        raise refused("--service-ports and --publish are incompatible")
    application = session.application([asked.service])
    options = _options(session, application)
    if options.tty and options.interactive and not asked.detach and not here.is_terminal(here.STDIN):
        raise refused("the input device is not a TTY")
    session.quiet = session.quiet or asked.quiet
    if asked.quiet_pull:
        session.hidden |= {Kind.IMAGE, Kind.LAYER}
    if asked.quiet_build:
        session.hidden |= {Kind.STEP}
    name = options.name or oneoff_name(application, options)
    status = session.unrecorded(
        lambda engine, emit, cancel: provided_verbs.prepare(
            application, engine, _until_made(name, emit), cancel, options
        )
    )
    if status and not (asked.detach and _runs(session, name)):
        return status
    record_act(application.name, "container.run", service=options.service, container=name)
    container = session.engine.inspect_container(name).id
    if asked.detach:
        session.out(f"{container}\n")
        return status
    with ThreadPoolExecutor(1) as hooks:
        code, hooked = _joined(session, application, container, options, hooks)
        # Where both fail, the container's code is the one that counts.
        return code or session.told(hooked.result())


def _runs(session: Session, name: str) -> bool:
    """Return whether a container was started all the same: it is a hook of it that failed."""
    return any(container.name == name for container in session.engine.running())


def _until_made(name: str, emit: Callable[[Event], None]) -> Callable[[Event], None]:
    """Return an `emit` that says nothing of the start of the one-off itself, as the reference does not."""

    def told(event: Event) -> None:
        if event.name != name or event.text not in ("Starting", "Started"):
            emit(event)

    return told


def _options(session: Session, application: Application) -> RunOptions:
    asked = session.asked
    no_tty = not here.is_terminal(here.STDOUT) if asked.no_tty is None else asked.no_tty
    return RunOptions(
        service=asked.service,
        slug=secrets.token_hex(32),
        command=tuple(asked.command),
        entrypoint=None if asked.entrypoint is None else tuple(words_of(asked.entrypoint)),
        environment=_environment(asked, application),
        labels=dict(label.partition("=")[::2] for label in asked.label),
        name=asked.name,
        user=asked.user,
        working_dir=asked.workdir,
        volumes=tuple(asked.volume),
        publish=tuple(asked.publish),
        service_ports=asked.service_ports,
        cap_add=tuple(asked.cap_add),
        cap_drop=tuple(asked.cap_drop),
        use_aliases=asked.use_aliases,
        tty=asked.tty and not no_tty,
        interactive=asked.interactive,
        remove=asked.rm,
        no_deps=asked.no_deps,
        build=asked.build,
        pull=pull_policy(asked.pull),
        start=asked.detach,
        **orphans(session, application.environment),
    )


def _environment(asked: argparse.Namespace, application: Application) -> dict[str, str | None]:
    """Return the variables of ``--env-from-file`` and, over them, those of ``--env``."""
    found: dict[str, str | None] = {}
    given = shell_environment()
    for file in asked.env_from_file:
        try:
            found.update(dotenv.parse(Path(file).read_text(), application.environment.get))
        except OSError as error:
            raise refused(f"open {file}: {(error.strerror or str(error)).lower()}") from None
    for entry in asked.env:
        name, sign, value = entry.partition("=")
        found[name] = value if sign else given.get(name)
    return found


def _joined(
    session: Session, application: Application, container: str, options: RunOptions, hooks: ThreadPoolExecutor
) -> tuple[int, Future[Outcome]]:
    """Start the container, joined to this process's input and output; its exit code, and what comes of its hooks."""
    engine = session.engine
    ends = engine.events(filters={"container": [container], "event": ["die", "destroy"]})
    terminal = engine.attach(container, stdin=options.interactive)
    with ExitStack() as stack:
        stack.callback(ends.close)
        stack.callback(terminal.close)
        stack.enter_context(_signals(session, container))
        engine.start(container)
        hooked = hooks.submit(oneoff.run_hooks, application, engine, options, container)
        if options.tty:
            stack.enter_context(here.raw_keyboard())
            resize: Any = lambda height, width: engine.resize_container(container, height=height, width=width)  # noqa: E731
            stack.enter_context(here.following_size(resize))
        if options.interactive:
            here.pass_input(terminal.write, terminal.end_input)
        _show(terminal)
        return _exit_code(ends, removed=options.remove), hooked


def _show(terminal: Terminal) -> None:
    if terminal.tty:
        while data := terminal.read():
            here.show(here.STDOUT, data)
        return
    cutter = FrameCutter(tty=False)
    while data := terminal.read():
        for number, payload in split(cutter.feed(data).data):
            here.show(number, payload)


def _exit_code(ends: Messages, *, removed: bool) -> int:
    """Return the container's exit code, where it is to be `removed` by the engine once that is done."""
    code = None
    giving_up = threading.Timer(REMOVED_SECONDS, ends.close)
    giving_up.daemon = True
    for message in ends:
        if message["Action"] == "die":
            code = int(message["Actor"]["Attributes"].get("exitCode") or 0)
            giving_up.start()
        if code is not None and (message["Action"] == "destroy" or not removed):
            break
    giving_up.cancel()
    if code is None:
        raise refused("the engine went away before the container ended")
    return code


@contextmanager
def _signals(session: Session, container: str) -> Iterator[None]:
    """Pass the signals that this process gets on to the container."""

    def forward(number: int, _frame: Any) -> None:
        name = signal.Signals(number).name
        threading.Thread(target=session.engine.kill, args=(container, name), daemon=True).start()

    before = {number: signal.signal(number, forward) for number in FORWARDED}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


VERBS: Final[Mapping[str, Verb]] = {"run": Verb(flags=_run_flags, run=_run)}
