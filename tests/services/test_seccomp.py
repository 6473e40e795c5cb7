"""Seccomp profiles are sent without blanks, and a container without its profile is not made."""

from __future__ import annotations

from pathlib import Path

import pytest

from projects.compose.errors import PlanError
from projects.services.seccomp import with_profile


def test_a_profile_is_sent_as_it_is_without_blanks(tmp_path: Path) -> None:
    profile = tmp_path / "profile.json"
    profile.write_text('{\n  "comment": "a  \\" b & <c>",\n\t"limit": 1.50 }\n')
    body = {"HostConfig": {"SecurityOpt": ["no-new-privileges"]}}
    assert with_profile(body, str(profile), "web")["HostConfig"]["SecurityOpt"] == [
        "no-new-privileges",
        'seccomp={"comment":"a  \\" b & <c>","limit":1.50}',
    ]
    assert body == {"HostConfig": {"SecurityOpt": ["no-new-privileges"]}}


@pytest.mark.parametrize(("content", "problem"), [(None, "cannot be read"), ("{not json", "is no JSON")])
def test_a_profile_that_is_none_is_refused(tmp_path: Path, content: str | None, problem: str) -> None:
    if content is not None:
        (tmp_path / "profile.json").write_text(content)
    with pytest.raises(PlanError, match=f"of service web {problem}"):
        with_profile({"HostConfig": {}}, str(tmp_path / "profile.json"), "web")
