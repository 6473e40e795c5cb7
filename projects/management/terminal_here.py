"""This process's own terminal, or what stands in for one, joined to a process in a container."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import termios
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

PIECE: Final = 32 * 1024
STDIN: Final = 0
STDOUT: Final = 1
STDERR: Final = 2


def is_terminal(descriptor: int) -> bool:
    """Return whether stdin (0), stdout (1) or stderr (2) is a terminal."""
    return os.isatty(descriptor)


@contextmanager
def raw_keyboard() -> Iterator[None]:
    """Have every key go through as it is, Ctrl-C too, where stdin is a terminal."""
    if not is_terminal(STDIN):
        yield
        return
    before = termios.tcgetattr(STDIN)
    try:
        tty.setraw(STDIN)
        yield
    finally:
        termios.tcsetattr(STDIN, termios.TCSADRAIN, before)


@contextmanager
def following_size(resize: Callable[[int, int], object]) -> Iterator[None]:
    """Tell the terminal's height and width now and whenever they change."""

    def tell(*_: Any) -> None:
        size = shutil.get_terminal_size()
        resize(size.lines, size.columns)

    before = signal.signal(signal.SIGWINCH, tell)
    try:
        tell()
        yield
    finally:
        signal.signal(signal.SIGWINCH, before)


def pass_input(write: Callable[[bytes], object], end: Callable[[], object]) -> None:
    """Pass stdin on until its end, on a thread that keeps nobody waiting."""

    def pump() -> None:
        try:
            while data := os.read(STDIN, PIECE):
                write(data)
        except OSError:
            pass
        end()

    threading.Thread(target=pump, name="stdin", daemon=True).start()


def show(number: int, data: bytes) -> None:
    """Write bytes of stream 1 or 2 to stdout or stderr at once."""
    stream = sys.stderr if number == STDERR else sys.stdout
    stream.flush()
    stream.buffer.write(data)
    stream.buffer.flush()
