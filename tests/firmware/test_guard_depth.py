"""Over-travel (IL-07): each limit to the micrometre, the ramp of a lowered setpoint, sensors that fail."""

from __future__ import annotations

import numpy as np
import pytest
from guard_rig import (
    ARM,
    C0,
    CAP_UM,
    CLINICAL,
    HOME,
    INVALID_UM,
    LATCHED,
    REQUEST_STAGE,
    RESET,
    RUN,
    SET_DEPTH,
    START,
    TICK_US,
    Answer,
    Guard,
    NewGuard,
    reading_um,
    when_off,
)

from penctl.protocol.enums import Input

BAR_DEPTH = Input.BAR_DEPTH
STAGE_DEPTH = Input.STAGE_DEPTH
BAR_SENSOR = Input.BAR_SENSOR
STAGE_SENSOR = Input.STAGE_SENSOR
STAGE_UM_PER_TICK = 6000 * TICK_US * 1e-6
LIMITS = [
    (HOME, 0, 100),
    (HOME, 100, 200),
    (HOME, 149, 249),
    (HOME, 151, 250),
    (HOME, 250, 250),
    (CLINICAL, 0, 100),
    (CLINICAL, 1000, 1100),
    (CLINICAL, 2399, 2499),
    (CLINICAL, 2401, 2500),
    (CLINICAL, 2500, 2500),
]


def at_limit(guard: Guard, limit_um: int) -> None:
    """Both sensors reach the limit in each stroke, to the micrometre, and nothing trips."""
    assert guard.slide(limit_um, 80.0)["drive_enable"].all(), guard.last
    guard.turn_to(0.0, 80.0)
    seen = guard.run(2000, 80.0)
    assert seen["drive_enable"].all(), guard.last
    assert seen[-1]["stroke_depth_um"] == limit_um


@pytest.mark.parametrize(("mode", "set_um", "limit_um"), LIMITS)
def test_the_needle_bar_trips_one_micrometre_beyond_the_limit(
    new_guard: NewGuard, mode: int, set_um: int, limit_um: int
) -> None:
    """IL-07: min(setpoint + 0.10 mm, cap) is allowed for the needle bar, 1 µm more trips in that tick."""
    guard = new_guard().start(mode, set_um, 80_000)
    at_limit(guard, limit_um)
    rows = guard.rows(125, 80.0)
    bottom = int(np.argmax(rows["bar_um"]))
    rows["bar_um"][bottom] += 1
    seen = guard.feed(rows)
    assert when_off(seen) == bottom
    assert (seen[bottom]["tripped"], seen[bottom]["trip_input"], seen[bottom]["trip_stop"]) == (
        7,
        BAR_DEPTH,
        C0,
    )
    assert (seen[bottom]["trip_value"], seen[bottom]["trip_limit"]) == (limit_um + 1, limit_um)
    assert not guard.run(5000)["drive_enable"].any()


@pytest.mark.parametrize(("mode", "set_um", "limit_um"), LIMITS)
def test_the_depth_stage_trips_one_micrometre_beyond_the_limit(
    new_guard: NewGuard, mode: int, set_um: int, limit_um: int
) -> None:
    """IL-07: sensor A of the depth stage is held to the same limit, before a stroke gets there."""
    guard = new_guard().start(mode, set_um, 80_000)
    at_limit(guard, limit_um)
    seen = guard.run(1, 80.0, stage_um=reading_um(limit_um + 1))
    assert seen[0]["drive_enable"] == 0
    assert (seen[0]["tripped"], seen[0]["trip_input"], seen[0]["trip_limit"]) == (7, STAGE_DEPTH, limit_um)


@pytest.mark.parametrize("reading", [2147483647, 2147483000, 1_000_000, 100_000])
@pytest.mark.parametrize("sensor", ["bar_um", "stage_um"])
def test_an_absurd_reading_trips_like_any_other_that_is_too_deep(
    new_guard: NewGuard, sensor: str, reading: int
) -> None:
    """IL-07: no reading overflows into a harmless one."""
    guard = new_guard().start(CLINICAL, 2500)
    assert guard.run(3, 100.0, **{sensor: reading})[0]["drive_enable"] == 0
    assert guard.last["tripped"] == 7


