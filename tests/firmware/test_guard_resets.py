"""Who may reset what, what survives power-off, and alarms that come again and again (IL-38)."""

from __future__ import annotations

import numpy as np
import pytest
from guard_rig import (
    ARM,
    ARMED,
    C0,
    CLINICAL,
    CLINICIAN,
    HOME,
    LATCHED,
    NOTE_CALIBRATION,
    NOTE_SELF_TEST,
    OFF,
    OPERATOR,
    POWER_ON,
    RESET,
    SERVICE,
    SET_MODE,
    SOFTWARE,
    START,
    TRIP,
    Answer,
    Guard,
    NewGuard,
)

from penctl.protocol.enums import Input, Reason

ROLE = Reason.ROLE
BUTTON = Reason.BUTTON_NOT_PRESSED
NEW_SESSION = Reason.NEW_SESSION_NEEDED
POWER_CYCLE = Reason.POWER_CYCLE_NEEDED
HOME_ONLY = Reason.HOME_ONLY
REPEATS = Input.REPEATS
WHO = {
    OPERATOR: (1, 9, 11, 13, 14, 15, 17, 19, 26, 31, 45),
    CLINICIAN: (7, 38),
    SERVICE: (4, 8, 29),
}
"""Who may, at least, in the clinic."""
NEVER = (5, 32, 33)
"""Only switching off and on ends these."""


def latched(*interlocks: int, mode: int = HOME) -> np.ndarray:
    """Trips as memory keeps them."""
    trips = np.zeros(len(interlocks), dtype=TRIP)
    trips["interlock"] = interlocks
    trips["stop"], trips["latched"], trips["input"], trips["session_id"] = C0, 1, 5, 1
    trips["value"], trips["limit"] = 1101, 1100
    trips["mode"] = mode
    return trips


def settled(new_guard: NewGuard, interlock: int, mode: int) -> Guard:
    """A pen whose memory kept this trip, and in which everything else that a reset asks for holds."""
    guard = new_guard(latched(interlock), restart_cause=SOFTWARE)
    guard.set(button_pressed=1)
    guard.run(3500)
    guard.accept(NOTE_SELF_TEST)
    guard.accept(NOTE_CALIBRATION)
    if mode == CLINICAL:
        assert guard.ask(SET_MODE, CLINICAL).reason == 10
    return guard


@pytest.mark.parametrize(("needed", "interlock"), [(who, one) for who, many in WHO.items() for one in many])
def test_a_reset_is_for_the_role_of_the_catalogue_and_no_less(
    new_guard: NewGuard, needed: int, interlock: int
) -> None:
    """Requirement: who may reset what; what binds the clinician in the clinic, the operator does at home."""
    at_home = OPERATOR if needed == CLINICIAN else needed
    guard = settled(new_guard, interlock, HOME)
    for role in range(at_home):
        assert guard.ask(RESET, interlock, role) == Answer(ROLE, role, at_home)
    assert guard.ask(RESET, interlock, 4).reason == ROLE
    if at_home == SERVICE:
        guard.run(60, button_pressed=0)
        assert guard.ask(RESET, interlock, SERVICE).reason == BUTTON
        guard.run(60, button_pressed=1)
    guard.accept(RESET, interlock, at_home)
    assert guard.run(100)[-1]["state"] == OFF
    assert not guard.seen["drive_enable"].any()


@pytest.mark.parametrize("interlock", [7, 38])
def test_in_the_clinic_the_clinician_resets(new_guard: NewGuard, interlock: int) -> None:
    """Requirement: over-travel and repeated alarms in CLINICAL are acknowledged by a clinician."""
    guard = new_guard().start(CLINICAL)
    if interlock == 7:
        guard.run(1, stage_um=int(guard.now["stage_um"]) + 101)
    else:
        for _ in range(3):
            guard = repeat(guard, {"press_mn": 10_000}, 400)
    guard.turn_to(0.0)
    guard.stage_to(1000)
    guard.set(press_mn=0)
    guard.run(600)
    assert guard.ask(RESET, interlock, OPERATOR) == Answer(ROLE, OPERATOR, CLINICIAN)
    guard.accept(RESET, interlock, CLINICIAN)


@pytest.mark.parametrize("mode", [CLINICAL, 0])
@pytest.mark.parametrize("interlock", WHO[CLINICIAN])
def test_what_was_latched_in_the_clinic_is_the_clinicians_after_a_restart_too(
    new_guard: NewGuard, interlock: int, mode: int
) -> None:
    """Requirement: the mode of the trip counts, not HOME, in which a pen comes up; unknown (0) is no HOME."""
    guard = new_guard(latched(interlock, mode=mode), restart_cause=POWER_ON)
    guard.run(600)
    assert guard.ask(RESET, interlock, OPERATOR) == Answer(ROLE, OPERATOR, CLINICIAN)
    guard.accept(RESET, interlock, CLINICIAN)


