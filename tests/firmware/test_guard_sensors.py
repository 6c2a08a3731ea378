"""The depth sensors against each other and against what moves them: IL-08, IL-09, IL-10.

To the micrometre.
"""

from __future__ import annotations

import numpy as np
import pytest
from guard_rig import (
    ARM,
    ARMED,
    C0,
    CLINICAL,
    HOME,
    INVALID_UM,
    LATCHED,
    NOTE_CALIBRATION,
    NOTE_PROOF,
    NOTE_SELF_TEST,
    OFF,
    OPERATOR,
    RESET,
    RUN,
    Guard,
    NewGuard,
    reading_um,
    when_off,
)
from test_guard_rate import fall_back

from penctl.protocol.enums import Input, Reason

BAR_SENSOR = Input.BAR_SENSOR
STAGE_SENSOR = Input.STAGE_SENSOR
DIFFERENCE = Input.DEPTH_DIFFERENCE
CAUSE = Reason.CAUSE_PRESENT
CALIBRATE = Reason.CALIBRATION_NEEDED
ROLE = Reason.ROLE
BUTTON = Reason.BUTTON_NOT_PRESSED
SELF_TEST = Reason.SELF_TEST_NEEDED
REFERENCE_LOST = 12


def apart(guard: Guard, ticks: int, by_um: int, rate_hz: float = 100.0) -> np.ndarray:
    """Sensor A shows this much more than sensor B; the one that would be too shallow lies."""
    rows = guard.rows(ticks, rate_hz)
    rows["bar_um" if by_um > 0 else "stage_um"] -= np.minimum(np.arange(1, ticks + 1), abs(by_um)).astype(
        np.int32
    )
    rows["stage_steps"] = np.round(rows["stage_um"] / 3.125)
    return guard.feed(rows)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("mode", "limit_um"), [(HOME, 30), (CLINICAL, 100)])
def test_depth_sensors_that_contradict_each_other_trip_at_the_third_stroke(
    new_guard: NewGuard, mode: int, limit_um: int, sign: int
) -> None:
    """IL-08: 0.10 mm (0.03 mm at home) apart is no trip; 1 µm more in three strokes in a row is C0."""
    guard = new_guard().start(mode, 150, 80_000)
    assert apart(guard, 4000, sign * limit_um, 80.0)["drive_enable"].all()
    guard = new_guard().start(mode, 150, 80_000)
    guard.run(1000, 80.0)
    off = when_off(apart(guard, 2000, sign * (limit_um + 1), 80.0))
    assert 2 * 125 < off <= limit_um + 4 * 125
    assert (guard.last["tripped"], guard.last["trip_input"], guard.last["trip_stop"]) == (8, DIFFERENCE, C0)
    assert (guard.last["trip_value"], guard.last["trip_limit"]) == (limit_um + 1, limit_um)


@pytest.mark.parametrize("phase", np.arange(0, 1, 0.125))
@pytest.mark.parametrize("sensor", ["bar_um", "stage_um"])
def test_a_lie_of_any_phase_is_found_within_30_ms_at_100_hz(
    new_guard: NewGuard, phase: float, sensor: str
) -> None:
    """IL-08: three strokes, compared at the bottom and at the top: 30 ms wherever in the stroke it begins."""
    guard = new_guard().start(CLINICAL, 1000, 100_000)
    guard.run(1000, 100.0)
    guard.turn_to(phase)
    rows = guard.rows(600, 100.0)
    rows[sensor] -= np.minimum(50 * np.arange(1, 601), 140).astype(np.int32)
    off = when_off(guard.feed(rows))
    assert 200 <= off <= 290, "two strokes at least, and time is left to cut the drive"
    assert (guard.last["tripped"], guard.last["trip_stop"]) == (8, C0)


@pytest.mark.parametrize("turn", [0.06, 0.2, 0.4, 0.5, 0.9])
def test_a_start_from_anywhere_in_the_stroke_contradicts_nothing(new_guard: NewGuard, turn: float) -> None:
    """IL-08: a crank that did not rest at the top has not shown its top before it passes it."""
    guard = new_guard()
    guard.turn_to(turn)
    guard.start(HOME, 200, 60_000)
    assert guard.run(3000, 60.0)["drive_enable"].all(), guard.last