@pytest.mark.parametrize("mode", [HOME, CLINICAL])
def test_a_start_with_the_stage_too_deep_never_turns_the_drive_on(new_guard: NewGuard, mode: int) -> None:
    """IL-07: a stage that stands too deep at START trips before the drive was on for a single tick."""
    guard = new_guard().arm(mode, 100)
    guard.set(hold_pressed=1)
    guard.run(40)
    guard.stage_to(CAP_UM[mode] + 1)
    guard.run(10)
    guard.accept(START)
    assert not guard.run(100)["drive_enable"].any()
    assert guard.last["tripped"] == 7


def lower(guard: Guard, from_um: float, to_um: int, um_per_tick: float, delay_ticks: int = 0) -> np.ndarray:
    """Lower the setpoint in RUN while the shaft turns; the stage follows at a speed after a delay."""
    aim_um = float(to_um)
    guard.accept(SET_DEPTH, to_um)
    ticks = round((from_um - to_um) / STAGE_UM_PER_TICK * 2) + delay_ticks + 1500
    moved = np.clip(np.arange(1, ticks + 1) - delay_ticks, 0, None) * um_per_tick
    depth = np.maximum(from_um - moved, aim_um)
    rows = guard.rows(ticks, 100.0)
    rows["bar_um"] = np.round(rows["bar_um"] - guard.depth_um + depth)
    rows["stage_um"] = reading_um(np.round(depth))
    return guard.feed(rows)


@pytest.mark.parametrize("turn", [0.0, 0.25, 0.5, 0.75])
@pytest.mark.parametrize(
    ("from_um", "to_um"), [(2475, 100), (2475, 2400), (2000, 1950), (1000, 0), (250, 100)]
)
def test_lowering_the_setpoint_is_no_trip_while_the_stage_follows(
    new_guard: NewGuard, from_um: int, to_um: int, turn: float
) -> None:
    """IL-07: inhibited while lowering: a stage that retracts at 6 mm/s never meets the falling limit."""
    guard = new_guard().start(CLINICAL, min(from_um + 25, 2500) if from_um > 2400 else from_um)
    guard.run(1000 + round(turn * 100), 100.0)
    seen = lower(guard, from_um, to_um, STAGE_UM_PER_TICK, delay_ticks=10)
    assert seen["drive_enable"].all(), guard.last


@pytest.mark.parametrize(("set_um", "to_um"), [(1000, 500), (1000, 100), (500, 0), (2000, 1000)])
def test_lowering_the_setpoint_trips_when_the_stage_does_not_move(
    new_guard: NewGuard, set_um: int, to_um: int
) -> None:
    """IL-07: the limit falls by 4 mm/s from 0.10 mm beyond the setpoint, so it trips after 25 ms."""
    guard = new_guard().start(CLINICAL, set_um)
    guard.run(1000, 100.0)
    off = when_off(lower(guard, set_um, to_um, 0.0))
    assert off == 250, off
    assert guard.last["trip_input"] == STAGE_DEPTH


def test_a_limit_that_falls_never_passes_the_cap_and_never_rises(new_guard: NewGuard) -> None:
    """IL-07: after each step the limit falls by at most 0.4 µm a tick, to setpoint + 0.10 mm."""
    guard = new_guard().start(CLINICAL, 2500)
    guard.run(10, 100.0)
    for to_um in (2450, 2000, 1990, 300, 0):
        guard.accept(SET_DEPTH, to_um)
        seen = guard.slide(min(to_um, 2475), um_per_tick=0.5)
        allowed_nm = np.concatenate([seen, guard.run(2000, 100.0)])["allowed_nm"]
        steps = np.diff(allowed_nm)
        assert allowed_nm.max() <= 2_500_000
        assert steps.max() <= 0
        assert steps.min() >= -400
        assert allowed_nm[-1] == min(to_um + 100, 2500) * 1000
    assert guard.last["state"] == RUN


def test_an_increase_while_running_is_refused(new_guard: NewGuard) -> None:
    """IL-07: in RUN the limit can only fall, whatever control asks for."""
    guard = new_guard().start(CLINICAL, 1000)
    assert guard.ask(SET_DEPTH, 1001).reason == 26
    guard.accept(SET_DEPTH, 900)
    assert guard.ask(SET_DEPTH, 1000).reason == 26


