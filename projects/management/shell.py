"""The environment as the shell gave it: Django writes its own settings module and its time zone over that.

Compose files may ask for ``${TZ}``. `manage.py` imports this module before Django.
"""

from __future__ import annotations

import os
from typing import Final

OVERWRITTEN: Final = ("DJANGO_SETTINGS_MODULE", "TZ")

_given = {name: os.environ[name] for name in OVERWRITTEN if name in os.environ}


def shell_environment() -> dict[str, str]:
    """Return the variables that Compose files and flags may use."""
    return {name: value for name, value in os.environ.items() if name not in OVERWRITTEN} | _given
