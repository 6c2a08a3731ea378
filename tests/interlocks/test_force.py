"""IL-15, over-force, what belongs to it alone: peaks, both modes, lifting first, the third time."""

from __future__ import annotations

import pytest
from interlock_cells import il
from interlock_rig import Refusal, Rig

from penctl.protocol.enums import Input, Reason, State, StopKind


def start_refusal(rig: Rig) -> Reason:
    """Why START is refused, with the switch newly pressed."""
    rig.bench.hand.hold(False)
    rig.bench.run(0.05)
    rig.bench.hand.hold(True)
    rig.bench.run(0.05)
    return rig.refused("START", device_time_us=rig.bench.kernel.time_us).reason


def too_hard(rig: Rig) -> None:
    """One stop by over-force."""
    rig.bench.hand.press(n=13.0)
    rig.bench.run(0.1)


def lifted_and_started(rig: Rig) -> None:
    """Lift, press again, start."""
    rig.bench.hand.lift()
    rig.bench.hand.hold(False)
    rig.bench.run(0.2)
    rig.bench.hand.press(n=3.0)
    rig.start()
    rig.bench.run(0.2)


@pytest.mark.cell("IL-15", "trip")
@pytest.mark.parametrize(
    ("mode", "depth_um", "rate_hz", "peak_mn", "limit_mn"),
    [("clinical", 1000, 110.0, 14_300, 14_000), ("home", 150, 90.0, 6_300, 6_000)],
)
def test_peaks_of_three_strokes_in_a_row_stop_although_the_mean_is_low(
    rig: Rig, mode: str, depth_um: int, rate_hz: float, peak_mn: int, limit_mn: int
) -> None:
    """IL-15, trip: 14 N, and 6 N at home, once a stroke, three times; the mean stays below its own limit."""
    rig.running(mode, depth_um, rate_hz)
    for _ in range(4):
        rig.bench.inject("press_sensor", "stuck", value=peak_mn, for_s=0.0005)
        rig.bench.run(1.0 / rate_hz - 0.0005)
        rig.bench.clear_faults()
        rig.bench.run(0.0005)
    (event,) = rig.events("EVENT_TRIP")
    assert (event["interlock"], event["input"], event["stop"]) == (15, Input.PRESS, StopKind.C0)
    assert event["value"] > event["limit"] == limit_mn


@pytest.mark.cell("IL-15", "below limit")
def test_two_peaks_in_a_row_do_not_stop(rig: Rig) -> None:
    """IL-15, below limit: two strokes with a peak, then one without, again and again."""
    rig.running()
    for number in range(12):
        if number % 3 < 2:
            rig.bench.inject("press_sensor", "stuck", value=14_300, for_s=0.0005)
        rig.bench.run(1.0 / 110.0)
        rig.bench.clear_faults()
    assert rig.state is State.RUN


@pytest.mark.cell("IL-15", "hysteresis")
def test_less_press_is_not_enough_it_has_to_be_lifted(rig: Rig) -> None:
    """IL-15, hysteresis: stopped above 9 N; at 3 N START is refused LIFT_FIRST; below 0.1 N it is free."""
    rig.running()
    too_hard(rig)
    assert rig.state is State.READY
    for newton in (3.0, 0.5):
        rig.bench.hand.press(n=newton)
        rig.bench.run(0.1)
        assert start_refusal(rig) is Reason.LIFT_FIRST
    lifted_and_started(rig)
    rig.assert_running(0.2)


@pytest.mark.cell("IL-15", "reset act")
def test_the_third_time_latches_and_is_reset_by_the_operator_once_lifted(rig: Rig) -> None:
    """IL-15, reset act: at the third time RESET, refused LIFT_FIRST while the pen is on the skin."""
    rig.running()
    for number in range(3):
        too_hard(rig)
        if number < 2:
            lifted_and_started(rig)
    rig.assert_latched(15, StopKind.C0, Input.PRESS)
    refusal = rig.refused("RESET", interlock=15)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.LIFT_FIRST
    rig.bench.hand.lift()
    rig.bench.run(0.3)
    rig.pen.reset(15)
    assert rig.tripped in (0, 38), il(38) + " counts the same three"


@pytest.mark.cell("IL-15", "guide words")
def test_the_press_of_36_needles_is_no_over_force(rig: Rig) -> None:
    """IL-15, guide words: provided when not needed – 6 N of press, as 36 needles need, run on."""
    rig.running()
    rig.bench.hand.press(n=6.0)
    rig.assert_running(2.0)
