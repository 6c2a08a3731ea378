"""The rate meter, and overspeed (IL-11): a synthetic shaft just below and just above each limit."""

from __future__ import annotations

import numpy as np
import pytest
from guard_rig import C0, CLINICAL, COUNTS, HOME, LATCHED, RUN, TICK_US, Guard, NewGuard, when_off

from penctl.protocol.enums import Input

SHAFT_RATE = Input.SHAFT_RATE
SHAFT_SENSOR = Input.SHAFT_SENSOR
REACTION_TICKS = 600
"""60 ms."""


def rippled(rate_hz: float, ticks: int, ripple: float, first_turn: float = 0.0) -> np.ndarray:
    """Rate in each tick of a shaft that ripples twice a turn by ±ripple/2; its mean over turns is exact."""
    fine = 8
    half = ripple / 2
    scale = rate_hz / np.sqrt(1 - half * half)  # so that the time of a whole turn is 1/rate
    turn, out = first_turn, np.empty(ticks)
    for i in range(ticks):
        before = turn
        for _ in range(fine):
            middle = turn + scale * (1 + half * np.cos(4 * np.pi * turn)) * TICK_US * 0.5e-6 / fine
            turn += scale * (1 + half * np.cos(4 * np.pi * middle)) * TICK_US * 1e-6 / fine
        out[i] = (turn - before) / (TICK_US * 1e-6)
    return out


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("rate_hz", [30.0, 49.9, 83.3, 100.0, 117.37, 150.0, 161.3, 199.9, 260.0])
def test_the_mean_rate_is_right_within_a_thousandth(new_guard: NewGuard, rate_hz: float, sign: int) -> None:
    """IL-11: the rate that guard judges is the true mean over whole strokes, in either direction."""
    seen = new_guard().run(6000, sign * rate_hz)[2000:]
    for column in ("stroke_mhz", "window_mhz"):
        assert np.abs(seen[column] / (rate_hz * 1000) - 1).max() < 1e-3, column
    assert np.abs(seen["window_mhz"] / (rate_hz * 1000) - 1).max() < 2e-4


@pytest.mark.parametrize("rate_hz", [50.0, 100.0, 149.0])
def test_ripple_inside_a_stroke_is_not_a_rate(new_guard: NewGuard, rate_hz: float) -> None:
    """IL-11: a speed that ripples by 70 % inside each stroke gives the mean over the stroke all the same."""
    seen = new_guard().run(5000, rippled(rate_hz, 5000, 0.7))[2000:]
    assert np.abs(seen["stroke_mhz"] / (rate_hz * 1000) - 1).max() < 2e-3
    assert np.abs(seen["window_mhz"] / (rate_hz * 1000) - 1).max() < 5e-4


def test_a_count_of_noise_is_not_a_rate(new_guard: NewGuard) -> None:
    """IL-11: noise of one count on the shaft sensor changes the rate by less than 0.3 %."""
    guard = new_guard()
    rows = guard.rows(6000, 150.0)
    rows["shaft_counts"] = (rows["shaft_counts"] + np.random.default_rng(3).integers(-1, 2, 6000)) % COUNTS
    seen = guard.feed(rows)[2000:]
    assert np.abs(seen["stroke_mhz"] / 150_000 - 1).max() < 3e-3


@pytest.mark.parametrize("boundary", [0, 1024, 2048, 3072])
def test_noise_at_a_quarter_turn_is_no_movement(new_guard: NewGuard, boundary: int) -> None:
    """IL-11: a shaft that stands where a quarter turn ends has no rate and makes no strokes."""
    guard = new_guard()
    rows = guard.rows(20_000)
    rows["shaft_counts"] = (boundary + np.random.default_rng(boundary).integers(-1, 2, len(rows))) % COUNTS
    seen = guard.feed(rows)
    assert not seen["stroke_mhz"].any()
    assert not seen["window_mhz"].any()
    assert seen["strokes"][-1] == 0


