"""What every `Engine` does: the fake of the tests is held here to the real one."""

from __future__ import annotations

import base64
import json
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from projects.compose.errors import Conflict, EngineError, ImageNotFound, NotFound, PortTaken
from projects.services.contract import Engine
from projects.services.engine import DockerEngine
from projects.services.streams import Exchange
from tests.fakes.engine import FakeEngine
from tests.registry import Registry

Body = Callable[..., dict[str, Any]]


@pytest.fixture(params=["fake", "real"])
def either(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """The fake engine and then the real one, both with the small image."""
    image = request.getfixturevalue("busybox_image")
    yield FakeEngine(image) if request.param == "fake" else request.getfixturevalue("engine")


@pytest.fixture
def body(busybox_image: str, project_name: str) -> Body:
    """Bodies of ``POST /containers/create`` for services of the test's own project."""

    def make(script: str = "sleep 1000", service: str = "web", **more: Any) -> dict[str, Any]:
        labels = {
            "com.docker.compose.project": project_name,
            "com.docker.compose.service": service,
            "com.docker.compose.container-number": "2",
        }
        command = ["sh", "-c", script]
        return {"Image": busybox_image, "Cmd": command, "Labels": labels, "StopSignal": "SIGKILL", **more}

    return make


def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def test_says_who_it_is(either: Engine) -> None:
    either.ping()
    version = either.version()
    assert version.version and version.name
    assert version.api_version == ".".join(map(str, either.api_version))


def test_container_lives_from_created_to_removed(either: Engine, body: Body, project_name: str) -> None:
    name = f"{project_name}-web-2"
    container_id = either.create_container(name, body())
    (created,) = either.containers(project=project_name)
    assert (created.id, created.name, created.service, created.number) == (container_id, name, "web", 2)
    assert (created.state, created.exit_code) == ("created", None)
    either.start(name)
    either.start(name)
    assert either.inspect_container(name).state == "running"
    assert either.containers(project=project_name, all=False)
    either.stop(container_id)
    either.stop(container_id)
    stopped = either.inspect_container(container_id)
    assert (stopped.state, stopped.exit_code) == ("exited", 137)
    assert not either.containers(project=project_name, all=False)
    either.remove_container(container_id)
    assert either.containers(project=project_name) == ()


def test_what_does_not_exist_is_not_found(either: Engine) -> None:
    missing = secrets.token_hex(8)
    for ask in (either.inspect_container, either.start, either.stop, either.kill, either.remove_container):
        with pytest.raises(NotFound):
            ask(missing)
    with pytest.raises(NotFound):
        either.remove_network(missing)
    with pytest.raises(NotFound):
        either.remove_volume(missing)
    with pytest.raises(NotFound):
        either.execute(missing, ["true"])
    with pytest.raises(NotFound):
        either.tail(missing, 3)
    assert either.image(f"{missing}:1") is None


def test_container_without_its_image_is_not_created(either: Engine, body: Body, project_name: str) -> None:
    with pytest.raises(ImageNotFound, match="no-such-image"):
        either.create_container(f"{project_name}-a-1", body() | {"Image": "no-such-image:1"})


def test_name_is_given_once(either: Engine, body: Body, project_name: str) -> None:
    either.create_container(f"{project_name}-a-1", body())
    with pytest.raises(Conflict, match="already in use"):
        either.create_container(f"{project_name}-a-1", body())


def test_exit_code_and_last_lines_are_told(either: Engine, body: Body, project_name: str) -> None:
    name = f"{project_name}-a-1"
    either.create_container(name, body("echo one; echo two; echo three; exit 3"))
    either.start(name)
    until(lambda: either.inspect_container(name).state == "exited")
    (listed,) = either.containers(project=project_name)
    assert listed.exit_code == 3
    assert either.tail(name, 2) == "two\nthree\n"


def test_running_container_is_not_removed_without_force(either: Engine, body: Body, project_name: str) -> None:
    name = f"{project_name}-a-1"
    either.create_container(name, body())
    either.start(name)
    with pytest.raises(Conflict):
        either.remove_container(name)
    either.remove_container(name, force=True)
    assert either.containers(project=project_name) == ()


def test_paused_container_goes_on(either: Engine, body: Body, project_name: str) -> None:
    name = f"{project_name}-a-1"
    either.create_container(name, body())
    either.start(name)
    either.pause(name)
    assert either.inspect_container(name).state == "paused"
    either.unpause(name)
    assert either.inspect_container(name).state == "running"


def test_running_containers_of_no_project_are_seen_too(either: Engine, body: Body, project_name: str) -> None:
    labels = {"com.docker.compose.project": project_name}
    plain = either.create_container(f"{project_name}-plain", body() | {"Labels": {}})
    stopped = either.create_container(f"{project_name}-stopped", body() | {"Labels": labels})
    try:
        either.start(plain)
        running = {container.id: container for container in either.running()}
        assert running[plain].project == ""
        assert stopped not in running
        assert plain not in {container.id for container in either.containers()}
    finally:
        either.remove_container(plain, force=True)


def test_renamed_container_is_known_by_its_new_name(either: Engine, body: Body, project_name: str) -> None:
    container_id = either.create_container(f"abc_{project_name}-a-1", body())
    either.rename(container_id, f"{project_name}-a-1")
    assert either.inspect_container(f"{project_name}-a-1").id == container_id


def test_port_in_use_names_its_owner(either: Engine, body: Body, project_name: str) -> None:
    port = {"ExposedPorts": {"80/tcp": {}}, "HostConfig": {"PortBindings": {"80/tcp": [{"HostPort": "26117"}]}}}
    either.create_container(f"{project_name}-a-1", body(**port))
    either.create_container(f"{project_name}-b-1", body(**port))
    either.start(f"{project_name}-a-1")
    published = either.containers(project=project_name, all=False)[0].ports[0]
    assert (published.published, published.target, published.protocol) == (26117, 80, "tcp")
    with pytest.raises(PortTaken, match=rf'26117 .* "{project_name}-a-1" of the project "{project_name}"'):
        either.start(f"{project_name}-b-1")


def test_health_is_told(either: Engine, body: Body, project_name: str) -> None:
    checks = {"Interval": 100_000_000, "Retries": 1}
    either.create_container(f"{project_name}-a-1", body(Healthcheck={"Test": ["CMD", "true"], **checks}))
    either.create_container(f"{project_name}-b-1", body(Healthcheck={"Test": ["CMD", "false"], **checks}))
    for name in ("a", "b"):
        either.start(f"{project_name}-{name}-1")
    until(lambda: {c.health for c in either.containers(project=project_name)} == {"healthy", "unhealthy"})


def test_command_in_a_container_gives_code_and_output(either: Engine, body: Body, project_name: str) -> None:
    name = f"{project_name}-a-1"
    either.create_container(name, body())
    either.start(name)
    executed = either.execute(name, ["sh", "-c", "echo hello; exit 4"])
    assert (executed.exit_code, executed.output) == (4, "hello\n")


def test_network_is_made_used_and_removed(either: Engine, body: Body, project_name: str) -> None:
    name = f"{project_name}_default"
    labels = {"com.docker.compose.project": project_name, "com.docker.compose.network": "default"}
    network = {"Name": name, "Labels": labels, "CheckDuplicate": True}
    network_id = either.create_network(network)
    assert [(n.id, n.name, n.key) for n in either.networks(project_name)] == [(network_id, name, "default")]
    assert network_id in {n.id for n in either.networks()}
    with pytest.raises(Conflict):
        either.create_network(network)
    container = f"{project_name}-a-1"
    endpoints = {"HostConfig": {"NetworkMode": name}, "NetworkingConfig": {"EndpointsConfig": {name: {}}}}
    either.create_container(container, body(**endpoints))
    either.start(container)
    assert either.inspect_container(container).networks == {name: network_id}
    with pytest.raises(EngineError, match="active endpoints"):
        either.remove_network(name)
    either.disconnect_network(name, container)
    assert name not in either.inspect_container(container).networks
    either.connect_network(name, container, {"Aliases": ["web"]})
    assert either.inspect_container(container).networks[name] == network_id
    either.remove_container(container, force=True)
    either.remove_network(name)
    assert either.networks(project_name) == ()


def test_volume_is_made_used_and_removed(either: Engine, body: Body, project_name: str) -> None:
    name = f"{project_name}_data"
    volume = {"Name": name, "Labels": {"com.docker.compose.project": project_name, "com.docker.compose.volume": "data"}}
    assert either.create_volume(volume) == either.create_volume(volume) == name
    assert [(v.name, v.key) for v in either.volumes(project_name)] == [(name, "data")]
    mount: dict[str, Any] = {"HostConfig": {"Mounts": [{"Type": "volume", "Source": name, "Target": "/data"}]}}
    bind: dict[str, Any] = {"HostConfig": {"Binds": [f"{name}:/data:rw"]}}
    made = [
        either.create_container(f"{project_name}-a-{number}", body(**host)) for number, host in enumerate((mount, bind))
    ]
    for container in made:
        assert [(m.type, m.name, m.target) for m in either.inspect_container(container).mounts] == [
            ("volume", name, "/data")
        ]
    assert len([c for c in either.containers(project=project_name) if c.mounts[0].name == name]) == 2
    with pytest.raises(Conflict):
        either.remove_volume(name)
    for container in made:
        either.remove_container(container)
    either.remove_volume(name)
    assert either.volumes(project_name) == ()


def test_missing_image_is_named_by_its_pull(either: Engine, registry: Registry) -> None:
    with pytest.raises(ImageNotFound, match=f"{registry.address}/nothing:here"):
        list(either.pull(f"{registry.address}/nothing:here"))


def test_digest_of_an_image_is_told_without_a_pull(either: Engine, registry: Registry) -> None:
    image = registry.add_image("digest-only", [b""])
    if isinstance(either, FakeEngine):
        either.registry[image] = []
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", either.digest(image))
    assert either.image(image) is None
    with pytest.raises(EngineError, match=r"manifest|not found"):
        either.digest(f"{registry.address}/nothing:here")


def test_image_gets_and_loses_another_name(either: Engine, busybox_image: str, project_name: str) -> None:
    either.tag(busybox_image, f"{project_name}-web:1")
    tagged, original = either.image(f"{project_name}-web:1"), either.image(busybox_image)
    assert tagged is not None and original is not None and tagged.id == original.id
    either.remove_image(f"{project_name}-web:1")
    assert either.image(f"{project_name}-web:1") is None
    with pytest.raises(ImageNotFound):
        either.remove_image(f"{project_name}-web:1")


def test_events_tell_of_a_container_and_end_when_cut(either: Engine, body: Body, project_name: str) -> None:
    seen: list[str] = []
    stream = either.events(filters={"type": ["container"], "label": [f"com.docker.compose.project={project_name}"]})
    reader = threading.Thread(target=lambda: seen.extend(message["Action"] for message in stream))
    reader.start()
    name = f"{project_name}-a-1"
    either.create_container(name, body("echo one; exit 0"))
    either.start(name)
    until(lambda: "die" in seen)
    either.remove_container(name)
    until(lambda: "destroy" in seen)
    began = time.monotonic()
    stream.close()
    reader.join(5)
    assert time.monotonic() - began < 0.5
    assert [action for action in seen if action in ("create", "start", "die", "destroy")] == [
        "create",
        "start",
        "die",
        "destroy",
    ]


def test_events_tell_of_a_pause_and_its_end(either: Engine, body: Body, project_name: str) -> None:
    name = f"{project_name}-a-1"
    either.create_container(name, body("sleep 1000"))
    either.start(name)
    with closing(
        either.events(filters={"type": ["container"], "label": [f"com.docker.compose.project={project_name}"]})
    ) as stream:
        either.pause(name)
        either.unpause(name)
        assert [message["Action"] for message in islice(stream, 2)] == ["pause", "unpause"]


def test_log_stream_ends_when_cut(either: Engine, body: Body, project_name: str) -> None:
    name = f"{project_name}-a-1"
    either.create_container(name, body("echo hello; sleep 1000"))
    either.start(name)
    stream = either.open_log_stream(name)
    assert stream.read() == b"\x01\x00\x00\x00\x00\x00\x00\x06hello\n"
    threading.Timer(0.2, stream.close).start()
    began = time.monotonic()
    assert stream.read() == b""
    assert time.monotonic() - began < 1.0


def test_login_of_the_docker_client_is_sent_with_a_pull(
    busybox_image: str, registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = {"auths": {registry.address: {"auth": base64.b64encode(b"somebody:secret").decode()}}}
    (tmp_path / "config.json").write_text(json.dumps(login))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    engine = DockerEngine()
    sent: list[Mapping[str, str]] = []
    exchange = engine._transport.exchange

    def noting(*asked: Any, **more: Any) -> Exchange:
        sent.append(more["headers"])
        return exchange(*asked, **more)

    monkeypatch.setattr(engine._transport, "exchange", noting)
    # Whether there is anything to download depends on the tests before.
    assert any(str(message.get("status")).startswith("Status: ") for message in engine.pull(busybox_image))
    told = json.loads(base64.urlsafe_b64decode(sent[0]["X-Registry-Auth"]))
    assert (told["username"], told["password"]) == ("somebody", "secret")