def one_stroke_off(guard: Guard, by_um: int) -> np.ndarray:
    """Sensor B shows one stroke this much less deep."""
    guard.turn_to(0.0)
    rows = guard.rows(125, 80.0)
    rows["bar_um"] -= np.round(by_um * np.sin(np.pi * np.arange(125) / 125)).astype(np.int32)
    return guard.feed(rows)


def test_one_stroke_far_off_trips_at_once_and_a_smaller_one_does_not(new_guard: NewGuard) -> None:
    """IL-08: a single stroke 0.20 mm off is no trip, one of more is C0 within 30 ms.

    Two in a row are none.
    """
    guard = new_guard().start(CLINICAL, 1000, 80_000)
    for _ in range(3):
        for _ in range(2):
            assert one_stroke_off(guard, 199)["drive_enable"].all()
        assert guard.run(125, 80.0)["drive_enable"].all()
    guard.turn_to(0.0)
    off = when_off(one_stroke_off(guard, 203))
    assert 0 < off <= 100
    assert (guard.last["tripped"], guard.last["trip_limit"]) == (8, 200)


def test_the_stage_may_move_while_the_strokes_go_on(new_guard: NewGuard) -> None:
    """IL-08, IL-09, IL-10: inhibited while lowering: a stage that moves at 6 mm/s contradicts nothing."""
    for mode, from_um, to_um in ((CLINICAL, 2400, 100), (HOME, 200, 0)):
        guard = new_guard().start(mode, from_um, 60_000)
        guard.run(1000, 60.0)
        guard.accept(1, to_um)
        assert guard.slide(to_um, 60.0)["drive_enable"].all(), guard.last
        assert guard.run(1000, 60.0)["drive_enable"].all()
        assert guard.last["referenced"] == 1


def test_a_depth_discrepancy_is_reset_by_service_after_a_calibration(new_guard: NewGuard) -> None:
    """IL-08: latched; needs SERVICE, the button and a calibration since the trip; starts nothing."""
    guard = new_guard().start()
    apart(guard, 1000, 150)
    guard.run(500)
    assert guard.ask(RESET, 8, OPERATOR).reason == ROLE
    assert guard.ask(RESET, 8).reason == BUTTON
    guard.run(60, button_pressed=1)
    assert guard.ask(RESET, 8).reason == CALIBRATE
    guard.accept(NOTE_CALIBRATION)
    guard.accept(RESET, 8)
    assert not guard.run(500)["drive_enable"].any()
    assert guard.last["state"] == OFF


@pytest.mark.parametrize("rate_hz", [50.0, 100.0, 145.0])
@pytest.mark.parametrize("turn", [0.0, 0.3, 0.5, 0.8])
def test_a_bar_sensor_that_is_stuck_is_found_within_20_ms(
    new_guard: NewGuard, rate_hz: float, turn: float
) -> None:
    """IL-09: the bar's reading stands while the shaft turns.

    And a travel of 0.5 mm in half a turn is enough.
    """
    guard = new_guard().start(rate_mhz=round(rate_hz * 1000))
    guard.run(1000, rate_hz)
    guard.turn_to(turn, rate_hz)
    stuck_um = int(guard.now["bar_um"])
    off = when_off(guard.run(400, rate_hz, bar_um=stuck_um))
    assert 0 < off <= 200
    assert (guard.last["tripped"], guard.last["trip_input"], guard.last["trip_limit"]) == (9, BAR_SENSOR, 500)


def test_shaft_readings_that_fall_back_hide_no_lie_of_a_depth_sensor(new_guard: NewGuard) -> None:
    """IL-08, IL-09: with readings just before an edge already passed both are as fast as without."""
    guard = new_guard().start(CLINICAL, 1000, 100_000)
    guard.feed(fall_back(guard.rows(1000, 100.0), 8))
    rows = fall_back(guard.rows(600, 100.0), 8)
    rows["bar_um"] -= np.minimum(50 * np.arange(1, 601), 140).astype(np.int32)
    assert 0 < when_off(guard.feed(rows)) <= 300
    assert guard.last["tripped"] == 8
    guard = new_guard().start(CLINICAL, 1000, 100_000)
    guard.feed(fall_back(guard.rows(1000, 100.0), 8))
    off = when_off(guard.feed(fall_back(guard.rows(400, 100.0, bar_um=int(guard.now["bar_um"])), 8)))
    assert 0 < off <= 200
    assert guard.last["tripped"] == 9


