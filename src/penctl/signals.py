"""Ctrl-C and a request to end: the pens that this program works with get STOP before anything else happens.

The handler purges the port's output buffer and writes STOP, one system call each, at whatever place the
program stands. Then it lets the program end as usual, which stops the pen once more and waits for its answer.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import weakref
from collections.abc import Iterator
from types import FrameType
from typing import Final, NoReturn

from penctl.protocol.pacing import STOP_FRAME
from penctl.transport import Transport

NAMES: Final = ("SIGINT", "SIGTERM", "SIGHUP")
"""Signals that ask for an end; Windows has no SIGHUP."""
EXIT_BASE: Final = 128
_working: weakref.WeakSet[Transport] = weakref.WeakSet()


class Terminated(KeyboardInterrupt):
    """Somebody asked this program to end. `number` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    @property
    def exit_code(self) -> int:
        """As shells tell it."""
        return EXIT_BASE + self.number


def works_with(transport: Transport) -> None:
    """From now on a signal stops the pen on this port. Who only looks on does not call this."""
    _working.add(transport)


def has_left(transport: Transport) -> None:
    """The pen on this port is no longer stopped by a signal."""
    _working.discard(transport)


def stop_all() -> None:
    """STOP to every pen that this program works with; a port that fails keeps no other from its STOP."""
    for transport in list(_working):
        with contextlib.suppress(Exception):
            transport.send_now(STOP_FRAME)


def _handle(number: int, frame: FrameType | None) -> NoReturn:
    stop_all()
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise Terminated(number)


@contextlib.contextmanager
def stops_at_signals() -> Iterator[None]:
    """While this lasts a signal that asks for an end sends STOP at once. Only in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    before = {number: signal.signal(number, _handle) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
