"""Loading a project: which files are read, in which environment, and what comes of them."""

from __future__ import annotations

from typing import Any

import pytest

from projects.compose.errors import ComposeFileError, ProjectNameError
from projects.compose.identity import network_hash, service_hash
from projects.compose.loader import Loaded, Options, ReadFile, check, load


def reader(files: dict[str, str]) -> ReadFile:
    """Return a `read_file` over a mapping of absolute paths to texts."""

    def read_file(path: str) -> bytes:
        if path not in files:
            raise FileNotFoundError(2, "No such file or directory", path)
        return files[path].encode()

    return read_file


def load_text(text: str, environment: dict[str, str] | None = None, **arguments: Any) -> Loaded:
    """Load one file of the directory /work/demo."""
    files = {"/work/demo/compose.yaml": text, **arguments.pop("files", {})}
    return load("/work/demo", environment=environment or {}, read_file=reader(files), **arguments)


FLASK = """
services:
  web:
    build: .
    ports:
      - "5000:5000"
  redis:
    image: "redis:alpine"
"""


def test_short_syntax_is_resolved_to_the_model() -> None:
    application = load_text(FLASK).application
    web = application.services["web"]
    assert application.name == "demo"
    assert web.build is not None
    assert (web.build.context, web.build.dockerfile) == ("/work/demo", "Dockerfile")
    assert [(port.published, port.target, port.protocol) for port in web.ports] == [("5000", 5000, "tcp")]
    assert web.networks == {"default": None}
    assert application.networks["default"].name == "demo_default"


def test_hashes_are_those_that_compose_writes() -> None:
    application = load_text(FLASK).application
    assert service_hash(application.services["web"]) == (
        "f59e0467d58a67ff940143221fb8fcb87de75d9d8f0291b601a8f1dbc1191775"
    )
    assert service_hash(application.services["redis"]) == (
        "781cb76aba47c364664944274469779eda48920aaa0a3c103989dc0a3b6ec339"
    )
    assert len(network_hash(application.networks["default"])) == 64


@pytest.mark.parametrize(
    ("names", "read"),
    [
        (["compose.yml", "docker-compose.yaml"], ["compose.yml"]),
        (["compose.yaml", "compose.override.yaml"], ["compose.yaml", "compose.override.yaml"]),
        (["docker-compose.yml", "docker-compose.override.yml", "compose.yaml"], None),
    ],
)
def test_default_names_are_tried_in_order(names: list[str], read: list[str] | None) -> None:
    files = {f"/p/{name}": "services: {a: {image: b}}" for name in names}
    application = load("/p", environment={}, read_file=reader(files)).application
    expected = read or ["compose.yaml", "docker-compose.override.yml"]
    assert application.config_files == tuple(f"/p/{name}" for name in expected)


def test_no_file_is_refused_with_the_directory() -> None:
    with pytest.raises(ComposeFileError, match="no configuration file provided: not found in /p"):
        load("/p", environment={}, read_file=reader({}))


def test_the_environment_wins_over_the_env_file_beside_the_project() -> None:
    files = {"/work/demo/.env": "TAG=1\nOTHER=${TAG}2\n"}
    text = "services: {a: {image: 'x:${TAG}-${OTHER}'}}"
    assert load_text(text, files=files).application.services["a"].image == "x:1-12"
    assert load_text(text, {"TAG": "9"}, files=files).application.services["a"].image == "x:9-92"


def test_named_env_files_replace_the_default_one_and_are_recorded() -> None:
    files = {"/work/demo/.env": "TAG=1", "/work/demo/a.env": "TAG=2", "/work/demo/b.env": "TAG=3"}
    loaded = load_text("services: {a: {image: 'x:$TAG'}}", files=files, env_files=["a.env", "b.env"])
    assert loaded.application.services["a"].image == "x:3"
    assert loaded.application.environment_files == ("/work/demo/a.env", "/work/demo/b.env")


@pytest.mark.parametrize(
    ("text", "environment", "given", "name"),
    [
        ("services: {a: {image: b}}", {}, None, "demo"),
        ("name: My_App\nservices: {a: {image: b}}", {}, None, "my_app"),
        ("name: ${N}\nservices: {a: {image: b}}", {"N": "one"}, None, "one"),
        ("name: one\nservices: {a: {image: b}}", {"COMPOSE_PROJECT_NAME": "two"}, None, "two"),
        ("name: one\nservices: {a: {image: b}}", {"COMPOSE_PROJECT_NAME": "two"}, "three", "three"),
    ],
)
def test_the_project_name_comes_from_the_nearest_source(
    text: str, environment: dict[str, str], given: str | None, name: str
) -> None:
    assert load_text(text, environment, project_name=given).application.name == name


def test_a_given_project_name_must_be_normal_already() -> None:
    with pytest.raises(ProjectNameError, match='invalid project name "My App"'):
        load_text("services: {a: {image: b}}", project_name="My App")


