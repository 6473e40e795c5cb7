"""What a network or a volume was made with, of a create body and of the engine's lists alike, and what differs.

Sources: Engine API ``POST /networks/create``, ``GET /networks``, ``POST /volumes/create``, ``GET /volumes``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from projects.compose.differences import names_between
from projects.compose.messages import Message
from projects.compose.settings import Json, Settings, own_labels, text_of

CONFIGURATION_CHANGED: Final = Message("configuration changed")
_UNCERTAIN: Final = frozenset({"ipam", "enable_ipv4"})


def network_settings(network: Json) -> Settings:
    """Return the settings of a network, from an item of the engine's list or from the body that creates one."""
    ipam = network.get("IPAM") or {}
    pools = [{name: value for name, value in pool.items() if value} for pool in ipam.get("Config") or ()]
    found: dict[tuple[str, str], Any] = {
        ("driver", ""): network.get("Driver") or "bridge",
        ("internal", ""): network.get("Internal"),
        ("attachable", ""): network.get("Attachable"),
        ("enable_ipv6", ""): network.get("EnableIPv6"),
        ("ipam", ""): sorted(map(text_of, pools)),
        **_each("driver_opts", network.get("Options") or {}),
        **_each("labels", own_labels(network.get("Labels") or {})),
    }
    return _filled(found)


def volume_settings(volume: Json) -> Settings:
    """Return the settings of a volume, from an item of the engine's list or from the body that creates one."""
    found: dict[tuple[str, str], Any] = {
        ("driver", ""): volume.get("Driver") or "local",
        **_each("driver_opts", volume.get("Options") or volume.get("DriverOpts") or {}),
        **_each("labels", own_labels(volume.get("Labels") or {})),
    }
    return _filled(found)


def changed_resource(found: Settings, wanted: Settings) -> Message:
    """Return the cause for which a network or a volume is no longer as the files say."""
    if not found:
        return CONFIGURATION_CHANGED
    certain = {name: value for name, value in found.items() if name[0] not in _UNCERTAIN or name in wanted}
    names = names_between(certain, wanted)
    return Message("%(what)s changed", what=names) if names else CONFIGURATION_CHANGED


def _each(attribute: str, values: Mapping[str, str]) -> dict[tuple[str, str], str]:
    return {(attribute, name): value or " " for name, value in values.items()}


def _filled(found: Mapping[tuple[str, str], Any]) -> Settings:
    return {name: text for name, value in found.items() if (text := text_of(value))}
