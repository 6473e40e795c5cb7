"""Builds by the engine's BuildKit: what Compose files may ask of it, what is shown, what is told when it fails."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from projects.compose.errors import ImageNotFound
from projects.compose.events import Status
from projects.services.engine import DockerEngine
from tests.engine.building import Building
from tests.registry import Registry, random_layer

SIMPLE = "services: {web: {build: .}}\n"


def labels(client: docker.DockerClient, image: str) -> dict[str, str]:
    return dict(client.images.get(image).labels)


def test_steps_carry_the_numbers_of_the_dockerfile(building: Building, busybox_image: str) -> None:
    building.write(
        Dockerfile=f"FROM {busybox_image}\nENV COLOUR blue\nRUN echo $COLOUR\nLABEL a=b\nCOPY Dockerfile /app\n"
        "CMD true\n"
    )
    assert building.build("services: {web: {build: {context: ., no_cache: true}}}") == ()
    assert [(step.number, step.of, step.name) for step in building.steps()] == [
        (1, 6, f"FROM {busybox_image}"),
        (2, 6, "ENV COLOUR blue"),
        (3, 6, "RUN echo $COLOUR"),
        (4, 6, "LABEL a=b"),
        (5, 6, "COPY Dockerfile /app"),
        (6, 6, "CMD true"),
    ]
    assert {step.status for step in building.steps()} == {Status.DONE}
    assert building.output(3) == "blue"
    assert building.build(SIMPLE) == ()
    assert [step.number for step in building.steps() if step.cached] == [3, 4, 5, 6]


def test_image_carries_the_labels_of_the_reference(
    building: Building, busybox_image: str, docker_client: docker.DockerClient
) -> None:
    building.write(Dockerfile=f"FROM {busybox_image}\n")
    project = building.directory.name
    compose = "services: {web: {build: {context: ., labels: {own: label}, tags: ['NAME-x:1']}}}"
    assert building.build(compose.replace("NAME", project)) == ()
    assert labels(docker_client, f"{project}-web") == {
        "own": "label",
        "com.docker.compose.project": project,
        "com.docker.compose.service": "web",
        "com.docker.compose.version": "5.6.1",
    }
    assert docker_client.images.get(f"{project}-x:1").id == docker_client.images.get(f"{project}-web").id


def test_stages_are_built_side_by_side(building: Building, busybox_image: str) -> None:
    building.write(
        Dockerfile=f"FROM {busybox_image} AS one\nRUN sleep 2; touch /one\nFROM {busybox_image} AS two\n"
        f"RUN sleep 2; touch /two\nFROM {busybox_image} AS unneeded\nRUN exit 1\nFROM {busybox_image}\n"
        "COPY --from=one /one /\nCOPY --from=two /two /\n"
    )
    assert building.build("services: {web: {build: {context: ., no_cache: true}}}") == ()
    steps = {step.name: step for step in building.steps()}
    assert [step.number for step in building.steps()] == list(range(1, 8))
    one, two = steps["RUN sleep 2; touch /one"], steps["RUN sleep 2; touch /two"]
    assert one.started_at and one.finished_at and two.started_at and two.finished_at
    assert two.started_at < one.finished_at and one.started_at < two.finished_at


def test_context_and_dockerfile_are_read_as_the_reference_reads_them(building: Building, busybox_image: str) -> None:
    building.write(
        app__kept="kept",
        app__left_out="x",
        app__deep__taken_in="taken in",
        app__deep__other="x",
        docker__Web=f"FROM {busybox_image}\nCOPY . /app\nRUN cd /app; find . -type f -o -type l | sort | xargs echo\n",
    )
    (building.directory / "app/.dockerignore").write_text("left_*\ndeep\n!deep/taken_in\n.dockerignore\n")
    (building.directory / "app/link").symlink_to("kept")
    assert building.build("services: {web: {build: {context: app, dockerfile: ../docker/Web, no_cache: true}}}") == ()
    assert building.output(3) == "./deep/taken_in ./kept ./link"


def test_only_what_has_changed_is_sent_again(building: Building, busybox_image: str) -> None:
    building.write(Dockerfile=f"FROM {busybox_image}\nCOPY . /app\n", large="x" * 400_000)
    assert building.build(SIMPLE) == ()
    building.write(small="y" * 1000)
    assert building.build(SIMPLE) == ()
    sent = [event.current for event in building.events if event.id == "build:web" and event.current]
    assert 1000 <= max(sent) < 100_000


def test_arguments_target_hosts_network_and_inline_dockerfile(building: Building, busybox_image: str) -> None:
    failures = building.build(
        f"""