def nine(new_guard: NewGuard, *kept: int) -> Guard:
    """A ninth trip, of the controller's self-check (IL-33), beside eight that memory kept."""
    guard = new_guard(latched(*kept), restart_cause=SOFTWARE)
    guard.run(600)
    guard.run(1, self_check=3)
    return guard


def test_a_ninth_trip_takes_the_place_of_the_one_that_is_reset_most_easily(new_guard: NewGuard) -> None:
    """Requirement: with all places taken the strictest stay; the first cause stays among equals."""
    guard = nine(new_guard, 1, 4, 9, 7, 8, 29, 5, 32)
    assert guard.trips["interlock"].tolist() == [1, 4, 7, 8, 29, 5, 32, 33]
    guard.run(10, estop_a_closed=0, estop_b_closed=0)
    assert guard.trips["interlock"].tolist() == [1, 4, 7, 8, 29, 5, 32, 33]
    assert guard.last["supply_enable"] == 0


def test_a_ninth_trip_that_is_reset_most_easily_itself_pushes_nothing_out(new_guard: NewGuard) -> None:
    """Requirement: what an operator resets makes no room by taking what he may not."""
    guard = new_guard(latched(4, 5, 7, 8, 29, 32, 33, 38), restart_cause=SOFTWARE)
    guard.run(600)
    guard.run(40, estop_a_closed=0, estop_b_closed=0)
    assert guard.trips["interlock"].tolist() == [4, 5, 7, 8, 29, 32, 33, 38]
    assert guard.last["stage_enable"] == 0


@pytest.mark.parametrize("interlock", NEVER)
def test_what_a_power_cycle_ends_nothing_else_ends(new_guard: NewGuard, interlock: int) -> None:
    """Requirement: no role resets these; POWER_ON and a passed self-test do, another restart does not."""
    guard = settled(new_guard, interlock, HOME)
    for role in range(4):
        assert guard.ask(RESET, interlock, role).reason == POWER_CYCLE
    assert guard.last["state"] == LATCHED
    guard = new_guard(latched(interlock), restart_cause=POWER_ON)
    guard.run(600)
    assert guard.ask(RESET, interlock, SERVICE).reason == POWER_CYCLE
    assert guard.last["state"] == LATCHED
    guard.accept(NOTE_SELF_TEST)
    assert guard.run(10)[-1]["state"] == OFF


def test_a_restart_is_no_reset(new_guard: NewGuard) -> None:
    """Requirement: everything that was latched is latched after it, is not told anew, and keeps its value."""
    guard = new_guard(latched(1, 7, 26), restart_cause=POWER_ON)
    guard.run(600)
    guard.accept(NOTE_SELF_TEST)
    assert guard.trips["interlock"].tolist() == [1, 7, 26]
    assert guard.trips["value"].tolist() == [1101] * 3
    assert guard.ask(ARM).reason == 11
    assert guard.ask(RESET, 26, OPERATOR).reason == 0


def test_records_that_make_no_sense_are_not_restored(new_guard: NewGuard) -> None:
    """Bad input: a number that is no interlock, or one that does not latch, is left out."""
    guard = new_guard(latched(0, 2, 12, 99, 255, 11))
    guard.run(600)
    assert guard.trips["interlock"].tolist() == [11]


def repeat(guard: Guard, cause: dict[str, int], ticks: int) -> Guard:
    """One more run that ends by this cause; then everything is put right, reset and armed again."""
    if guard.run(1)[-1]["state"] != 2:
        if guard.last["state"] != ARMED:
            guard.accept(ARM)
        guard.set(hold_pressed=1, press_mn=3000)
        guard.run(50)
        guard.accept(START)
        guard.run(1000, 100.0)
    guard.run(ticks, 100.0, **cause)
    guard.turn_to(0.0)
    guard.set(
        hold_pressed=0,
        press_mn=0,
        motor_ma=20,
        supply_mv=7400,
        cartridge_locked=1,
        estop_a_closed=1,
        estop_b_closed=1,
    )
    guard.run(500)
    for trip in guard.trips["interlock"]:
        if trip not in (38, 15):
            guard.accept(NOTE_SELF_TEST)
            guard.accept(RESET, int(trip), SERVICE)
    return guard


