"""The engine's own sentences, of 20.10 and of 28, become errors with a cause and a next step."""

from __future__ import annotations

import pytest
import requests

from projects.compose.errors import Conflict, EngineError, EngineStopping, ImageNotFound, NotFound, PortTaken
from projects.services import refusals, registry_refusals

ENDPOINT = "driver failed programming external connectivity on endpoint demo-web-1 (ab12): "
STORE = "failed to update store for object type *libnetwork.endpoint"


@pytest.mark.parametrize(
    ("reason", "port"),
    [
        (ENDPOINT + "Bind for 0.0.0.0:5000 failed: port is already allocated", 5000),
        (ENDPOINT + "Error starting userland proxy: listen tcp4 0.0.0.0:5000: bind: address already in use", 5000),
        (ENDPOINT + "Error starting userland proxy: listen tcp6 [::]:8080: bind: address already in use", 8080),
        (ENDPOINT + "Bind for :::53 failed: port is already allocated", 53),
        (
            "failed to set up container networking: "
            + ENDPOINT
            + "Bind for 127.0.0.1:80 failed: port is already allocated",
            80,
        ),
        ("failed to bind host port for 0.0.0.0:5000:172.18.0.2:80/tcp: address already in use", 5000),
        ("failed to bind host port 0.0.0.0:5000/tcp: address already in use", 5000),
        ("failed to bind host port [::1]:5000/tcp: address already in use", 5000),
        ("listen udp4 192.168.1.4:5353: bind: address already in use", 5353),
        ("Address already in use", None),
        ("No such container: web", None),
    ],
)
def test_taken_port_is_found_in_the_engine_s_sentence(reason: str, port: int | None) -> None:
    assert refusals.taken_port(reason) == port
    assert isinstance(refusals.refused(500, reason), PortTaken) == (port is not None)


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (404, "No such container: web", NotFound),
        (404, "network demo_default not found", NotFound),
        (404, "No such image: web:latest", ImageNotFound),
        (409, 'Conflict. The container name "/web" is already in use by container "ab12"', Conflict),
        (500, "write /var/lib/docker/tmp: no space left on device", EngineError),
        (500, f"{STORE}: open : no such file or directory", EngineStopping),
        (500, f"{STORE}: database not open", EngineStopping),
        (409, "error reading from server: EOF: unavailable", EngineStopping),
        (500, f"{STORE}: Key not found in store", EngineError),
        (400, "invalid reference format", EngineError),
    ],
)
def test_status_decides_the_kind(status: int, reason: str, kind: type[EngineError]) -> None:
    error = refusals.refused(status, reason)
    assert type(error) is kind
    assert reason in str(error)


def test_a_log_that_nobody_can_read_is_told_with_the_way_out() -> None:
    said = str(refusals.refused(501, "configured logging driver does not support reading"))
    assert said.startswith("This container's logging driver keeps nothing that the engine could read back.")
    assert "json-file" in said


@pytest.mark.parametrize(
    ("status", "reason", "kind", "says"),
    [
        (404, "manifest for redis:x not found: manifest unknown: manifest unknown", ImageNotFound, "was not found"),
        (
            404,
            "pull access denied for x, repository does not exist or may require 'docker login'",
            ImageNotFound,
            "login",
        ),
        (500, "unauthorized: authentication required", ImageNotFound, "docker login"),
        (0, "no matching manifest for linux/arm64/v8 in the manifest list entries", ImageNotFound, "platform"),
        (500, 'Get "https://x/v2/": dial tcp: lookup x: no such host', EngineError, "could not be reached"),
        (500, 'Get "https://x/v2/": net/http: TLS handshake timeout', EngineError, "could not be reached"),
        (500, "toomanyrequests: You have reached your pull rate limit", EngineError, "has been asked too often"),
    ],
)
def test_pull_that_fails_names_image_and_cause(status: int, reason: str, kind: type[EngineError], says: str) -> None:
    error = registry_refusals.pull_refused("redis:x", status, reason)
    assert type(error) is kind
    assert '"redis:x"' in str(error)
    assert says in str(error)
    assert reason in str(error)


@pytest.mark.parametrize(
    ("reference", "reason", "says"),
    [
        ("127.0.0.1:42943/x:1", 'Get "http://127.0.0.1:42943/v2/": EOF', "could not be reached"),
        ("127.0.0.1:42943/x:1", "received unexpected HTTP status: 503 Service Unavailable", "is in trouble itself"),
        ("hub:503/x:1", 'Get "http://hub:503/v2/": dial tcp: connection refused', "could not be reached"),
        ("hub.lan/denied/x:1", "hub.lan/denied/x:1: i/o timeout", "could not be reached"),
        ("hub.lan/geofence:1", "hub.lan/geofence:1 is of no use", "could not be pulled"),
    ],
)
def test_a_name_with_the_words_of_a_refusal_is_not_taken_for_one(reference: str, reason: str, says: str) -> None:
    assert says in str(registry_refusals.pull_refused(reference, 500, reason))


@pytest.mark.parametrize(
    ("cause", "says"),
    [
        (PermissionError(13, "Permission denied"), 'group "docker"'),
        (FileNotFoundError(2, "No such file"), "No Docker engine was found at unix:///x. Install or start Docker"),
        (ConnectionRefusedError(111, "Connection refused"), "does not answer. Start it"),
        (TimeoutError("timed out"), "did not answer in time"),
    ],
)
def test_unreachable_engine_says_what_to_do(cause: OSError, says: str) -> None:
    # requests hides the cause in its arguments
    hidden = requests.ConnectionError(requests.exceptions.ChunkedEncodingError("Connection aborted.", cause))
    for error in (cause, hidden):
        assert says in str(refusals.unavailable(error, "unix:///x"))
        assert "unix:///x" in str(refusals.unavailable(error, "unix:///x"))


@pytest.mark.parametrize("reason", [f"task {'a' * 64}: already exists", "id already in use"])
def test_a_container_that_the_engine_lost_hold_of_is_to_be_made_anew(reason: str) -> None:
    assert "Have the container made anew" in str(refusals.refused(500, reason))


def test_long_sentences_are_cut() -> None:
    assert len(refusals.short("x " * 10_000)) == refusals.LONGEST_REASON
    assert refusals.short("two\nlines.\n") == "two lines"
