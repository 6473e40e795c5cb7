"""Compile the .po files named on the command line into the .mo files beside them."""

from __future__ import annotations

import sys
from pathlib import Path

import polib


def main() -> None:
    """Compile every catalogue named."""
    for name in sys.argv[1:]:
        catalogue = polib.pofile(name)
        catalogue.save_as_mofile(str(Path(name).with_suffix(".mo")))


if __name__ == "__main__":
    main()