services:
  web:
    build:
      context: .
      target: middle
      no_cache: true
      args: {{COLOUR: blue, FROM_ENVIRONMENT: }}
      network: none
      extra_hosts: ["elsewhere=10.1.2.3", "here=host-gateway"]
      dockerfile_inline: |
        FROM {busybox_image} AS middle
        ARG COLOUR
        ARG FROM_ENVIRONMENT
        RUN echo $$COLOUR $$FROM_ENVIRONMENT; grep -c -e elsewhere -e here /etc/hosts; ls /sys/class/net
        FROM {busybox_image}
        RUN exit 1
""",
        FROM_ENVIRONMENT="seen",
    )
    assert failures == ()
    assert building.output(4).split() == ["blue", "seen", "2", "lo"]


def test_secrets_are_there_for_one_step_only(
    building: Building, busybox_image: str, docker_client: docker.DockerClient
) -> None:
    building.write(
        token="from a file",
        Dockerfile=f"FROM {busybox_image}\n"
        "RUN --mount=type=secret,id=file wc -c </run/secrets/file\n"
        "RUN --mount=type=secret,id=other,target=/word,mode=0400,uid=7 wc -c </word; stat -c '%a %u' /word\n"
        "RUN ls /run/secrets /word 2>&1; true\n",
    )
    compose = """
