"""What guard refuses, whatever control asks for (IL-28 behind control): modes, setpoints, arm, start."""

from __future__ import annotations

import pytest
from guard_rig import (
    ARM,
    ARMED,
    CAP_MHZ,
    CAP_UM,
    CLEAR_SETPOINTS,
    CLINICAL,
    DISARM,
    HOME,
    LATCHED,
    LOWEST_MHZ,
    OFF,
    REQUEST_STAGE,
    RESET,
    RUN,
    SET_DEPTH,
    SET_MODE,
    SET_RATE,
    SET_REFERENCE,
    START,
    STOP,
    Answer,
    Guard,
    NewGuard,
    reading_um,
)

NO_SESSION, ROLE_STATE, ABOVE_UM, BELOW_UM, ABOVE_MHZ, BELOW_MHZ, NO_MODE = 4, 10, 12, 13, 14, 15, 16
NO_DEPTH, NO_RATE, NO_REFERENCE, INCREASE, OTHER, ESTOP, ARMED_ALREADY, NOT_LATCHED = (
    17,
    18,
    19,
    26,
    33,
    29,
    31,
    35,
)


@pytest.fixture
def guard(new_guard: NewGuard) -> Guard:
    """A guard in STANDBY with a link and a reference."""
    guard = new_guard()
    guard.run(600)
    guard.prove()
    guard.reference()
    guard.run(10)
    return guard


@pytest.mark.parametrize("mode", [HOME, CLINICAL])
def test_a_setpoint_beyond_the_mode_is_refused_to_the_last_digit(guard: Guard, mode: int) -> None:
    """IL-28: 0.25 mm, 100 Hz at home; 2.5 mm, 150 Hz in the clinic; from 0 mm and 50 Hz, and no further."""
    guard.accept(SET_MODE, mode)
    cap_um, cap_mhz, lowest_mhz = CAP_UM[mode], CAP_MHZ[mode], LOWEST_MHZ[mode]
    assert (cap_um, cap_mhz, lowest_mhz) in [(250, 100_000, 50_000), (2500, 150_000, 50_000)]
    for depth_um in (0, cap_um):
        guard.accept(SET_DEPTH, depth_um)
    for rate_mhz in (lowest_mhz, cap_mhz):
        guard.accept(SET_RATE, rate_mhz)
    for depth_um in (cap_um + 1, 2_147_483_647):
        assert guard.ask(SET_DEPTH, depth_um) == Answer(ABOVE_UM, depth_um, cap_um)
    for depth_um in (-1, -2_147_483_648):
        assert guard.ask(SET_DEPTH, depth_um) == Answer(BELOW_UM, depth_um, 0)
    for rate_mhz in (cap_mhz + 1, 2_147_483_647):
        assert guard.ask(SET_RATE, rate_mhz) == Answer(ABOVE_MHZ, rate_mhz, cap_mhz)
    for rate_mhz in (lowest_mhz - 1, 0, -1, -2_147_483_648):
        assert guard.ask(SET_RATE, rate_mhz) == Answer(BELOW_MHZ, rate_mhz, lowest_mhz)


@pytest.mark.parametrize("mode", [0, 3, 4, -1, 257, 258])
def test_a_mode_that_does_not_exist_is_refused(guard: Guard, mode: int) -> None:
    """IL-28: guard knows HOME and CLINICAL; SERVICE runs no needles."""
    assert guard.ask(SET_MODE, mode).reason == NO_MODE


def test_power_on_and_a_change_of_mode_leave_no_setpoints(guard: Guard) -> None:
    """Requirement: the pen comes up in HOME without setpoints, and a change of mode takes them away."""
    assert guard.ask(SET_DEPTH, 251) == Answer(ABOVE_UM, 251, 250)
    guard.accept(SET_RATE, 60_000)
    assert guard.ask(ARM).reason == NO_DEPTH
    guard.accept(SET_DEPTH, 100)
    guard.accept(ARM)
    guard.accept(DISARM)
    guard.accept(SET_MODE, CLINICAL)
    assert guard.ask(ARM).reason == NO_DEPTH
    guard.accept(SET_DEPTH, 100)
    assert guard.ask(ARM).reason == NO_RATE


def test_arm_and_start_ask_for_what_must_hold(guard: Guard) -> None:
    """Requirement: guard itself refuses to arm without reference, closed chains, link; and to arm twice."""
    guard.accept(SET_DEPTH, 100)
    guard.accept(SET_RATE, 60_000)
    assert guard.ask(START).reason == ROLE_STATE
    for chain in ("estop_a_closed", "estop_b_closed"):
        guard.run(1, **{chain: 0})
        assert guard.ask(ARM).reason == ESTOP
        guard.set(**{chain: 1})
        guard.run(10)
    guard.run(1, session_id=0)
    assert guard.ask(ARM).reason == NO_SESSION
    guard.set(session_id=1)
    guard.beating = False
    guard.run(2600)
    assert guard.ask(ARM).reason == NO_SESSION
    guard.beating = True
    guard.run(600)
    guard.accept(ARM)
    assert guard.ask(ARM).reason == ARMED_ALREADY
    guard.set(hold_pressed=1)
    guard.run(40)
    guard.run(1, estop_a_closed=0)
    assert guard.ask(START).reason == ESTOP
    guard.set(estop_a_closed=1)
    guard.run(1, session_id=0)
    assert guard.ask(START).reason == NO_SESSION
    guard.set(session_id=1)
    guard.run(1)
    assert guard.last["state"] == ARMED
    guard.accept(START)
    assert guard.ask(ARM).reason == ROLE_STATE
    assert guard.ask(START).reason == ROLE_STATE


