"""Settings of the dashboard, all in one place.

Read from the environment: ``HOST``, ``PORT``, ``COMPOSE_UI_DATA`` (database, secret key, projects, trash),
``COMPOSE_UI_PROJECTS`` (where new projects are kept, when not below the data directory),
``COMPOSE_UI_ROOTS`` (colon-separated directories in which existing projects are looked for),
``COMPOSE_UI_ALLOWED_HOSTS`` (comma-separated names under which people reach the dashboard),
``COMPOSE_UI_HTTPS`` (set to 1 behind a proxy that speaks https) and ``DEBUG``.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from django.core.management.utils import get_random_secret_key

from compose_ui.locations import BASE_DIR, DATA_DIR, DATABASE

HOST = os.environ.get("HOST") or "127.0.0.1"
PORT = int(os.environ.get("PORT") or 8000)
HTTPS = os.environ.get("COMPOSE_UI_HTTPS", "") == "1"
DEBUG = os.environ.get("DEBUG", "") == "1"


def _kept_secret(path: Path) -> str:
    """Return the secret in `path`, which is made once, whole, and readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        handle, made = tempfile.mkstemp(dir=path.parent)  # mode 600
        with os.fdopen(handle, "w") as file:
            file.write(get_random_secret_key())
        with suppress(FileExistsError):  # another process was first: its secret counts
            os.link(made, path)
        Path(made).unlink()
    return path.read_text().strip()


SECRET_KEY = _kept_secret(DATA_DIR / "secret.key")

# The product's own settings.
PROJECTS_ROOT = Path(os.environ.get("COMPOSE_UI_PROJECTS") or DATA_DIR / "projects").resolve()
TRASH_ROOT = DATA_DIR / "trash"
DISCOVERY_ROOTS = [Path(root) for root in os.environ.get("COMPOSE_UI_ROOTS", "").split(":") if root]
# A page whose network was cut without a word is missed after both together.
PING_SECONDS = 20  # between pings of a websocket
PONG_SECONDS = 20  # until its answer: longer than one takes that stands in line behind a full window
SETUP_LINK_HOURS = 24

# Hosts: a request for any other name is refused, which defeats DNS rebinding.
_wildcard = HOST in {"0.0.0.0", "::", ""}
_extra_hosts = [host.strip() for host in os.environ.get("COMPOSE_UI_ALLOWED_HOSTS", "").split(",") if host.strip()]
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", socket.gethostname() if _wildcard else HOST, *_extra_hosts]
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in _extra_hosts if host != "*"] if HTTPS else []

INSTALLED_APPS = [
    # Without a look for the admin's modules: the URLs do that, which no command at the terminal needs.
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "django_htmx",
    "projects",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "compose_ui.urls"
ASGI_APPLICATION = "compose_ui.asgi.application"
LOGIN_URL = "projects:sign-in"
LOGIN_REDIRECT_URL = "projects:list"
LOGOUT_REDIRECT_URL = "projects:sign-in"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATABASE,
        "OPTIONS": {
            # Immediate: a transaction waits for the write lock at its start (up to `timeout`), so it can
            # never fail half-way because another writer came in between.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8000;",
        },
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# `make run` collects the bundled files with hashed names; without that (tests, development) they are
# served as they lie, from where they lie.
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static" / "collected"
_bundles = BASE_DIR / "static" / "dist"
STATICFILES_DIRS = [("dist", _bundles)] if _bundles.is_dir() else []


def _use_collected(manifest: Path) -> bool:
    """Return whether the files are being collected, or were collected from the bundles as they are now."""
    if "collectstatic" in sys.argv:
        return True
    newest = max((bundle.stat().st_mtime for bundle in _bundles.glob("*")), default=0.0)
    return not DEBUG and manifest.is_file() and manifest.stat().st_mtime >= newest


_collected = _use_collected(STATIC_ROOT / "staticfiles.json")
_static_backend = (
    "whitenoise.storage.CompressedManifestStaticFilesStorage"
    if _collected
    else "django.contrib.staticfiles.storage.StaticFilesStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _static_backend},
}
WHITENOISE_USE_FINDERS = not _collected
WHITENOISE_AUTOREFRESH = not _collected
# Django's hashed names, and esbuild's chunks, whose names are hashes already.
WHITENOISE_IMMUTABLE_FILE_TEST = r"\.[0-9a-f]{12}\.\w+$|/chunk-[A-Z0-9]{8}\.js$"

# Security. Nothing inline, nothing from elsewhere; the nonce is for the editor's generated style sheet.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_NAME = "compose_ui_session"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "compose_ui_csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 1000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "projects": {"level": "INFO"},
        # A refused or unknown page is a person's business, not the log's.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "ERROR"},
    },
}