@pytest.mark.parametrize("sign", [1, -1])
def test_strokes_are_counted_each_once(new_guard: NewGuard, sign: int) -> None:
    """Requirement: a stroke passes the bottom and then the top, whichever way the shaft turns."""
    guard = new_guard()
    guard.angle = 0.98
    guard.run(20)
    assert guard.run(10_000, sign * 100.0)[-1]["strokes"] in (99, 100)
    rows = guard.rows(5000)
    rows["shaft_counts"] = np.random.default_rng(5).integers(-1, 2, len(rows)) % COUNTS
    before = guard.feed(rows)[0]["strokes"]
    assert guard.last["strokes"] == before


def running(new_guard: NewGuard, mode: int, set_mhz: int, now_hz: float, turn: float = 0.0) -> Guard:
    """A guard in RUN whose shaft has turned at a rate for a while, and then up to a place in the turn."""
    guard = new_guard().start(mode, 100, set_mhz)
    ticks = 3000
    left = turn - (guard.angle + now_hz * ticks * TICK_US * 1e-6) % 1.0
    ticks += round((left % 1.0) / now_hz / (TICK_US * 1e-6))
    guard.run(ticks, now_hz)
    assert guard.last["state"] == RUN, guard.last
    return guard


LIMITS = [
    (CLINICAL, 100_000, 100.0, 109.95, 110.05),
    (CLINICAL, 50_000, 50.0, 54.97, 55.03),
    (CLINICAL, 150_000, 148.5, 149.97, 150.03),
    (HOME, 100_000, 99.0, 99.97, 100.03),
    (HOME, 60_000, 60.0, 65.97, 66.03),
]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("mode", "set_mhz", "now_hz", "below_hz", "above_hz"), LIMITS)
def test_overspeed_trips_just_above_the_limit(
    new_guard: NewGuard, mode: int, set_mhz: int, now_hz: float, below_hz: float, above_hz: float, sign: int
) -> None:
    """IL-11: no trip for two seconds just below each limit; C0 within 60 ms just above it."""
    guard = running(new_guard, mode, set_mhz, sign * now_hz)
    assert guard.run(20_000, sign * below_hz)["drive_enable"].all()
    guard = running(new_guard, mode, set_mhz, sign * now_hz)
    off = when_off(guard.run(2000, sign * above_hz))
    assert 0 < off <= REACTION_TICKS
    assert guard.last["state"] == LATCHED
    assert (guard.last["tripped"], guard.last["trip_input"], guard.last["trip_stop"]) == (11, SHAFT_RATE, C0)


ONSETS = [
    (CLINICAL, 100_000, 100.0, 110.1),
    (CLINICAL, 100_000, 100.0, 140.0),
    (CLINICAL, 100_000, 100.0, 250.0),
    (CLINICAL, 50_000, 50.0, 55.06),
    (CLINICAL, 50_000, 50.0, 200.0),
    (CLINICAL, 150_000, 148.5, 150.1),
    (CLINICAL, 150_000, 148.5, 152.0),
    (CLINICAL, 137_000, 137.0, 150.6),
    (HOME, 100_000, 99.0, 100.1),
    (HOME, 100_000, 99.0, 101.0),
    (HOME, 92_000, 92.0, 100.2),
    (HOME, 100_000, 99.0, 100.02),
    (HOME, 50_000, 50.0, 56.0),
]


@pytest.mark.parametrize(("mode", "set_mhz", "now_hz", "then_hz"), ONSETS)
def test_overspeed_is_found_within_60_ms_whenever_it_begins(
    new_guard: NewGuard, mode: int, set_mhz: int, now_hz: float, then_hz: float
) -> None:
    """IL-11: reaction time at most 60 ms, for an onset at any place of the turn."""
    times = []
    for turn in np.arange(0, 1, 1 / 16):
        guard = running(new_guard, mode, set_mhz, now_hz, float(turn))
        times.append(when_off(guard.run(1000, then_hz)))
    assert min(times) >= 0
    assert max(times) <= REACTION_TICKS, max(times)


def test_a_short_overshoot_of_the_setpoint_is_no_trip(new_guard: NewGuard) -> None:
    """IL-11: more than 10 % above the setpoint for less than 50 ms is no trip; the clock starts anew."""
    guard = running(new_guard, CLINICAL, 100_000, 100.0)
    for _ in range(5):
        assert guard.run(380, 113.0)["drive_enable"].all()
        assert guard.run(400, 100.0)["drive_enable"].all()