def test_while_armed_or_running_mode_and_reference_stay(new_guard: NewGuard) -> None:
    """Requirement: mode and reference stay while needles may move, and setpoints only fall in RUN."""
    armed, run = new_guard().arm(), new_guard().start()
    for guard in (armed, run):
        assert guard.ask(SET_MODE, HOME).reason == ROLE_STATE
        assert guard.ask(SET_REFERENCE).reason == NO_REFERENCE
    assert run.ask(SET_RATE, 100_001).reason == INCREASE
    run.accept(SET_RATE, 99_999)
    run.accept(DISARM)
    assert run.run(5)[-1]["state"] == RUN
    armed.accept(SET_RATE, 120_000)
    armed.accept(DISARM)
    assert armed.run(5)[-1]["state"] == OFF


def test_a_reference_needs_the_edge_of_the_home_switch(new_guard: NewGuard) -> None:
    """IL-07: guard takes its zero from a home switch that it has seen close, with a reading of sensor A."""
    guard = new_guard()
    guard.run(600)
    assert guard.ask(SET_REFERENCE).reason == NO_REFERENCE
    guard.run(5, stage_home=1, stage_um=-2147483648)
    assert guard.ask(SET_REFERENCE).reason == NO_REFERENCE
    guard.set(stage_um=-1500)
    guard.run(5, stage_home=1)
    assert guard.ask(SET_REFERENCE).reason == NO_REFERENCE
    guard.run(5, stage_home=0)
    guard.run(5, stage_home=1)
    guard.accept(SET_REFERENCE)
    guard.accept(REQUEST_STAGE, 1)
    assert guard.ask(SET_REFERENCE).reason == NO_REFERENCE


def test_nothing_is_reset_when_nothing_is_latched(guard: Guard) -> None:
    """Requirement: a reset without a latch is refused, for every number."""
    assert {guard.ask(RESET, number).reason for number in (-1, 0, 1, 7, 11, 26, 255)} == {NOT_LATCHED}


def test_the_stage_is_asked_for_with_the_drive_off_only(new_guard: NewGuard) -> None:
    """IL-07: control gets the stage in STANDBY, after a trip to retract, and never otherwise."""
    for guard in (new_guard().arm(), new_guard().start()):
        guard.accept(REQUEST_STAGE, 1)
        guard.ask(STOP)
        guard.run(1100)
        assert guard.last["state"] == OFF
        assert (guard.run(10)["stage_enable"] == 1).all()
    guard = new_guard().start()
    guard.run(2, bar_um=1200)
    assert not guard.run(10)["stage_enable"].any()
    guard.accept(REQUEST_STAGE, 1)
    assert (guard.run(10)["stage_enable"] == 1).all()
    assert not guard.run(1100, estop_a_closed=0)[30:]["stage_enable"].any()
    guard.accept(REQUEST_STAGE, 0)
    assert guard.ask(ARM).reason == 11


def test_in_the_controlled_stop_of_a_trip_no_setpoint_grows_or_is_forgotten(new_guard: NewGuard) -> None:
    """IL-07, IL-11: while the drive is on depth and rate get smaller and nothing else."""
    guard = new_guard().start()
    guard.beating = False
    guard.run(2510, 100.0)
    assert (guard.last["tripped"], guard.last["state"], guard.last["drive_enable"]) == (26, LATCHED, 1)
    guard.accept(CLEAR_SETPOINTS)
    assert guard.ask(SET_DEPTH, 2500) == Answer(INCREASE, 2500, 1000)
    assert guard.ask(SET_RATE, 150_000) == Answer(INCREASE, 150_000, 100_000)
    guard.accept(SET_DEPTH, 900)
    guard.run(1100)
    assert guard.last["drive_enable"] == 0
    guard.accept(SET_DEPTH, 1000)


def test_stop_ends_the_retract_that_a_person_asked_for(new_guard: NewGuard) -> None:
    """Requirement: STOP stops all that moves; asked for again, the stage goes on home, and no other way."""
    guard = new_guard().start()
    guard.run(2, bar_um=1200)
    guard.accept(REQUEST_STAGE, 1)
    assert (guard.run(10)["stage_enable"] == 1).all()
    guard.set(stops=1)
    assert not guard.run(10)["stage_enable"].any()
    guard.accept(REQUEST_STAGE, 1)
    assert (guard.run(10)["stage_enable"] == 1).all()
    assert guard.last["state"] == LATCHED


@pytest.mark.parametrize("reading", [-1, 4096])
def test_overspeed_is_reset_at_a_rest_that_is_seen(new_guard: NewGuard, reading: int) -> None:
    """IL-11: a shaft that gives no valid reading is not at rest."""
    guard = new_guard().start()
    guard.run(300, 200.0)
    assert guard.last["tripped"] == 11
    guard.run(2000, shaft_counts=reading)
    assert guard.ask(RESET, 11).reason == 27
    guard.run(500)
    guard.accept(RESET, 11)


def test_over_travel_of_the_stage_is_reset_by_the_limit_that_it_passed(new_guard: NewGuard) -> None:
    """IL-07: after a trip by sensor A the bar must be back at that trip's own limit."""
    guard = new_guard().start()
    guard.run(1, stage_um=reading_um(1101))
    guard.run(1, bar_um=1101)
    assert guard.ask(RESET, 7) == Answer(27, 1101, 1100)
    guard.run(1, bar_um=1100)
    guard.accept(RESET, 7)


def test_the_emergency_stop_is_reset_with_both_chains_closed(new_guard: NewGuard) -> None:
    """IL-01: the reset is refused while either chain is open."""
    guard = new_guard()
    guard.run(30, estop_a_closed=0)
    guard.run(5, estop_a_closed=1, estop_b_closed=0)
    assert guard.ask(RESET, 1).reason == 27
    guard.set(estop_b_closed=1)
    guard.run(1)
    guard.accept(RESET, 1)