@pytest.mark.parametrize(("travel_um", "trips"), [(530, False), (490, True)])
def test_a_bar_that_moves_too_little_is_stuck(new_guard: NewGuard, travel_um: int, trips: bool) -> None:
    """IL-09: the bar moves by 1.5 mm at least in half a turn; less than 0.5 mm is no movement of a bar."""
    guard = new_guard().start(rate_mhz=60_000)
    rows = guard.rows(600, 60.0)
    shown = -1000 + np.round(travel_um * (rows["bar_um"] + 2000.0) / 1500).astype(np.int32)
    rows["bar_um"] = np.maximum(shown, -1000 - travel_um)
    rows["bar_um"][:20] = np.linspace(-2000, rows["bar_um"][20], 20)
    seen = guard.feed(rows)
    assert bool((seen["tripped"] == 9).any() and seen[-1]["trip_limit"] == 500) == trips


@pytest.mark.parametrize(("jump_um", "trips"), [(400, False), (401, True)])
def test_a_bar_reading_that_jumps_is_impossible(new_guard: NewGuard, jump_um: int, trips: bool) -> None:
    """IL-09: 0.40 mm from one tick to the next is no trip, 1 µm more is C0 in that tick."""
    guard = new_guard().start()
    guard.turn_to(0.0)
    before_um = int(guard.now["bar_um"])
    seen = guard.run(1, bar_um=before_um + jump_um)
    assert bool(seen[0]["drive_enable"]) != trips
    if trips:
        assert (seen[0]["tripped"], seen[0]["trip_value"], seen[0]["trip_limit"]) == (9, 401, 400)


@pytest.mark.parametrize(("jump_um", "trips"), [(60, False), (61, True)])
def test_a_stage_reading_that_jumps_is_impossible(new_guard: NewGuard, jump_um: int, trips: bool) -> None:
    """IL-09: 0.06 mm from one tick to the next is no trip of sensor A, 1 µm more is C0 in that tick."""
    guard = new_guard().start()
    seen = guard.run(1, stage_um=int(guard.now["stage_um"]) - jump_um)
    assert bool(seen[0]["drive_enable"]) != trips
    if trips:
        assert (seen[0]["tripped"], seen[0]["trip_input"], seen[0]["trip_limit"]) == (9, STAGE_SENSOR, 60)


def test_a_bar_out_of_its_range_trips(new_guard: NewGuard) -> None:
    """IL-09: a reading above the end of the stage's travel is too deep (IL-07).

    One below its beginning is false.
    """
    guard = new_guard().start()
    guard.depth_um = -799.0
    assert guard.run(1, bar_um=-3801)[0]["tripped"] == 9


def test_a_gap_in_the_readings_gives_the_bar_time_to_move(new_guard: NewGuard) -> None:
    """IL-09: inhibited: after missing readings the bar may be as far as it can have got meanwhile."""
    guard = new_guard().start(rate_mhz=150_000)
    guard.run(1000, 145.0)
    for _ in range(20):
        guard.run(5, 145.0, bar_um=INVALID_UM)
        assert guard.run(60, 145.0)["drive_enable"].all(), guard.last


def test_a_false_depth_sensor_is_reset_when_it_reads_and_asks_for_a_self_test(new_guard: NewGuard) -> None:
    """IL-09: latched; the reset is refused while a sensor gives nothing, and arming asks for a self-test."""
    guard = new_guard().start()
    guard.run(1, stage_um=int(guard.now["stage_um"]) - 100)
    assert guard.last["state"] == LATCHED
    guard.run(10, bar_um=INVALID_UM)
    assert guard.ask(RESET, 9).reason == CAUSE
    guard.stage_to(1000)
    guard.run(500)
    guard.accept(RESET, 9, OPERATOR)
    guard.set(hold_pressed=0)
    guard.run(30)
    assert guard.ask(ARM).reason == SELF_TEST
    guard.accept(NOTE_SELF_TEST)
    guard.accept(ARM)