def test_services_of_inactive_profiles_are_disabled() -> None:
    text = "services: {a: {image: b}, d: {image: b, profiles: [debug]}}"
    assert set(load_text(text).application.services) == {"a"}
    assert set(load_text(text).application.disabled_services) == {"d"}
    assert set(load_text(text, profiles=["debug"]).application.services) == {"a", "d"}
    assert set(load_text(text, {"COMPOSE_PROFILES": "x,debug"}).application.services) == {"a", "d"}
    assert set(load_text(text, services=["d"]).application.services) == {"d"}


def test_a_selected_service_brings_what_it_depends_on() -> None:
    text = "services: {a: {image: x, depends_on: [b]}, b: {image: x, links: [c]}, c: {image: x}, d: {image: x}}"
    application = load_text(text, services=["a"]).application
    assert set(application.services) == {"a", "b", "c"}
    assert set(application.disabled_services) == {"d"}


def test_env_file_is_merged_under_environment() -> None:
    files = {"/work/demo/a.env": "A=1\nB=${A}x\n", "/work/demo/b.env": "B=2\nC='$A'\n"}
    text = (
        "services: {a: {image: x, env_file: [a.env, b.env, {path: c.env, required: false}], environment: {A: 9, D: }}}"
    )
    service = load_text(text, {"D": "d"}, files=files).application.services["a"]
    assert service.environment == {"A": "9", "B": "2", "C": "$A", "D": "d"}
    assert service.env_file == ()


def test_files_that_are_asked_for_and_missing_are_told_as_the_reference_does() -> None:
    reason = 'compose file "/work/demo/no.yaml" is invalid: open /work/demo/no.yaml: no such file or directory'
    with pytest.raises(ComposeFileError) as refused:
        load_text("services: {a: {image: x}}\n", config_files=("no.yaml",))
    assert str(refused.value.message) == reason
    with pytest.raises(ComposeFileError) as refused:
        load_text("services: {a: {image: x}}\n", env_files=("no.env",))
    assert str(refused.value.message) == "couldn't find env file: /work/demo/no.env"


