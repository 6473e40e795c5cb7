"""Verbs about the files of containers: ``cp``, ``export``, ``commit``."""

from __future__ import annotations

import argparse
import os
import sys
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from projects.compose.choosing import of_services, one_of
from projects.compose.state import ObservedContainer
from projects.management import parsing
from projects.management.dashboard import record_act
from projects.management.parsing import refused
from projects.management.session import Session
from projects.management.verbs import Verb
from projects.management.verbs.inside import index_flag, running_container
from projects.services import copies

PIECE: Final = 64 * 1024
STREAM: Final = "-"


def _cp_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="Include containers created by the run command")
    parser.add_argument("-a", "--archive", action="store_true", help="Archive mode (copy all uid/gid information)")
    parser.add_argument("-L", "--follow-link", action="store_true", help="Always follow symbol link in SRC_PATH")
    index_flag(parser)
    parser.add_argument("source", metavar="SRC_PATH|-")
    parser.add_argument("target", metavar="DEST_PATH|-")


def _cp(session: Session) -> int:
    asked = session.asked
    (from_service, source), (to_service, target) = split_path(asked.source), split_path(asked.target)
    if from_service and to_service:
        raise refused("copying between services is not supported")
    if not from_service and not to_service:
        raise refused("unknown copy direction")
    name = session.name()
    containers = _targets(session, name, from_service or to_service)
    if from_service:
        _copy_out(session, containers[0], source, target)
    else:
        record_act(name, "container.copy", service=to_service, path=target)
        _copy_in(session, containers, source, target)
    return 0


def split_path(text: str) -> tuple[str, str]:
    """Return service and path of ``SERVICE:PATH``; without service for a path of this machine."""
    service, colon, path = text.partition(":")
    if not colon or Path(text).is_absolute() or service.startswith("."):
        return "", text
    return service, path


def _targets(session: Session, name: str, service: str) -> list[ObservedContainer]:
    found = of_services(session.engine.containers(project=name), [service], oneoffs=session.asked.all)
    if session.asked.index:
        return [one_of(found, service, session.asked.index)]
    if not found:
        raise refused(f'no container found for service "{service}"')
    return found


def _copy_out(session: Session, container: ObservedContainer, source: str, target: str) -> None:
    asked = session.asked
    with_words = _Told(session, container, f"{container.name}:{source} to {target}")
    if target == STREAM:
        with_words(lambda: write_out(copies.archive_out(session.engine, container.id, source, **_link(asked))))
    else:
        with_words(
            lambda: copies.copy_out(session.engine, container.id, source, target, archive=asked.archive, **_link(asked))
        )


def _link(asked: argparse.Namespace) -> dict[str, bool]:
    return {"follow_link": asked.follow_link}


def _copy_in(session: Session, containers: list[ObservedContainer], source: str, target: str) -> None:
    """Copy into all containers at the same time; a stream is read once, for one after the other."""
    asked, engine = session.asked, session.engine
    data = list(_pieces(sys.stdin.fileno())) if source == STREAM else None

    def copy(container: ObservedContainer) -> None:
        def work() -> None:
            if data is not None:
                copies.copy_archive_in(engine, container.id, data, target, archive=asked.archive)
            else:
                copies.copy_in(engine, container.id, source, target, archive=asked.archive, **_link(asked))

        _Told(session, container, f"{source} to {container.name}:{target}")(work)

    with ThreadPoolExecutor(len(containers)) as pool:
        list(pool.map(copy, containers))


class _Told:
    """Says before and after that a copy is made."""

    def __init__(self, session: Session, container: ObservedContainer, what: str) -> None:
        self._session, self._name, self._what = session, container.name, what

    def __call__(self, work: Callable[[], object]) -> None:
        self._session.err(f" {self._name} Copying {self._what}\n")
        try:
            work()
        except (OSError, tarfile.TarError) as error:
            raise refused(str(error)) from error
        self._session.err(f" {self._name} Copied {self._what}\n")


def _pieces(descriptor: int) -> Iterator[bytes]:
    while data := os.read(descriptor, PIECE):
        yield data


def write_out(pieces: Iterable[bytes], path: str = "") -> None:
    """Write to a file that is there only once it is whole, or to stdout."""
    if not path:
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return
    unfinished = Path(f"{path}.unfinished")
    try:
        with unfinished.open("wb") as file:
            for piece in pieces:
                file.write(piece)
        unfinished.replace(path)
    except OSError as error:
        raise refused(f"invalid output path: {error.strerror}: {path}") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _export_flags(parser: argparse.ArgumentParser) -> None:
    index_flag(parser)
    parser.add_argument("-o", "--output", default="", help="Write to a file, instead of STDOUT")
    parser.add_argument("service", metavar="SERVICE")


def _export(session: Session) -> int:
    container = running_container(session)
    if not session.asked.output and sys.stdout.isatty():
        raise refused("output option is required when exporting to terminal")
    session.err(f" {container.name} Exporting \n")
    write_out(session.engine.export(container.id), session.asked.output)
    session.err(f" {container.name} Exported \n")
    return 0


def _commit_flags(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("-a", "--author", default="", help='Author (e.g., "John Hannibal Smith <hannibal@a-team.com>")')
    add("-c", "--change", action="append", default=[], help="Apply Dockerfile instruction to the created image")
    index_flag(parser)
    add("-m", "--message", default="", help="Commit message")
    add("-p", "--pause", type=parsing.truth, nargs="?", const=True, default=True, help="Pause container during commit")
    add("service", metavar="SERVICE")
    add("reference", nargs="?", default="", metavar="REPOSITORY[:TAG]")


def _commit(session: Session) -> int:
    asked = session.asked
    container = running_container(session)
    record_act(container.project, "container.commit", service=asked.service, reference=asked.reference)
    session.err(f" {container.name} Committing \n")
    image = session.engine.commit(
        container.id,
        reference=asked.reference,
        author=asked.author,
        message=asked.message,
        changes=asked.change,
        pause=asked.pause,
    )
    session.err(f" {container.name} Committed as {image} \n")
    return 0


VERBS: Final[Mapping[str, Verb]] = {
    "cp": Verb(flags=_cp_flags, run=_cp),
    "export": Verb(flags=_export_flags, run=_export),
    "commit": Verb(flags=_commit_flags, run=_commit),
}