@pytest.mark.parametrize(("outside_um", "inside_um"), [(-5000, -3800), (-3801, -3800), (2801, 1000)])
def test_a_false_depth_sensor_is_not_reset_while_it_reads_where_no_bar_can_be(
    new_guard: NewGuard, outside_um: int, inside_um: int
) -> None:
    """IL-09: a reading out of range is the cause, and it is still present."""
    guard = new_guard().start()
    guard.run(1, stage_um=int(guard.now["stage_um"]) - 100)
    guard.run(500, bar_um=outside_um)
    refused = guard.ask(RESET, 9)
    assert (refused.reason, refused.value) == (CAUSE, outside_um)
    guard.run(500, bar_um=inside_um)
    guard.accept(RESET, 9, OPERATOR)


def test_the_proof_alone_is_no_self_test_for_a_reset(new_guard: NewGuard) -> None:
    """IL-09: what a reset asks for is the whole self-test, travel and all; guard holds that, not control."""
    guard = new_guard().start()
    guard.run(1, stage_um=int(guard.now["stage_um"]) - 100)
    guard.stage_to(1000)
    guard.run(500)
    guard.accept(RESET, 9, OPERATOR)
    guard.set(hold_pressed=0)
    guard.run(30)
    guard.accept(NOTE_PROOF)
    assert guard.ask(ARM).reason == SELF_TEST
    guard.accept(NOTE_SELF_TEST)
    guard.accept(ARM)


def drift(guard: Guard, ticks: int, by_um: int, rate_hz: float = 0.0) -> np.ndarray:
    """The stage is this far from where its steps put it, for the eyes of both sensors."""
    guard.stage_to(guard.depth_um + by_um)
    steps = round((float(guard.now["stage_um"]) - by_um) / 3.125)
    return guard.run(ticks, rate_hz, stage_steps=steps)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_stage_that_slips_loses_its_reference(new_guard: NewGuard, sign: int) -> None:
    """IL-10: 0.05 mm from its steps is no loss; farther for 20 ms takes READY away, with a warning."""
    guard = new_guard().arm()
    assert drift(guard, 1000, sign * 47)[-1]["referenced"] == 1
    guard = new_guard().arm()
    seen = drift(guard, 400, sign * 55)
    lost = int(np.argmax(seen["referenced"] == 0))
    assert 190 <= lost <= 220
    assert seen[lost]["warning"] == REFERENCE_LOST
    assert seen[lost]["warning_limit"] == 50
    assert (seen[-1]["state"], seen[-1]["cause"], seen[-1]["trip_count"]) == (OFF, 10, 0)
    assert guard.ask(ARM).reason == 19


def test_a_stage_that_slips_for_a_moment_keeps_its_reference(new_guard: NewGuard) -> None:
    """IL-10: a deviation for less than 20 ms is no loss."""
    guard = new_guard().arm()
    for _ in range(5):
        guard.run(150, stage_steps=int(guard.now["stage_steps"]) - 20)
        guard.run(400)
    assert (guard.last["referenced"], guard.last["state"]) == (1, ARMED)


def test_in_run_a_lost_reference_lets_the_strokes_go_on_and_allows_no_new_start(new_guard: NewGuard) -> None:
    """IL-10: inhibited in RUN, where IL-07 and IL-08 hold the depth; afterwards the pen is in STANDBY."""
    guard = new_guard().start()
    guard.run(500, 100.0)
    rows = guard.rows(500, 100.0)
    rows["stage_steps"] -= 25
    seen = guard.feed(rows)
    assert seen["drive_enable"].all()
    assert (seen[-1]["state"], seen[-1]["referenced"]) == (RUN, 0)
    guard.set(hold_pressed=0)
    guard.run(30, 100.0)
    guard.turn_to(0.0)
    guard.run(50)
    assert guard.last["state"] == OFF
    assert reading_um(1000) == 0
