"""IL-02, the hold-to-run switch: C1 when it is released in RUN, no latch, a new press and START to go on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from interlock_rig import SOUNDER_NONE, Rig

from penctl.protocol.enums import Flags, Input, Reason, Role, State, StopKind

REACTION_S = 0.050
DEBOUNCE_S = 0.002

New = Callable[..., Rig]


def release(rig: Rig, seconds: float = 0.2) -> None:
    """Let the switch go."""
    rig.bench.hand.hold(False)
    rig.bench.run(seconds)


def start_refusal(rig: Rig) -> Reason:
    """Why START is refused now."""
    return rig.refused("START", device_time_us=rig.bench.kernel.time_us).reason


@pytest.mark.cell("IL-02", "inhibited")
def test_pressing_and_releasing_the_switch_in_standby_and_ready_changes_nothing(rig: Rig) -> None:
    """IL-02, inhibited: it watches RUN only."""
    rig.standby()
    for state in (State.STANDBY, State.READY):
        if state is State.READY:
            rig.pen.arm()
        for pressed in (True, False, True, False):
            rig.bench.hand.hold(pressed)
            rig.bench.run(0.1)
            assert rig.state is state
            assert rig.tripped == 0


@pytest.mark.cell("IL-02", "trip")
@pytest.mark.parametrize("mode", ["home", "clinical"])
def test_a_release_brings_the_needles_to_rest_at_the_top(rig: Rig, mode: str) -> None:
    """IL-02, trip: C1 by way of STOPPING to READY, nothing latched, at most two further strokes."""
    rig.running(mode, 200, 95.0)
    release(rig, 0.5)
    assert rig.state is State.READY
    assert not rig.drive_on
    assert rig.tripped == 0
    states = [event["state"] for event in rig.events("EVENT_STATE")][-2:]
    assert states == [State.STOPPING, State.READY]
    assert rig.bench.stops[-1].further_strokes <= 2
    assert Flags.NEEDLES_CLEAR in rig.pen.status().flags


@pytest.mark.cell("IL-02", "trip")
def test_a_broken_wire_of_the_switch_is_a_release(rig: Rig) -> None:
    """IL-02, trip: the contact opens although the hand still holds."""
    rig.running()
    fault = rig.bench.inject("hold_switch", "stuck", value=0)
    rig.bench.run(0.15)  # longer is IL-04's
    assert fault.took_effect_s is not None
    assert rig.state is State.READY
    assert not rig.drive_on


@pytest.mark.cell("IL-02", "below limit")
def test_an_opening_shorter_than_the_debounce_does_not_stop(rig: Rig) -> None:
    """IL-02, below limit: 1.9 ms of 2 ms do not stop, and 2.3 ms do."""
    rig.running()
    rig.bench.inject("hold_switch", "stuck", value=0, for_s=DEBOUNCE_S - 0.0001)
    rig.assert_running(0.3)
    rig.bench.clear_faults()
    rig.bench.inject("hold_switch", "stuck", value=0, for_s=DEBOUNCE_S + 0.0003)
    rig.bench.run(0.3)
    assert rig.state is State.READY
    assert not rig.drive_on


@pytest.mark.cell("IL-02", "hysteresis")
def test_a_pulse_shorter_than_the_debounce_is_no_press(rig: Rig) -> None:
    """IL-02, hysteresis: the press is debounced like the release."""
    rig.ready()
    rig.bench.inject("hold_switch", "stuck", value=1, for_s=DEBOUNCE_S - 0.0001)
    rig.bench.run(0.01)
    assert Flags.HOLD_PRESSED not in rig.pen.status().flags
    assert start_refusal(rig) is Reason.HOLD_NOT_PRESSED


@pytest.mark.cell("IL-02", "hysteresis")
@pytest.mark.parametrize("seed", range(5))
def test_a_switch_that_bounces_on_release_stops_once(new_rig: New, seed: int) -> None:
    """IL-02, hysteresis: bouncing contacts give one stop and no restart."""
    rig = new_rig(seed).running()
    stops = rig.bench.kernel.stop_count
    release(rig, 0.5)
    assert rig.bench.kernel.stop_count == stops + 1
    assert [event["state"] for event in rig.events("EVENT_STATE")].count(State.STOPPING) == 1


@pytest.mark.cell("IL-02", "reaction time")
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("rate_hz", [50.0, 150.0])
def test_the_stop_begins_within_50_ms_of_the_release(
    new_rig: New, reacted: Callable[..., None], rate_hz: float, seed: int
) -> None:
    """IL-02, reaction time: C1 begins within 50 ms of the hand's release; drive off within 60 ms more."""
    rig = new_rig(seed).running(depth_um=1500, rate_hz=rate_hz)
    rig.bench.run(0.0013 * seed)
    onset_s = rig.now_s
    release(rig, 0.3)
    begun_s = rig.first_s(rig.bench.trace.state == State.STOPPING, onset_s)
    off_s = rig.drive_off_s()
    assert begun_s - onset_s <= REACTION_S
    assert off_s - begun_s <= 0.060
    assert rig.bench.stops[-1].further_strokes <= 2
    reacted("IL-02 C1 begun", (begun_s - onset_s) * 1e3, REACTION_S * 1e3)
    reacted("IL-02 drive off", (off_s - onset_s) * 1e3)


