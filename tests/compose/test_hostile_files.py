"""Whatever a file holds, loading it ends soon: with an application, or with ComposeFileError."""

from __future__ import annotations

import contextlib
import resource
import string
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projects.compose import dotenv, loader, mounts, ports, render, shellwords, units
from projects.compose.attributes import COMPOSE_FILE
from projects.compose.errors import ComposeFileError
from projects.compose.yaml_text import dump

DIRECTORY = "/work/demo"


def load(*files: bytes) -> loader.Loaded | None:
    """Load files that override each other; None where they are refused."""
    named = {f"{DIRECTORY}/{index}.yaml": data for index, data in enumerate(files)}

    def read_file(path: str) -> bytes:
        if path not in named:
            raise FileNotFoundError(2, "No such file or directory", path)
        return named[path]

    arguments: dict[str, Any] = {"config_files": list(named), "environment": {"SET": "value"}, "read_file": read_file}
    problems = loader.check(DIRECTORY, **arguments)
    try:
        loaded = loader.load(DIRECTORY, profiles=["*"], **arguments)
    except ComposeFileError as refused:
        assert any(problem.severity == "error" for problem in problems)
        assert str(refused)
        return None
    render.config_yaml(loaded.application)
    return loaded


def alias_bomb(width: int, depth: int) -> bytes:
    lines = [f"x-0: &a0 [{', '.join(['x'] * width)}]"]
    lines += [f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, depth)]
    return "\n".join(lines).encode()


def nested(opening: str, depth: int) -> bytes:
    return b"services: " + (opening * depth).encode()


HOSTILE = {
    "alias bomb": alias_bomb(9, 12),
    "wide alias bomb": alias_bomb(1000, 3),
    "merge bomb": b"x-0: &m0 {a: b}\n"
    + b"\n".join(b"x-%d: &m%d {<<: [%s]}" % (n, n, b", ".join([b"*m%d" % (n - 1)] * 9)) for n in range(1, 12)),
    "nested lists": nested("[", 10_000),
    "nested mappings": nested("{a: ", 10_000),
    "nested block": b"".join(b" " * n + b"a:\n" for n in range(2_000)),
    "nested lists in lines": b"- " * 10_000,
    "fifty megabytes of text": b"a" * 50_000_000,
    "megabytes of items": b"- a\n" * 2_000_000,
    "megabytes of keys": b"".join(b"k%d: v\n" % n for n in range(500_000)),
    "megabytes of comment": b"#" * 8_000_000 + b"\nservices: {a: {image: b}}",
    "one long scalar": b"services: {a: {image: '" + b"$" * 4_000_000 + b"'}}",
    "cyclic anchor": b"services: &s {a: *s}",
    "invalid UTF-8": b"services: {a: {image: \xff\xfe}}",
    "nuls": b"services: {a: {image: 'a\x00b'}}",
    "control characters": b"services: {a: {image: 'a\x01b'}}",
    "only a byte order mark": b"\xef\xbb\xbf",
    "half of UTF-16": b"\xff\xfea",
    "huge integer": b"services: {a: {image: x, mem_limit: " + b"9" * 100_000 + b"}}",
    "huge float": b"services: {a: {image: x, cpus: 1e999999}}",
    "huge size": b"services: {a: {image: x, mem_limit: 99999999999p}}",
    "huge duration": b"services: {a: {image: x, stop_grace_period: 99999999999999999999h}}",
    "huge port range": b"services: {a: {image: x, ports: ['1-65535:1-65535', '0-99999999']}}",
    "huge scale": b"services: {a: {image: x, scale: 99999999999999999999}}",
    "nested defaults": b"services: {a: {image: '" + b"${A:-" * 100_000 + b"}" * 100_000 + b"'}}",
    "many variables": b"services: {a: {image: '" + b"${A:-x}" * 100_000 + b"'}}",
    "unclosed variables": b"services: {a: {image: '" + b"${A:-" * 100_000 + b"'}}",
    "includes itself": b"include: [0.yaml]\nservices: {a: {image: x}}",
    "extends itself": b"services: {a: {extends: a}}",
    "extends itself through its file": b"services: {a: {extends: {file: 0.yaml, service: a}}}",
    "depends on itself": b"services: {a: {image: x, depends_on: [a]}}",
    "unhashable key": b"? [a]\n: b",
    "surrogate": rb'services: {a: {image: "\ud800"}}',
    "bad tag": b"services: !!python/object/apply:os.system ['true']",
    "bad directive": b"%YAML 9.9\n---\na: b",
    "regular expression": b"services: {a: {image: x, mem_limit: '" + b"1_" * 50_000 + b"!'}}",
    "many unset variables": b"services: {a: {image: x, labels: {"
    + b", ".join(b"k%d: $V%d" % (n, n) for n in range(40_000))
    + b"}}}",
    "many unknown attributes": b"services: {a: {" + b", ".join(b"imag%d: x" % n for n in range(40_000)) + b"}}",
    "many odd booleans": b"services:\n" + b"".join(b" s%d: {image: x, tty: yes, init: on}\n" % n for n in range(5_000)),
    "many undefined networks": b"services: {a: {image: x, networks: ["
    + b", ".join(b"n%d" % n for n in range(40_000))
    + b"]}}",
    "many bad templates": b"services: {a: {image: x, labels: ["
    + b", ".join(b"'${%d'" % n for n in range(40_000))
    + b"]}}",
    "many ports": b"services: {a: {image: x, ports: ["
    + b", ".join(b"'%d:%d'" % (n, n) for n in range(1, 30_000))
    + b"]}}",
    "many port ranges": b"services: {a: {image: x, ports: [" + b", ".join([b"'1-65535:1-65535/udp'"] * 100) + b"]}}",
    "extends of a large service": b"services:\n base: {image: x, labels: ["
    + b", ".join(b"k%d" % n for n in range(20_000))
    + b"]}\n"
    + b"".join(b" s%d: {extends: base}\n" % n for n in range(10_000)),
    "many includes": b"include: [" + b", ".join([b"1.yaml"] * 20_000) + b"]\nservices: {a: {image: x}}",
    "many extends of files": b"services:\n"
    + b"".join(b" s%d: {extends: {file: 1.yaml, service: a}}\n" % n for n in range(3_000)),
    "long chain": b"services:\n"
    + b"".join(b" s%d: {image: x, depends_on: [s%d]}\n" % (n, n + 1) for n in range(3_000)),
    "long extends": b"services:\n" + b"".join(b" s%d: {extends: s%d}\n" % (n, n + 1) for n in range(3_000)),
}


