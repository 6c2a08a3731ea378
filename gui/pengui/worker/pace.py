"""How the time of a port passes for a screen.

On a real port time passes by itself; on a simulated pen the worker lets virtual time follow the wall clock.
Either way nobody waits longer than a few milliseconds without looking at STOP and at the hand.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from penctl.transport import READ_SIZE, SerialPort, Transport

SLICE_S: Final = 0.005
TICK_S: Final = 100e-6
MOST_BEHIND_S: Final = 0.05
"""A computer that was busy or asleep longer loses that time; a simulated pen never catches up."""


class Pace(Protocol):
    """Says how much virtual time may pass now."""

    def allow(self, now_s: float, step_s: float) -> float:
        """Wait until `step_s` after `now_s` may pass, or less when woken; returns how much."""
        ...


class WallPace:
    """Virtual time keeps up with the monotonic clock. `wake` ends a wait early."""

    def __init__(self, wake: threading.Event) -> None:
        self._wake = wake
        self._offset_s: float | None = None
        self.lost_s = 0.0
        """Wall time that was given up because the computer was busy."""

    def allow(self, now_s: float, step_s: float) -> float:
        wall_s = time.monotonic()
        if self._offset_s is None:
            self._offset_s = wall_s - now_s
        behind_s = wall_s - self._offset_s - now_s
        if behind_s > MOST_BEHIND_S:
            self.lost_s += behind_s - MOST_BEHIND_S
            self._offset_s += behind_s - MOST_BEHIND_S
            behind_s = MOST_BEHIND_S
        if behind_s < step_s:
            self._wake.wait(step_s - behind_s)
            behind_s = time.monotonic() - self._offset_s - now_s
        return min(step_s, max(0.0, behind_s))


class SteppedPace:
    """Virtual time passes as fast as it can; `between` is told of each step before it passes."""

    def __init__(self, between: Callable[[float], None]) -> None:
        self._between = between

    def allow(self, now_s: float, step_s: float) -> float:
        self._between(step_s)
        return step_s


class ScreenTransport(Transport):
    """A transport whose waits are cut into slices; `serve` is called between them.

    `serve` returns whether it changed something that the link must look at before waiting on.
    """

    def __init__(self, port: SerialPort, url: str, pace: Pace, serve: Callable[[], bool]) -> None:
        super().__init__(port, url)
        self._pace = pace
        self._serve = serve

    def now_s(self) -> float:
        """As `Transport.now_s`; the clock of a bench, which is read thousands of times a second, at once."""
        bench = self.bench
        if bench is None or (time_s := float(bench.time_s)) < self._read_s:
            return super().now_s()
        self._read_s = time_s
        return time_s + self._set_back_s

    def read(self, max_bytes: int = READ_SIZE, timeout_s: float = 0.0, gather_s: float = 0.0) -> bytes:
        """As `Transport.read`; comes back early, with nothing, when `serve` did something."""
        end_s = self.now_s() + timeout_s
        while not self._serve():
            step_s = min(end_s - self.now_s(), SLICE_S)
            if step_s < TICK_S / 2:
                return super().read(max_bytes, 0.0)
            data = self._read_slice(max_bytes, step_s, gather_s)
            if data:
                return data
        return b""

    def _read_slice(self, max_bytes: int, step_s: float, gather_s: float) -> bytes:
        bench = self.bench
        if bench is None:
            return super().read(max_bytes, step_s, gather_s)
        allowed_s = self._pace.allow(self.now_s(), step_s)
        if allowed_s >= TICK_S / 2:  # the bench rounds to whole ticks
            bench.advance(allowed_s)
        return super().read(max_bytes, 0.0)

    def wake(self) -> None:
        """End a read that waits, where the port can do that; elsewhere it ends with its slice."""
        cancel = getattr(self._port, "cancel_read", None)
        if cancel is not None:
            with contextlib.suppress(*self._lost):
                cancel()

    @classmethod
    def around(cls, transport: Transport, pace: Pace, serve: Callable[[], bool]) -> ScreenTransport:
        """The same open port, with a screen's waits."""
        return cls(transport._port, transport.url, pace, serve)
