"""Too slow, stuck, or counted wrongly: IL-12, IL-13, IL-45, just inside and just outside each limit."""

from __future__ import annotations

import numpy as np
import pytest
from guard_rig import (
    ARM,
    ARMED,
    C0,
    C1,
    CLINICAL,
    COUNTS,
    HOME,
    LATCHED,
    NOTE_SELF_TEST,
    OPERATOR,
    RESET,
    RUN,
    START,
    STOP,
    STOPPING,
    Guard,
    NewGuard,
    when_off,
)

from penctl.protocol.enums import Input, Reason

SHAFT_RATE, RATE_DIFFERENCE = Input.SHAFT_RATE, Input.RATE_DIFFERENCE
HOLD_PRESSED, CAUSE = Reason.HOLD_PRESSED, Reason.CAUSE_PRESENT
SELF_TEST = Reason.SELF_TEST_NEEDED


def running(new_guard: NewGuard, set_mhz: int, now_hz: float, mode: int = CLINICAL) -> Guard:
    """A guard in RUN, half a second after the start."""
    guard = new_guard().start(mode, 100, set_mhz)
    guard.run(5000, now_hz)
    assert guard.last["state"] == RUN, guard.last
    return guard


@pytest.mark.parametrize(("set_mhz", "hz"), [(100_000, 85.1), (50_000, 42.6), (150_000, 127.8)])
def test_a_rate_just_above_85_per_cent_goes_on(new_guard: NewGuard, set_mhz: int, hz: float) -> None:
    """IL-12: less than 15 % below the setpoint is no trip, for two seconds."""
    guard = running(new_guard, set_mhz, 0.99 * set_mhz / 1000)
    assert (guard.run(20_000, hz)["state"] == RUN).all()


@pytest.mark.parametrize(
    ("set_mhz", "hz"), [(100_000, 84.9), (50_000, 42.4), (150_000, 127.2), (100_000, 40.0)]
)
def test_a_rate_below_85_per_cent_stops_within_250_ms(new_guard: NewGuard, set_mhz: int, hz: float) -> None:
    """IL-12: more than 15 % below the setpoint for 200 ms is C1 without a latch, told as a trip.

    Then READY.
    """
    guard = running(new_guard, set_mhz, 0.99 * set_mhz / 1000)
    seen = guard.run(2600, hz)
    at = int(np.argmax(seen["unlatched"] == 12))
    assert 1900 <= at <= 2500
    assert (seen[at]["state"], seen[at]["unlatched_input"], seen[at]["unlatched_stop"]) == (
        STOPPING,
        SHAFT_RATE,
        C1,
    )
    assert seen[at]["unlatched_limit"] == set_mhz * 850 // 1000
    assert (seen["unlatched"] != 0).sum() == 1
    guard.turn_to(0.0, hz)
    guard.run(50)
    assert (guard.last["state"], guard.last["cause"], guard.last["trip_count"]) == (ARMED, 12, 0)
    assert guard.ask(START).reason == HOLD_PRESSED
    assert not guard.run(500)["drive_enable"].any()


def test_a_short_slow_down_and_the_spin_up_are_no_trip(new_guard: NewGuard) -> None:
    """IL-12: inhibited for 200 ms after the start; the clock stops above 92 % and runs on between."""
    guard = new_guard().start(CLINICAL, 100, 100_000)
    assert (guard.run(3500, 70.0)["state"] == RUN).all()
    for _ in range(4):
        assert (guard.run(1500, 95.0)["state"] == RUN).all()
        assert (guard.run(1700, 80.0)["state"] == RUN).all()
    guard = running(new_guard, 100_000, 100.0)
    guard.run(1000, 80.0)
    guard.run(500, 90.0)
    assert (guard.run(700, 80.0)["unlatched"] == 12).any()


@pytest.mark.parametrize("set_mhz", [50_000, 100_000, 150_000])
@pytest.mark.parametrize("turn", [0.1, 0.25, 0.5, 0.9])
def test_a_shaft_that_stands_at_once_is_found_within_60_ms(
    new_guard: NewGuard, set_mhz: int, turn: float
) -> None:
    """IL-13: a sudden jam is C0 within 60 ms at any place of the turn, and latches."""
    guard = running(new_guard, set_mhz, 0.99 * set_mhz / 1000)
    guard.turn_to(turn, 0.99 * set_mhz / 1000)
    off = when_off(guard.run(700))
    assert 0 < off <= 600
    assert (guard.last["tripped"], guard.last["trip_input"], guard.last["trip_stop"]) == (13, SHAFT_RATE, C0)
    assert guard.last["trip_limit"] == set_mhz // 5


@pytest.mark.parametrize(("hz", "trips"), [(20.3, False), (19.7, True)])
def test_a_mean_below_a_fifth_of_the_setpoint_is_a_stall(new_guard: NewGuard, hz: float, trips: bool) -> None:
    """IL-13: above 20 % of the set rate the needles turn (IL-12 stops them later), below they are stuck."""
    guard = running(new_guard, 100_000, 100.0)
    seen = guard.run(1500, hz)
    assert bool((seen["tripped"] == 13).any()) == trips