def budget(seconds: float) -> float:
    """Return the processor time that takes on this machine, now, what `seconds` take where a loop takes 0.2 s."""
    started = time.process_time()
    sum(number * number % 7 for number in range(3_000_000))
    return max(seconds, seconds * (time.process_time() - started) / 0.2)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_dealt_with_soon_and_without_much_memory(name: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    load(HOSTILE[name], *([b"services: {a: {image: x}}"] if b"1.yaml" in HOSTILE[name] else []))
    assert time.process_time() - started < budget(3)  # it is checked, loaded and written, each within a second
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024


@pytest.mark.parametrize("text", ["A=1\n" * 2_000_000, "A='" + "\\'" * 500_000, "\n" * 3_000_000, "A=${B:-" * 500_000])
def test_a_hostile_environment_file_is_dealt_with_soon(text: str) -> None:
    files = {"/p/compose.yaml": b"services: {a: {image: x}}", "/p/.env": text.encode()}
    started = time.process_time()
    with contextlib.suppress(ComposeFileError):
        loader.load("/p", config_files=["compose.yaml"], environment={}, read_file=lambda path: files[path])
    assert time.process_time() - started < budget(1)


def test_two_files_that_include_each_other_are_refused() -> None:
    assert (
        load(b"include: [1.yaml]\nservices: {a: {image: x}}", b"include: [0.yaml]\nservices: {b: {image: x}}") is None
    )


# No deadline: it would be of the wall clock. That it ends soon is what the hostile files are for.
SOON = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])

keys = st.sampled_from(sorted(COMPOSE_FILE.attributes)) | st.text(string.ascii_lowercase + "<!$-", max_size=4)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["${A:-b}", "$$", "1:2", "80:80", "a=b", "./x:/y", "service:a", "10m", "5s", "all", "~"])
)


def attribute_names(shape: object) -> set[str]:
    """Return the names of all attributes below a shape."""
    names: set[str] = set()
    for child in getattr(shape, "attributes", {}).values():
        names |= attribute_names(child)
    names |= set(getattr(shape, "attributes", {}))
    for child in (getattr(shape, "item", None), *getattr(shape, "shapes", ())):
        names |= attribute_names(child) if child is not None else set()
    return names


names = st.sampled_from([*sorted(attribute_names(COMPOSE_FILE)), "a", "b", "default"])
trees = st.recursive(
    scalars, lambda below: st.lists(below, max_size=3) | st.dictionaries(names, below, max_size=4), max_leaves=12
)
services = st.dictionaries(st.sampled_from(["a", "b"]), st.dictionaries(names, trees, max_size=6), max_size=2)


@SOON
@given(st.binary(max_size=400))
def test_any_bytes_load_or_are_refused(data: bytes) -> None:
    load(data)


