"""Image names as people write them → the full names by which registries know them.

Source: github.com/distribution/reference (``ParseDockerRef``): a name without a registry is Docker Hub's, one without
a tag or a digest is ``latest``, and a digest makes the tag superfluous.
"""

from __future__ import annotations

import re
from typing import Final

from projects.compose.errors import ComposeFileError
from projects.compose.messages import Message

DOCKER_HUB: Final = "docker.io"
_LONGEST_NAME: Final = 255
_PART = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_DOMAIN = rf"(?:{_PART}(?:\.{_PART})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_WORD = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?P<name>{_DOMAIN}/{_WORD}(?:/{_WORD})*)(?::(?P<tag>\w[\w.-]{{0,127}}))?"
    r"(?:@(?P<digest>[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?",
    re.ASCII,
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}")
_IDENTIFIER = re.compile(r"[a-f0-9]{64}")


def full_name(image: str) -> str:
    """Return the full name of an image, with its digest or else its tag; raises ComposeFileError where it is none."""
    if _IDENTIFIER.fullmatch(image):
        raise ComposeFileError(
            Message("invalid repository name (%(name)s), cannot specify 64-byte hexadecimal strings", name=image)
        )
    domain, rest = _parted(image)
    repository = rest.partition(":")[0]
    if repository.lower() != repository:
        raise ComposeFileError(
            Message("invalid reference format: repository name (%(name)s) must be lowercase", name=repository)
        )
    match = _REFERENCE.fullmatch(f"{domain}/{rest}")
    if match is None or len(match["name"]) > _LONGEST_NAME:
        raise ComposeFileError(Message("%(image)s: invalid reference format", image=image))
    if not match["digest"]:
        return f"{match['name']}:{match['tag'] or 'latest'}"
    if not _DIGEST.fullmatch(match["digest"]):
        raise ComposeFileError(Message("%(image)s: invalid checksum digest length", image=image))
    return f"{match['name']}@{match['digest']}"


def _parted(image: str) -> tuple[str, str]:
    """Return the registry and what follows it."""
    first, slash, rest = image.partition("/")
    is_registry = slash and ("." in first or ":" in first or first == "localhost" or first.lower() != first)
    domain, rest = (first, rest) if is_registry else (DOCKER_HUB, image)
    domain = DOCKER_HUB if domain == f"index.{DOCKER_HUB}" else domain
    return domain, f"library/{rest}" if domain == DOCKER_HUB and "/" not in rest else rest
