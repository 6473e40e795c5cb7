"""What BuildKit tells of a build at a moment: the nodes of its graph, what they move and what they print.

Source: BuildKit ``StatusResponse``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Vertex:
    """The state of one node of the build's graph; times are Unix seconds."""

    digest: str
    name: str = ""
    cached: bool = False
    started: float | None = None
    completed: float | None = None
    error: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Transfer:
    """Bytes that a vertex has moved, of `total` (0: unknown)."""

    vertex: str
    id: str
    current: int = 0
    total: int = 0
    completed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Output:
    """What a vertex has printed."""

    vertex: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Update:
    """What BuildKit tells at one moment."""

    vertices: tuple[Vertex, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    outputs: tuple[Output, ...] = ()