def test_a_required_env_file_that_is_missing_is_refused_where_it_is_named() -> None:
    with pytest.raises(ComposeFileError, match=r"env file /work/demo/no\.env not found") as refused:
        load_text("services:\n  a:\n    image: x\n    env_file: no.env\n")
    assert (refused.value.place.line, refused.value.service) == (4, "a")


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("services:\n  web:\n    imag: x\n", 3, 5, "'imag' not allowed. Did you mean 'image'?"),
        ("services:\n  web:\n    image: x\n    ports: 80\n", 4, 12, "services.web.ports must be an array"),
        ("services:\n  web:\n    image: [x]\n", 3, 5, "services.web.image must be a string"),
        ("services:\n  web:\n    ports: ['80:x']\n", 3, 13, "invalid containerPort: x"),
        ("services:\n  web:\n    image: x\n    tty: maybe\n", 4, 10, "invalid boolean: maybe"),
        (
            "services:\n  web:\n    image: x\n  web:\n    image: y\n",
            4,
            3,
            'mapping key "web" already defined at line 2',
        ),
        ("services:\n  web:\n    image: x\n    networks: [back]\n", 4, 16, "undefined network back"),
        ("services:\n  web:\n    image: x\n    depends_on:\n      - db\n", 5, 9, 'depends on undefined service "db"'),
        ("services:\n  web:\n    image: '${'\n", 3, 12, "Invalid template"),
        ("services:\n  web: {}\n", 2, 3, "neither an image nor a build context"),
        ("services:\n  web: [\n", 3, 1, "This is not valid YAML"),
        ("services:\n  web:\n    image: x\n    mem_limit: lots\n", 4, 16, "invalid size: 'lots'"),
    ],
)
def test_refusals_have_a_place_and_the_reason(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(ComposeFileError) as refused:
        load_text(text)
    place = refused.value.place
    assert words in str(refused.value)
    assert (place.file, place.line, place.column) == ("/work/demo/compose.yaml", line, column)


def test_check_tells_every_wrong_attribute_and_never_raises() -> None:
    text = "services:\n  web:\n    imag: x\n    ports: 80\n    image: ${NO}\n"
    problems = check("/p", environment={}, read_file=reader({"/p/compose.yaml": text}))
    assert [(problem.severity, problem.place.line) for problem in problems] == [
        ("error", 3),
        ("error", 4),
        ("warning", 5),
    ]


def test_check_tells_everything_that_does_not_fit_together() -> None:
    text = "services:\n  a:\n    image: x\n    depends_on: [b]\n    networks: [n]\n  c: {}\n"
    problems = check("/p", environment={}, read_file=reader({"/p/compose.yaml": text}))
    assert sorted(problem.place.path for problem in problems) == [
        "services.a.depends_on.b",
        "services.a.networks.n",
        "services.c",
    ]


def test_check_warns_of_what_only_another_profile_makes_right() -> None:
    text = "services:\n  a:\n    image: x\n    depends_on: [b]\n  b:\n    image: x\n    profiles: [data]\n"
    (problem,) = check("/p", environment={}, read_file=reader({"/p/compose.yaml": text}))
    assert problem.severity == "warning" and problem.place.path == "services.a.depends_on.b"
    assert "none of its profiles is active (data)" in str(problem.message)
    assert not check("/p", environment={"COMPOSE_PROFILES": "data"}, read_file=reader({"/p/compose.yaml": text}))


def test_several_files_of_default_names_are_warned_of() -> None:
    text = "services: {a: {image: x}}"
    files = dict.fromkeys(("/p/compose.yml", "/p/docker-compose.yaml", "/p/compose.override.yml"), text)
    loaded = load("/p", environment={}, read_file=reader(files))
    assert [str(warning.message) for warning in loaded.warnings] == [
        "Found multiple config files with supported names: /p/compose.yml, /p/docker-compose.yaml",
        "Using /p/compose.yml",
    ]


def test_a_key_without_its_colon_is_marked_itself() -> None:
    text = "services:\n  web:\n    image: x\n    healthcheck\n    environment:\n      A: b\n"
    (problem,) = check("/p", environment={}, read_file=reader({"/p/compose.yaml": text}))
    assert (problem.place.line, problem.place.column) == (4, 5)


def test_check_marks_the_exact_range() -> None:
    text = "services:\n  web:\n    image: x\n    restrat: always\n"
    (problem,) = check("/p", environment={}, read_file=reader({"/p/compose.yaml": text}))
    place = problem.place
    assert (place.line, place.column, place.end_line, place.end_column) == (4, 5, 4, 12)


def test_unset_variables_are_warned_of_once_with_their_place() -> None:
    loaded = load_text("services:\n  a:\n    image: x${NO}\n    user: '${NO}'\n")
    assert [(warning.severity, warning.place.line) for warning in loaded.warnings] == [("warning", 3)]


def test_unused_resources_are_left_out_unless_all_are_asked_for() -> None:
    text = "services: {a: {image: x}}\nvolumes: {v: }\nnetworks: {n: }\n"
    assert not load_text(text).application.volumes
    assert set(load_text(text, options=Options(all_resources=True)).application.volumes) == {"v"}


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ("deploy: {mode: global}", "deploy.mode is only honored in Swarm mode"),
        ("deploy: {placement: {constraints: [a]}}", "deploy.placement is only honored"),
        ("deploy: {update_config: {order: stop-first}}", "deploy.update_config only applies"),
        ("ports: [{target: 80, mode: host}]", "ports[].mode: host is only honored"),
        ("secrets: [{source: s, mode: 0o400}]", "secrets.s.mode: mode is not supported outside Swarm mode"),
        ("storage_opt: {size: 1g}", "storage_opt.size: not honored"),
        ("volumes: [{type: cluster, source: a, target: /a}]", "cluster (CSI) volumes are only supported"),
        ("credential_spec: {file: a}", "credential_spec is only supported"),
        ('tty: "yes"', '"yes" for boolean is not supported by YAML 1.2, please use `true`'),
    ],
)
def test_what_has_no_effect_is_warned_of_where_it_is_written(attributes: str, words: str) -> None:
    text = f"services:\n  a:\n    image: x\n    {attributes}\nsecrets: {{s: {{file: a}}}}\n"
    (warning,) = load_text(text).warnings
    assert words in str(warning.message)
    assert warning.place.line == 4


def test_a_plain_service_is_not_warned_of() -> None:
    text = "services: {a: {image: x, ports: ['80:80'], deploy: {replicas: 2, resources: {limits: {cpus: '1'}}}}}"
    assert load_text(text).warnings == ()


@pytest.mark.parametrize(
    "file",
    [
        "https://github.com/a/b.git#main:part",
        "git@github.com:a/b.git",
        "github.com/a/b",
        "oci://registry/a",
        "ssh://a/b",
    ],
)
def test_remote_files_are_said_not_to_be_fetched_where_they_are_named(file: str) -> None:
    for text, line in (
        (f"services: {{a: {{image: x}}}}\ninclude:\n  - path: ['{file}']\n", 3),
        (f"services:\n  a:\n    extends:\n      service: b\n      file: '{file}'\n", 5),
    ):
        with pytest.raises(ComposeFileError, match="remote files are not fetched") as refused:
            load_text(text)
        assert (refused.value.place.file, refused.value.place.line) == ("/work/demo/compose.yaml", line)
    [problem] = check("/work/demo", config_files=[file], environment={}, read_file=reader({}))
    assert (problem.message.text.endswith("name that."), problem.place.file) == (True, file)


def test_an_address_that_is_no_repository_is_the_name_of_a_file() -> None:
    with pytest.raises(ComposeFileError, match="no such file"):
        load_text("include: ['http://host/x.yaml']\nservices: {a: {image: x}}\n")
