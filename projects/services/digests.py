"""Tags of images → the digests that their registries have for them now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from projects.compose.errors import EngineError, EngineUnavailable
from projects.compose.image_reference import full_name
from projects.compose.messages import Message
from projects.services.contract import Engine

THREADS: Final = 8


def pinned(images: Iterable[str], engine: Engine) -> Mapping[str, str]:
    """Return each image's full name with its digest; nothing is pulled.

    Raises `ComposeFileError` for what is no image's name, and `EngineError` where a registry does not tell.
    """
    names = {image: full_name(image) for image in images}
    with ThreadPoolExecutor(THREADS, "digests") as threads:
        return dict(zip(names, threads.map(lambda name: _pinned(name, engine), names.values()), strict=True))


def _pinned(name: str, engine: Engine) -> str:
    if "@" in name:
        return name
    try:
        return f"{name}@{engine.digest(name)}"
    except EngineUnavailable:
        raise
    except EngineError as error:
        raise EngineError(
            Message("failed to resolve digest for %(image)s: %(reason)s", image=name, reason=error.message)
        ) from error
