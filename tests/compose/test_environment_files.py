"""Which environment files a load reads, what wins, and what is asked of it in COMPOSE_… variables."""

from __future__ import annotations

import pytest

from projects.compose.errors import ComposeFileError
from projects.compose.loader import Loaded, Options, load

FILE = 'services: {a: {image: "x:${TAG:-none}", environment: [TAG]}, p: {image: y, profiles: [p]}}'


def loaded(
    directory: str = "/work/demo", environment: dict[str, str] | None = None, search_parents: bool = False, **files: str
) -> Loaded:
    """Load a project of which `files` are given by names in which ``__`` stands for a slash and ``_`` for a dot."""
    texts = {f"/work/demo/{name.replace('__', '/').replace('_', '.')}": text for name, text in files.items()}
    texts.setdefault("/work/demo/compose.yaml", FILE)

    def read_file(path: str) -> bytes:
        if path not in texts:
            raise FileNotFoundError(2, "No such file or directory", path)
        return texts[path].encode()

    options = Options(search_parents=search_parents)
    return load(directory, environment=environment or {}, options=options, read_file=read_file)


def image(found: Loaded) -> str:
    return found.application.services["a"].image


@pytest.mark.parametrize("said", ["1", "t", "true", "TRUE", "True"])
def test_the_environment_can_ask_for_no_default_file(said: str) -> None:
    found = loaded(environment={"COMPOSE_DISABLE_ENV_FILE": said}, _env="TAG=e\nCOMPOSE_PROJECT_NAME=other\n")
    assert (image(found), found.application.name) == ("x:none", "demo")


def test_a_default_file_that_asks_not_to_be_read_still_speaks_to_compose() -> None:
    found = loaded(_env="TAG=e\nCOMPOSE_PROFILES=p\nCOMPOSE_DISABLE_ENV_FILE=1\n")
    assert (image(found), sorted(found.application.services)) == ("x:none", ["a", "p"])


@pytest.mark.parametrize("said", ["0", "false", "F"])
def test_saying_no_to_no_default_file_reads_it(said: str) -> None:
    assert image(loaded(environment={"COMPOSE_DISABLE_ENV_FILE": said}, _env="TAG=e\n")) == "x:e"


def test_a_broken_default_file_that_is_not_read_does_no_harm() -> None:
    assert image(loaded(environment={"COMPOSE_DISABLE_ENV_FILE": "1"}, _env='TAG="a\n')) == "x:none"


@pytest.mark.parametrize("said", ["", "yes", "on", "2"])
def test_what_is_no_boolean_is_refused(said: str) -> None:
    with pytest.raises(ComposeFileError, match=f'COMPOSE_DISABLE_ENV_FILE: parsing "{said}": invalid syntax'):
        loaded(environment={"COMPOSE_DISABLE_ENV_FILE": said})
    with pytest.raises(ComposeFileError) as refused:
        loaded(_env=f"COMPOSE_DISABLE_ENV_FILE={said}\n")
    assert refused.value.place.file == "/work/demo/.env"


def test_named_files_are_read_although_the_default_one_is_not() -> None:
    environment = {"COMPOSE_DISABLE_ENV_FILE": "1", "COMPOSE_ENV_FILES": "alt.env,"}
    assert image(loaded(environment=environment, _env="TAG=e\n", alt_env="TAG=alt\n")) == "x:alt"


def test_a_file_s_own_variables_win_over_those_of_files_before_it() -> None:
    environment = {"COMPOSE_ENV_FILES": "a.env,b.env"}
    found = loaded(environment=environment, a_env="X=1\nY=1\n", b_env="X=2\nTAG=$X-$Y\n")
    assert image(found) == "x:2-1"


def test_a_reference_to_nothing_is_warned_of_once_with_its_line() -> None:
    found = loaded(_env="A=1\nTAG=t$NONE\nB=$NONE\n")
    assert [(str(warning.message), warning.place.file, warning.place.line) for warning in found.warnings] == [
        ('The "NONE" variable is not set. Defaulting to a blank string.', "/work/demo/.env", 2)
    ]


def test_parents_are_searched_where_that_is_asked_for_and_the_nearer_environment_wins() -> None:
    found = loaded("/work/demo/deep/er", search_parents=True, _env="TAG=e\nX=1\n", deep__er___env="TAG=deep\n")
    assert (image(found), found.application.working_dir) == ("x:deep", "/work/demo")
    assert found.application.environment["X"] == "1"
    with pytest.raises(ComposeFileError, match="no configuration file provided"):
        loaded("/work/demo/deep/er")
