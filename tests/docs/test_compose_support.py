"""The list of supported attributes says neither less nor more than the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from projects.compose import attributes

TEXT = (Path(__file__).parents[2] / "docs" / "compose-support.md").read_text()
STATES = {"supported", "without effect", "refused when built", "refused when created"}
TABLES = {
    "Top level": attributes.TOP_LEVEL,
    "Service": attributes.SERVICE,
    "Build": attributes.BUILD,
    "Deploy": attributes.DEPLOY,
    "Healthcheck": attributes.HEALTHCHECK,
    "Dependencies": attributes.DEPENDENCY,
    "Service networks": attributes.SERVICE_NETWORK,
    "Ports": attributes.PORT,
    "Service volumes": attributes.MOUNT,
    "Secrets and configs of a service": attributes.FILE_REFERENCE,
    "Environment files": attributes.ENV_FILE,
    "Hooks": attributes.HOOK,
    "Watch rules": attributes.WATCH,
    "Networks": attributes.NETWORK,
    "Volumes": attributes.VOLUME,
    "Secrets": attributes.SECRET,
    "Configs": attributes.CONFIG,
    "Models": attributes.MODEL,
    "Jobs": {name: shape for name, shape in attributes.JOB.items() if name not in attributes.WORKLOAD},
    "Includes": attributes.INCLUDE,
}


def listed(title: str) -> dict[str, str]:
    """Return the attributes of a section of the page with their states."""
    section = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert section, f"the page has no section {title}"
    return dict(re.findall(r"^- `(\w+)`: ([^(\n]*[^(\s])", section[1], re.MULTILINE))


@pytest.mark.parametrize("title", TABLES)
def test_a_section_lists_every_attribute_and_no_other(title: str) -> None:
    assert set(listed(title)) == set(TABLES[title])


@pytest.mark.parametrize("title", TABLES)
def test_every_state_is_one_that_the_page_explains(title: str) -> None:
    assert set(listed(title).values()) <= STATES