@pytest.mark.parametrize(("sensor", "number"), [("bar_um", BAR_SENSOR), ("stage_um", STAGE_SENSOR)])
def test_a_depth_sensor_without_readings_is_an_unknown_depth(
    new_guard: NewGuard, sensor: str, number: int
) -> None:
    """IL-07: no valid reading of a depth sensor counts as the limit passed within 10 ms; a short gap not."""
    guard = new_guard().start()
    assert guard.run(8, 100.0, **{sensor: INVALID_UM})["drive_enable"].all()
    guard.stage_to(guard.depth_um)
    assert guard.run(300, 100.0)["drive_enable"].all()
    off = when_off(guard.run(200, 100.0, **{sensor: INVALID_UM}))
    assert 0 < off <= 100
    assert (guard.last["tripped"], guard.last["trip_input"], guard.last["trip_stop"]) == (7, number, C0)
    assert guard.ask(RESET, 7).reason == 27
    guard.stage_to(guard.depth_um)
    guard.run(1, bar_um=2501)
    assert guard.ask(RESET, 7) == Answer(27, 2501, 2500)
    guard.run(1)
    guard.accept(RESET, 7)


def test_a_sensor_that_fails_at_the_bottom_of_each_stroke_is_found(new_guard: NewGuard) -> None:
    """IL-07, IL-08: a needle bar without readings where it is deepest is a lost sensor.

    Or contradicts sensor A.
    """
    for shown_um, tripped in ((300, 7), (899, 8)):
        guard = new_guard().start(rate_mhz=150_000)
        rows = guard.rows(2000, 145.0)
        rows["bar_um"][rows["bar_um"] > shown_um] = INVALID_UM
        assert 0 < when_off(guard.feed(rows)) <= 600
        assert guard.last["tripped"] == tripped


def test_one_depth_sensor_without_readings_does_not_hide_the_other(new_guard: NewGuard) -> None:
    """IL-07: the depth stage is looked at in every tick, also when the needle bar's sensor gives nothing."""
    guard = new_guard().start()
    off = when_off(guard.run(8, 100.0, bar_um=INVALID_UM, stage_um=reading_um(1101)))
    assert off == 0
    assert guard.last["trip_input"] == STAGE_DEPTH


@pytest.mark.parametrize("bar_um", [0, 1, 1000, INVALID_UM])
@pytest.mark.parametrize("armed", [False, True])
def test_the_stage_goes_no_deeper_when_needles_are_not_seen_inside(
    new_guard: NewGuard, bar_um: int, armed: bool
) -> None:
    """Requirement: with the drive off the stage is free only while needles are seen inside the nose."""
    guard = new_guard()
    if armed:
        guard.arm()
    else:
        guard.run(600)
        guard.accept(REQUEST_STAGE, 1)
    assert (guard.run(50, bar_um=-1)["stage_enable"] == 2).all()
    assert (guard.run(50, bar_um=bar_um)["stage_enable"] <= 1).all()


def test_over_travel_is_reset_when_the_needles_are_back_and_asks_for_a_reference(new_guard: NewGuard) -> None:
    """IL-07: the reset is refused while needles are too deep, takes the reference away, and moves nothing."""
    guard = new_guard().start()
    guard.run(2, bar_um=1200)
    assert guard.ask(RESET, 7).reason == 27
    guard.run(2, bar_um=INVALID_UM)
    assert guard.ask(RESET, 7).reason == 27
    assert not guard.run(10, bar_um=1100)["stage_enable"].any()
    assert guard.last["state"] == LATCHED
    guard.accept(RESET, 7)
    guard.stage_to(1000)
    seen = guard.run(500)
    assert not seen["drive_enable"].any()
    assert (seen["stage_enable"] <= 1).all()
    assert guard.ask(ARM).reason == 19


@pytest.mark.parametrize(("bar_um", "warned"), [(-1, False), (0, True), (1, True), (INVALID_UM, True)])
def test_needles_that_are_not_seen_inside_after_a_stop_are_warned_of(
    new_guard: NewGuard, bar_um: int, warned: bool
) -> None:
    """IL-07: 300 ms after the drive went off, needles must be seen inside, or the person is told to lift."""
    guard = new_guard().start()
    off_us = int(guard.run(1, bar_um=1200)[0]["time_us"])
    seen = guard.run(6000, bar_um=bar_um)
    at = np.flatnonzero(seen["warning"] == 1)
    assert len(at) == int(warned)
    if warned:
        assert int(seen[at[0]]["time_us"]) - off_us == 300_000