services: {web: {build: {context: ., no_cache: true, secrets: [file, {source: word, target: other}]}}}
secrets: {file: {file: ./token}, word: {environment: WORD}}
"""
    assert building.build(compose, WORD="hunter2") == ()
    assert building.output(2) == "11"
    assert building.output(3).split() == ["7", "400", "7"]
    assert "No such file" in building.output(4)
    assert "hunter2" not in str([event.as_json() for event in building.events])


def test_secret_that_cannot_be_had_is_told_before_anything_is_built(building: Building, busybox_image: str) -> None:
    building.write(Dockerfile=f"FROM {busybox_image}\nRUN --mount=type=secret,id=a,required=true true\n")
    a = "services: {web: {build: {context: ., secrets: [a]}}}\n"
    assert building.failure(a + "secrets: {a: {file: ./nowhere}}").startswith(
        f'The file "{building.directory}/nowhere" of the build secret "a" cannot be read (No such file or directory).'
    )
    assert building.failure(a + "secrets: {a: {environment: UNSET}}").startswith(
        'The build secret "a" is the value of the variable UNSET, which is not set.'
    )
    assert building.failure(SIMPLE).startswith(
        'The Dockerfile asks for the build secret "a", which the Compose file does not give to this build.'
    )


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Path]:
    """An SSH agent that knows no keys: it answers every request with an empty list of identities."""
    path = tmp_path / "agent"
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    listening.listen()

    def answer() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                while connection.recv(4096):
                    connection.sendall((5).to_bytes(4) + bytes([12]) + (0).to_bytes(4))

    threading.Thread(target=answer, daemon=True).start()
    yield path
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()


def test_ssh_agent_is_forwarded(
    building: Building, engine: DockerEngine, agent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))
    if engine.image("python:3.7-alpine") is None:
        pytest.skip("the engine has no python:3.7-alpine")
    # An SSH_AGENTC_REQUEST_IDENTITIES, and the length of its answer.
    ask = (
        "import os, socket; agent = socket.socket(socket.AF_UNIX); agent.connect(os.environ['SSH_AUTH_SOCK']); "
        "agent.sendall(bytes([0, 0, 0, 1, 11])); print(len(agent.recv(100)))"
    )
    building.write(Dockerfile=f'FROM python:3.7-alpine\nRUN --mount=type=ssh python3 -c "{ask}"\n')
    assert building.build("services: {web: {build: {context: ., no_cache: true, ssh: [default]}}}") == ()
    assert building.output(2) == "9"


def test_a_key_file_is_an_agent_under_its_name(building: Building, engine: DockerEngine) -> None:
    if engine.image("python:3.7-alpine") is None:
        pytest.skip("the engine has no python:3.7-alpine")
    key = ed25519.Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode().split()[1]
    ask = (
        "import base64, os, socket; agent = socket.socket(socket.AF_UNIX); agent.connect(os.environ['SSH_AUTH_SOCK']); "
        "agent.sendall(bytes([0, 0, 0, 1, 11])); print(base64.b64encode(agent.recv(4096)[13:-4]).decode())"
    )
    run = f'RUN --mount=type=ssh,id=mine,required=true python3 -c "{ask}"'
    building.write(key=private, Dockerfile=f"FROM python:3.7-alpine\n{run}\n")
    compose = "services: {web: {build: {context: ., no_cache: true, ssh: ['%s=./key']}}}"
    assert building.build(compose % "mine") == ()
    assert building.output(2) == public
    assert "unset ssh forward key mine" in building.failure(compose % "other")


def test_missing_ssh_agent_is_told(
    building: Building, busybox_image: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    building.write(Dockerfile=f"FROM {busybox_image}\n")
    assert building.failure("services: {web: {build: {context: ., ssh: [default]}}}").startswith(
        'The build asks for an SSH agent ("build: ssh"), and none runs for this program.'
    )
    key = f"services: {{web: {{build: {{context: ., ssh: ['mine={tmp_path}/key']}}}}}}"
    assert building.failure(key).startswith(f'The SSH key "{tmp_path}/key" of the build cannot be used')


def test_additional_contexts_may_be_directories_images_and_services(
    building: Building, busybox_image: str, engine: DockerEngine
) -> None:
    compose = f"""
services:
  web:
    build:
      context: .
      no_cache: true
      additional_contexts:
        files: ./more
        box: docker-image://{busybox_image}
        made: service:base
  base:
    build:
      context: .
      dockerfile_inline: |
        FROM {busybox_image}
        RUN echo made >/made
