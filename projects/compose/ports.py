"""The short syntax of ``ports``: ``[[IP:]HOST[-HOST]:]CONTAINER[-CONTAINER][/PROTOCOL]``."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from projects.compose.messages import Message

_PROTOCOLS = ("tcp", "udp", "sctp")
_NUMBER = re.compile(r"\+?0*([0-9]{1,5})")


class InvalidPort(ValueError):
    """A port that cannot be read; `message` says why."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


def parse(spec: str) -> list[dict[str, Any]]:
    """Return the long form of a short port: one entry a container port, in the reference's order.

    A range on both sides is paired; a range of host ports for one container port stays a range, from which the engine
    picks; a port of 0 is left out, and then missed. Raises InvalidPort (docker/go-connections, nat.ParsePortSpec).
    """
    host_ip, published, rest = _split(spec)
    target, protocol = _protocol(rest)
    host_ip = _address(host_ip)
    if not target:
        raise InvalidPort(Message("no port specified: %(spec)s<empty>", spec=spec[:100]))
    first, last = _range(target, Message("invalid containerPort: %(port)s", port=target[:100]))
    ports = _published(published, first, last, target)
    common = {"mode": "ingress", "host_ip": host_ip, "protocol": protocol}
    entries = [{**common, "target": port, "published": ports[port - first]} for port in range(first, last + 1)]
    entries.sort(key=lambda entry: str(entry["target"]))
    return [{key: value for key, value in entry.items() if value not in ("", 0)} for entry in entries]


def _split(spec: str) -> tuple[str, str, str]:
    parts = spec.rsplit(":", 2)
    return ("", "", *parts)[-3:]  # type: ignore[return-value]


def _protocol(text: str) -> tuple[str, str]:
    target, _, protocol = text.partition("/")
    protocol = protocol.lower() or "tcp"
    if not target:
        return "", "tcp"
    if protocol not in _PROTOCOLS:
        raise InvalidPort(Message("invalid proto: %(protocol)s. Use tcp, udp or sctp.", protocol=protocol[:40]))
    return target, protocol


def _address(text: str) -> str:
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    if not text:
        return ""
    try:
        ipaddress.ip_address(text if "%" not in text else "a zone")
    except ValueError:
        raise InvalidPort(Message("invalid IP address: %(address)s", address=text[:100])) from None
    return text


def _range(text: str, problem: Message) -> tuple[int, int]:
    start, dash, end = text.partition("-")
    first, last = (_number(bound, problem) for bound in (start, end if dash else start))
    if first > last:
        raise InvalidPort(problem)
    return first, last


def _number(text: str, problem: Message) -> int:
    found = _NUMBER.fullmatch(text)
    if found is None or int(found[1]) > 65535:
        raise InvalidPort(problem)
    return int(found[1])


def _published(text: str, first: int, last: int, target: str) -> list[str]:
    if not text:
        return [""] * (last - first + 1)
    host_first, host_last = _range(text, Message("invalid hostPort: %(port)s", port=text[:100]))
    if host_last - host_first == last - first:
        return [str(port) for port in range(host_first, host_last + 1)]
    if first != last:
        raise InvalidPort(
            Message(
                "invalid ranges specified for container and host Ports: %(target)s and %(published)s",
                target=target,
                published=text,
            )
        )
    return [f"{host_first}-{host_last}"]
