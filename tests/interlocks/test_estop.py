"""IL-01, the emergency stop: two normally closed channels, C0, latched."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from interlock_rig import SOUNDER_HIGH, SOUNDER_MEDIUM, SOUNDER_NONE, Refusal, Rig

from penctl.protocol import enums
from penctl.protocol.enums import Flags, Input, Reason, State, StopKind

REACTION_S = 0.010
DEBOUNCE_S = 0.002
CHANNELS = {"estop_a": Input.ESTOP_A, "estop_b": Input.ESTOP_B}

New = Callable[..., Rig]


def push(rig: Rig) -> None:
    """Push the button and let 20 ms pass."""
    rig.bench.hand.estop(True)
    rig.bench.run(0.02)


def release(rig: Rig) -> None:
    """Release the button and let its contacts settle."""
    rig.bench.hand.estop(False)
    rig.bench.run(0.02)


@pytest.mark.cell("IL-01", "inhibited")
@pytest.mark.parametrize("state", [State.STANDBY, State.READY, State.RUN, State.STOPPING])
def test_no_state_inhibits_the_emergency_stop(rig: Rig, state: State) -> None:
    """IL-01, inhibited: the design inhibits it nowhere, so it trips in every state."""
    if state is State.STANDBY:
        rig.standby()
    elif state is State.READY:
        rig.ready()
    else:
        rig.running()
    if state is State.STOPPING:
        rig.bench.hand.hold(False)
        assert rig.wait(lambda: rig.state is State.STOPPING, 0.02)
    assert rig.state is state
    push(rig)
    rig.assert_latched(1, StopKind.C0)


@pytest.mark.cell("IL-01", "trip")
@pytest.mark.parametrize("channel", CHANNELS)
def test_either_channel_alone_stops_the_drive(rig: Rig, channel: str) -> None:
    """IL-01, trip: one open channel is enough, and the trip says which."""
    rig.running()
    fault = rig.bench.inject(channel, "stuck", value=0)
    rig.bench.run(0.02)
    assert fault.took_effect_s is not None
    rig.assert_latched(1, StopKind.C0, CHANNELS[channel])


@pytest.mark.cell("IL-01", "trip")
@pytest.mark.parametrize("mode", ["home", "clinical"])
def test_the_button_stops_the_drive_in_both_modes(rig: Rig, mode: str) -> None:
    """IL-01, trip: the button, with both channels bouncing."""
    rig.running(mode, 200, 90.0)
    push(rig)
    rig.assert_latched(1, StopKind.C0)
    assert Flags.ESTOP_CLOSED not in rig.pen.status().flags


@pytest.mark.cell("IL-01", "below limit")
@pytest.mark.parametrize("channel", CHANNELS)
def test_an_opening_shorter_than_the_debounce_does_not_trip_while_the_drive_is_off(
    rig: Rig, channel: str
) -> None:
    """IL-01, below limit: 1.9 ms of 2 ms do not trip, and 2.2 ms do."""
    rig.ready()
    rig.bench.inject(channel, "stuck", value=0, for_s=DEBOUNCE_S - 0.0001)
    rig.bench.run(0.1)
    assert rig.state is State.READY
    assert not rig.pen.trips
    rig.bench.clear_faults()
    rig.bench.inject(channel, "stuck", value=0, for_s=DEBOUNCE_S + 0.0002)
    rig.bench.run(0.1)
    rig.assert_latched(1, StopKind.C0)


@pytest.mark.cell("IL-01", "below limit")
@pytest.mark.parametrize("channel", CHANNELS)
def test_an_opening_too_short_for_the_hardware_path_leaves_the_drive_running(rig: Rig, channel: str) -> None:
    """IL-01, below limit: the hardware path cuts after 0.8 ms at the earliest; 0.7 ms change nothing."""
    rig.running()
    rig.bench.inject(channel, "stuck", value=0, for_s=0.0007)
    rig.assert_running(0.5)


@pytest.mark.cell("IL-01", "hysteresis")
@pytest.mark.parametrize("seed", range(5))
def test_the_bounce_of_a_release_neither_trips_again_nor_spoils_the_reset(new_rig: New, seed: int) -> None:
    """IL-01, hysteresis: contacts that bounce while the button is released give one trip and one reset."""
    rig = new_rig(seed).running()
    push(rig)
    rig.bench.hand.estop(False)
    rig.bench.run(0.005)
    rig.pen.reset(1)
    rig.bench.run(0.5)
    assert rig.state is State.STANDBY
    assert len(rig.events("EVENT_TRIP")) == 1


@pytest.mark.cell("IL-01", "reaction time")
@pytest.mark.parametrize("seed", range(12))
def test_the_drive_is_off_within_10_ms_of_the_push(
    new_rig: New, reacted: Callable[..., None], seed: int
) -> None:
    """IL-01, reaction time: drive off and firmware latched within 10 ms of the contacts' first move."""
    rig = new_rig(seed).running(depth_um=1500, rate_hz=140.0)
    rig.bench.run(0.0007 * seed)  # another phase of the stroke each time
    onset_s = rig.now_s
    push(rig)
    off_s = rig.drive_off_s()
    latched_s = rig.first_s(rig.bench.trace.tripped == 1, onset_s)
    assert off_s - onset_s <= REACTION_S
    assert latched_s - onset_s <= REACTION_S
    reacted("IL-01 drive off", (off_s - onset_s) * 1e3, REACTION_S * 1e3)
    reacted("IL-01 latched by the firmware", (latched_s - onset_s) * 1e3, REACTION_S * 1e3)
    rig.assert_cut_ends_well()


