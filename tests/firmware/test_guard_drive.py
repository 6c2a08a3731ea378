"""The drive against what guard asks, its proof, contacts, clocks, what the background finds.

Restarts: IL-03 to 06, 32.
"""

from __future__ import annotations

import numpy as np
import pytest
from guard_rig import (
    ARM,
    BEGIN_PROOF,
    BROWN_OUT,
    C0,
    C1,
    COUNTS,
    HOME,
    LATCHED,
    NOTE_SELF_TEST,
    OFF,
    OPERATOR,
    POWER_ON,
    PROOF_FAILED,
    PROVED,
    RESET,
    RUN,
    SERVICE,
    SOFTWARE,
    STOPPING,
    WATCHDOG,
    NewGuard,
    when_off,
)

from penctl.protocol.enums import Input, Reason

HOLD = Input.HOLD
CURRENT = Input.MOTOR_CURRENT
FEEDBACK = Input.DRIVE_FEEDBACK
SHORT = Input.WINDING_SHORT
HOLD_CONTACTS = Input.HOLD_CONTACTS
ESTOP_CONTACTS = Input.ESTOP_CONTACTS
CLOCK = Input.CLOCK
TICK = Input.TICK
SELF_CHECK = Input.SELF_CHECK
CONFIGURATION = Input.CONFIGURATION
MOTION = Input.SHAFT_MOTION
RESTART = Input.RESTART
ROLE = Reason.ROLE
PRESENT = Reason.CAUSE_PRESENT
BUTTON = Reason.BUTTON_NOT_PRESSED
POWER_CYCLE = Reason.POWER_CYCLE_NEEDED
DAMAGED = Reason.CONFIGURATION_DAMAGED
TEST = Reason.SELF_TEST_NEEDED


@pytest.mark.parametrize(("feedback", "number"), [("drive_feedback", FEEDBACK), ("short_feedback", SHORT)])
@pytest.mark.parametrize("on", [False, True])
def test_feedback_against_what_is_asked_opens_the_second_path(
    new_guard: NewGuard, feedback: str, number: int, on: bool
) -> None:
    """IL-05: 5 ms are no trip, 0.1 ms more is C0 with the supply opened, with the drive on and off."""
    guard = new_guard().start() if on else new_guard()
    guard.run(600, 100.0 if on else 0.0)
    wrong = int(on) if feedback == "short_feedback" else int(not on)
    for _ in range(3):
        assert guard.run(50, 100.0 if on else 0.0, **{feedback: wrong})[-1]["tripped"] == 0
        guard.set(**{feedback: 2})
        guard.run(100, 100.0 if on else 0.0)
    seen = guard.run(60, 100.0 if on else 0.0, **{feedback: wrong})
    assert int(np.argmax(seen["tripped"] == 5)) == 50
    assert (seen[50]["drive_enable"], seen[50]["supply_enable"], seen[49]["supply_enable"]) == (0, 0, 1)
    assert (seen[50]["trip_input"], seen[50]["trip_stop"]) == (number, C0)


def test_feedback_is_not_judged_while_the_emergency_chain_is_open(new_guard: NewGuard) -> None:
    """IL-05: inhibited: the chain takes the gate supply away by itself; that is IL-01 and nothing else."""
    guard = new_guard().start()
    guard.run(300, 100.0)
    guard.turn_to(0.0)
    guard.run(500, estop_a_closed=0, estop_b_closed=0, drive_feedback=0, short_feedback=1)
    assert guard.trips["interlock"].tolist() == [1]


@pytest.mark.parametrize("ma", [51, -51])
def test_current_with_the_drive_off_trips(new_guard: NewGuard, ma: int) -> None:
    """IL-05: 50 mA with the drive off is no trip, 1 mA more for 5 ms is.

    Inhibited for 300 ms after drive off.
    """
    guard = new_guard()
    guard.run(3100, motor_ma=0)
    assert guard.run(3000, motor_ma=50)[-1]["tripped"] == 0
    assert int(np.argmax(guard.run(80, motor_ma=ma)["tripped"] == 5)) == 50
    assert (guard.last["trip_input"], guard.last["trip_value"], guard.last["trip_limit"]) == (CURRENT, 51, 50)
    guard = new_guard().start()
    guard.run(500, 100.0)
    guard.turn_to(0.0)
    guard.run(1, estop_a_closed=0, estop_b_closed=0)
    off = when_off(guard.run(2990, estop_a_closed=0, estop_b_closed=0, motor_ma=ma))
    assert 0 <= off <= 20
    assert guard.trips["interlock"].tolist() == [1]


