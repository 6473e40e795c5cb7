"""What a command asks of the dashboard's database by itself, before Django is set up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from projects.management import dashboard
from projects.models import Project, Registry

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("query", "model", "field"), [(dashboard.PROJECT, Project, "name"), (dashboard.REGISTRY, Registry, "address")]
)
def test_the_queries_name_the_models_own_tables(query: str, model: type[Project | Registry], field: str) -> None:
    column = model._meta.get_field(field).get_attname_column()[1]  # type: ignore[union-attr]
    assert query == f"SELECT 1 FROM {model._meta.db_table} WHERE {column} = ?"


def test_a_command_without_a_dashboard_needs_no_django_and_makes_no_database(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {a: {image: busybox}}")
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from projects.management import dashboard, program\n"
        "assert program.main(['manage.py', 'compose', 'config', '--quiet']) == 0\n"
        "assert dashboard.known_project('a') is None and dashboard.recorded_login('docker.io') is None\n"
        "print([name for name in sys.modules if name.partition('.')[0] == 'django'])\n"
    )
    data = tmp_path / "data"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"COMPOSE_UI_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.stdout, ran.stderr) == ("[]\n", "")
    assert not data.exists()


def test_django_lists_the_command_and_hands_over_to_it(tmp_path: Path) -> None:
    def managed(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"COMPOSE_UI_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "compose_ui.settings"}
        program = [sys.executable, "-m", "django", *arguments]
        return subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert "Define and run multi-container applications" in managed("help", "compose").stdout
    version = managed("compose", "version", "--short")
    assert (version.returncode, version.stderr) == (0, "")