def test_between_release_and_limit_the_clock_runs_on(new_guard: NewGuard) -> None:
    """IL-11: hysteresis: the clock that 10 % started is stopped only below 5 %."""
    guard = running(new_guard, CLINICAL, 100_000, 100.0)
    assert guard.run(300, 112.0)["drive_enable"].all()
    assert guard.run(600, 107.0)["drive_enable"].all()
    assert when_off(guard.run(200, 112.0)) >= 0
    guard = running(new_guard, CLINICAL, 100_000, 100.0)
    guard.run(300, 112.0)
    guard.run(600, 104.0)
    assert guard.run(300, 112.0)["drive_enable"].all()


@pytest.mark.parametrize("sign", [1, -1])
def test_a_single_stroke_far_above_the_cap_trips(new_guard: NewGuard, sign: int) -> None:
    """IL-11: one revolution 10 % above the mode's cap (165 Hz) trips at once; one just below does not."""
    guard = running(new_guard, CLINICAL, 150_000, sign * 120.0)
    seen = guard.run(100, sign * 165.3)
    assert 0 < when_off(seen) <= round(1.3 / 165.3 / 100e-6)
    guard = running(new_guard, CLINICAL, 150_000, sign * 120.0)
    assert guard.run(90, sign * 164.7)["drive_enable"].all()
    assert guard.run(1000, sign * 120.0)["drive_enable"].all()


@pytest.mark.parametrize("reading", [-1, -2147483648, 4096, 2147483647])
def test_a_shaft_without_readings_is_an_unknown_rate(new_guard: NewGuard, reading: int) -> None:
    """IL-11: no valid reading of the shaft counts as the limit passed, within 10 ms."""
    guard = running(new_guard, CLINICAL, 100_000, 100.0)
    assert guard.run(5, 100.0, shaft_counts=reading)["drive_enable"].all()
    assert guard.run(300, 100.0)["drive_enable"].all()
    off = when_off(guard.run(200, 100.0, shaft_counts=reading))
    assert 0 < off <= 100
    assert (guard.last["tripped"], guard.last["trip_input"]) == (11, SHAFT_SENSOR)


@pytest.mark.parametrize(("lost", "good"), [(1, 1), (3, 7), (9, 1), (9, 11), (9, 41), (40, 10), (49, 49)])
def test_gaps_in_the_readings_do_not_hide_overspeed(new_guard: NewGuard, lost: int, good: int) -> None:
    """IL-11: an intermittent shaft sensor shows the overspeed or counts as none; it never blinds guard."""
    guard = running(new_guard, CLINICAL, 150_000, 140.0)
    rows = guard.rows(3000, 185.0)
    hidden = np.arange(len(rows)) % (lost + good) < lost
    rows["shaft_counts"][hidden] = -1
    assert 0 < when_off(guard.feed(rows)) <= REACTION_TICKS


@pytest.mark.parametrize(("lost", "good"), [(1, 1), (3, 7), (8, 2)])
def test_short_gaps_in_the_readings_do_not_falsify_the_rate(
    new_guard: NewGuard, lost: int, good: int
) -> None:
    """IL-11: with single readings missing the rate stays right within 0.5 %, so that nothing trips for it."""
    guard = new_guard()
    rows = guard.rows(6000, 120.0)
    rows["shaft_counts"][np.arange(len(rows)) % (lost + good) < lost] = -1
    rates = guard.feed(rows)["stroke_mhz"][2000:]
    assert np.abs(rates / 120_000 - 1).max() < 5e-3


def test_single_wrong_readings_do_not_hide_overspeed(new_guard: NewGuard) -> None:
    """IL-11: a wrong reading now and then, where no shaft can have got to, does not hide the rate."""
    guard = running(new_guard, CLINICAL, 100_000, 100.0)
    rows = guard.rows(2000, 130.0)
    at = np.arange(37, 2000, 83)
    rows["shaft_counts"][at] = (rows["shaft_counts"][at] + 1500) % COUNTS
    assert 0 < when_off(guard.feed(rows)) <= REACTION_TICKS
    assert guard.last["tripped"] == 11


