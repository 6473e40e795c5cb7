"""What of ``build:`` depends on the builder: limits, networks, caches, remote contexts; with BuildKit and without."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from projects.compose.events import Kind
from projects.services.engine import DockerEngine
from tests.engine.building import Building
from tests.engine.served import archive, repository, served

CLASSIC = "0"
LIMITS = (
    "services: {web: {build: {context: ., no_cache: true, shm_size: 32m, ulimits: {nofile: {soft: 777, hard: 888}}}}}"
)
SHOW_LIMITS = 'RUN echo "$(ulimit -n) $(df -k /dev/shm | tail -1 | tr -s " " | cut -d" " -f2)"'
TAKES_LIMITS = (1, 42)


@pytest.fixture(params=["buildkit", "classic"])
def builder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, building: Building) -> Building:
    """Each of the two builders."""
    if request.param == "classic":
        monkeypatch.setenv("DOCKER_BUILDKIT", CLASSIC)
    return building


def said(building: Building) -> list[str]:
    """Return what was told of the operation as a whole."""
    return [str(event.message) for event in building.events if event.kind is Kind.OPERATION]


def shown(client: docker.DockerClient, image: str, path: str) -> str:
    """Return a file of an image; read without running anything: what ends at once may be logged too late."""
    container = client.containers.create(image, ["true"])
    try:
        chunks, _stat = container.get_archive(path)
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
            file = archive.extractfile(archive.getmembers()[0])
            assert file is not None
            return file.read().decode().strip()
    finally:
        container.remove()


def test_the_classic_builder_heeds_limits(
    building: Building, busybox_image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_BUILDKIT", CLASSIC)
    building.write(Dockerfile=f"FROM {busybox_image}\n{SHOW_LIMITS}\n")
    assert building.build(LIMITS) == ()
    assert building.output(2) == "777 32768"
    assert said(building) == []


def test_buildkit_heeds_limits_or_it_is_told_that_it_does_not(building: Building, busybox_image: str) -> None:
    building.write(Dockerfile=f"FROM {busybox_image}\n{SHOW_LIMITS}\n")
    assert building.build(LIMITS) == ()
    if building.engine.api_version >= TAKES_LIMITS:
        assert (building.output(2), said(building)) == ("777 32768", [])
    else:
        assert [line.partition(" does not heed ")[2][:18] for line in said(building)] == [
            '"build: shm_size".',
            '"build: ulimits". ',
        ]


def test_a_build_without_network_has_none(builder: Building, busybox_image: str) -> None:
    builder.write(
        Dockerfile=f"FROM {busybox_image}\nRUN ls /sys/class/net | sort | head -1; ls /sys/class/net | wc -l\n"
    )
    assert builder.build("services: {web: {build: {context: ., no_cache: true, network: none}}}") == ()
    assert builder.output(2) == "lo\n1"


def test_a_build_may_use_the_machine_s_network(builder: Building, busybox_image: str) -> None:
    builder.write(here__index="served here", Dockerfile="")
    with served(builder.directory / "here") as address:
        builder.write(Dockerfile=f"FROM {busybox_image}\nRUN wget -qO- {address}/index\n")
        assert builder.build("services: {web: {build: {context: ., no_cache: true, network: host}}}") == ()
    assert builder.output(2) == "served here"


def test_hosts_are_known_to_a_build(builder: Building, busybox_image: str) -> None:
    builder.write(Dockerfile=f'FROM {busybox_image}\nRUN grep far.example /etc/hosts | tr -s "\\t" " "\n')
    compose = "services: {web: {build: {context: ., no_cache: true, extra_hosts: ['far.example=10.1.2.3']}}}"
    assert builder.build(compose) == ()
    assert builder.output(2) == "10.1.2.3 far.example"


STAGES = """\
FROM {image} AS one
RUN echo one
FROM {image} AS two
RUN echo two
COPY --from=one /etc /one
"""


def test_stages_may_be_left_out_of_the_cache(building: Building, busybox_image: str) -> None:
    building.write(Dockerfile=STAGES.format(image=busybox_image))
    assert building.build("services: {web: {build: .}}") == ()
    assert building.build("services: {web: {build: {context: ., no_cache_filter: [two]}}}") == ()
    assert {step.number: step.cached for step in building.steps() if step.name.startswith("RUN")} == {2: True, 4: False}


def test_a_cache_that_is_not_there_is_done_without(builder: Building, busybox_image: str) -> None:
    builder.write(Dockerfile=f"FROM {busybox_image}\nRUN echo anew\n")
    nowhere = busybox_image.replace("busybox", "nosuch")
    compose = f"services: {{web: {{build: {{context: ., cache_from: ['{nowhere}']}}}}}}"
    assert builder.build(compose) == ()


def test_a_cache_may_be_written_into_the_image(
    building: Building, busybox_image: str, docker_client: docker.DockerClient
) -> None:
    building.write(Dockerfile=f"FROM {busybox_image}\nRUN echo kept\n")
    assert building.build("services: {web: {build: {context: ., cache_to: ['type=inline']}}}") == ()
    assert docker_client.images.get(f"{building.directory.name}-web")


def test_a_cache_that_the_engine_cannot_write_is_refused_in_words(
    building: Building, busybox_image: str, tmp_path: Path
) -> None:
    building.write(Dockerfile=f"FROM {busybox_image}\n")
    failure = building.failure(
        f"services: {{web: {{build: {{context: ., cache_to: ['type=local,dest={tmp_path}/cache']}}}}}}"
    )
    assert failure.startswith('The engine\'s own builder cannot write its cache as "type=local".')


def test_a_right_that_the_engine_does_not_give_is_told(building: Building, busybox_image: str) -> None:
    building.write(Dockerfile=f"FROM {busybox_image}\n")
    compose = "services: {web: {build: {context: ., entitlements: [security.insecure]}}}"
    assert "security.insecure is not allowed" in building.failure(compose)


@pytest.fixture
def elsewhere(tmp_path: Path, busybox_image: str) -> Iterator[str]:
    """The address of a git repository, and of archives."""
    directory = tmp_path / "elsewhere"
    directory.mkdir()
    dockerfile = f"FROM {busybox_image}\nCOPY file /file\n"
    repository(
        directory,
        {
            "main": {
                "Dockerfile": dockerfile,
                "file": "of main",
                "below/Dockerfile": dockerfile,
                "below/file": "of below",
            },
            "other": {"file": "of other"},
        },
    )
    archive(directory / "context.tar.gz", {"Dockerfile": dockerfile, "file": "of the archive", "Other": dockerfile})
    (directory / "Dockerfile").write_text(f"FROM {busybox_image}\nRUN echo alone > /file\n")
    with served(directory) as address:
        yield address


@pytest.mark.parametrize(
    ("context", "content"),
    [
        ("{address}/it.git#main", "of main"),
        ("{address}/it.git#other", "of other"),
        ("{address}/context.tar.gz", "of the archive"),
        ("{address}/Dockerfile", "alone"),
    ],
)
def test_contexts_may_lie_elsewhere(
    builder: Building, elsewhere: str, docker_client: docker.DockerClient, context: str, content: str
) -> None:
    compose = f"services: {{web: {{build: {{context: '{context.format(address=elsewhere)}', no_cache: true}}}}}}"
    assert builder.build(compose) == ()
    assert shown(docker_client, f"{builder.directory.name}-web", "/file") == content


def test_a_directory_of_a_repository_is_a_context_or_it_is_told_that_it_cannot_be(
    builder: Building, elsewhere: str, docker_client: docker.DockerClient
) -> None:
    failures = builder.build(f"services: {{web: {{build: '{elsewhere}/it.git#main:below'}}}}")
    if os.environ.get("DOCKER_BUILDKIT") == CLASSIC or builder.engine.api_version >= TAKES_LIMITS:
        assert failures == ()
        assert shown(docker_client, f"{builder.directory.name}-web", "/file") == "of below"
    else:
        assert "BuildKit cannot build a directory within a git repository" in str(failures[0])


def test_a_context_elsewhere_that_is_not_there_is_told(builder: Building, elsewhere: str) -> None:
    for context in (f"{elsewhere}/nosuch.git#main", f"{elsewhere}/nosuch.tar.gz"):
        failures = builder.build(f"services: {{web: {{build: '{context}'}}}}")
        assert [str(each)[:55] for each in failures] == ['The image of the service "web" could not be built. The ']


def test_an_inline_dockerfile_may_go_with_a_context_elsewhere(
    building: Building, elsewhere: str, busybox_image: str, docker_client: docker.DockerClient
) -> None:
    inline = f"FROM {busybox_image}\\nCOPY below/file /file"
    context = f"context: '{elsewhere}/it.git#main', dockerfile_inline: \"{inline}\""
    assert building.build(f"services: {{web: {{build: {{{context}}}}}}}") == ()
    assert shown(docker_client, f"{building.directory.name}-web", "/file") == "of below"


def test_an_image_for_several_platforms_is_refused_in_words_when_it_is_built(
    busybox_image: str, project_name: str, tmp_path: Path, compose_cli: str
) -> None:
    (tmp_path / "compose.yaml").write_text(
        "services: {web: {build: {context: ., platforms: [linux/amd64, linux/arm64]}}}\n"
    )
    (tmp_path / "Dockerfile").write_text(f"FROM {busybox_image}\n")
    environment = os.environ | {"DOCKER_BUILDKIT": CLASSIC, "COMPOSE_UI_DATA": str(tmp_path / "data")}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    root = Path(__file__).parents[2]
    programs = ([compose_cli], [str(root / ".venv" / "bin" / "python"), str(root / "manage.py"), "compose"])
    told, words = [], []
    for program in programs:
        for verb in (("build",), ("up", "--no-start")):
            done = subprocess.run(
                [*program, "-p", project_name, *verb], cwd=tmp_path, env=environment, capture_output=True, text=True
            )
            told.append((verb[0], done.returncode))
            words.append(done.stderr[-1000:])
            if verb == ("build",) and program is programs[1]:
                assert "several platforms (linux/amd64, linux/arm64)" in done.stderr
    assert told == [("build", 1), ("up", 0)] * 2, "\n---\n".join(words)


def test_an_oci_layout_is_refused_in_words(building: Building, busybox_image: str, engine: DockerEngine) -> None:
    building.write(Dockerfile=f"# syntax=docker/dockerfile:1\nFROM {busybox_image}\n")
    compose = "services: {web: {build: {context: ., additional_contexts: {x: 'oci-layout:///nowhere'}}}}"
    assert building.failure(compose).startswith('The additional context "x" is an OCI layout, which ')
