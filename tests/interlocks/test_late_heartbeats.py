"""IL-26 on a way that lets heartbeats wait: how long the pen runs on after its host has died."""

from __future__ import annotations

import pytest
from interlock_rig import Rig

from penctl.protocol.enums import Input, StopKind

LONGEST_S = 1.0
"""Heartbeats of half a second may be on their way; the pen then waits for 250 ms and pulls the needles in."""


def grow(rig: Rig, steps: int, step_ms: float, every_s: float) -> None:
    """The way, to the pen and back, takes more and more time while the host is alive, until the pen rests."""
    for step in range(1, steps + 1):
        rig.bench.clear_faults()
        rig.bench.inject("line", "impaired", latency_ms=step * step_ms)
        rig.pen.wait(every_s)
        if not rig.drive_on:
            return


@pytest.mark.parametrize(("step_ms", "every_s"), [(60.0, 0.1), (200.0, 0.25)])
@pytest.mark.parametrize("latency_ms", [300.0, 600.0, 900.0, 2000.0])
def test_a_host_that_dies_behind_a_long_queue_does_not_keep_the_pen_running(
    rig: Rig, latency_ms: float, step_ms: float, every_s: float
) -> None:
    """IL-26: a way of 2 s kept the pen running for 2.25 s; no heartbeat says how long it was on its way."""
    rig.running()
    grow(rig, round(latency_ms / step_ms), step_ms, every_s)
    died_s = rig.bench.time_s
    while rig.drive_on and rig.bench.time_s - died_s < LONGEST_S:
        rig.bench.advance(0.01)
    assert not rig.drive_on
    rig.bench.clear_faults()
    rig.bench.advance(2.5)
    rig.assert_latched(26, StopKind.C1, Input.HEARTBEAT)


def test_a_way_that_is_slow_but_bearable_does_not_stop_the_pen(rig: Rig) -> None:
    """IL-26, boundary: 190 ms each way, which ARM and START would not take, are borne once it runs.

    A latency that begins at once is a gap as long as itself, behind 50 ms of a heartbeat: 240 of 250 ms.
    """
    rig.running_for(3.0, "clinical", 1000, 110.0)
    rig.bench.inject("line", "impaired", latency_ms=190.0)
    rig.pen.wait(1.5)
    assert rig.drive_on
    assert rig.tripped == 0
