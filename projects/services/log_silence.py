"""Whether a log that is followed has fallen silent, or the engine has lost its place in a file that it rotated.

Engines before 23 lose it for good where rotated files are compressed, as those of the ``local`` driver are: their
stream says nothing more before the next rotation, however much is printed. What is stored knows better, and is asked
the more seldom the longer nothing comes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final

FIRST_DOUBT_SECONDS: Final = 2.0
LONGEST_DOUBT_SECONDS: Final = 60.0


class Silence:
    """How long nothing has come; `newest` gives the timestamp of the last line that is stored, empty where unknown."""

    def __init__(self, newest: Callable[[], Awaitable[bytes]]) -> None:
        self._newest = newest
        self.broken()

    def broken(self) -> None:
        """Something came."""
        self._pause = FIRST_DOUBT_SECONDS
        self._doubted_at = monotonic() + self._pause

    def trusted_for(self) -> float:
        """Return the seconds until `hides` is to be asked, not above 0 where it is time."""
        return self._doubted_at - monotonic()

    async def hides(self, last: bytes) -> bool:
        """Return whether something is stored that is later than the timestamp `last`."""
        newest = await self._newest()
        self._pause = min(self._pause * 2, LONGEST_DOUBT_SECONDS)
        self._doubted_at = monotonic() + self._pause
        return bool(last) and newest > last