"""
    building.write(
        more__word="word",
        Dockerfile="FROM box\nCOPY --from=files /word /\nCOPY --from=made /made /\nRUN cat /word /made\n",
    )
    if engine.api_version < (1, 42):
        failure = next(f for f in building.build(compose) if "additional_contexts" in str(f))
        assert '"build: additional_contexts" needs a newer Docker engine (23 or later)' in str(failure)
        return
    assert building.build(compose) == ()
    assert building.output(4) == "wordmade"


def test_what_cannot_be_done_is_said_in_words(building: Building, busybox_image: str) -> None:
    building.write(Dockerfile=f"FROM {busybox_image}\n")
    refused = building.failure("services: {web: {build: {context: ., privileged: true}}}")
    assert refused.startswith("A privileged build would give the Dockerfile the rights of root")
    network = building.failure("services: {web: {build: {context: ., network: mine}}}")
    assert network.startswith('BuildKit knows no network "mine"')


def test_missing_base_image_is_told(building: Building, registry: Registry) -> None:
    missing = f"{registry.address}/nothing:here"
    building.write(Dockerfile=f"FROM {missing}\nRUN true\n")
    (failure,) = building.build(SIMPLE)
    assert isinstance(failure, ImageNotFound)
    assert f'The image "{missing}" was not found: its registry has none of that name and tag' in str(failure)


def test_failing_step_is_told_with_its_last_lines(building: Building, busybox_image: str) -> None:
    building.write(Dockerfile=f"FROM {busybox_image}\nENV A=b\nRUN echo compiling; echo no header; exit 3\nRUN true\n")
    assert building.failure(SIMPLE) == (
        "Step 3 of 4 (RUN echo compiling; echo no header; exit 3) failed: it exited with code 3. Correct the "
        "Dockerfile or what it uses. Its last lines:\ncompiling\nno header"
    )
    assert [step.status for step in building.steps()] == [Status.DONE, Status.DONE, Status.ERROR, Status.SKIPPED]


def test_mistakes_in_files_are_told(building: Building, busybox_image: str) -> None:
    assert building.failure(SIMPLE).startswith(f'The Dockerfile "{building.directory}/Dockerfile" does not exist.')
    assert building.failure("services: {web: {build: nowhere}}").startswith("The build context ")
    building.write(Dockerfile=f"FROM {busybox_image}\nRUNN true\n")
    assert "unknown instruction: RUNN" in building.failure(SIMPLE)
    building.write(Dockerfile=f"FROM {busybox_image}\nCOPY nothing /\n")
    assert building.failure(SIMPLE).startswith("Step 2 of 2 (COPY nothing /) failed: ")


def test_layers_of_a_base_image_are_shown_while_they_come(
    building: Building, registry: Registry, docker_client: docker.DockerClient
) -> None:
    layers = [random_layer(f"{building.directory.name}{number}", 300_000) for number in range(3)]
    base = registry.add_image("layered", layers)
    building.write(Dockerfile=f"FROM {base}\nCOPY Dockerfile /\n")
    registry.bytes_per_second = 600_000
    assert building.build(SIMPLE) == ()
    (image,) = building.progress.images
    assert (image.name, image.status, image.text) == (base, Status.DONE, "Pulled")
    large = [layer for layer in image.children if layer.size > 290_000]
    assert [layer.status for layer in large] == [Status.DONE] * 3
    assert image.size > 3 * 290_000


def test_cancelled_build_ends_at_once_and_leaves_nothing(
    building: Building, busybox_image: str, docker_client: docker.DockerClient
) -> None:
    building.write(Dockerfile=f"FROM {busybox_image}\nRUN echo working; sleep 987\n")
    worker = threading.Thread(target=building.build, args=(SIMPLE,))
    worker.start()
    until(lambda: any("working" in event.output for event in list(building.events)))
    began = time.monotonic()
    building.cancel.set()
    worker.join(5)
    assert time.monotonic() - began < 1.5
    task = building.progress.task("build:web")
    assert task is not None
    assert task.status is Status.WARNING
    until(lambda: not processes("sleep\x00987"))
    assert not docker_client.images.list(name=f"{building.directory.name}-web")


def processes(command: str) -> list[int]:
    found = []
    for each in Path("/proc").iterdir():
        if each.name.isdecimal():
            try:
                if command in (each / "cmdline").read_text():
                    found.append(int(each.name))
            except OSError:
                continue
    return found


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_classic_builder_is_used_where_it_is_asked_for(
    building: Building, busybox_image: str, docker_client: docker.DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_BUILDKIT", "0")
    building.write(Dockerfile=f"FROM {busybox_image}\nRUN true\n")
    assert building.build(SIMPLE) == ()
    assert labels(docker_client, f"{building.directory.name}-web") == {"com.docker.compose.image.builder": "classic"}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc to read the memory from")
def test_large_contexts_are_streamed(building: Building, busybox_image: str) -> None:
    with (building.directory / "large").open("wb") as file:
        for _ in range(100):
            file.write(os.urandom(1024 * 1024))
    building.write(Dockerfile=f"FROM {busybox_image}\nCOPY large /\n")
    before = peak_memory()
    assert building.build(SIMPLE) == ()
    assert peak_memory() - before < 60 * 1024


def peak_memory() -> int:
    """Return the most memory this process has had, in KiB."""
    text = Path("/proc/self/status").read_text()
    return int(text.partition("VmHWM:")[2].split()[0])
