"""Emergency stop (IL-01), hold-to-run (IL-02), communications loss (IL-26), C1, latches, to the tick."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from guard_rig import (
    ARM,
    ARMED,
    C0,
    C1,
    COUNTS,
    LATCHED,
    OFF,
    RESET,
    RUN,
    START,
    STOP,
    STOPPING,
    Guard,
    NewGuard,
    when_off,
)

from penctl.protocol.enums import Reason

ESTOP_A, ESTOP_B, HEARTBEAT = 1, 2, 4
DEBOUNCE_TICKS = 20
"""2 ms."""
C1_TICKS = 1000
"""100 ms."""
CHAINS = [("estop_a_closed", ESTOP_A), ("estop_b_closed", ESTOP_B)]


@pytest.mark.parametrize(("chain", "number"), CHAINS)
@pytest.mark.parametrize("state", [OFF, ARMED, RUN])
def test_either_emergency_chain_trips_after_its_debounce(
    new_guard: NewGuard, chain: str, number: int, state: int
) -> None:
    """IL-01: open for 2.0 ms is no trip, one tick longer is C0, in every state."""
    guard = new_guard()
    if state == OFF:
        guard.run(600)
    else:
        guard = guard.arm() if state == ARMED else guard.start()
    for _ in range(5):
        assert guard.run(DEBOUNCE_TICKS, **{chain: 0})[-1]["tripped"] == 0
        guard.set(**{chain: 1})
        assert guard.run(160)[-1]["tripped"] == 0
    assert guard.last["state"] == state
    seen = guard.run(DEBOUNCE_TICKS + 1, **{chain: 0})
    assert (seen["tripped"] == 1).nonzero()[0].tolist() == [DEBOUNCE_TICKS]
    assert (seen[-1]["trip_input"], seen[-1]["trip_stop"], seen[-1]["state"]) == (number, C0, LATCHED)
    assert (seen[-1]["drive_enable"], seen[-1]["stage_enable"]) == (0, 0)


@pytest.mark.parametrize(("chain", "number"), CHAINS)
def test_an_emergency_chain_that_chatters_open_trips(new_guard: NewGuard, chain: str, number: int) -> None:
    """IL-01: a chain that is open for most of the time trips within 10 ms, though it closes between."""
    for pattern in ([0, 0, 0, 1], [0, 0, 1], [0] * 19 + [1], [0] * 15 + [1] * 3):
        guard = new_guard().start()
        off = when_off(guard.run(500, 100.0, **{chain: np.resize(pattern, 500)}))
        assert 0 < off <= 100
        assert guard.last["trip_input"] == number


@pytest.mark.parametrize(("chain", "number"), CHAINS)
def test_the_emergency_stop_latches_when_its_hardware_was_quicker(
    new_guard: NewGuard, chain: str, number: int
) -> None:
    """IL-01: an open chain whose hardware has cut the drive trips in that tick."""
    guard = new_guard().start()
    guard.run(12, 100.0, **{chain: 0})
    assert guard.run(1, 100.0, drive_feedback=0)[0]["drive_enable"] == 0
    assert guard.last["trip_input"] == number


def test_hold_to_run_stops_after_its_debounce_and_does_not_latch(new_guard: NewGuard) -> None:
    """IL-02: released for 2.0 ms runs on, one tick longer is C1, back to READY without a latch."""
    guard = new_guard().start()
    for _ in range(5):
        assert (guard.run(DEBOUNCE_TICKS, 100.0, hold_pressed=0)["state"] == RUN).all()
        guard.set(hold_pressed=1)
        guard.run(100, 100.0)
    seen = guard.run(DEBOUNCE_TICKS + 1, 100.0, hold_pressed=0)
    assert (seen["state"] == STOPPING).nonzero()[0].tolist() == [DEBOUNCE_TICKS]
    assert seen[-1]["stop"] == C1
    assert guard.turn_to(0.0)["drive_enable"].all()
    seen = guard.run(30)
    assert 0 < when_off(seen) <= 15
    assert (seen[-1]["state"], seen[-1]["trip_count"]) == (ARMED, 0)


def test_a_hold_switch_that_chatters_open_stops(new_guard: NewGuard) -> None:
    """IL-02: a switch that is open for most of the time stops within 50 ms, though it closes between."""
    for pattern in ([0, 0, 0, 1], [0, 0, 1], [0] * 19 + [1], [0] * 15 + [1] * 3):
        guard = new_guard().start()
        seen = guard.run(500, 100.0, hold_pressed=np.resize(pattern, 500))
        assert 0 < int(np.argmax(seen["state"] == STOPPING)) <= 100


def test_a_start_needs_a_new_press_after_each_stop(new_guard: NewGuard) -> None:
    """IL-02: a switch that stayed pressed over a stop starts nothing; released and pressed again it does."""
    guard = new_guard().start()
    guard.ask(STOP)
    guard.run(C1_TICKS + 10)
    assert guard.last["state"] == OFF
    assert guard.ask(ARM).reason == 24
    guard.set(hold_pressed=0)
    guard.run(DEBOUNCE_TICKS)
    guard.set(hold_pressed=1)
    guard.run(100)
    assert guard.ask(ARM).reason == 24
    guard.set(hold_pressed=0)
    guard.run(DEBOUNCE_TICKS + 1)
    guard.accept(ARM)
    assert guard.ask(START).reason == 23
    guard.set(hold_pressed=1)
    guard.run(DEBOUNCE_TICKS)
    assert guard.ask(START).reason == 23
    guard.run(1)
    guard.accept(START)


def test_a_switch_that_was_pressed_at_power_on_is_no_press(new_guard: NewGuard) -> None:
    """IL-03: a hold-to-run switch that is stuck since power-on refuses arming, and starts nothing."""
    guard = new_guard()
    guard.set(hold_pressed=1)
    with pytest.raises(AssertionError, match="reason=24"):
        guard.arm()
    assert not guard.run(1000)["drive_enable"].any()
    guard.set(hold_pressed=0)
    guard.run(DEBOUNCE_TICKS + 1)
    guard.arm()


@pytest.mark.parametrize("armed", [False, True])
def test_communications_loss_trips_after_250_ms(new_guard: NewGuard, armed: bool) -> None:
    """IL-26: 250.0 ms without a heartbeat is no trip, one tick longer is C1, in READY and in RUN."""
    guard = new_guard().arm() if armed else new_guard().start()
    guard.beating = False
    guard.set(heartbeats=int(guard.now["heartbeats"]) + 1)
    rate = 0.0 if armed else 100.0
    guard.run(1, rate)
    assert guard.run(2500, rate)[-1]["tripped"] == 0
    seen = guard.run(1, rate)
    assert (seen[0]["tripped"], seen[0]["trip_input"], seen[0]["trip_stop"]) == (26, HEARTBEAT, C1)
    assert (seen[0]["trip_value"], seen[0]["trip_limit"]) == (250_100, 250_000)
    assert seen[0]["drive_enable"] == int(not armed)
    guard.turn_to(0.0)
    assert 0 <= when_off(guard.run(20)) <= 15
    assert guard.last["state"] == LATCHED


def test_communications_loss_is_no_trip_while_nothing_is_armed(new_guard: NewGuard) -> None:
    """IL-26: inhibited in STANDBY, where nobody has to be connected; arming asks for a heartbeat."""
    guard = new_guard()
    guard.run(600)
    guard.beating = False
    assert guard.run(20_000)[-1]["tripped"] == 0
    guard.beating = True
    guard.arm()
    guard = new_guard()
    guard.beating = False
    with pytest.raises(AssertionError, match="reason=4"):
        guard.arm()


def spinning(guard: Guard) -> None:
    """The shaft turns on."""
    guard.run(1, 140.0)


def stuck(guard: Guard) -> None:
    """The shaft stands in the skin."""
    guard.run(1)


def backwards(guard: Guard) -> None:
    """The shaft turns backwards."""
    guard.run(1, -60.0)


def trembling(guard: Guard) -> None:
    """The shaft goes to and fro at the top."""
    guard.run(1, 200.0 if guard.last["time_us"] % 200 else -200.0)


def creeping(guard: Guard) -> None:
    """The shaft creeps through the top, again and again."""
    guard.run(1, 15.0 if guard.angle % 1.0 < 0.1 else 100.0)


def leaping(guard: Guard) -> None:
    """The shaft sensor shows anything."""
    guard.run(1, 2371.0)


@pytest.mark.parametrize("shaft", [spinning, stuck, backwards, trembling, creeping, leaping])
@pytest.mark.parametrize("cause", ["stop", "hold", "link"])
def test_a_controlled_stop_ends_within_100_ms_whatever_the_shaft_does(
    new_guard: NewGuard, shaft: Callable[[Guard], None], cause: str
) -> None:
    """Requirement: C1 becomes C0 after 100.0 ms at the latest, and a second cause does not lengthen it."""
    guard = new_guard().start(rate_mhz=150_000)
    guard.turn_to(0.4)
    if cause == "stop":
        guard.ask(STOP)
    elif cause == "hold":
        guard.set(hold_pressed=0)
        guard.run(DEBOUNCE_TICKS + 1)
    else:
        guard.beating = False
        while guard.last["state"] == RUN:
            guard.run(1, 100.0)
    begun = guard.last
    ticks = 0
    while guard.last["drive_enable"] and ticks <= C1_TICKS:
        if ticks % 300 == 299:
            guard.ask(STOP)
        shaft(guard)
        ticks += 1
    assert guard.last["drive_enable"] == 0, begun
    assert ticks <= C1_TICKS


def test_a_controlled_stop_that_did_not_end_well_is_told_and_not_ready_again(new_guard: NewGuard) -> None:
    """IL-02: after a C1 that ran into its time-limit the pen warns, and has to be armed anew."""
    guard = new_guard().start()
    guard.turn_to(0.5)
    guard.set(hold_pressed=0)
    seen = guard.run(C1_TICKS + 100)
    assert when_off(seen) == DEBOUNCE_TICKS + C1_TICKS
    assert seen[when_off(seen)]["warning"] == 5
    assert guard.last["state"] == OFF


def test_missing_readings_near_the_top_are_no_rest(new_guard: NewGuard) -> None:
    """Requirement: C1 ends by seeing the bar at rest at the top; a sensor without readings sees nothing."""
    guard = new_guard().start()
    guard.run(1000, 100.0)
    guard.turn_to(0.0)
    guard.ask(STOP)
    assert guard.run(10, 100.0, shaft_counts=-1)["drive_enable"].all()
    guard.run(30, 100.0, shaft_counts=-1)
    assert (guard.last["drive_enable"], guard.last["tripped"]) == (0, 11)


@pytest.mark.parametrize("counts", [0, 299, COUNTS - 299])
def test_a_bar_at_rest_at_the_top_ends_a_controlled_stop(new_guard: NewGuard, counts: int) -> None:
    """Requirement: C1 ends after 1 ms of rest within 26 degrees of the top."""
    guard = new_guard().start()
    guard.turn_to(counts / COUNTS)
    guard.ask(STOP)
    assert when_off(guard.run(50)) <= 15
    assert guard.last["state"] == OFF


def test_stop_is_taken_in_every_state(new_guard: NewGuard) -> None:
    """Requirement: STOP in READY gives STANDBY, in RUN a controlled stop, and otherwise starts nothing."""
    guard = new_guard()
    guard.run(600)
    guard.set(stops=1)
    assert guard.run(5)[-1]["state"] == OFF
    guard.arm()
    guard.set(stops=2)
    assert guard.run(1)[-1]["state"] == OFF
    guard.accept(ARM)
    guard.set(hold_pressed=1)
    guard.run(40)
    guard.accept(START)
    guard.run(2)
    guard.set(stops=3)
    assert guard.run(1)[-1]["state"] == STOPPING
    guard.set(stops=4)
    guard.run(30)
    assert guard.last["state"] == OFF


def test_stop_turns_a_release_into_a_stop(new_guard: NewGuard) -> None:
    """Requirement: STOP during the stop of a release ends in STANDBY, not in READY."""
    guard = new_guard().start()
    guard.turn_to(0.5)
    guard.set(hold_pressed=0)
    guard.run(50)
    guard.ask(STOP)
    guard.turn_to(0.0)
    guard.run(50)
    assert guard.last["state"] == OFF


def test_c0_ends_a_controlled_stop_at_once(new_guard: NewGuard) -> None:
    """Requirement: a trip by C0 during C1 cuts the drive in that tick; both trips are latched."""
    guard = new_guard().start()
    guard.beating = False
    guard.run(2510, 100.0)
    assert (guard.last["tripped"], guard.last["drive_enable"]) == (26, 1)
    assert guard.ask(RESET, 26).reason == 10
    guard.run(1, 100.0, bar_um=1101)
    assert (guard.last["drive_enable"], guard.last["second"]) == (0, 7)
    assert not guard.run(1000)["stage_enable"].any()


def trip_estop(guard: Guard) -> None:
    """IL-01."""
    guard.run(40, 100.0, estop_a_closed=0)


def trip_depth(guard: Guard) -> None:
    """IL-07."""
    guard.run(1, 100.0, bar_um=1101)


def trip_rate(guard: Guard) -> None:
    """IL-11."""
    guard.run(300, 200.0)


def trip_link(guard: Guard) -> None:
    """IL-26."""
    guard.beating = False
    guard.run(2510, 100.0)
    guard.turn_to(0.0)
    guard.run(100)


TRIPS = [(1, trip_estop), (7, trip_depth), (11, trip_rate), (26, trip_link)]


@pytest.mark.parametrize(("interlock", "trip"), TRIPS)
def test_a_trip_stays_latched_until_its_own_reset(
    new_guard: NewGuard, interlock: int, trip: Callable[[Guard], None]
) -> None:
    """IL-01, IL-07, IL-11, IL-26: only the reset of this interlock ends the latch, and it starts nothing."""
    guard = new_guard().start()
    trip(guard)
    assert (guard.last["tripped"], guard.last["drive_enable"]) == (interlock, 0)
    guard.beating = True
    guard.stage_to(1000)
    guard.set(estop_a_closed=1)
    for pressed in (0, 1, 0, 1):
        guard.set(hold_pressed=pressed)
        guard.run(1000)
        assert guard.ask(ARM).reason == 11
        assert guard.ask(START).reason == 11
        guard.ask(STOP)
        for other in (0, 1, 2, 7, 11, 26, 255):
            if other != interlock:
                assert guard.ask(RESET, other).reason == 28
    assert (guard.last["tripped"], guard.last["state"]) == (interlock, LATCHED)
    guard.set(session_id=2)
    guard.run(600)
    guard.accept(RESET, interlock)
    assert guard.ask(RESET, interlock).reason == Reason.NOT_LATCHED
    assert guard.ask(START).reason == 10
    seen = guard.run(2000)
    assert not seen["drive_enable"].any()
    assert (seen["stage_enable"] <= 1).all()
    assert guard.last["state"] == OFF


@pytest.mark.parametrize(("interlock", "trip"), TRIPS)
def test_a_reset_is_refused_while_the_cause_is_present(
    new_guard: NewGuard, interlock: int, trip: Callable[[Guard], None]
) -> None:
    """IL-01, IL-07, IL-11, IL-26: a reset asks for the chain closed, depth back, rest, a new link session."""
    guard = new_guard().start()
    trip(guard)
    present = {1: {"estop_a_closed": 0}, 7: {"bar_um": 1101}, 11: {}, 26: {"session_id": 1}}[interlock]
    guard.beating = True
    guard.stage_to(1000)
    guard.run(600, 200.0 if interlock == 11 else 0.0, **present)
    assert guard.ask(RESET, interlock).reason == (30 if interlock == 26 else 27)
    assert guard.last["state"] == LATCHED


def test_two_trips_need_two_resets(new_guard: NewGuard) -> None:
    """Requirement: a second trip is kept beside the first, with its own reset; C0 of either holds all."""
    guard = new_guard().start()
    guard.run(30, 100.0, bar_um=1101, estop_b_closed=0)
    assert (guard.last["tripped"], guard.last["second"], guard.last["trip_count"]) == (7, 1, 2)
    guard.set(estop_b_closed=1)
    guard.run(100)
    guard.accept(RESET, 7)
    assert not guard.run(10)["stage_enable"].any()
    assert (guard.last["state"], guard.last["tripped"]) == (LATCHED, 1)
    guard.accept(RESET, 1)
    assert guard.run(10)[-1]["state"] == OFF


@pytest.mark.parametrize("seed", range(8))
def test_no_inputs_alone_turn_the_drive_on(new_guard: NewGuard, seed: int) -> None:
    """Requirement: no automatic restart: without a START no sequence of inputs turns the drive on."""
    random = np.random.default_rng(seed)
    guard = new_guard().arm()
    for _ in range(40):
        rows = guard.rows(500, random.uniform(-300, 300))
        for name in ("estop_a_closed", "estop_b_closed", "hold_pressed", "stage_home", "drive_feedback"):
            rows[name] = random.integers(0, 2) if random.random() < 0.5 else random.integers(0, 256, 500)
        for name in ("bar_um", "stage_um", "shaft_counts"):
            if random.random() < 0.2:
                rows[name] = random.integers(-(2**31), 2**31, 500)
        if random.random() < 0.3:
            rows["heartbeats"] = rows["heartbeats"][0]
        seen = guard.feed(rows)
        assert not seen["drive_enable"].any()
        if random.random() < 0.5:
            guard.set(estop_a_closed=1, estop_b_closed=1, bar_um=-2000, session_id=random.integers(1, 5))
            guard.run(600)
            for interlock in (1, 7, 11, 26):
                guard.ask(RESET, interlock)
            guard.ask(ARM)