@pytest.mark.parametrize(("hz", "trips"), [(5.8, False), (6.2, True), (221.0, True), (-100.0, True)])
def test_motion_with_the_drive_off_trips_within_10_ms(new_guard: NewGuard, hz: float, trips: bool) -> None:
    """IL-05: up to 3 % of a turn in 5 ms is no trip; faster is C0 within 10 ms, with the supply opened."""
    guard = new_guard()
    guard.run(3100)
    seen = guard.run(100, hz)
    assert bool((seen["tripped"] == 5).any()) == trips
    if trips:
        assert seen[-1]["trip_input"] == MOTION
        assert seen[-1]["supply_enable"] == 0


@pytest.mark.parametrize("at", range(10))
@pytest.mark.parametrize("counts", [130, 200, -256])
def test_a_single_false_shaft_reading_is_no_motion(new_guard: NewGuard, counts: int, at: int) -> None:
    """IL-05: at rest one false reading, wherever in the millisecond and again every 10 ms, is no motion."""
    guard = new_guard()
    guard.run(3100)
    rows = guard.rows(500)
    rows["shaft_counts"][at::100] = counts % COUNTS
    assert (guard.feed(rows)["tripped"] == 0).all()


def test_needles_that_come_back_late_are_no_motion_of_the_drive(new_guard: NewGuard) -> None:
    """IL-05: inhibited: needles that stayed in the skin come back by the spring when the pen is lifted."""
    guard = new_guard().start()
    guard.run(500, 100.0)
    guard.turn_to(0.5)
    guard.run(5000, estop_a_closed=0, estop_b_closed=0)
    guard.run(250, 20.0, motor_ma=300)
    guard.set(motor_ma=20)
    guard.turn_to(0.0)
    guard.run(3500)
    assert guard.trips["interlock"].tolist() == [1]
    guard.run(100, 20.0)
    assert guard.trips["interlock"].tolist() == [1, 5]


def test_a_bar_that_never_comes_back_and_turns_on_is_motion(new_guard: NewGuard) -> None:
    """IL-05: that inhibition ends at a turn."""
    guard = new_guard().start()
    guard.run(500, 100.0)
    guard.turn_to(0.5)
    guard.run(3100, estop_a_closed=0, estop_b_closed=0)
    assert guard.trips["interlock"].tolist() == [1]
    seen = guard.run(1200, 30.0)
    at = int(np.argmax(seen["trip_count"] == 2))
    assert 300 < at < 360
    assert guard.trips["interlock"].tolist() == [1, 5]


def test_uncommanded_motion_ends_by_power_off_and_on_with_a_self_test(new_guard: NewGuard) -> None:
    """IL-05: no reset and no restart ends it but POWER_ON with a passed self-test.

    Till then the supply is open.
    """
    guard = new_guard()
    guard.run(100, drive_feedback=1)
    assert guard.ask(RESET, 5, SERVICE).reason == POWER_CYCLE
    guard.accept(NOTE_SELF_TEST)
    kept = guard.trips.copy()
    assert kept["interlock"].tolist() == [5]
    for cause in (SOFTWARE, WATCHDOG, BROWN_OUT):
        guard = new_guard(kept, restart_cause=cause)
        guard.run(600)
        guard.accept(NOTE_SELF_TEST)
        guard.run(10)
        assert (guard.last["tripped"], guard.last["state"], guard.last["supply_enable"]) == (5, LATCHED, 0)
        assert guard.ask(BEGIN_PROOF).reason == POWER_CYCLE
    guard = new_guard(kept, restart_cause=POWER_ON)
    guard.run(600)
    assert (guard.last["tripped"], guard.last["state"], guard.last["supply_enable"]) == (5, LATCHED, 1)
    assert guard.ask(RESET, 5, SERVICE).reason == POWER_CYCLE
    guard.prove()
    guard.accept(NOTE_SELF_TEST)
    assert guard.run(10)[-1]["state"] == OFF


def test_the_proof_switches_both_paths_and_leaves_them_as_they_should_be(new_guard: NewGuard) -> None:
    """IL-06: drive on for some ms and off, supply off and on, and the stage stands meanwhile."""
    guard = new_guard()
    guard.run(600)
    assert guard.last["proof"] == 0
    guard.accept(BEGIN_PROOF)
    seen = guard.run(300)
    assert seen[-1]["proof"] == PROVED
    assert 40 <= int(seen["drive_enable"].sum()) <= 60
    assert (seen["supply_enable"] == 0).any()
    assert (seen[-1]["drive_enable"], seen[-1]["supply_enable"]) == (0, 1)
    assert not (seen["stage_enable"] == 2).any()


PROOFS = [
    ({"drive_feedback": 0}, {11}),
    ({"drive_feedback": 1}, {11}),
    ({"short_feedback": 0}, {13}),
    ({"short_feedback": 1}, {13}),
    ({"supply_mv": -1}, {12}),
    ({"supply_mv": 10_001}, {12}),
]
"""What is stuck, and the check of the self-test that must say so."""


