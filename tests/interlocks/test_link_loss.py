"""IL-26, communications loss: no valid heartbeat for 250 ms in READY or RUN; C1, latched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from interlock_rig import SOUNDER_MEDIUM, SOUNDER_NONE, Rig

from penctl.errors import PenError
from penctl.protocol.enums import Flags, Input, Reason, State, StopKind
from penctl.protocol.frame import encode_frame
from penctl.recorded import read_run
from penctl.recording import record

TIMEOUT_S = 0.250
REACTION_S = 0.300
HEARTBEAT = 0x05

New = Callable[..., Rig]


def lose(rig: Rig, seconds: float = 0.5) -> None:
    """Cut the cable and let time pass without the host."""
    rig.bench.cut_link()
    rig.bench.advance(seconds)


def back(rig: Rig) -> None:
    """Plug the cable in and open a new link session."""
    rig.bench.restore_link()
    rig.bench.advance(0.6)
    rig.pen.open_session()


def heartbeat_then_silence(rig: Rig, silence_s: float) -> None:
    """One heartbeat, then nothing for this long, then heartbeats again."""
    rig.screen(alive=False)
    rig.bench.run(0.02)
    rig.pen.send_raw(rig.sealed(HEARTBEAT, bytes(4)))
    rig.bench.advance(silence_s)
    rig.pen.send_raw(rig.sealed(HEARTBEAT, bytes(4)))
    rig.screen(alive=True)
    rig.bench.run(0.1)


@pytest.mark.cell("IL-26", "inhibited")
def test_a_silent_host_does_not_trip_in_standby(rig: Rig) -> None:
    """IL-26, inhibited: it watches READY and RUN only."""
    rig.standby()
    lose(rig, 3.0)
    assert rig.state is State.STANDBY
    assert rig.tripped == 0


@pytest.mark.cell("IL-26", "inhibited")
def test_a_pen_that_nobody_has_opened_does_not_trip(rig: Rig) -> None:
    """IL-26, inhibited: switched on and left alone."""
    rig.bench.advance(3.0)
    assert rig.state is State.STANDBY
    assert rig.tripped == 0


@pytest.mark.cell("IL-26", "trip")
@pytest.mark.parametrize("state", [State.READY, State.RUN])
def test_a_cut_cable_brings_the_pen_to_rest(rig: Rig, state: State) -> None:
    """IL-26, trip: C1 in RUN, at once in READY; the stage goes home afterwards."""
    if state is State.RUN:
        rig.running()
    else:
        rig.ready()
    lose(rig, 1.0)
    assert rig.state is State.SAFE
    assert rig.tripped == 26
    assert not rig.drive_on
    assert rig.bench.trace.stage_um[-1] < -400.0


@pytest.mark.cell("IL-26", "trip")
@pytest.mark.parametrize(
    ("target", "kind", "parameters"),
    [
        ("line_to_pen", "off", {}),
        ("line_to_pen", "garbage", {"severity": 1.0}),
        ("line_to_pen", "garbage", {"severity": 0.3}),
    ],
)
def test_a_line_that_carries_nothing_valid_to_the_pen_counts_as_cut(
    rig: Rig, target: str, kind: str, parameters: dict[str, float]
) -> None:
    """IL-26, trip: one way is enough, and noise is no heartbeat."""
    rig.running()
    fault = rig.bench.inject(target, kind, **parameters)
    rig.bench.run(0.6)
    assert fault.took_effect_s is not None
    assert rig.tripped == 26
    assert not rig.drive_on


@pytest.mark.cell("IL-26", "trip")
def test_a_host_that_hangs_stops_the_pen(rig: Rig) -> None:
    """IL-26, trip: the cable is whole, the program stands still."""
    rig.running()
    rig.bench.advance(0.5)
    assert rig.state is State.SAFE
    trip = rig.assert_latched(26, StopKind.C1, Input.HEARTBEAT)
    assert (trip.value, trip.limit) == (250_100, 250_000)


@pytest.mark.cell("IL-26", "trip")
def test_a_screen_that_stands_still_stops_the_pen_although_commands_go_on(rig: Rig) -> None:
    """IL-26, trip: only heartbeats count; questions and commands of a live link session do not."""
    rig.running()
    rig.screen(alive=False)
    for _ in range(60):
        rig.pen.status()
        rig.bench.run(0.01)
    rig.assert_latched(26, StopKind.C1, Input.HEARTBEAT)


@pytest.mark.cell("IL-26", "trip")
@pytest.mark.parametrize("forgery", ["wrong key", "unsealed", "played back", "no session"])
def test_heartbeats_that_are_not_the_hosts_do_not_keep_the_pen_running(rig: Rig, forgery: str) -> None:
    """IL-26, trip: heartbeats with a bad MAC, unsealed, or byte-identical repeats of a good one."""
    rig.running()
    rig.screen(alive=False)
    good = rig.sealed(HEARTBEAT, bytes(4))
    rig.pen.send_raw(good)
    for _ in range(30):
        frame = {
            "wrong key": lambda: rig.sealed(HEARTBEAT, bytes(4), key=bytes(32)),
            "unsealed": lambda: encode_frame(HEARTBEAT, 9, bytes(4)),
            "played back": lambda: good,
            "no session": lambda: encode_frame(HEARTBEAT | 0x80, 9, bytes(28)),
        }[forgery]()
        rig.pen.send_raw(frame)
        rig.bench.advance(0.02)
    assert rig.state is State.SAFE
    assert rig.tripped == 26
    assert not rig.drive_on


@pytest.mark.cell("IL-26", "below limit")
def test_a_silence_just_below_250_ms_does_not_trip(rig: Rig) -> None:
    """IL-26, below limit: 249 ms between two heartbeats are borne, 252 ms are not."""
    rig.running()
    heartbeat_then_silence(rig, TIMEOUT_S - 0.001)
    assert rig.state is State.RUN
    assert not rig.pen.trips
    heartbeat_then_silence(rig, TIMEOUT_S + 0.002)
    assert rig.tripped == 26


@pytest.mark.cell("IL-26", "hysteresis")
def test_a_late_heartbeat_does_not_take_the_trip_back(rig: Rig) -> None:
    """IL-26, hysteresis: there is no release but the reset; heartbeats after the trip change nothing."""
    rig.running()
    heartbeat_then_silence(rig, TIMEOUT_S + 0.002)
    rig.bench.run(0.3)
    rig.assert_latched(26, StopKind.C1, Input.HEARTBEAT)
    rig.assert_stays_off(1.0)


@pytest.mark.cell("IL-26", "reaction time")
@pytest.mark.parametrize("rate_hz", [50.0, 110.0, 150.0])
@pytest.mark.parametrize("seed", range(12))
def test_the_drive_is_off_within_300_ms_of_the_cut(
    new_rig: New, reacted: Callable[..., None], seed: int, rate_hz: float
) -> None:
    """IL-26, reaction time: from the cut of the cable to the fall of the drive, C1 included."""
    rig = new_rig(seed).running(depth_um=1500, rate_hz=rate_hz)
    rig.bench.run(0.0041 * seed)
    onset_s = rig.now_s
    lose(rig, 0.6)
    begun_s = rig.first_s(rig.bench.trace.state == State.STOPPING, onset_s)
    off_s = rig.drive_off_s()
    assert begun_s - onset_s <= TIMEOUT_S + 0.005
    assert off_s - onset_s <= REACTION_S
    assert rig.bench.stops[-1].further_strokes <= 2
    assert rig.bench.kernel.state.tip < 0.0
    reacted("IL-26 C1 begun", (begun_s - onset_s) * 1e3)
    reacted("IL-26 drive off", (off_s - onset_s) * 1e3, REACTION_S * 1e3)


@pytest.mark.cell("IL-26", "safe state held")
def test_after_communications_loss_the_pen_stays_safe(rig: Rig) -> None:
    """IL-26, safe state held: for 10 s with the cable cut and the switch held."""
    rig.running()
    lose(rig)
    begin_s = rig.now_s
    while rig.now_s < begin_s + 10.0:
        piece_s = rig.now_s
        rig.bench.advance(2.0)
        assert not rig.bench.trace.between(piece_s, rig.now_s).drive_on.any()
    assert rig.state is State.SAFE
    assert rig.bench.kernel.state.tip < 0.0


@pytest.mark.cell("IL-26", "reset refused")
def test_the_reset_is_refused_in_the_link_session_that_was_lost(rig: Rig) -> None:
    """IL-26, reset refused: NEW_SESSION_NEEDED, although the cable and the heartbeats are back."""
    rig.running()
    lose(rig)
    rig.bench.restore_link()
    rig.bench.run(0.3)
    assert rig.refused("RESET", interlock=26).reason is Reason.NEW_SESSION_NEEDED
    rig.assert_latched(26, StopKind.C1)


@pytest.mark.cell("IL-26", "reset refused")
def test_the_reset_is_refused_in_a_new_link_session_without_heartbeats(rig: Rig) -> None:
    """IL-26, reset refused: a new link session alone does not show that the host is alive."""
    rig.running()
    lose(rig)
    rig.bench.restore_link()
    rig.bench.advance(0.6)
    rig.pen.open_session()
    rig.screen(alive=False)
    rig.bench.run(0.5)
    assert rig.refused("RESET", interlock=26).reason is Reason.NO_SESSION
    rig.assert_latched(26, StopKind.C1)


@pytest.mark.cell("IL-26", "reset act")
def test_the_reset_asks_for_a_new_link_session_and_leads_to_standby(rig: Rig) -> None:
    """IL-26, reset act: open a link session, RESET 26 in it, arm, press, start; unsealed it is refused."""
    rig.running()
    lose(rig)
    rig.bench.restore_link()
    rig.bench.advance(0.6)
    assert rig.answers_to(rig.unsealed("RESET", interlock=26)) == [(Reason.NO_SESSION, 0, 0)]
    rig.pen.open_session()
    rig.pen.reset(26)
    assert rig.state is State.STANDBY
    assert Flags.REFERENCED in rig.pen.status().flags
    rig.bench.hand.hold(False)
    rig.pen.arm()
    rig.start()
    rig.assert_running(0.3)


@pytest.mark.cell("IL-26", "no restart")
def test_neither_the_cable_nor_a_new_link_session_restarts_the_drive(rig: Rig) -> None:
    """IL-26, no restart: with the switch held all the time; ARM, a new press and START are needed."""
    rig.running()
    lose(rig)
    rig.bench.restore_link()
    rig.bench.advance(0.6)
    rig.assert_stays_off(0.5)
    rig.pen.open_session()
    rig.assert_stays_off(0.5)
    rig.pen.reset(26)
    rig.assert_stays_off(0.5, State.STANDBY)
    rig.assert_held_switch_starts_nothing()


@pytest.mark.cell("IL-26", "log row")
def test_the_trip_is_told_with_its_value_limit_and_time(rig: Rig) -> None:
    """IL-26, log row: EVENT_TRIP with the silence in µs, while the line to the host is whole."""
    rig.running()
    rig.screen(alive=False)
    rig.bench.run(0.5)
    (event,) = rig.events("EVENT_TRIP")
    assert (event["interlock"], event["input"], event["stop"]) == (26, Input.HEARTBEAT, StopKind.C1)
    assert (event["value"], event["limit"]) == (250_100, 250_000)
    states = [(row["state"], row["cause"]) for row in rig.events("EVENT_STATE")][-2:]
    assert states == [(State.STOPPING, 26), (State.SAFE, 26)]


@pytest.mark.cell("IL-26", "log row")
def test_a_trip_that_happened_while_the_cable_was_cut_is_in_the_recording(rig: Rig, tmp_path: Path) -> None:
    """IL-26, log row: its event was lost on the way; STATUS tells it afterwards with its time of then."""
    rig.running()
    cut_us = rig.bench.kernel.time_us
    with record(rig.pen, tmp_path / "run.mcap") as recorder:
        lose(rig)
        back(rig)
        rig.bench.run(0.1)
    trips = [row for row in read_run(recorder.path).events if row.get("event") == "TRIP"]
    assert [row["interlock"] for row in trips] == [26]
    assert cut_us < trips[0]["time_us"] <= cut_us + 255_000
    assert (trips[0]["value"], trips[0]["limit"]) == (250_100, 250_000)


@pytest.mark.cell("IL-26", "priority signal")
def test_the_signal_is_medium_without_any_host(rig: Rig) -> None:
    """IL-26, priority signal: the pen itself tells it, MEDIUM, since no screen can."""
    rig.running()
    assert rig.sounder == SOUNDER_NONE
    lose(rig)
    assert rig.sounder == SOUNDER_MEDIUM


@pytest.mark.cell("IL-26", "guide words")
@pytest.mark.parametrize("seed", range(3))
def test_provided_when_not_needed_does_not_happen_on_a_noisy_line(new_rig: New, seed: int) -> None:
    """IL-26, guide words: provided when not needed – three seconds with 0.2 % byte errors both ways."""
    rig = new_rig(seed).running()
    for line in ("line_to_pen", "line_to_host"):
        rig.bench.inject(line, "garbage", severity=0.002)
    rig.bench.run(3.0)
    assert rig.state is State.RUN
    assert rig.tripped == 0


@pytest.mark.cell("IL-26", "guide words")
def test_provided_when_not_needed_does_not_happen_when_the_line_to_the_host_alone_is_cut(rig: Rig) -> None:
    """IL-26, guide words: provided when not needed – the heartbeats still arrive."""
    rig.running()
    rig.bench.inject("line_to_host", "off", for_s=0.4)
    rig.assert_running(0.4)
    rig.bench.run(0.3)
    assert rig.tripped == 0


@pytest.mark.cell("IL-26", "guide words")
def test_too_early_short_interruptions_are_borne_again_and_again(rig: Rig) -> None:
    """IL-26, guide words: too early – ten cuts of 150 ms, 100 ms apart."""
    rig.running()
    for _ in range(10):
        rig.bench.cut_link()
        rig.bench.run(0.150)
        rig.bench.restore_link()
        rig.bench.run(0.100)
    assert rig.state is State.RUN
    assert rig.tripped == 0


@pytest.mark.cell("IL-26", "guide words")
def test_stopped_too_soon_a_cable_that_is_back_during_the_stop_does_not_end_it(rig: Rig) -> None:
    """IL-26, guide words: stopped too soon – the C1 that has begun is finished."""
    rig.running()
    rig.bench.cut_link()
    assert rig.tick_until(lambda: rig.tripped == 26, 0.3)
    rig.bench.restore_link()
    rig.bench.run(0.2)
    rig.assert_latched(26, StopKind.C1)


@pytest.mark.cell("IL-26", "second fault")
def test_a_flood_of_garbage_does_not_hide_the_loss(rig: Rig) -> None:
    """IL-26, second fault: the host is silent while something else fills the line."""
    rig.running()
    onset_s = rig.now_s
    for number in range(60):
        rig.pen.send_raw(bytes((number * 37 + place * 11) % 256 for place in range(400)))
        rig.bench.advance(0.01)
    assert rig.tripped == 26
    assert rig.drive_off_s() - onset_s <= REACTION_S


@pytest.mark.cell("IL-26", "second fault")
def test_a_jammed_motor_does_not_keep_the_drive_on(rig: Rig) -> None:
    """IL-26, second fault: the crank cannot reach the top, and the C1 becomes a cut after 100 ms."""
    rig.running(depth_um=1500)
    rig.bench.cut_link()
    assert rig.tick_until(lambda: rig.tripped == 26, 0.3)
    rig.tick_until(lambda: rig.bench.kernel.state.bar > 1.0e-3, 0.02)
    rig.bench.inject("motor", "stuck")
    rig.bench.advance(0.2)
    assert rig.state is State.SAFE
    assert not rig.drive_on


@pytest.mark.cell("IL-26", "second fault")
def test_over_travel_with_the_link_lost_is_cut_at_once(rig: Rig) -> None:
    """IL-26, second fault: over-travel during the C1 of the loss; both trips are reset one by one."""
    rig.running()
    rig.bench.cut_link()
    assert rig.tick_until(lambda: rig.tripped == 26, 0.3)
    rig.bench.inject("bar_sensor", "stuck", value=1101)
    rig.bench.advance(0.002)
    assert not rig.drive_on
    rig.bench.clear_faults()
    rig.bench.advance(0.3)
    back(rig)
    assert rig.trip().interlock == 26
    rig.pen.reset(26)
    assert rig.assert_latched(7, StopKind.C0).limit == 1100
    with pytest.raises(PenError):
        rig.pen.arm()
    rig.pen.reset(7)
    assert rig.state is State.STANDBY
