"""What the engine's classic builder is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from projects.compose.engine_messages import BuildMessages
from projects.compose.errors import BuildFailed, ImageNotFound
from projects.services import builds
from projects.services.streams import Messages
from tests.fakes.engine import FakeEngine


class Asked(FakeEngine):
    """Keeps the parameters of a build."""

    parameters: Mapping[str, Any] = {}
    body: bytes = b""

    def build(
        self, context: Iterable[bytes], parameters: Mapping[str, Any], registries: Iterable[str] = ()
    ) -> Messages:
        self.parameters = parameters
        self.body = b"".join(context)
        return super().build((), parameters)


@pytest.fixture
def context(tmp_path: Path) -> str:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    return str(tmp_path)


def asked(options: Mapping[str, Any]) -> Asked:
    engine = Asked()
    builds.open_build(engine, "web", "demo-web", options, lambda event: None)
    return engine


def test_options_become_the_parameters_of_the_engine(context: str) -> None:
    engine = asked(
        {
            "context": context,
            "args": {"VERSION": "1"},
            "target": "prod",
            "labels": {"a": "b", "com.docker.compose.project": "demo"},
            "network": "host",
            "extra_hosts": ["db:10.0.0.1", "cache:10.0.0.2"],
            "shm_size": 1048576,
            "no_cache": True,
            "pull": True,
            "platform": "linux/amd64",
            "tags": ["demo:extra"],
        }
    )
    assert json.loads(engine.parameters["buildargs"]) == {"VERSION": "1"}
    assert json.loads(engine.parameters["labels"]) == {"a": "b", "com.docker.compose.image.builder": "classic"}
    given = {key: value for key, value in engine.parameters.items() if key not in ("buildargs", "labels")}
    assert given == {
        "t": ["demo-web", "demo:extra"],
        "rm": 1,
        "forcerm": 1,
        "nocache": 1,
        "pull": 1,
        "target": "prod",
        "networkmode": "host",
        "extrahosts": "db:10.0.0.1,cache:10.0.0.2",
        "shmsize": 1048576,
        "platform": "linux/amd64",
        "dockerfile": "Dockerfile",
    }


def test_plain_build_asks_for_no_more_than_it_needs(context: str) -> None:
    parameters = asked({"context": context}).parameters
    assert set(parameters) == {"t", "rm", "forcerm", "buildargs", "labels", "dockerfile"}


def test_remote_context_is_fetched_by_the_engine() -> None:
    engine = asked({"context": "https://example.org/app.git#main", "dockerfile": "docker/Dockerfile"})
    assert engine.parameters["remote"] == "https://example.org/app.git#main"
    assert engine.parameters["dockerfile"] == "docker/Dockerfile"
    assert engine.body == b""


@pytest.mark.parametrize("option", ["secrets", "ssh", "additional_contexts"])
def test_what_needs_buildkit_is_refused_by_name(context: str, option: str) -> None:
    with pytest.raises(BuildFailed, match=f'"build: {option}" needs BuildKit'):
        asked({"context": context, option: ["x"]})


def test_missing_base_image_is_named() -> None:
    parser = BuildMessages("web")
    parser.feed({"stream": "Step 1/2 : FROM --platform=linux/amd64 nothing:here AS base"}, 0.0)
    error = builds.failure(parser, "manifest for nothing:here not found: manifest unknown: manifest unknown")
    assert isinstance(error, ImageNotFound)
    assert str(error).startswith('The image "nothing:here" was not found')


def test_dockerfile_that_cannot_be_read_is_told_in_the_engine_s_words() -> None:
    error = builds.failure(BuildMessages("web"), "dockerfile parse error line 2: unknown instruction: RUNN")
    assert str(error) == (
        "The engine could not begin the build: dockerfile parse error line 2: unknown instruction: RUNN"
    )