def fall_back(rows: np.ndarray, back: int, ticks: int = 1) -> np.ndarray:
    """Behind every second quarter edge of a turn, for some ticks, readings this many counts before it."""
    true = rows["shaft_counts"].copy()
    entered = np.flatnonzero(np.diff(true // 1024) != 0) + 1
    for at in entered[true[entered] // 1024 % 2 == 1]:
        rows["shaft_counts"][at + 1 : at + 1 + ticks] = (true[at] // 1024 * 1024 - back) % COUNTS
    return rows


@pytest.mark.parametrize(("back", "ticks"), [(8, 1), (8, 3), (60, 2), (100, 1), (100, 3), (170, 1)])
def test_readings_that_fall_back_over_an_edge_do_not_hide_overspeed(
    new_guard: NewGuard, back: int, ticks: int
) -> None:
    """IL-11: two readings a turn just before an edge already passed are no turning back: 60 ms."""
    guard = running(new_guard, CLINICAL, 80_000, 80.0)
    assert 0 < when_off(guard.feed(fall_back(guard.rows(3000, 200.0), back, ticks))) <= REACTION_TICKS
    assert (guard.last["tripped"], guard.last["trip_input"], guard.last["trip_stop"]) == (11, SHAFT_RATE, C0)


@pytest.mark.parametrize(("back", "ticks"), [(8, 1), (8, 2), (100, 1), (100, 2)])
@pytest.mark.parametrize(("set_mhz", "then_hz"), [(80_000, 89.0), (150_000, 151.0)])
def test_readings_that_fall_back_do_not_falsify_the_rate(
    new_guard: NewGuard, set_mhz: int, then_hz: float, back: int, ticks: int
) -> None:
    """IL-11: just above each limit the rate is told all the same, and an ordinary one trips nothing."""
    guard = running(new_guard, CLINICAL, set_mhz, 0.98 * set_mhz / 1000)
    rows = fall_back(guard.rows(3000, 0.98 * set_mhz / 1000), back, ticks)
    assert guard.feed(rows)["drive_enable"].all()
    assert 0 < when_off(guard.feed(fall_back(guard.rows(3000, then_hz), back, ticks))) <= REACTION_TICKS
    assert guard.last["tripped"] == 11


def test_some_counts_back_are_no_turning_back_however_long(new_guard: NewGuard) -> None:
    """IL-11: readings a few counts behind, tick after tick, leave the rate as it is; so 11 % are found."""
    guard = running(new_guard, CLINICAL, 80_000, 79.0)
    assert 0 < when_off(guard.feed(fall_back(guard.rows(3000, 89.0), 8, 4))) <= REACTION_TICKS
    assert guard.last["tripped"] == 11


@pytest.mark.parametrize("then_hz", [172.0, 200.0])
def test_a_shaft_sensor_that_goes_back_and_forth_does_not_hide_what_it_comes_to(
    new_guard: NewGuard, then_hz: float
) -> None:
    """IL-11: readings that turn back for longer are believed, and no quarter turns told; the way still is."""
    guard = running(new_guard, CLINICAL, 80_000, 80.0)
    assert 0 < when_off(guard.feed(fall_back(guard.rows(3000, then_hz), 100, 4))) <= REACTION_TICKS
    assert guard.last["tripped"] == 11


@pytest.mark.parametrize("after", [0.02, 0.3, 0.5, 0.98])
def test_a_true_turning_back_is_followed(new_guard: NewGuard, after: float) -> None:
    """IL-11: a shaft that turns back goes on to have a rate, right within a thousandth after two turns."""
    guard = new_guard()
    guard.run(1000, 100.0)
    guard.turn_to(after)
    assert np.abs(guard.run(1500, -120.0)["stroke_mhz"][170:] / 120_000 - 1).max() < 1e-3


@pytest.mark.parametrize("seed", range(10))
def test_a_shaft_sensor_that_shows_anything_is_found(new_guard: NewGuard, seed: int) -> None:
    """IL-11: readings of the shaft that make no sense count as the limit passed, within 60 ms."""
    guard = running(new_guard, CLINICAL, 100_000, 100.0)
    readings = np.random.default_rng(seed).integers(0, COUNTS, 1000)
    assert 0 < when_off(guard.run(1000, 100.0, shaft_counts=readings)) <= 200
    assert guard.last["tripped"] == 11