@pytest.mark.parametrize(("broken", "checks"), PROOFS)
def test_a_path_that_does_not_switch_fails_the_proof(
    new_guard: NewGuard, broken: dict[str, int], checks: set[int]
) -> None:
    """IL-06: each answer that does not follow fails with its check, and arming stays refused."""
    guard = new_guard()
    guard.run(600)
    guard.accept(BEGIN_PROOF)
    seen = guard.run(2300, **broken)
    failed = int(np.argmax(seen["proof"] == PROOF_FAILED))
    assert seen[failed]["proof"] == PROOF_FAILED
    assert int(seen[failed]["proof_check"]) in checks
    assert not seen[failed:]["drive_enable"].any()


@pytest.mark.parametrize("act", [{"hold_pressed": 1}, {"estop_a_closed": 0}])
def test_a_hand_at_the_switches_ends_the_proof(new_guard: NewGuard, act: dict[str, int]) -> None:
    """IL-06: with hold-to-run pressed the motor could turn: the proof fails in that tick.

    And begins no new one.
    """
    guard = new_guard()
    guard.run(600)
    guard.accept(BEGIN_PROOF)
    assert (guard.run(70)["drive_enable"] == 1).any()
    seen = guard.run(5, **act)
    assert seen[0]["proof"] == PROOF_FAILED
    assert not seen["drive_enable"].any()
    assert guard.ask(BEGIN_PROOF).reason in (24, 29)


def test_arming_needs_a_passed_proof(new_guard: NewGuard) -> None:
    """IL-06: without the proof since power-on guard does not arm."""
    guard = new_guard()
    guard.run(600)
    guard.reference()
    guard.accept(1, 100)
    guard.accept(2, 60_000)
    assert guard.ask(ARM).reason == TEST
    guard.prove()
    guard.accept(ARM)
    assert guard.ask(BEGIN_PROOF).reason == 10


CONTACTS = [({"hold_released": 1, "hold_pressed": 1}, HOLD_CONTACTS), ({"estop_a_closed": 0}, ESTOP_CONTACTS)]


@pytest.mark.parametrize(("apart", "number"), CONTACTS)
def test_contacts_that_contradict_each_other_trip_after_200_ms(
    new_guard: NewGuard, apart: dict[str, int], number: int
) -> None:
    """IL-04: 200 ms are no trip, one tick more is C0; the reset is for SERVICE with the button.

    Once they agree.
    """
    guard = new_guard()
    guard.run(600)
    seen = guard.run(2000, **apart)
    assert 4 not in guard.trips["interlock"]
    seen = guard.run(1, **apart)
    trip = guard.trips[guard.trips["interlock"] == 4]
    assert trip["input"].tolist() == [number]
    assert seen[-1]["drive_enable"] == 0
    assert guard.ask(RESET, 4, OPERATOR).reason == ROLE
    assert guard.ask(RESET, 4).reason == BUTTON
    guard.run(60, button_pressed=1, **apart)
    assert guard.ask(RESET, 4).reason == PRESENT
    guard.set(hold_pressed=0, estop_a_closed=1)
    guard.run(1, button_pressed=1)
    guard.accept(RESET, 4)


def test_a_switch_in_doubt_counts_as_released(new_guard: NewGuard) -> None:
    """IL-04: with both contacts of hold-to-run closed the pen stops as for a release.

    Long before it latches.
    """
    guard = new_guard().start()
    seen = guard.run(30, 100.0, hold_released=1)
    assert int(np.argmax(seen["state"] == STOPPING)) == 20
    assert seen[-1]["cause"] == 2


def test_a_switch_that_is_held_very_long_warns_then_stops(new_guard: NewGuard) -> None:
    """IL-03: 180 s warn once, 185 s stop by C1 without a latch, into STANDBY.

    Released and pressed it begins anew.
    """
    guard = new_guard().start(HOME, 100, 50_000)
    seen = guard.run(1_799_900, 50.0)
    assert (seen["state"] == RUN).all()
    assert not seen["warning"].any()
    seen = guard.run(49_900, 50.0)
    assert (seen["warning"] == 8).sum() == 1
    assert (seen["state"] == RUN).all()
    seen = guard.run(300, 50.0)
    at = seen[int(np.argmax(seen["unlatched"] == 3))]
    assert (at["unlatched"], at["unlatched_input"], at["unlatched_stop"]) == (3, HOLD, C1)
    guard.turn_to(0.0, 50.0)
    guard.run(50)
    assert (guard.last["state"], guard.last["cause"]) == (OFF, 3)
    assert guard.ask(ARM).reason == 24