@pytest.mark.cell("IL-01", "safe state held")
def test_after_the_emergency_stop_nothing_moves_by_itself(rig: Rig) -> None:
    """IL-01, safe state held: for 10 s, against ARM and START, with the switch held."""
    rig.running()
    push(rig)
    assert rig.tripped == 1
    rig.assert_nothing_moves_by_itself()


@pytest.mark.cell("IL-01", "reset refused")
@pytest.mark.parametrize("channel", CHANNELS)
def test_the_reset_is_refused_while_a_channel_is_open(rig: Rig, channel: str) -> None:
    """IL-01, reset refused: also while one channel only is open."""
    rig.running()
    rig.bench.inject(channel, "stuck", value=0)
    rig.bench.run(0.02)
    assert rig.refused("RESET", interlock=1) == Refusal(Reason.CAUSE_PRESENT, 0, 1)
    rig.assert_latched(1, StopKind.C0)
    rig.bench.clear_faults()
    rig.pen.reset(1)
    assert rig.state is State.STANDBY


@pytest.mark.cell("IL-01", "reset act")
def test_the_reset_asks_for_a_link_session_and_its_own_number_and_leads_to_standby(rig: Rig) -> None:
    """IL-01, reset act: release, RESET 1 in a link session, then arm again; nothing less."""
    rig.running()
    push(rig)
    release(rig)
    assert rig.tripped == 1
    assert rig.answers_to(rig.unsealed("RESET", interlock=1)) == [(Reason.NO_SESSION, 0, 0)]
    assert rig.refused("RESET", interlock=7) == Refusal(Reason.WRONG_INTERLOCK, 7, 1)
    assert rig.tripped == 1
    rig.pen.reset(1)
    assert rig.state is State.STANDBY
    rig.bench.hand.hold(False)
    rig.pen.arm()
    rig.start()
    rig.assert_running(0.3)


@pytest.mark.cell("IL-01", "no restart")
def test_neither_release_nor_reset_restarts_the_drive(rig: Rig) -> None:
    """IL-01, no restart: with the switch held all the time, and START needs ARM and a new press."""
    rig.running()
    push(rig)
    release(rig)
    rig.assert_stays_off(2.0)
    rig.pen.reset(1)
    rig.assert_stays_off(2.0, State.STANDBY)
    rig.assert_held_switch_starts_nothing()


@pytest.mark.cell("IL-01", "no restart")
@pytest.mark.parametrize("open_ms", [0.9, 1.1, 1.3, 1.5, 1.7, 1.9])
@pytest.mark.parametrize("channel", CHANNELS)
def test_a_drive_that_the_hardware_cut_does_not_come_back_when_the_contact_closes(
    rig: Rig, channel: str, open_ms: float
) -> None:
    """IL-01, no restart: an opening that the hardware path has seen is latched, however short it was."""
    rig.running()
    stops = rig.bench.kernel.stop_count
    rig.bench.inject(channel, "stuck", value=0, for_s=open_ms * 1e-3)
    rig.bench.run(0.5)
    if rig.bench.kernel.stop_count > stops:
        rig.assert_latched(1, StopKind.C0, CHANNELS[channel])
        assert rig.bench.kernel.stop_count == stops + 1
    else:
        assert rig.state is State.RUN


