"""What a container uses between two readings, and what is kept of an hour."""

from __future__ import annotations

from typing import Any

import pytest

from projects.compose.usage import SPAN_SECONDS, STEP_SECONDS, History, Usage, reading_from, usage_between


def message(second: int, *, received: int = 0, read: int = 0, first: bool = False, **more: Any) -> dict[str, Any]:
    return {
        "read": f"2026-11-26T02:40:{second:02}.158188309Z",
        "preread": "0001-01-01T00:00:00Z" if first else "2026-11-26T02:40:00Z",
        "cpu_stats": {"cpu_usage": {"total_usage": 300}, "system_cpu_usage": 2000, "online_cpus": 2},
        "precpu_stats": {} if first else {"cpu_usage": {"total_usage": 100}, "system_cpu_usage": 1000},
        "memory_stats": {"usage": 2048, "limit": 4096, "stats": {"total_inactive_file": 1024}},
        "networks": {"eth0": {"rx_bytes": received, "tx_bytes": 7}},
        "blkio_stats": {"io_service_bytes_recursive": [{"op": "Read", "value": read}]},
        **more,
    }


def usage(before: dict[str, Any] | None, now: dict[str, Any]) -> Usage:
    reading = reading_from(now)
    assert reading is not None
    return usage_between(reading_from(before) if before else None, reading)


def test_rates_are_those_between_two_readings() -> None:
    told = usage(message(1, received=100, read=1000), message(3, received=300, read=1500))
    assert (told.cpu, told.memory) == (40.0, 1024.0)
    assert (told.received, told.sent, told.read, told.written) == (100.0, 0.0, 250.0, 0.0)


def test_the_first_message_of_a_stream_tells_no_cpu_and_no_rates() -> None:
    told = usage(None, message(1, received=100, first=True))
    assert told.memory == 1024.0
    assert (told.cpu, told.received, told.sent, told.read, told.written) == (None,) * 5


def test_counters_that_began_anew_are_no_rate() -> None:
    told = usage(message(1, received=500, read=5), message(2, received=100, read=6))
    assert (told.received, told.read) == (None, 1.0)


def test_a_container_in_the_network_of_its_host_has_no_network_figures() -> None:
    told = usage(message(1, networks=None), message(2, networks=None))
    assert (told.received, told.sent, told.read) == (None, None, 0.0)


@pytest.mark.parametrize("empty", [{"read": "0001-01-01T00:00:00Z", "name": "/x"}, {}])
def test_the_empty_message_of_a_stopped_container_is_no_reading(empty: dict[str, Any]) -> None:
    assert reading_from(empty) is None


def at(seconds: float, cpu: float | None = 1.0, memory: float = 10.0) -> Usage:
    return Usage(at=seconds, cpu=cpu, memory=memory, received=None, sent=2.0, read=0.0, written=0.0)


def test_a_point_is_the_mean_of_its_seconds_without_what_is_not_known() -> None:
    history = History()
    for usage in (at(100, None, 10), at(101, 2, 20), at(104.9, 4, 30)):
        history.add(usage)
    assert history.after(0) == []
    history.add(at(105))
    (point,) = history.after(0)
    assert point.at == 100
    assert point.values == (3.0, 20.0, None, 2.0, 0.0, 0.0)


def test_a_step_that_was_interrupted_is_one_point_with_what_comes_after() -> None:
    history = History()
    assert history.newest == 0
    history.add(at(100, 1))
    history.add(at(104, None))  # the first of a new stream
    history.add(at(3600))
    assert [(point.at, point.values[0]) for point in history.after(0)] == [(100, 1.0)]
    assert history.newest == 100


def test_only_points_after_a_time_are_given() -> None:
    history = History()
    for second in range(100, 121, 5):
        history.add(at(second))
    assert [point.at for point in history.after(105)] == [110, 115]
    assert history.after(115) == []


def test_an_hour_is_kept_and_no_more() -> None:
    history = History()
    for second in range(0, 2 * SPAN_SECONDS, STEP_SECONDS):
        history.add(at(second))
    points = history.after(-1)
    assert len(points) == SPAN_SECONDS // STEP_SECONDS
    assert points[-1].at == 2 * SPAN_SECONDS - 2 * STEP_SECONDS
