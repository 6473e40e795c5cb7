"""What the engine's failures are called for people: exceptions and sentences of the SDK made into `EngineError`s."""

from __future__ import annotations

import re
from collections.abc import Iterator

from projects.compose.errors import (
    Conflict,
    ContainerLost,
    EngineError,
    EngineStopping,
    EngineUnavailable,
    ImageNotFound,
    NotFound,
    PortTaken,
)
from projects.compose.messages import Message
from projects.compose.state import ObservedContainer

LONGEST_REASON = 600

# Bind for 0.0.0.0:5000 failed: port is already allocated · listen tcp4 0.0.0.0:5000: bind: address already in use
# failed to bind host port 0.0.0.0:5000/tcp: address already in use (28) · …for 0.0.0.0:5000:172.18.0.2:80/tcp: …
_PORT_TAKEN = re.compile(
    r"(?:0\.0\.0\.0|\[?::\]?|\[[0-9a-f:.]+\]|\d+\.\d+\.\d+\.\d+):(\d+)\b[^,;]*?"
    r"(?:port is already allocated|address already in use)"
)
# What it keeps networks in is closed, which it is at the end only, or what it has containers run by.
_ENDS = re.compile("store for object type .*: (?:open : no such file|database not open)|: unavailable$")
# What containerd still runs of a container that the engine lost hold of.
_STALE_TASK = re.compile("task [0-9a-f]{64}: already exists|^id already in use$")


def unavailable(error: BaseException, address: str) -> EngineUnavailable:
    """Return the error for an engine at `address` that could not be reached or fell silent."""
    for cause in _causes(error):
        if isinstance(cause, PermissionError):
            return EngineUnavailable(
                Message(
                    "The Docker engine at %(address)s refuses this account. Add the account to the group "
                    '"docker" (sudo usermod -aG docker <account>), sign in to the machine again and restart.',
                    address=address,
                )
            )
        if isinstance(cause, FileNotFoundError):
            return EngineUnavailable(
                Message(
                    "No Docker engine was found at %(address)s. Install or start Docker (sudo systemctl start "
                    "docker), or set DOCKER_HOST to where the engine listens.",
                    address=address,
                )
            )
        if isinstance(cause, TimeoutError):
            return EngineUnavailable(
                Message(
                    "The Docker engine at %(address)s did not answer in time. Is it overloaded or stopping? "
                    "Look at it with: docker info",
                    address=address,
                )
            )
    return EngineUnavailable(
        Message(
            "The Docker engine at %(address)s does not answer. Start it (sudo systemctl start docker), or set "
            "DOCKER_HOST to where the engine listens.",
            address=address,
        )
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and all it was made from: requests and urllib3 hide the cause in ``args``."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            linked = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
            waiting.extend(cause for cause in linked if isinstance(cause, BaseException))


def refused(status: int, reason: str) -> EngineError:
    """Return the error for an answer of the engine with an HTTP `status` of 400 or more and its sentence."""
    if port := taken_port(reason):
        return port_taken(port, None)
    lowered = reason.lower()
    if status == 404 and "no such image" in lowered:
        return ImageNotFound(
            Message("The engine has no such image: %(reason)s. Pull or build it first.", reason=short(reason))
        )
    if status == 404:
        return NotFound(Message("The engine has no such thing (any more): %(reason)s", reason=short(reason)))
    if _ENDS.search(lowered):
        return EngineStopping(Message("The engine is being stopped: %(reason)s", reason=short(reason)))
    if status == 409 or "has active endpoints" in lowered:
        return Conflict(Message("The engine's state does not allow this: %(reason)s", reason=short(reason)))
    if "no space left on device" in lowered:
        return EngineError(
            Message(
                "The engine's disk is full: %(reason)s. Free space (docker system df), then try again.",
                reason=short(reason),
            )
        )
    if "logging driver does not support reading" in lowered:
        return EngineError(
            Message(
                "This container's logging driver keeps nothing that the engine could read back. To see its output "
                'here, use json-file, local or journald in "logging:" of the Compose file.'
            )
        )
    if _STALE_TASK.search(lowered):
        return ContainerLost(
            Message(
                "The engine was restarted while it started this container, and cannot start it any more: %(reason)s. "
                "Have the container made anew (up --force-recreate).",
                reason=short(reason),
            )
        )
    return EngineError(Message("The engine refused: %(reason)s", reason=short(reason)))


def taken_port(reason: str) -> int | None:
    """Return the host port that the engine's sentence says is in use, or None."""
    found = _PORT_TAKEN.search(reason)
    return int(found[1]) if found else None


def port_taken(port: int, owner: ObservedContainer | None) -> PortTaken:
    """Return the error for a host port in use; `owner` is the container that holds it, if one does."""
    if owner is None:
        return PortTaken(
            Message(
                "Port %(port)s of this machine is already in use by another program. Stop that program, or publish "
                "another port in the Compose file.",
                port=port,
            )
        )
    if not owner.project:
        return PortTaken(
            Message(
                'Port %(port)s of this machine is already in use by the container "%(container)s". Stop it, or '
                "publish another port in the Compose file.",
                port=port,
                container=owner.name,
            )
        )
    return PortTaken(
        Message(
            'Port %(port)s of this machine is already in use by the container "%(container)s" of the project '
            '"%(project)s". Stop it, or publish another port in the Compose file.',
            port=port,
            container=owner.name,
            project=owner.project,
        )
    )


def short(reason: str) -> str:
    """Return the engine's sentence on one line, bounded, without a full stop."""
    line = " ".join(reason.split()).rstrip(".")
    return line if len(line) <= LONGEST_REASON else line[: LONGEST_REASON - 1] + "…"
