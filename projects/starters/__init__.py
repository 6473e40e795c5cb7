"""What a new project starts with: the files of the template, and the Compose file of a blank project."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

COMPOSE_FILE = "compose.yaml"
_HERE = Path(__file__).parent

BLANK = """\
# A service is a container that Compose keeps running. Change this one, or write your own.
services:
  web:
    image: nginx:alpine
    ports:
      - "8080:80"
"""


@cache
def template_files(name: str = "flask-redis") -> Mapping[str, str]:
    """Return the text of each file of a template by its path, the Compose file first."""
    paths = sorted((_HERE / name).iterdir(), key=lambda path: (path.name != COMPOSE_FILE, path.name))
    return {path.name: path.read_text(encoding="utf-8") for path in paths if path.is_file()}