@pytest.mark.cell("IL-01", "log row")
def test_the_trip_is_told_once_with_its_channel_value_limit_and_time(rig: Rig) -> None:
    """IL-01, log row: EVENT_TRIP, and EVENT_STATE to SAFE with IL-01 as its cause."""
    rig.running()
    rig.bench.inject("estop_b", "stuck", value=0)
    onset_us = rig.bench.kernel.time_us
    rig.bench.run(0.1)  # longer is IL-04's
    (event,) = rig.events("EVENT_TRIP")
    assert (event["interlock"], event["input"], event["stop"]) == (1, Input.ESTOP_B, StopKind.C0)
    assert (event["value"], event["limit"]) == (0, 1)
    assert onset_us < event["time_us"] <= onset_us + 10_000
    state = rig.events("EVENT_STATE")[-1]
    assert (state["state"], state["previous"], state["cause"]) == (State.SAFE, State.RUN, 1)


@pytest.mark.cell("IL-01", "priority signal")
def test_the_signal_is_medium_and_high_while_the_needles_are_out(rig: Rig) -> None:
    """IL-01, priority signal: MEDIUM; HIGH as long as the needle bar is outside the nose."""
    rig.running()
    assert rig.sounder == SOUNDER_NONE
    rig.wait(lambda: rig.bench.kernel.state.bar > 0.5e-3, 0.1)
    rig.bench.hand.estop(True)
    assert rig.wait(lambda: rig.sounder == SOUNDER_HIGH, 0.01)
    rig.bench.run(0.4)
    assert rig.sounder == SOUNDER_MEDIUM
    assert not rig.warnings(enums.Warning.LIFT_HANDPIECE)


@pytest.mark.cell("IL-01", "guide words")
@pytest.mark.parametrize(("welded", "other"), [("estop_a", Input.ESTOP_B), ("estop_b", Input.ESTOP_A)])
def test_not_provided_by_one_welded_channel_the_other_stops_the_drive(
    rig: Rig, welded: str, other: Input
) -> None:
    """IL-01, guide words: not provided – one channel welded closed, the button still stops."""
    rig.running()
    rig.bench.inject(welded, "stuck", value=1)
    push(rig)
    rig.assert_latched(1, StopKind.C0, other)


@pytest.mark.cell("IL-01", "guide words")
def test_provided_when_not_needed_does_not_happen_in_a_treatment(rig: Rig) -> None:
    """IL-01, guide words: provided when not needed – five seconds of gliding give no trip."""
    rig.running()
    rig.bench.hand.glide(mm_s=40)
    rig.assert_running(5.0)


@pytest.mark.cell("IL-01", "guide words")
def test_too_late_does_not_happen_when_the_firmware_hangs(rig: Rig) -> None:
    """IL-01, guide words: too late – the firmware hangs, and the hardware path is within 10 ms."""
    rig.running()
    rig.firmware_hangs()
    onset_s = rig.now_s
    rig.bench.hand.estop(True)
    rig.bench.advance(0.02)
    assert not rig.drive_on
    assert rig.drive_off_s() - onset_s <= REACTION_S


@pytest.mark.cell("IL-01", "guide words")
def test_stopped_too_soon_a_push_of_5_ms_is_kept(rig: Rig) -> None:
    """IL-01, guide words: stopped too soon – a short push latches and stays."""
    rig.running()
    rig.bench.hand.estop(True)
    rig.bench.run(0.005)
    rig.bench.hand.estop(False)
    rig.assert_stays_off(2.0)


@pytest.mark.cell("IL-01", "second fault")
def test_a_gate_supply_that_is_stuck_does_not_hide_the_emergency_stop(rig: Rig) -> None:
    """IL-01, second fault: guard's own way to the gate has failed; the emergency chain still cuts it."""
    rig.running()
    rig.bench.inject("sto", "stuck")
    onset_s = rig.now_s
    push(rig)
    rig.assert_latched(1, StopKind.C0)
    assert rig.drive_off_s() - onset_s <= REACTION_S


@pytest.mark.cell("IL-01", "second fault")
def test_the_emergency_stop_cuts_into_a_controlled_stop_after_a_cut_link(rig: Rig) -> None:
    """IL-01, second fault: during the C1 of IL-26; both trips are kept, and each has to be reset."""
    rig.running()
    rig.bench.cut_link()
    assert rig.tick_until(lambda: rig.tripped == 26, 0.3)
    assert rig.state is State.STOPPING
    onset_s = rig.now_s
    rig.bench.hand.estop(True)
    rig.bench.advance(0.02)
    assert rig.state is State.SAFE
    assert rig.drive_off_s() - onset_s <= REACTION_S
    rig.bench.hand.estop(False)
    rig.bench.restore_link()
    rig.bench.advance(0.5)
    rig.pen.open_session()
    assert rig.trip().interlock == 26
    rig.pen.reset(26)
    assert rig.trip().interlock == 1
    assert rig.state is State.SAFE
    rig.pen.reset(1)
    assert rig.state is State.STANDBY