@pytest.mark.cell("IL-02", "safe state held")
def test_after_a_release_the_drive_stays_off_and_the_needles_inside(rig: Rig) -> None:
    """IL-02, safe state held: READY with the drive off for 10 s."""
    rig.running()
    release(rig)
    rig.assert_stays_off(10.0, State.READY)


@pytest.mark.cell("IL-02", "reset refused")
def test_the_start_is_refused_while_the_switch_is_released(rig: Rig) -> None:
    """IL-02, reset refused: nothing latches, so what is refused is the START; a RESET finds nothing."""
    rig.running()
    release(rig)
    assert start_refusal(rig) is Reason.HOLD_NOT_PRESSED
    assert rig.refused("RESET", interlock=2).reason is Reason.NOT_LATCHED
    rig.assert_stays_off(0.5, State.READY)


@pytest.mark.cell("IL-02", "reset act")
def test_going_on_asks_for_a_new_press_and_then_a_sealed_start(rig: Rig) -> None:
    """IL-02, reset act: the press, then START in a link session; an unsealed START does nothing."""
    rig.running()
    release(rig)
    rig.bench.hand.hold(True)
    rig.bench.run(0.05)
    frame = rig.unsealed("START", device_time_us=rig.bench.kernel.time_us)
    assert rig.answers_to(frame) == [(Reason.NO_SESSION, 0, 0)]
    rig.assert_stays_off(0.2, State.READY)
    rig.pen.start()
    rig.assert_running(0.3)


@pytest.mark.cell("IL-02", "no restart")
def test_a_new_press_alone_does_not_restart_the_drive(rig: Rig) -> None:
    """IL-02, no restart: the switch enables, it does not start."""
    rig.running()
    release(rig)
    rig.bench.hand.hold(True)
    rig.assert_stays_off(2.0, State.READY)


@pytest.mark.cell("IL-02", "no restart")
def test_a_switch_pressed_again_during_the_stop_counts_for_nothing(rig: Rig) -> None:
    """IL-02, no restart: a press within the stop is no new press; START needs one after it."""
    rig.running()
    rig.bench.hand.hold(False)
    assert rig.wait(lambda: rig.state is State.STOPPING, 0.05)
    rig.bench.hand.hold(True)
    assert rig.wait(lambda: not rig.drive_on, 0.1)
    rig.assert_stays_off(0.5, State.READY)
    assert start_refusal(rig) is Reason.HOLD_PRESSED
    rig.bench.hand.hold(False)
    rig.bench.run(0.05)
    rig.start()
    rig.assert_running(0.2)


@pytest.mark.cell("IL-02", "no restart")
def test_a_switch_held_through_a_stop_does_not_start_the_next_run(rig: Rig) -> None:
    """IL-02, no restart: STOP from the host with the switch held, then ARM and START are not enough."""
    rig.running()
    rig.pen.stop()
    rig.assert_held_switch_starts_nothing()


@pytest.mark.cell("IL-02", "log row")
def test_the_release_is_told_as_a_change_of_state_with_its_cause(rig: Rig) -> None:
    """IL-02, log row: EVENT_STATE to STOPPING with cause 2; no EVENT_TRIP, for nothing is latched."""
    rig.running()
    onset_us = rig.bench.kernel.time_us
    release(rig)
    stopping, ready = rig.events("EVENT_STATE")[-2:]
    assert (stopping["state"], stopping["previous"], stopping["cause"]) == (State.STOPPING, State.RUN, 2)
    assert onset_us < stopping["time_us"] <= onset_us + 50_000
    assert ready["state"] is State.READY
    assert not rig.events("EVENT_TRIP")


