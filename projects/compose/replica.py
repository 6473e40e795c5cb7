"""One container that is to be made of a service, as far as it is known before it exists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from projects.compose.model import Service


@dataclass(frozen=True, kw_only=True, slots=True)
class Replica:
    """One container that is to be made of a service.

    `image` is the reference it runs; `name` is what the container is called in the end, also while a recreate
    uses another. `containers` maps
    `slug` is given for one-off containers: then `use_aliases` says whether it answers to the service's names,
    `attached` whether somebody writes to it, `remove` whether the engine removes it at its end.
    service names to the names of their containers, `ids` container names to ids where they exist already.
    `mounted_images` maps targets to the ids of the images that are mounted there.
    `hook` is the position of the ``pre_start`` hook that it carries out, and None for the service's own containers;
    `beside` names the service's own container whose volumes it shares.
    """

    service: Service
    image: str
    number: int
    name: str
    image_id: str = ""
    replaces: bool = False
    slug: str = ""
    use_aliases: bool = False
    attached: bool = False
    remove: bool = False
    mounted_images: Mapping[str, str] = field(default_factory=dict)
    hook: int | None = None
    beside: str = ""
    inherited: Mapping[str, str] = field(default_factory=dict)
    containers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)
