"""Conditions of guard that no treatment and no single fault meets.

Readings at the ends of their type, requests at odd moments, two things at once: each test here was wanted by
the count of conditions (tools/measure_coverage.py).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from guard_rig import (
    ARM,
    BEGIN_PROOF,
    CLEAR_SETPOINTS,
    CLINICIAN,
    INVALID_UM,
    LATCHED,
    NONE,
    OFF,
    OPERATOR,
    PROOF_FAILED,
    RESET,
    RUN,
    SERVICE,
    SET_DEPTH,
    SET_REFERENCE,
    START,
    Answer,
    Guard,
    NewGuard,
    reading_um,
    when_off,
)

from penctl.protocol.enums import Input, Reason, SelfTestCheck

LARGEST = 2147483647
SMALLEST = -2147483647
"""The lowest reading that counts as one."""


def interlocks(guard: Guard) -> list[int]:
    """What is latched, oldest first."""
    return [int(trip["interlock"]) for trip in guard.trips]


def in_controlled_stop(new_guard: NewGuard) -> Guard:
    """A latched trip whose stop is still under way: the heartbeats are gone, the needles on their way up."""
    guard = new_guard().start()
    guard.beating = False
    guard.run(2550, 100.0)
    assert (guard.last["state"], guard.last["tripped"], guard.last["drive_enable"]) == (LATCHED, 26, 1)
    return guard


def test_what_needs_a_drive_that_is_off_is_refused_in_a_controlled_stop(new_guard: NewGuard) -> None:
    """Settings and the proof of the shut-off path wait for its end; nothing clears the setpoints before."""
    guard = in_controlled_stop(new_guard)
    assert guard.configure().reason == Reason.WRONG_STATE
    assert guard.ask(BEGIN_PROOF).reason == Reason.WRONG_STATE
    guard.ask(CLEAR_SETPOINTS)
    guard.run(2000, np.linspace(100.0, 0.0, 2000))
    assert guard.last["drive_enable"] == 0
    guard.beating = True
    guard.set(session_id=2, hold_pressed=0)
    guard.run(1000)
    guard.accept(RESET, 26, OPERATOR)
    guard.accept(ARM)
    guard.run(1, stops=1)
    assert guard.configure().reason == NONE
    assert guard.ask(ARM).reason == Reason.DEPTH_NOT_SET


def test_setpoints_are_cleared_at_rest_only(new_guard: NewGuard) -> None:
    """An armed pen keeps them; one that latched and rests does not."""
    guard = new_guard().arm()
    guard.ask(CLEAR_SETPOINTS)
    guard.set(hold_pressed=1)
    guard.run(40)
    guard.accept(START)
    guard.run(100, np.linspace(100.0, 0.0, 100), hold_pressed=0)
    guard.run(50, estop_a_closed=0)
    guard.set(estop_a_closed=1)
    guard.run(50)
    guard.ask(CLEAR_SETPOINTS)
    guard.accept(RESET, 1, OPERATOR)
    assert guard.ask(ARM).reason == Reason.DEPTH_NOT_SET


def test_a_correction_makes_no_valid_reading_an_invalid_one(new_guard: NewGuard) -> None:
    """The lowest reading less the offset is still one: it is told as impossible, not as missing."""
    guard = new_guard(bar_offset_um=-50).start()
    guard.run(20, 100.0)
    guard.run(1, 100.0, bar_um=SMALLEST)
    assert (guard.last["tripped"], guard.last["trip_value"]) == (9, SMALLEST)


@pytest.mark.parametrize(
    ("column", "value", "interlock"),
    [
        ("stage_um", LARGEST, 7),
        ("bar_um", LARGEST, 7),
        ("motor_ma", INVALID_UM, 14),
        ("motor_ma", LARGEST, 14),
        ("press_mn", LARGEST, 15),
        ("nose_mc", LARGEST, 16),
        ("nose_mc", INVALID_UM, 16),
    ],
)
def test_a_reading_at_the_end_of_its_type_stops_the_pen(
    new_guard: NewGuard, column: str, value: int, interlock: int
) -> None:
    """It is taken for what it is, or for the most that is believed; it never turns into a small one."""
    guard = new_guard().start()
    guard.run(5000, 100.0)
    steps: dict[str, Any] = (
        {"stage_steps": int(guard.now["stage_steps"]) + 1 + np.arange(8000)} if column == "stage_um" else {}
    )
    seen = guard.run(8000, 100.0, **{column: value}, **steps)
    assert interlock in (*interlocks(guard), *np.unique(seen["unlatched"]), *np.unique(seen["cause"]))
    assert seen["state"][-1] != RUN


def test_a_clock_that_jumps_by_an_hour_is_told_with_the_largest_gap_that_can_be_shown(
    new_guard: NewGuard,
) -> None:
    """3,600 s do not fit into the value of a trip."""
    guard = new_guard().start()
    rows = guard.rows(10, 100.0)
    rows["time_us"][5:] += 3_600_000_000
    seen = guard.feed(rows)
    assert when_off(seen) == 5
    assert (guard.last["tripped"], guard.last["trip_value"]) == (32, LARGEST)


def test_an_over_current_that_lasts_counts_once(new_guard: NewGuard) -> None:
    """IL-14 allows one retry, and this is still the first time."""
    guard = new_guard().start()
    guard.run(200, 100.0)
    guard.run(200, np.linspace(100.0, 0.0, 200), motor_ma=3000)
    assert interlocks(guard) == [14]
    guard.set(motor_ma=0)
    guard.run(20_000)
    assert guard.ask(RESET, 14, OPERATOR).reason == NONE


@pytest.mark.parametrize("contact", ["estop_a_closed", "estop_b_closed"])
def test_a_proof_neither_begins_nor_goes_on_with_one_emergency_contact_open(
    new_guard: NewGuard, contact: str
) -> None:
    """With the chain open the drive is off by itself, and nothing would be proved."""
    guard = new_guard()
    guard.run(600)
    guard.set(**{contact: 0})
    guard.run(1)
    assert guard.ask(BEGIN_PROOF).reason == Reason.ESTOP_OPEN
    guard.set(**{contact: 1})
    guard.run(100)
    guard.accept(BEGIN_PROOF)
    guard.run(1)
    guard.set(**{contact: 0})
    seen = guard.run(60)
    assert (seen["proof"][0], seen["proof_check"][0]) == (PROOF_FAILED, SelfTestCheck.SHUT_OFF)
    assert guard.last["tripped"] == 1


def test_a_trip_ends_a_proof(new_guard: NewGuard) -> None:
    """Over the wire of the sensors, not of the contacts: a controller that fails its own check."""
    guard = new_guard()
    guard.run(600)
    guard.accept(BEGIN_PROOF)
    guard.run(2)
    guard.run(1, self_check=2)
    assert (guard.last["tripped"], guard.last["proof"]) == (33, PROOF_FAILED)
    assert guard.last["drive_enable"] == 0


@pytest.mark.parametrize(
    ("column", "stuck", "check"),
    [("drive_feedback", 1, SelfTestCheck.SHUT_OFF), ("short_feedback", 0, SelfTestCheck.WINDING_SHORT)],
)
@pytest.mark.parametrize("after", range(0, 60, 4))
def test_a_path_that_stays_on_fails_the_proof_wherever_it_began(
    new_guard: NewGuard, column: str, stuck: int, check: SelfTestCheck, after: int
) -> None:
    """The proof looks at each switching by itself; IL-05 may be quicker, and the proof has failed then."""
    guard = new_guard()
    guard.run(600)
    guard.accept(BEGIN_PROOF)
    if after:
        guard.run(after)
    guard.run(300, **{column: stuck})
    assert guard.last["proof"] == PROOF_FAILED
    assert guard.last["proof_check"] in (check, SelfTestCheck.SHUT_OFF)
    assert guard.last["drive_enable"] == 0


def test_nothing_is_armed_while_a_proof_runs(new_guard: NewGuard) -> None:
    """All else is in order: the proof alone stands in the way."""
    guard = new_guard().arm()
    guard.run(1, stops=1)
    assert guard.last["state"] == OFF
    guard.accept(BEGIN_PROOF)
    assert guard.ask(ARM).reason == Reason.SELF_TEST_NEEDED


def test_a_service_reset_needs_the_button_at_the_pen(new_guard: NewGuard) -> None:
    """IL-04, in guard itself: the role alone does not do."""
    guard = new_guard().arm()
    guard.run(2500, estop_b_closed=0)
    assert 4 in interlocks(guard)
    guard.set(estop_b_closed=1)
    guard.run(2500)
    assert guard.ask(RESET, 4, SERVICE).reason == Reason.BUTTON_NOT_PRESSED
    guard.set(button_pressed=1)
    guard.run(200)
    assert guard.ask(RESET, 4, SERVICE).reason == NONE


@pytest.mark.parametrize("sensor", ["stage_um", "bar_um"])
@pytest.mark.parametrize(("bar_um", "interlock"), [(1150, 7), (-5000, 9)])
def test_a_depth_is_reset_only_while_both_sensors_read(
    new_guard: NewGuard, sensor: str, bar_um: int, interlock: int
) -> None:
    """A depth that is not known is no cause that is gone."""
    guard = new_guard().start()
    guard.run(300, 100.0)
    guard.turn_to(0.5)
    guard.run(1, 100.0, bar_um=bar_um)
    guard.run(2000, np.linspace(100.0, 0.0, 2000))
    assert guard.last["tripped"] == interlock
    guard.run(5, **{sensor: INVALID_UM})
    answer = guard.ask(RESET, interlock, CLINICIAN)
    assert (answer.reason, answer.value) == (Reason.CAUSE_PRESENT, INVALID_UM)


def test_a_winding_far_beyond_its_heat_is_told_with_the_largest_share_that_can_be_shown(
    new_guard: NewGuard,
) -> None:
    """IL-14: 32 A for 2 s are 298 times what the winding may have; a field of 16 bits shows 65.535 times."""
    guard = new_guard().start()
    guard.run(20_000, np.linspace(100.0, 0.0, 20_000), motor_ma=32_767)
    guard.set(motor_ma=0)
    guard.run(100)
    answer = guard.ask(RESET, 14, OPERATOR)
    assert (answer.reason, answer.value, answer.limit) == (Reason.CAUSE_PRESENT, 65_535, 1000)


def test_no_reference_is_taken_but_at_the_switch_in_standby(new_guard: NewGuard) -> None:
    """Never seen, gone again, or at the wrong moment: refused, and whether the switch is there."""
    guard = new_guard()
    guard.run(100)
    assert guard.ask(SET_REFERENCE) == Answer(Reason.NOT_REFERENCED, 0, 1)
    guard.reference()
    guard.run(5)
    assert guard.ask(SET_REFERENCE) == Answer(Reason.NOT_REFERENCED, 0, 1)
    armed = new_guard().arm()
    armed.run(5, stage_home=1)
    assert armed.ask(SET_REFERENCE) == Answer(Reason.NOT_REFERENCED, 1, 1)


def test_a_stage_that_runs_away_into_a_reading_of_no_depth_stops(new_guard: NewGuard) -> None:
    """IL-07: what it will still travel is added without an overflow."""
    guard = new_guard().start()
    guard.run(300, 100.0)
    rows = guard.rows(9, 100.0, stage_steps=int(guard.now["stage_steps"]) + np.arange(1, 10))
    rows["stage_um"][8] = LARGEST
    seen = guard.feed(rows)
    assert when_off(seen) == 8
    assert (guard.last["tripped"], guard.last["trip_value"]) == (7, LARGEST)


def test_a_bar_that_jumps_over_all_of_its_type_has_jumped_as_far_as_can_be_told(new_guard: NewGuard) -> None:
    """IL-09: from below the skin to the lowest reading is more than a difference of 32 bits can hold."""
    guard = new_guard().start()
    guard.run(300, 100.0)
    guard.turn_to(0.5)
    guard.run(1, 100.0, bar_um=SMALLEST)
    assert (guard.last["tripped"], guard.last["trip_value"]) == (9, SMALLEST)
    assert guard.last["drive_enable"] == 0


@pytest.mark.parametrize("late_us", [-100, 0, 2500])
def test_a_tick_off_its_time_is_no_jump_of_a_sensor(new_guard: NewGuard, late_us: int) -> None:
    """A clock that stood for a tick, or a tick 2.5 ms late: the sensors moved as far as a pen moves."""
    guard = new_guard().start()
    guard.run(300, 100.0)
    guard.turn_to(0.0)
    rows = guard.rows(40, [100.0] * 20 + [100.0 * (1 + late_us / 100)] + [100.0] * 19)
    for clock in ("time_us", "clock2_us"):
        rows[clock][20:] = rows[clock][20:].astype(np.int64) + late_us
    guard.feed(rows)
    assert 9 not in interlocks(guard)


def test_a_stage_reading_that_is_missing_at_the_bottom_is_compared_with_nothing(new_guard: NewGuard) -> None:
    """IL-08 skips that stroke; five readings are too few for IL-07, and the strokes go on."""
    guard = new_guard().start()
    guard.run(300, 100.0)
    guard.turn_to(0.5 - 2 / 100)
    rows = guard.rows(100, 100.0)
    rows["stage_um"][:4] = INVALID_UM
    rows["stage_steps"][:] = int(guard.now["stage_steps"])
    seen = guard.feed(rows)
    assert when_off(seen) == -1


def test_readings_that_come_back_after_long_are_compared_with_where_a_pen_can_be(new_guard: NewGuard) -> None:
    """After 3 ms without a reading IL-07 has cut the drive; what comes then is no jump of IL-09."""
    guard = new_guard().start()
    guard.run(300, 100.0)
    guard.run(30, 100.0, bar_um=INVALID_UM)
    guard.run(5, 100.0)
    assert interlocks(guard) == [7]


def test_the_set_depth_is_reached_to_the_micrometre_when_it_is_lowered(new_guard: NewGuard) -> None:
    """The ramp takes 0.4 um a tick; its last step is a part of one."""
    guard = new_guard().start()
    guard.run(300, 100.0)
    guard.accept(SET_DEPTH, 899)
    seen = guard.slide(899, um_per_tick=0.3)
    seen = np.concatenate([seen, guard.run(300, 100.0)])
    assert when_off(seen) == -1
    assert guard.last["allowed_nm"] == 999_000


def test_a_stage_that_runs_away_is_stopped_ahead_of_its_lag(new_guard: NewGuard) -> None:
    """IL-07: a step deeper in each tick; where the stage will stand counts, not where its sensor is."""
    guard = new_guard().start()
    guard.run(300, 100.0)
    steps = int(guard.now["stage_steps"]) + np.arange(1, 81)
    depth_um = 1000 + np.minimum(np.arange(80) * 1.6, 96.0)
    rows = guard.rows(80, 100.0, stage_um=reading_um(np.round(depth_um)), stage_steps=steps)
    seen = guard.feed(rows)
    assert (guard.last["tripped"], guard.last["trip_input"]) == (7, Input.STAGE_DEPTH)
    assert depth_um[when_off(seen)] < 1100
