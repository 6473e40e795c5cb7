"""What becomes of a volume that was made of another definition, as a person answers."""

from __future__ import annotations

import argparse
import io
from types import SimpleNamespace

import pytest

from projects.compose.identity import volume_hash
from projects.compose.model import Volume
from projects.compose.state import ObservedVolume
from projects.management.session import Session
from projects.management.verbs.converging import volumes_to_recreate
from tests.compose.planning import application, service

VOLUMES = {"data": Volume(name="demo_data"), "kept": Volume(name="demo_kept")}
ON_ENGINE = (
    ObservedVolume(name="demo_data", project="demo", key="data", config_hash="other"),
    ObservedVolume(name="demo_kept", project="demo", key="kept", config_hash=volume_hash(VOLUMES["kept"])),
)


def asked(monkeypatch: pytest.MonkeyPatch, typed: str, *, yes: bool = False) -> tuple[tuple[str, ...], str]:
    """Return which volumes are made anew, and what was asked."""
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    session = Session(argparse.Namespace(yes=yes, dry_run=False, progress="plain"), io.StringIO(), io.StringIO())
    out: list[str] = []
    monkeypatch.setattr(session, "out", out.append)
    session.__dict__["engine"] = SimpleNamespace(volumes=lambda project: ON_ENGINE)
    return volumes_to_recreate(session, application(service("web"), volumes=VOLUMES)), "".join(out)


@pytest.mark.parametrize(
    ("typed", "agreed"), [("y\n", True), ("Yes\n", True), ("n\n", False), ("\n", False), ("", False)]
)
def test_its_data_is_lost_only_where_a_person_says_so(
    monkeypatch: pytest.MonkeyPatch, typed: str, agreed: bool
) -> None:
    volumes, said = asked(monkeypatch, typed)
    assert volumes == (("demo_data",) if agreed else ())
    assert said == (
        'Volume "demo_data" exists but doesn\'t match configuration in compose file. Recreate (data will be lost)?'
    )


def test_who_has_said_yes_beforehand_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(monkeypatch, "", yes=True) == ((), "")
