"""A snapshot holds the project's own things, the images its files name, and foreign things of the same names."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import pytest

from projects.compose.loader import load
from projects.compose.model import Application
from projects.services import verbs
from projects.services.contract import Engine
from projects.services.observation import observe
from tests.fakes.engine import FakeEngine

FILES = """
services:
  web:
    build: .
    networks: [default, shared]
    volumes: ["data:/data", "lent:/lent"]
  db:
    image: db:1
networks:
  shared: {external: true, name: everybody}
volumes:
  data:
  lent: {external: true}
"""


def application() -> Application:
    def read_file(path: str) -> bytes:
        if path == "/demo/compose.yaml":
            return FILES.encode()
        raise FileNotFoundError(path)

    return load("/demo", environment={}, read_file=read_file).application


def labels(project: str, **more: str) -> dict[str, str]:
    given = {"project": project, **more}
    return {f"com.docker.compose.{key}": value for key, value in given.items()}


def test_snapshot_tells_own_from_foreign() -> None:
    engine = FakeEngine("db:1")
    for project in ("demo", "other"):
        body = {"Image": "db:1", "Labels": labels(project, service="db")}
        engine.create_container(f"{project}-db-1", body)
        engine.create_network({"Name": f"{project}_default", "Labels": labels(project, network="default")})
        engine.create_volume({"Name": f"{project}_data", "Labels": labels(project, volume="data")})
    engine.create_network({"Name": "everybody"})
    engine.create_volume({"Name": "lent"})
    state = observe(engine, "demo", application())
    assert [container.name for container in state.containers] == ["demo-db-1"]
    assert [network.name for network in state.networks] == ["demo_default"]
    assert [network.name for network in state.foreign_networks] == ["everybody"]
    assert [volume.name for volume in state.volumes] == ["demo_data"]
    assert [volume.name for volume in state.foreign_volumes] == ["lent"]
    assert {reference: image is not None for reference, image in state.images.items()} == {
        "db:1": True,
        "demo-web": False,
    }
    assert state.api_version == (1, 41)


def test_without_files_it_holds_what_the_labels_tell() -> None:
    engine = FakeEngine()
    engine.create_network({"Name": "demo_default", "Labels": labels("demo", network="default")})
    state = observe(engine, "demo", None)
    assert [network.name for network in state.networks] == ["demo_default"]
    assert (state.images, state.foreign_networks) == ({}, ())


class Counting:
    """Counts what an engine is asked, by method."""

    def __init__(self, engine: FakeEngine) -> None:
        self.engine = engine
        self.asked: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.engine, name)
        return partial(self._count, name, value) if callable(value) else value

    def _count(self, name: str, call: Callable[..., Any], *args: Any, **options: Any) -> Any:
        self.asked[name] += 1
        return call(*args, **options)


def many(count: int, images: int) -> Application:
    services = "".join(f"  s{n}:\n    image: img{n % images}:1\n    scale: 2\n" for n in range(count))

    def read_file(path: str) -> bytes:
        if path == "/demo/compose.yaml":
            return f"services:\n{services}".encode()
        raise FileNotFoundError(path)

    return load("/demo", environment={}, read_file=read_file).application


@pytest.mark.parametrize(("count", "images"), [(1, 1), (40, 1), (40, 40)])
def test_a_project_of_any_size_is_observed_with_three_lists_and_a_question_for_each_image(
    count: int, images: int
) -> None:
    application, fake = many(count, images), FakeEngine(*(f"img{n}:1" for n in range(images)))
    options = verbs.UpOptions(settle=False)
    verbs.up(application, fake, lambda event: None, threading.Event(), options)
    engine = Counting(fake)
    observe(cast("Engine", engine), "demo", application)
    assert engine.asked == {"containers": 1, "networks": 1, "volumes": 1, "image": images}
    engine.asked.clear()
    outcome = verbs.up(application, cast("Engine", engine), lambda event: None, threading.Event(), options)
    assert outcome.state == "succeeded"
    assert engine.asked == {"containers": 1, "networks": 1, "volumes": 1, "image": images}  # nothing to do, once seen