@SOON
@given(st.text(max_size=400))
def test_any_text_loads_or_is_refused(text: str) -> None:
    load(text.encode("utf-8", "surrogatepass"))


@SOON
@given(st.dictionaries(keys, trees, max_size=4))
def test_any_tree_loads_or_is_refused(tree: Any) -> None:
    load(dump(tree).encode("utf-8", "surrogatepass"))


@SOON
@given(services, services)
def test_any_services_load_or_are_refused_alone_and_as_override(base: dict[str, Any], override: dict[str, Any]) -> None:
    files = [
        dump({"services": {name: {"image": "x", **service} for name, service in each.items()}}).encode(
            "utf-8", "surrogatepass"
        )
        for each in (base, override)
    ]
    load(files[0])
    load(*files)


VALID = b"""
name: demo
x-common: &common {restart: always}
services:
  web:
    <<: *common
    image: "web:${TAG:-1}"
    build: {context: ., args: [A, B=1]}
    ports: ["80:80", {target: 81}]
    environment: {A: 1, B: "${SET}"}
    volumes: [data:/data, ./x:/y:ro]
    depends_on: {db: {condition: service_healthy}}
    deploy: {resources: {limits: {cpus: "0.5", memory: 50M}}}
  db:
    image: db
    healthcheck: {test: curl, interval: 5s}
    ulimits: {nofile: {soft: 1, hard: 2}}
volumes: {data: }
"""


@SOON
@given(st.integers(0, len(VALID) - 1), st.integers(0, 8), st.binary(max_size=8))
def test_any_mutation_of_a_valid_file_loads_or_is_refused(position: int, removed: int, inserted: bytes) -> None:
    load(VALID[:position] + inserted + VALID[position + removed :])


# A project of several files and documents: the second overrides the first, which includes and extends the third.
SEVERAL = (
    b"""
include: [{path: [2.yaml], project_directory: ./x}]
services:
  web: {extends: {file: 2.yaml, service: base}, ports: ["80:80"], command: [a, b], labels: {a: b}}
---
services:
  web: {image: "web:${TAG:-1}", volumes: [data:/data]}
volumes: {data: {}}
""",
    b"""
services:
  web:
    ports: !override ["81:81"]
    command: !reset null
    labels: !reset {}
    environment: !override {A: "${SET}"}
---
services: {web: {volumes: !reset []}}
volumes: !reset null
""",
    b"""
x-all: &all {restart: always}
services:
  base: {<<: *all, image: base, environment: [A=1], depends_on: [below]}
  below: {image: below, scale: 2}
""",
)


def test_the_project_of_several_files_loads_as_it_is() -> None:
    assert load(*SEVERAL) is not None


@SOON
@given(st.sampled_from(range(len(SEVERAL))), st.integers(0, 400), st.integers(0, 8), st.binary(max_size=8))
def test_any_mutation_of_a_project_of_several_files_loads_or_is_refused(
    which: int, position: int, removed: int, inserted: bytes
) -> None:
    files = list(SEVERAL)
    files[which] = files[which][:position] + inserted + files[which][position + removed :]
    load(*files)


tags = st.sampled_from(["!reset", "!override", "!reset null", "!override []", "!override {}", "!!str", "!unknown"])


@SOON
@given(services, services, tags, st.integers(0, 60))
def test_any_services_load_or_are_refused_with_tags_and_in_one_stream(
    base: dict[str, Any], override: dict[str, Any], tag: str, which: int
) -> None:
    first, second = (dump({"services": each}).encode("utf-8", "surrogatepass") for each in (base, override))
    colons = [index for index in range(len(second)) if second[index : index + 1] == b":"]
    at = colons[which % len(colons)] + 1
    load(first, second[:at] + b" " + tag.encode() + second[at:])
    load(first + b"---\n" + second[:at] + b" " + tag.encode() + second[at:])


@SOON
@given(st.text("AB=: \n'\"\\${}-#\t\r[.é", max_size=40))
def test_any_env_file_is_read_or_refused(text: str) -> None:
    for read in (dotenv.parse, dotenv.parse_raw):
        try:
            assert all(isinstance(value, str) for value in read(text).values())
        except dotenv.InvalidEnvFile as refused:
            assert 1 <= refused.line <= text.count("\n") + 1


@SOON
@given(st.text("0123456789-:/[]abtcpCZ.,$~\\ ro", max_size=30))
def test_any_short_syntax_is_read_or_refused(text: str) -> None:
    for read in (ports.parse, mounts.parse, shellwords.split, units.parse_bytes, units.parse_duration):
        try:
            read(text)
        except ValueError as refused:
            assert str(refused)
