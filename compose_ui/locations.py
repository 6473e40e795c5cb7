"""Where the dashboard keeps its data, for the settings and for commands that go without them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

BASE_DIR: Final = Path(__file__).resolve().parent.parent
DATA_DIR: Final = Path(os.environ.get("COMPOSE_UI_DATA") or BASE_DIR / "data").resolve()
DATABASE: Final = DATA_DIR / "db.sqlite3"