CAUSES = [
    ({"press_mn": 10_000}, 400, [15, 38]),
    ({"motor_ma": 2600}, 20, [38]),
    ({"supply_mv": 5900}, 60, [38]),
    ({"cartridge_locked": 0}, 120, [38]),
    ({"estop_a_closed": 0, "estop_b_closed": 0}, 40, [38]),
]


@pytest.mark.parametrize(("cause", "ticks", "left"), CAUSES)
def test_the_third_stop_by_the_same_alarm_within_10_minutes_latches(
    new_guard: NewGuard, cause: dict[str, int], ticks: int, left: list[int]
) -> None:
    """IL-38: twice is no trip, the third time latches beside the alarm; the clinician's reset begins anew."""
    guard = new_guard().start()
    guard.run(1000, 100.0)
    for _ in range(2):
        repeat(guard, cause, ticks)
        assert guard.trips["interlock"].tolist() == []
    repeat(guard, cause, ticks)
    trips = guard.trips
    assert trips["interlock"].tolist() == left
    repeats = trips[-1]
    assert (repeats["input"], repeats["value"], repeats["limit"]) == (REPEATS, 3, 3)
    assert guard.ask(ARM).reason == 11
    for trip in reversed(left):
        guard.accept(RESET, trip, CLINICIAN)
    repeat(guard, cause, ticks)
    assert guard.trips["interlock"].tolist() == []


def test_stops_that_are_no_alarms_do_not_count(new_guard: NewGuard) -> None:
    """IL-38: inhibited for letting hold-to-run go (IL-02), and STOP."""
    guard = new_guard().start()
    for _ in range(8):
        repeat(guard, {"hold_pressed": 0}, 30)
        assert guard.last["state"] == ARMED


@pytest.mark.parametrize(("minutes", "latches"), [(4.9, True), (5.1, False)])
def test_alarms_further_apart_than_10_minutes_do_not_count(
    new_guard: NewGuard, minutes: float, latches: bool
) -> None:
    """IL-38: three times within 10 minutes latch, over more than that they do not."""
    guard = new_guard().start()
    guard.run(1000, 100.0)
    for _ in range(3):
        repeat(guard, {"supply_mv": 5900}, 60)
        guard.run(round(minutes * 600_000) - 3000)
    assert (38 in guard.trips["interlock"]) == latches


def test_narrower_limits_of_the_settings_hold_and_wider_ones_do_not(new_guard: NewGuard) -> None:
    """IL-28: stored limits narrow the hard limits, never widen them; HOME-only is never made clinical."""
    guard = new_guard(depth_max_um=[[200, 1500]], rate_max_mhz=[[90_000, 500_000]])
    guard.run(600)
    assert guard.ask(1, 201) == Answer(12, 201, 200)
    assert guard.ask(2, 90_001) == Answer(14, 90_001, 90_000)
    guard.accept(SET_MODE, CLINICAL)
    assert guard.ask(1, 1501) == Answer(12, 1501, 1500)
    assert guard.ask(2, 150_001) == Answer(14, 150_001, 150_000)
    assert guard.configure(depth_max_um=[[9000, -5]]).reason == 0
    assert guard.ask(1, 2501) == Answer(12, 2501, 2500)
    only = new_guard(home_only=1)
    only.run(10)
    assert only.ask(SET_MODE, CLINICAL).reason == HOME_ONLY
    only.accept(SET_MODE, HOME)


def test_new_settings_are_taken_with_the_drive_off_only(new_guard: NewGuard) -> None:
    """IL-28: CONFIGURE and CALIBRATE change nothing while needles may move, and take the setpoints away."""
    for guard in (new_guard().arm(), new_guard().start()):
        assert guard.configure().reason == 10
    guard = new_guard()
    guard.run(10)
    guard.accept(1, 100)
    assert guard.configure().reason == 0
    guard.accept(2, 60_000)
    guard.prove()
    guard.reference()
    assert guard.ask(ARM).reason == 17


def test_the_calibration_of_the_bar_sensor_is_added_to_its_readings(new_guard: NewGuard) -> None:
    """IL-08: guard corrects sensor B by the stored offset itself."""
    for offset_um, tripped in ((-150, 0), (0, 7)):
        guard = new_guard(bar_offset_um=offset_um).arm()
        guard.set(hold_pressed=1)
        guard.run(40)
        guard.accept(START)
        rows = guard.rows(2000, 100.0)
        rows["bar_um"] += 150
        seen = guard.feed(rows)
        assert seen[-1]["tripped"] == tripped
        if not tripped:
            assert seen[-1]["stroke_depth_um"] == 1000
