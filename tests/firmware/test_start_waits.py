"""A START that waits for the cartridge's tag: what waits behind it, and what it costs an operator."""

from __future__ import annotations

import ctypes

import pytest
from core_rig import arm, choose, drive_is_off, opened, visit

from penctl.errors import Refused
from penctl.pen import Pen
from penctl.protocol.enums import State
from pensim.bench import Bench

MILLISECOND = 10
"""Ticks, and so polls of the background loop, in 1 ms."""


class SlowLoop:
    """A background loop that comes round once in so many ticks."""

    def __init__(self, bench: Bench, ticks: int) -> None:
        kind = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)
        assert bench.kernel.firmware is not None
        self._poll = kind(bench.kernel.firmware.address("pen_host_background"))
        self._ticks, self.calls = ticks, 0
        self._kept = kind(self._sometimes)
        bench.kernel._line["calls"][0][8] = ctypes.cast(self._kept, ctypes.c_void_p).value

    def _sometimes(self, at: int) -> int:
        self.calls += 1
        return int(self._poll(at)) if self.calls % self._ticks == 0 else 0


def ready(bench: Bench) -> Pen:
    """Armed for the first START of a visit, hold-to-run pressed, telemetry as fast as it goes."""
    pen = opened(bench)
    visit(pen)
    bench.hand.cartridge("CLINICAL")
    bench.run(0.3)
    choose(bench, pen)
    arm(pen)
    pen.command("SET_TELEMETRY", period_us=1000)
    bench.hand.press(n=3.0)
    bench.hand.hold(True)
    bench.run(0.1)
    return pen


@pytest.mark.parametrize("phase_ms", [0, 15, 30, 45])
def test_a_start_that_waits_is_taken_by_the_slowest_loop_that_a_port_may_have(phase_ms: int) -> None:
    """Requirement: one poll in a millisecond, telemetry at 1 kHz: the use is on the tag in time."""
    with Bench(seed=3, cartridge=None) as bench:
        pen = ready(bench)
        loop = SlowLoop(bench, MILLISECOND)
        pen.wait(0.1 + phase_ms * 1e-3)
        pen.command("START")
        pen.wait(0.3)
        assert pen.status().state is State.RUN
        assert loop.calls > 0


@pytest.mark.parametrize("phase_ms", range(0, 48, 6))
def test_heartbeats_behind_a_start_that_waits_in_vain_are_in_time(phase_ms: int) -> None:
    """IL-26: a tag slower than a port may be: START is refused after 100 ms, and nothing trips."""
    with Bench(seed=3, cartridge=None) as bench:
        pen = ready(bench)
        loop = SlowLoop(bench, 2 * MILLISECOND)
        pen.wait(0.1 + phase_ms * 1e-3)
        with pytest.raises(Refused) as refused:
            pen.command("START")
        assert refused.value.reason == "CARTRIDGE_BINDING_FAILED"
        pen.wait(0.4)
        status = pen.status()
        assert (status.state, status.tripped, drive_is_off(bench)) == (State.READY, 0, True)
        assert loop.calls > 0
