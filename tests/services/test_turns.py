"""So many at a time, and nobody waits for one that takes long."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from projects.services.turns import Turns


def test_no_more_than_so_many_have_a_turn_at_a_time() -> None:
    turns = Turns(3, seconds=60)
    now, most, lock = [0], [0], threading.Lock()

    def work(_number: int) -> None:
        with turns.taken():
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            time.sleep(0.01)
            with lock:
                now[0] -= 1

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(work, range(24)))
    assert most == [3]


def test_a_turn_that_takes_long_is_passed_on() -> None:
    turns = Turns(2, seconds=0.05)
    leave = threading.Event()

    def work() -> None:
        with turns.taken():
            leave.wait(10)

    slow = [threading.Thread(target=work) for _ in range(6)]
    for thread in slow:
        thread.start()
    began = time.monotonic()
    with turns.taken():
        assert time.monotonic() - began < 5
    leave.set()
    for thread in slow:
        thread.join()


def test_a_turn_ends_with_an_error() -> None:
    turns = Turns(1, seconds=60)
    with pytest.raises(ZeroDivisionError), turns.taken():
        _ = 1 / 0
    began = time.monotonic()
    with turns.taken():
        assert time.monotonic() - began < 5