@pytest.mark.parametrize(
    ("rate", "trips"), [(0.981, False), (1.019, False), (0.979, True), (1.022, True), (0.0, True)]
)
def test_two_clocks_that_disagree_trip_within_10_ms(new_guard: NewGuard, rate: float, trips: bool) -> None:
    """IL-32: 1.9 % apart is no trip, more than 2 % is C0 within 10 ms, in RUN and at rest."""
    for guard, hz in ((new_guard().start(), 100.0), (new_guard(), 0.0)):
        guard.run(1000, hz)
        begin = int(guard.now["clock2_us"])
        clock2 = (begin + np.arange(1, 5001) * 100 * rate).astype(np.uint32)
        seen = guard.run(5000, hz, clock2_us=clock2)
        tripped = np.flatnonzero(seen["tripped"] == 32)
        assert (len(tripped) > 0) == trips
        if trips:
            assert tripped[0] < 100
            assert seen[tripped[0]]["trip_input"] == CLOCK
            assert guard.ask(RESET, 32, SERVICE).reason == POWER_CYCLE


def test_the_second_clock_may_wrap(new_guard: NewGuard) -> None:
    """IL-32: inhibited: the second clock has 32 bits and wraps every 71 minutes."""
    guard = new_guard()
    guard.now["clock2_us"] = 0
    rows = guard.rows(2000)
    rows["clock2_us"] = (np.arange(2000, dtype=np.int64) * 100 + 2**32 - 100_000).astype(np.uint32)
    assert guard.feed(rows)[-1]["tripped"] == 0


@pytest.mark.parametrize(("gap_us", "trips"), [(5000, False), (5100, True), (-200, True)])
def test_a_tick_that_is_late_or_goes_back_trips(new_guard: NewGuard, gap_us: int, trips: bool) -> None:
    """IL-32: 5 ms between two ticks are no trip, more is C0, and so is a time that goes back."""
    guard = new_guard()
    guard.run(1000)
    rows = guard.rows(100)
    for clock in ("time_us", "clock2_us"):
        rows[clock] = rows[clock].astype(np.int64) + gap_us - 100
    seen = guard.feed(rows)
    assert bool(seen[0]["tripped"] == 32) == trips
    if trips:
        assert seen[0]["trip_input"] == TICK


def test_a_part_of_the_controller_that_fails_is_c0(new_guard: NewGuard) -> None:
    """IL-33: what the periodic self-test found latches in every state until power is off and on."""
    for guard in (new_guard().start(), new_guard()):
        seen = guard.run(1, self_check=3)
        assert (seen[0]["tripped"], seen[0]["trip_input"], seen[0]["trip_value"]) == (33, SELF_CHECK, 3)
        assert guard.ask(RESET, 33, SERVICE).reason == POWER_CYCLE


def test_damaged_settings_stop_a_run_and_otherwise_inhibit(new_guard: NewGuard) -> None:
    """IL-29: C1 with a latch in RUN; with the drive off no trip, but no arming."""
    guard = new_guard().start()
    seen = guard.run(1, 100.0, configuration_damaged=1)
    assert (seen[0]["tripped"], seen[0]["trip_input"], seen[0]["trip_stop"]) == (29, CONFIGURATION, C1)
    guard.turn_to(0.0)
    guard.set(button_pressed=1)
    guard.run(1000)
    assert guard.ask(RESET, 29).reason == DAMAGED
    guard.run(1, configuration_damaged=0)
    guard.accept(RESET, 29)
    guard = new_guard()
    guard.run(600, configuration_damaged=1)
    assert guard.last["tripped"] == 0
    with pytest.raises(AssertionError, match="reason=49"):
        guard.arm()


@pytest.mark.parametrize(
    ("cause", "interlock"), [(WATCHDOG, 31), (BROWN_OUT, 17), (SOFTWARE, 0), (POWER_ON, 0)]
)
def test_a_restart_that_was_no_power_on_stays_latched(
    new_guard: NewGuard, cause: int, interlock: int
) -> None:
    """IL-31, IL-17: a restart by the watchdog or a brown-out latches; the operator resets it."""
    guard = new_guard(restart_cause=cause)
    seen = guard.run(10)
    assert seen[0]["tripped"] == interlock
    if interlock:
        assert (seen[0]["trip_input"], seen[0]["trip_value"]) == (RESTART, cause)
        guard.run(600)
        guard.accept(RESET, interlock, OPERATOR)
        assert guard.run(10)[-1]["state"] == OFF


def test_the_watchdog_output_changes_in_every_tick(new_guard: NewGuard) -> None:
    """IL-31: a guard that ticks shows it to the watchdog each time."""
    for guard in (new_guard(), new_guard().start()):
        levels = guard.run(1000, 0.0)["watchdog"].astype(int)
        assert (np.abs(np.diff(levels)) == 1).all()
