"""What a container answers at a port that it publishes."""

from __future__ import annotations

import time
import urllib.request


def read(url: str, patience: float = 30) -> str:
    """Return the text at an address; a container that runs may not listen yet: until then the engine cuts it off."""
    deadline = time.monotonic() + patience
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                text: str = answer.read().decode()
            return text
        except ConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
