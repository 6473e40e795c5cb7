"""``manage.py serve``: brings the database up to date, says where to go, and serves pages and websockets."""

from __future__ import annotations

import errno
import gc
import importlib
import logging
import os
import socket
import sys
import threading
from typing import Any, Final, NoReturn

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from projects.models import SetupLink
from projects.operations import Runner
from projects.operations.live import live_watcher, stop_watching
from projects.operations.live_terminals import stop_terminals
from projects.services.own_container import mount_problem

WILDCARDS = frozenset({"0.0.0.0", "::"})
# A thread that calls the engine gives way at each call, and gets its turn back only after so many seconds of another
# one that renders: with Python's five milliseconds, pages that look on slow down what they look at.
TURN_SECONDS: Final = 0.0005


class Command(BaseCommand):
    """Starts the one process of the dashboard; it ends on SIGTERM and SIGINT."""

    help = "Serve the dashboard (HOST and PORT, or --host and --port)."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.HOST)
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: Any, **options: Any) -> None:
        sys.setswitchinterval(TURN_SECONDS)
        host, port = options["host"], options["port"]
        listening = listen(host, port)
        prepare()
        runner = Runner()
        self.say_where(host, listening.getsockname()[1])
        # Twisted chooses its reactor on import: not before it is really going to be used.
        from projects.management.server import serve_until_signal

        serve_until_signal(listening, on_start=lambda: self.start_working(runner))
        stop_terminals()
        stop_watching()
        runner.stop()
        connections.close_all()
        end_process()

    def say_where(self, host: str, port: int) -> None:
        """Print the address, and the set-up link while there is no administrator."""
        address = f"http://{url_host(host)}:{port}"
        self.stdout.write(f"Compose UI is at {address}")
        if host in WILDCARDS:
            self.stdout.write(
                f"It listens on all addresses of {socket.gethostname()}. For people to open it under another name or "
                "address than localhost, set COMPOSE_UI_ALLOWED_HOSTS to those (comma-separated)."
            )
        if not User.objects.filter(is_superuser=True, is_active=True).exists():
            self.stdout.write(
                "Nobody administers it yet. Choose a name and a password here (this link works once, within "
                f"{settings.SETUP_LINK_HOURS} hours):\n  {address}/setup/{SetupLink.issue()}/"
            )
        self.stdout.flush()
        connection.close()

    def start_working(self, runner: Runner) -> None:
        """Begin with operations and with watching the engine, beside the server's own start."""
        runner.start()
        threading.Thread(target=self.look_at_engine, name="first-look", daemon=True).start()

    def look_at_engine(self) -> None:
        """Start watching, and say loudly where relative bind mounts would land in the wrong place."""
        live_watcher()
        # What the first operation needs; and what was loaded stays: the collector need not look through it each time.
        importlib.import_module("projects.services.verbs")
        gc.freeze()
        problem = own_mount_problem()
        if problem:
            self.stderr.write(self.style.ERROR(f"WARNING: {problem}"))
            self.stderr.flush()


def end_process() -> NoReturn:
    """End the program, and let no thread keep it: one that waits for the loop that has ended waits for ever."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(os.EX_OK)


def own_mount_problem() -> str:
    """Return what is wrong with where the projects are mounted, empty where nothing is or no engine answers."""
    from projects.compose.errors import EngineError
    from projects.services.engine import DockerEngine

    try:
        engine = DockerEngine()
    except EngineError:
        return ""
    try:
        return str(mount_problem(engine, settings.PROJECTS_ROOT) or "")
    finally:
        engine.close()


def prepare() -> None:
    """Make the directories, and migrate where migrations are pending."""
    for directory in (settings.PROJECTS_ROOT, settings.TRASH_ROOT):
        directory.mkdir(parents=True, exist_ok=True)
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; raises `CommandError` with the next step."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise CommandError(refused(error, host, port)) from error
    listening.setblocking(False)
    return listening


def refused(error: OSError, host: str, port: int) -> str:
    """Return why one cannot listen there, and what to do."""
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken. Stop what uses it, or choose another port: PORT={port + 1} make run"
    if error.errno == errno.EACCES:
        return f"Port {port} may not be used by this user. Choose one above 1023: PORT=8000 make run"
    return f"It is not possible to listen on {host}:{port} ({error.strerror or error}). Set HOST and PORT."


def url_host(host: str) -> str:
    """Return the host as a person on this machine types it."""
    if host in WILDCARDS:
        return "localhost"
    return f"[{host}]" if ":" in host else host