def test_a_stall_is_inhibited_while_the_motor_spins_up(new_guard: NewGuard) -> None:
    """IL-13: inhibited for 50 ms after the start, and then it needs its 50 ms."""
    guard = new_guard().start()
    seen = guard.run(1500)
    assert 970 <= when_off(seen) <= 1010


def test_a_stall_is_reset_at_rest_by_the_operator(new_guard: NewGuard) -> None:
    """IL-13: latched; the reset is refused while the shaft turns, and starts nothing."""
    guard = running(new_guard, 100_000, 100.0)
    guard.run(700)
    assert guard.last["state"] == LATCHED
    guard.run(700, 30.0)
    assert guard.ask(RESET, 13, OPERATOR).reason == CAUSE
    guard.run(600)
    guard.accept(RESET, 13, OPERATOR)
    assert not guard.run(500)["drive_enable"].any()


def lying_shaft(guard: Guard, ticks: int, hz: float, gain: float) -> np.ndarray:
    """The bar strokes at a rate, the shaft's sensor shows `gain` times that."""
    rows = guard.rows(ticks, hz)
    begin = int(guard.now["shaft_counts"])
    moved = np.arange(1, ticks + 1) * hz * 1e-4 * COUNTS * gain
    rows["shaft_counts"] = (begin + np.floor(moved)).astype(np.int64) % COUNTS
    return guard.feed(rows)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("hz", [60.0, 100.0, 145.0])
def test_a_shaft_sensor_within_5_per_cent_of_the_strokes_is_believed(
    new_guard: NewGuard, hz: float, sign: int
) -> None:
    """IL-45: 4.5 % over three strokes is no trip, for a second."""
    guard = running(new_guard, round(hz * 1000), hz)
    assert (lying_shaft(guard, 10_000, hz, 1 + sign * 0.045)["tripped"] != 45).all()


@pytest.mark.parametrize("gain", [0.5, 0.9, 0.94, 1.06, 1.5, 2.0])
@pytest.mark.parametrize("hz", [100.0, 145.0])
def test_a_shaft_sensor_that_lies_is_found(new_guard: NewGuard, hz: float, gain: float) -> None:
    """IL-45: a shaft sensor 6 % or more off is C0 within three strokes and a quarter turn.

    Or IL-11 is sooner.
    """
    guard = running(new_guard, round(hz * 1000), hz)
    guard.run(200, hz)
    off = when_off(lying_shaft(guard, 1000, hz, gain))
    assert 0 < off <= round(4.3 / hz / 1e-4)
    assert guard.last["tripped"] in ((45,) if gain < 1.1 else (45, 11))
    if guard.last["tripped"] == 45:
        assert (guard.last["trip_input"], guard.last["trip_stop"]) == (RATE_DIFFERENCE, C0)


@pytest.mark.parametrize("phase", np.arange(0, 1, 0.125))
def test_a_shaft_sensor_that_slips_is_found_within_30_ms_at_100_hz(new_guard: NewGuard, phase: float) -> None:
    """IL-45: counted at the bar downwards and upwards, a lie of 7 % is found wherever it begins."""
    guard = running(new_guard, 100_000, 100.0)
    guard.run(1000, 100.0)
    guard.turn_to(phase)
    off = when_off(lying_shaft(guard, 600, 100.0, 1.07))
    assert 100 <= off <= 290
    assert guard.last["tripped"] == 45


@pytest.mark.parametrize("hz", [50.0, 100.0, 145.0, 221.0])
def test_a_stuck_shaft_sensor_is_found_by_the_strokes_of_the_bar(new_guard: NewGuard, hz: float) -> None:
    """IL-45: a shaft sensor that stands while the bar strokes is C0 within three strokes.

    From the start too.
    """
    guard = new_guard().start(rate_mhz=50_000)
    off = when_off(guard.run(1000, hz, shaft_counts=0))
    assert 0 < off <= round(3.6 / hz / 1e-4)
    assert guard.last["tripped"] == 45


@pytest.mark.parametrize("furthest", [0.3, 0.4, 0.45])
def test_a_controlled_stop_that_turns_back_half_way_counts_no_stroke(
    new_guard: NewGuard, furthest: float
) -> None:
    """IL-45: the bar crosses its middle down and up again without a turn of the shaft, and nothing lies."""
    guard = running(new_guard, 60_000, 60.0)
    guard.turn_to(0.0, 60.0)
    guard.accept(STOP)
    assert guard.last["state"] == RUN
    assert guard.turn_to(furthest, 60.0)["drive_enable"].all()
    assert guard.run(round(furthest / 60 * 1e4), -60.0)["drive_enable"].all()
    assert guard.last["tripped"] == 0


def test_a_rate_channel_discrepancy_asks_for_a_self_test(new_guard: NewGuard) -> None:
    """IL-45: latched; the operator resets at rest, and arming asks for a self-test."""
    guard = new_guard().start(HOME, 100, 60_000)
    guard.run(1000, 60.0, shaft_counts=0)
    guard.turn_to(0.0)
    guard.set(hold_pressed=0)
    guard.run(1000)
    guard.accept(RESET, 45, OPERATOR)
    assert guard.ask(ARM).reason == SELF_TEST
    guard.accept(NOTE_SELF_TEST)
    guard.accept(ARM)