@pytest.mark.cell("IL-02", "priority signal")
def test_letting_go_is_no_alarm(rig: Rig) -> None:
    """IL-02, priority signal: information only, so the alarm sounder is quiet before, during and after."""
    rig.running()
    rig.bench.hand.hold(False)
    for _ in range(60):
        rig.bench.run(0.002)
        assert rig.sounder == SOUNDER_NONE


@pytest.mark.cell("IL-02", "guide words")
def test_not_provided_by_a_welded_switch_stop_and_emergency_stop_still_act(rig: Rig) -> None:
    """IL-02, guide words: not provided – both contacts stuck as if pressed; STOP stops, no ARM follows."""
    rig.running()
    rig.bench.inject("hold_switch", "stuck", value=1)
    rig.bench.inject("hold_released_contact", "stuck", value=0)
    release(rig)
    assert rig.state is State.RUN
    rig.pen.stop()
    assert rig.state is State.STANDBY
    rig.assert_held_switch_starts_nothing()


@pytest.mark.cell("IL-02", "guide words")
def test_provided_when_not_needed_does_not_happen_in_a_treatment(rig: Rig) -> None:
    """IL-02, guide words: provided when not needed – five seconds of gliding give no stop."""
    rig.running()
    rig.bench.hand.glide(mm_s=40)
    rig.assert_running(5.0)


@pytest.mark.cell("IL-02", "guide words")
def test_too_late_the_hardware_path_backs_a_firmware_that_hangs(rig: Rig) -> None:
    """IL-02, guide words: too late – the firmware hangs; the delayed hardware path cuts in 0.17 s."""
    rig.running()
    rig.firmware_hangs()
    onset_s = rig.now_s
    rig.bench.hand.hold(False)
    rig.bench.advance(0.3)
    assert not rig.drive_on
    assert 0.130 <= rig.drive_off_s() - onset_s <= 0.170


@pytest.mark.cell("IL-02", "guide words")
@pytest.mark.parametrize("open_ms", [2.2, 3.0, 10.0, 25.0])
def test_stopped_too_soon_a_short_release_still_leads_to_rest(rig: Rig, open_ms: float) -> None:
    """IL-02, guide words: stopped too soon – a stop that has begun is finished."""
    rig.running()
    rig.bench.inject("hold_switch", "stuck", value=0, for_s=open_ms * 1e-3)
    rig.bench.run(0.2)
    rig.assert_stays_off(0.5, State.READY)


@pytest.mark.cell("IL-02", "second fault")
def test_a_release_while_the_host_hangs_still_stops(rig: Rig) -> None:
    """IL-02, second fault: host frozen and link cut at the moment of the release."""
    rig.running()
    rig.bench.cut_link()
    onset_s = rig.now_s
    rig.bench.hand.hold(False)
    rig.bench.advance(0.2)
    assert not rig.drive_on
    assert rig.drive_off_s() - onset_s <= REACTION_S + 0.060


@pytest.mark.cell("IL-02", "second fault")
def test_a_jammed_motor_turns_the_stop_into_a_cut(rig: Rig) -> None:
    """IL-02, second fault: the crank cannot reach the top; after 100 ms the drive is cut all the same."""
    rig.running(depth_um=1500)
    rig.wait(lambda: rig.bench.kernel.state.bar > 1.0e-3, 0.05)
    rig.bench.inject("motor", "stuck")
    onset_s = rig.now_s
    release(rig, 0.5)
    assert not rig.drive_on
    assert 0.100 <= rig.drive_off_s() - onset_s <= 0.110


@pytest.mark.cell("IL-02", "second fault")
def test_an_emergency_stop_together_with_the_release_latches(rig: Rig) -> None:
    """IL-02, second fault: both at once end in C0 and IL-01."""
    rig.running()
    rig.bench.hand.estop(True)
    release(rig, 0.05)
    rig.assert_latched(1, StopKind.C0)
    assert rig.trip().input in (Input.ESTOP_A, Input.ESTOP_B)


@pytest.mark.cell("IL-02", "trip")
def test_every_role_is_bound_to_the_switch(new_rig: New) -> None:
    """IL-02, trip: service has no way around it."""
    for role in Role:
        rig = new_rig(role=role).running("home", 200, 90.0)
        release(rig)
        assert rig.state is State.READY
        assert not rig.drive_on
