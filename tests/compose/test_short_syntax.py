"""The small grammars: ports, mounts, commands, sizes, durations, numbers, plain scalars."""

from __future__ import annotations

import math
from typing import Any

import pytest

from projects.compose import gofloat, mounts, ports, scalars, shellwords, units


@pytest.mark.parametrize(
    ("spec", "entries"),
    [
        ("80", [("", "", 80, "tcp")]),
        ("80/UDP", [("", "", 80, "udp")]),
        ("8080:80", [("", "8080", 80, "tcp")]),
        ("127.0.0.1:8080:80/sctp", [("127.0.0.1", "8080", 80, "sctp")]),
        ("127.0.0.1::80", [("127.0.0.1", "", 80, "tcp")]),
        ("[::1]:8080:80", [("::1", "8080", 80, "tcp")]),
        ("::1:8080:80", [("::1", "8080", 80, "tcp")]),
        ("8000-8001:90-91", [("", "8000", 90, "tcp"), ("", "8001", 91, "tcp")]),
        ("8000-8010:90", [("", "8000-8010", 90, "tcp")]),
        ("0008080:000080", [("", "8080", 80, "tcp")]),
        ("99-100", [("", "", 100, "tcp"), ("", "", 99, "tcp")]),
    ],
)
def test_a_short_port_is_made_long(spec: str, entries: list[tuple[str, str, int, str]]) -> None:
    found = [
        (port.get("host_ip", ""), port.get("published", ""), port["target"], port["protocol"])
        for port in ports.parse(spec)
    ]
    assert found == entries


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("", "no port specified"),
        ("80:", "no port specified"),
        ("a", "invalid containerPort: a"),
        ("70000", "invalid containerPort"),
        ("00065536", "invalid containerPort"),
        ("2-1", "invalid containerPort"),
        ("x:80", "invalid hostPort: x"),
        ("1-3:1-2", "invalid ranges"),
        ("80/icmp", "invalid proto: icmp"),
        ("80/tcp/udp", "invalid proto: tcp/udp"),
        ("host:80:80", "invalid IP address: host"),
    ],
)
def test_a_port_that_cannot_be_read_is_refused(spec: str, reason: str) -> None:
    with pytest.raises(ports.InvalidPort, match=reason):
        ports.parse(spec)


@pytest.mark.parametrize(
    ("spec", "mount"),
    [
        ("/data", {"type": "volume", "target": "/data", "volume": {}}),
        ("/a", {"type": "volume", "target": "/a"}),
        ("data:/data", {"type": "volume", "source": "data", "target": "/data", "volume": {}}),
        ("./a:/b", {"type": "bind", "source": "./a", "target": "/b", "bind": {"create_host_path": True}}),
        (
            "~/a:/b:ro,z",
            {
                "type": "bind",
                "source": "~/a",
                "target": "/b",
                "read_only": True,
                "bind": {"selinux": "z", "create_host_path": True},
            },
        ),
        ("C:\\a:/b", {"type": "bind", "source": "C:\\a", "target": "/b", "bind": {"create_host_path": True}}),
        ("data:/b:nocopy", {"type": "volume", "source": "data", "target": "/b", "volume": {"nocopy": True}}),
        ("data:/b:unknown", {"type": "volume", "source": "data", "target": "/b", "volume": {}}),
    ],
)
def test_a_short_mount_is_made_long(spec: str, mount: dict[str, Any]) -> None:
    assert mounts.parse(spec) == mount


@pytest.mark.parametrize("spec", ["", "aa::b", ":/a", "aa:/b:", "aa:/b:ro:x"])
def test_a_mount_that_cannot_be_read_is_refused(spec: str) -> None:
    with pytest.raises(ValueError, match="invalid"):
        mounts.parse(spec)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("  a  b\tc\n", ["a", "b", "c"]),
        ("a 'b c' \"d e\"", ["a", "b c", "d e"]),
        ("a\\ b", ["a b"]),
        ("''", [""]),
        ("a'b'c", ["abc"]),
        ('"a\\"b"', ['a"b']),
        ("'a\\b'", ["a\\b"]),
        ("a # b", ["a", "#", "b"]),
        ("a && b", ["a"]),
        ("a>b", ["a"]),
        ("'a;b' c", ["a;b", "c"]),
        ("2>x", []),
        ("a 2 >x", ["a", "2"]),
        ("a2>x", ["a2"]),
        ("\\t\\n\\x", ["\t\nx"]),
        ("a `b; 'c d'` e", ["a", "`b; 'c d'`", "e"]),
        ('$(a | "b c") d', ['$(a | "b c")', "d"]),
        ("$(a\\)b) `\\t`", ["$(a\\)b)", "`\\t`"]),
        ("'(a)' \"`\"", ["(a)", "`"]),
    ],
)
def test_a_command_is_split_like_a_shell_would(text: str, words: list[str]) -> None:
    assert shellwords.split(text) == words


