"""``use_api_socket`` gives the socket and the logins to the services that ask for it, and to no other."""

from __future__ import annotations

import json

import pytest

from projects.compose.api_socket import with_api_socket
from projects.compose.errors import PlanError
from tests.compose.planning import application, service

LOGINS = {"registry.test": {"auth": "c2VjcmV0"}}


def test_the_socket_and_the_logins_are_given_to_who_asks_for_them() -> None:
    project = application(service("web", use_api_socket=True), service("db"))
    given = with_api_socket(project, "unix:///run/engine.sock", LOGINS)
    web = given.services["web"]
    assert given.services["db"] == project.services["db"]
    assert [(mount.type, mount.source, mount.target) for mount in web.volumes] == [
        ("bind", "/var/run/docker.sock", "/var/run/docker.sock")
    ]
    assert web.environment == {"DOCKER_CONFIG": "/run/secrets/docker"}
    (use,) = web.configs
    assert use.target == "/run/secrets/docker/config.json"
    assert json.loads(given.configs[use.source].content) == {"auths": LOGINS}


def test_a_configuration_directory_of_its_own_stays() -> None:
    project = application(service("web", use_api_socket=True, environment={"DOCKER_CONFIG": "/own"}))
    given = with_api_socket(project, "unix:///run/engine.sock", {})
    assert given.services["web"].environment == {"DOCKER_CONFIG": "/own"}


def test_an_engine_behind_a_network_has_no_socket_to_give() -> None:
    project = application(service("web", use_api_socket=True))
    with pytest.raises(PlanError, match="the engine is reached at tcp://far:2375"):
        with_api_socket(project, "tcp://far:2375", {})
