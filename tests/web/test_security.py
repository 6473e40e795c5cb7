"""What every answer carries, and what the settings promise."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests.web.conftest import SignIn

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("page", ["/", "/projects/demo/", "/projects/demo/files/", "/projects/demo/logs/", "/nothing/"])
def test_pages_allow_nothing_from_elsewhere_and_nothing_inline(page: str, sign_in: SignIn) -> None:
    response = sign_in("owner").get(page)
    policy = {part.split()[0]: part.split()[1:] for part in response["Content-Security-Policy"].split(";")}
    for directive, sources in policy.items():
        allowed = {"'self'", "'none'"} | ({"data:"} if directive == "img-src" else set())
        assert {source for source in sources if not source.startswith("'nonce-")} <= allowed, directive
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == ["'none'"]
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"


def test_a_nonce_is_used_once(sign_in: SignIn) -> None:
    browser = sign_in("owner")
    first, second = (browser.get("/projects/demo/files/")["Content-Security-Policy"] for _ in range(2))
    assert "'nonce-" in first
    assert first != second


def test_a_request_for_an_unknown_host_is_refused(db: None) -> None:
    assert Client().get("/sign-in/", headers={"host": "rebound.example"}).status_code == 400
    assert Client().get("/sign-in/", headers={"host": "localhost:8000"}).status_code == 200


def test_the_session_cookie_is_out_of_reach_for_scripts(sign_in: SignIn) -> None:
    cookie = sign_in("owner").cookies[settings.SESSION_COOKIE_NAME]
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == settings.CSRF_COOKIE_SAMESITE == "Lax"
    assert cookie.value not in ("", None)


def settings_with(**environment: str) -> dict[str, str]:
    """Return some of the settings as a server started in this environment has them."""
    program = (
        "from django.conf import settings as s; print(s.ALLOWED_HOSTS, s.SESSION_COOKIE_SECURE,"
        " s.CSRF_COOKIE_SECURE, s.CSRF_TRUSTED_ORIGINS, s.DEBUG, sep='|')"
    )
    output = subprocess.run(
        [sys.executable, "-c", program],
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "compose_ui.settings", **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    return dict(zip(("hosts", "session", "csrf", "origins", "debug"), output.split("|"), strict=True))


def test_the_secret_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    settings_with(COMPOSE_UI_DATA=str(tmp_path / "data"))
    key = tmp_path / "data" / "secret.key"
    made = key.read_text()
    assert len(made) >= 50
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    settings_with(COMPOSE_UI_DATA=str(tmp_path / "data"))
    assert key.read_text() == made


def test_the_environment_says_under_which_names_people_come(tmp_path: Path) -> None:
    data = str(tmp_path)
    plain = settings_with(COMPOSE_UI_DATA=data)
    assert plain["hosts"] == "['localhost', '127.0.0.1', '[::1]', '127.0.0.1']"
    assert (plain["session"], plain["csrf"], plain["debug"]) == ("False", "False", "False")
    public = settings_with(
        COMPOSE_UI_DATA=data, HOST="0.0.0.0", COMPOSE_UI_ALLOWED_HOSTS="compose.example", COMPOSE_UI_HTTPS="1"
    )
    assert "'compose.example'" in public["hosts"]
    assert (public["session"], public["csrf"]) == ("True", "True")
    assert public["origins"] == "['https://compose.example']"