@pytest.mark.parametrize("text", ["'", 'a "b', "a\\", "(a)", "a)", "`a", "$(a", "$((a))", "$(a\\"])
def test_a_command_with_something_open_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="invalid command line"):
        shellwords.split(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("1024", 1024),
        ("-1", -1),
        ("1b", 1),
        ("1k", 1024),
        ("1KB", 1024),
        ("1kib", 1024),
        ("1.5 GiB", 1610612736),
        (".5m", 524288),
        ("2T", 2 << 40),
        ("1e3", 1000),
        ("1_000", 1000),
        ("1.9", 1),
    ],
)
def test_a_size_is_read_in_powers_of_1024(text: str, size: int) -> None:
    assert units.parse_bytes(text) == size


@pytest.mark.parametrize("text", ["", "x", "1x", "1ib", "1kx", " 1", "1  k", "-1m", "0x10", "inf", "1e400", "1__0"])
def test_a_size_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="invalid size"):
        units.parse_bytes(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("0", "0s"),
        ("5s", "5s"),
        ("90s", "1m30s"),
        ("1.5h", "1h30m0s"),
        ("1h1ms", "1h0m0.001s"),
        ("1d", "24h0m0s"),
        ("1w", "168h0m0s"),
        ("100us", "100µs"),
        ("1500µs", "1.5ms"),
        ("5ns", "5ns"),
        ("-5s", "-5s"),
        ("+5s", "5s"),
    ],
)
def test_a_duration_is_written_as_go_writes_it(text: str, written: str) -> None:
    assert str(units.parse_duration(text)) == written


@pytest.mark.parametrize("text", ["", "5", "s", "5x", "1h5", " 5s", "1e3s", "--5s", "9999999999h"])
def test_a_duration_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="invalid duration"):
        units.parse_duration(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("Null", None),
        ("true", True),
        ("FALSE", False),
        ("yes", "yes"),
        ("off", "off"),
        ("5", 5),
        ("-5", -5),
        ("+5", 5),
        ("017", 15),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b11", 3),
        ("1_000", 1000),
        ("08", 8.0),
        ("2.50", 2.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("12:30", "12:30"),
        ("1.2.3", "1.2.3"),
        ("12345678901234567890", 12345678901234567890),
        ("99999999999999999999", 1e20),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("a", "a"),
        ("-", "-"),
        ("2020-01-01x", "2020-01-01x"),
    ],
)
def test_a_plain_scalar_has_the_type_that_go_gives_it(text: str, value: Any) -> None:
    resolved = scalars.resolve(text)
    assert (type(resolved), resolved) == (type(value), value)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2020-1-2", "2020-01-02 00:00:00 +0000 UTC"),
        ("2020-01-01T10:00:00Z", "2020-01-01 10:00:00 +0000 UTC"),
        ("2020-01-01 10:00:00.250", "2020-01-01 10:00:00.25 +0000 UTC"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.1 -0500 -0500"),
    ],
)
def test_a_date_is_a_thing_of_its_own_written_as_go_writes_it(text: str, written: str) -> None:
    resolved = scalars.resolve(text)
    assert isinstance(resolved, scalars.Timestamp)
    assert resolved == written


@pytest.mark.parametrize("text", ["2020-13-45", "2020-02-30", "2020-01-01T10:00:00", "2020-01-01 10:00:00Z"])
def test_what_only_looks_like_a_date_is_a_string(text: str) -> None:
    assert type(scalars.resolve(text)) is str


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (2.5, "2.5"),
        (1.0, "1"),
        (100000.0, "100000"),
        (1e6, "1e+06"),
        (1e30, "1e+30"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (math.inf, "+Inf"),
        (-math.inf, "-Inf"),
        (math.nan, "NaN"),
        (-1.25, "-1.25"),
    ],
)
def test_a_number_in_a_string_is_written_as_go_writes_it(value: Any, written: str) -> None:
    assert gofloat.format_float64(value) == written


@pytest.mark.parametrize(
    ("value", "written"), [(0.35, "0.35"), (1, "1"), (0.1 + 0.2, "0.3"), (1e-7, "1e-7"), (1e21, "1e+21"), (0, "0")]
)
def test_a_single_precision_number_is_written_as_short_as_it_can_be(value: Any, written: str) -> None:
    assert gofloat.format_float32(value) == written
