"""Third-party material that lies beside a checkout and is never part of it; tests that need it skip without it."""

from __future__ import annotations

import os
from pathlib import Path

SHARED = Path(os.environ.get("COMPOSE_UI_SHARED") or Path(__file__).parents[2] / "shared")
EXAMPLE = SHARED / "examples" / "flaskproject"
