"""Settings of the tests: the product's own, with a data directory that is thrown away."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

_data = tempfile.mkdtemp(prefix="compose-ui-tests-")
atexit.register(shutil.rmtree, _data, ignore_errors=True)
os.environ["COMPOSE_UI_DATA"] = _data

from compose_ui.locations import DATA_DIR  # noqa: E402
from compose_ui.settings import *  # noqa: E402, F403
from compose_ui.settings import DATABASES  # noqa: E402

# A file, not memory: the tests of operations and consumers use several threads, as the server does.
DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
