"""Connections to the Docker engine, made when one is needed: the SDK takes long to import, the first page waits not."""

from __future__ import annotations

from functools import cache

from projects.credentials import recorded_login
from projects.services.contract import Engine


def connect() -> Engine:
    """Return a connection of one's own, to be closed; raises `EngineUnavailable`."""
    from projects.services.engine import DockerEngine

    return DockerEngine(credentials=recorded_login)


@cache
def kept() -> Engine:
    """Return the connection that all who look into containers share, for as long as this process lives."""
    return connect()
