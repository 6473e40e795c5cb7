"""The engine's files of a log are rotated, emptied or removed under whoever follows it."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import docker
import pytest
from docker.errors import APIError
from docker.models.containers import Container
from docker.types import LogConfig

from projects.services.engine import DockerEngine
from projects.services.logs import Logs, LogView
from tests.engine.test_log_stream import SHELL, Real
from tests.services.log_viewing import Seen, see

WIDE = "x" * 400
PATIENCE = 60
FOLLOWS_BY_POSITION = (1, 42)  # the API of version 23, which follows a file by the bytes that it has written to it
QUIET = 0.4  # seconds without a line after which all is taken to have come
Start = Callable[..., Real]


@pytest.fixture
def start(docker_client: docker.DockerClient, busybox_image: str, engine: DockerEngine) -> Iterator[Start]:
    made: list[Container] = []

    def start(*, tty: bool = False, driver: str = "json-file", **options: str) -> Real:
        config = LogConfig(type=driver, config={key.replace("_", "-"): value for key, value in options.items()})
        name = f"f-files-{secrets.token_hex(4)}"
        container = docker_client.containers.run(
            busybox_image, ["sh", "-c", SHELL], name=name, tty=tty, log_config=config, detach=True, init=True
        )
        made.append(container)
        return Real(container, engine)

    yield start
    for container in made:
        with suppress(APIError):
            container.remove(force=True)


@pytest.fixture
async def logs(engine: DockerEngine) -> AsyncIterator[Logs]:
    logs = Logs(lambda: engine, grace=0.05)
    yield logs
    await logs.close()


def file_of(docker_client: docker.DockerClient, printing: Real) -> Path:
    """Return the file in which the engine keeps the log; skip where it is not this machine's or not readable."""
    path = Path(docker_client.containers.get(printing.id).attrs["LogPath"])
    if not os.access(path, os.W_OK):
        pytest.skip(f"{path}, the engine's own file, may not be written here (needs root, and the engine's machine)")
    return path


async def print_one_by_one(printing: Real, view: LogView, seen: Seen, numbers: range) -> None:
    """Print a line when the one before it was seen: an engine may lose what it did not read before a rotation."""
    async with asyncio.timeout(PATIENCE):
        for number in numbers:
            before = len(seen.texts)
            await asyncio.to_thread(printing.print, f"{number} {WIDE}")
            while len(seen.texts) == before:
                await see(view, seen, quiet=0.05)


def numbers_of(seen: Seen) -> list[int]:
    return [int(text.split()[0]) for text in seen.texts]


@pytest.mark.parametrize(
    "options",
    [
        {"max_size": "1k", "max_file": "3"},
        {"max_size": "1k"},
        {"max_size": "1k", "max_file": "3", "tty": True},
        {"driver": "local", "max_size": "1k", "max_file": "3"},
    ],
    ids=["three-files", "one-file", "tty", "local"],
)
async def test_a_log_that_is_rotated_goes_on_without_loss_or_repeat(
    start: Start, logs: Logs, options: Mapping[str, str | bool]
) -> None:
    printing = await asyncio.to_thread(lambda: start(**options))
    view, seen = LogView(logs), Seen()
    view.add(printing.id, tail=None)
    await print_one_by_one(printing, view, seen, range(20))
    await see(view, seen, quiet=QUIET)
    assert numbers_of(seen) == list(range(20))
    assert (seen.gaps, seen.ends) == (0, [])


async def test_a_log_that_is_emptied_goes_on(
    start: Start, logs: Logs, docker_client: docker.DockerClient, engine: DockerEngine
) -> None:
    if engine.api_version >= FOLLOWS_BY_POSITION:
        pytest.skip("engines since version 23 lose their place in an emptied file: `docker logs -f` falls silent, too")
    printing = await asyncio.to_thread(start)
    view, seen = LogView(logs), Seen()
    view.add(printing.id, tail=None)
    await print_one_by_one(printing, view, seen, range(5))
    os.truncate(file_of(docker_client, printing), 0)
    await print_one_by_one(printing, view, seen, range(5, 10))
    await see(view, seen, quiet=QUIET)
    assert numbers_of(seen) == list(range(10))
    later = LogView(logs)
    later.add(printing.id, tail=None)
    assert numbers_of(await see(later, quiet=QUIET))[-5:] == list(range(5, 10))


async def test_a_log_that_is_removed_goes_on_and_so_does_the_next_start(
    start: Start, logs: Logs, docker_client: docker.DockerClient
) -> None:
    printing = await asyncio.to_thread(start)
    view, seen = LogView(logs), Seen()
    view.add(printing.id, tail=None)
    await print_one_by_one(printing, view, seen, range(5))
    file_of(docker_client, printing).unlink()
    await print_one_by_one(printing, view, seen, range(5, 10))
    await asyncio.to_thread(printing.exit)
    await see(view, seen, quiet=1)
    await asyncio.to_thread(printing.start)
    logs.resume(printing.id)
    await print_one_by_one(printing, view, seen, range(10, 15))
    await see(view, seen, quiet=QUIET)
    assert numbers_of(seen) == list(range(15))


async def test_a_log_whose_file_is_broken_goes_on(
    start: Start, logs: Logs, docker_client: docker.DockerClient, engine: DockerEngine
) -> None:
    if engine.api_version >= FOLLOWS_BY_POSITION:
        pytest.skip("engines since version 23 read no further than a broken line, for `docker logs` neither")
    printing = await asyncio.to_thread(start)
    file = await asyncio.to_thread(file_of, docker_client, printing)
    with file.open("ab") as broken:
        broken.write(b'{"log":"\xff\x00\n')
    view, seen = LogView(logs), Seen()
    view.add(printing.id, tail=None)
    logs.resume(printing.id)
    await print_one_by_one(printing, view, seen, range(3))
    assert numbers_of(seen)[-1] == 2
