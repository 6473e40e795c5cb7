"""Which variables containers get, and what gave each its value: held to what loading gives the service in the end."""

from __future__ import annotations

import pytest

from projects.compose.container_environment import ContainerVariable, container_variables
from projects.compose.loader import Options, load

FILES = {
    "/p/compose.yaml": (
        "services:\n"
        "  web:\n"
        "    image: web\n"
        "    env_file: [first.env, {path: second.env}, {path: none.env, required: false}]\n"
        "    environment:\n"
        "      A: own\n"
        "      GIVEN:\n"
        "      MISSING:\n"
        "  db:\n"
        "    image: db\n"
        "    environment: [B=list]\n"
    ),
    "/p/first.env": "A=1\nB=1\nC=1\n",
    "/p/second.env": "B=2\nD=${C}-${A}-${HOME}\n",
    "/p/.env": "GIVEN=yes\n",
}


def read_file(path: str) -> bytes:
    if path not in FILES:
        raise FileNotFoundError(2, "No such file or directory", path)
    return FILES[path].encode()


def found() -> dict[tuple[str, str], ContainerVariable]:
    loaded = load("/p", environment={"HOME": "/h"}, options=Options(env_files=False), read_file=read_file)
    variables = container_variables(loaded.application, loaded.documents, read_file)
    return {(variable.service, variable.name): variable for variable in variables}


@pytest.mark.parametrize(
    ("service", "name", "value", "file", "line", "overridden"),
    [
        ("web", "A", "own", "/p/compose.yaml", 6, ["/p/first.env"]),
        ("web", "B", "2", "/p/second.env", 1, ["/p/first.env"]),
        ("web", "C", "1", "/p/first.env", 3, []),
        ("web", "GIVEN", "yes", "/p/compose.yaml", 7, []),
        ("db", "B", "list", "/p/compose.yaml", 11, []),
    ],
)
def test_each_variable_names_the_origin_that_won_and_those_it_overrode(
    service: str, name: str, value: str, file: str, line: int | None, overridden: list[str]
) -> None:
    variable = found()[service, name]
    place = variable.origin.place
    assert (variable.origin.value, place.file, place.line) == (value, file, line)
    assert [origin.place.file for origin in variable.overridden] == overridden


def test_the_values_are_those_that_the_containers_get() -> None:
    services = load("/p", environment={"HOME": "/h"}, read_file=read_file).application.services
    for name, service in services.items():
        shown = {variable.name: variable.origin.value for key, variable in found().items() if key[0] == name}
        assert shown == dict(service.environment)
