"""IL-11, overspeed: more than 10 % above the set rate for 50 ms, or above the mode's cap; C0, latched."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from interlock_rig import SOUNDER_MEDIUM, SOUNDER_NONE, Refusal, Rig, last_stroke_rate_hz

from penctl.protocol.enums import Flags, Input, Reason, State, StopKind

WINDOW_S = 0.050
REACTION_S = 0.060
SENSOR_LOST_S = 0.001
TORQUE_CONSTANT = 5.35e-3
"""Of the motor, V s/rad: one V at the bridge more is so many rad/s more."""
SUPPLY_V = 8.0

New = Callable[..., Rig]


def in_air(rig: Rig, set_hz: float = 110.0, mode: str = "clinical") -> Rig:
    """Running without load on a supply that does not sag, so that a duty gives a rate."""
    rig.bench.kernel.control.supply_v = SUPPLY_V
    return rig.running(mode, 200, set_hz, press_n=0.0)


def true_rate_hz(rig: Rig, seconds: float) -> float:
    """True mean rate of the last `seconds`, from the crank."""
    trace = rig.bench.trace.between(rig.now_s - seconds, rig.now_s)
    return abs(float(trace.omega_rad_s.mean())) / (2.0 * math.pi)


class Bridge:
    """A bridge that fails to the duty that gives a rate, on a pen that runs in the air.

    The duty is found from the mean duty of the run before, and from the true rate at that duty without
    control (the ripple of the spring makes it another one).
    """

    def __init__(self, rig: Rig, set_hz: float = 110.0, mode: str = "clinical") -> None:
        in_air(rig, set_hz, mode)
        trace = rig.bench.trace.between(rig.now_s - 0.2, rig.now_s)
        self._rig = rig
        self._duty = float(trace.duty_q15.mean()) / 32767.0
        rig.bench.inject("bridge", "stuck", value=self._duty)
        rig.bench.run(0.4)
        self._rate_hz = true_rate_hz(rig, 0.2)

    def drive_at(self, rate_hz: float) -> None:
        """Drive at this rate from now on, whatever control asks for."""
        volts = (rate_hz - self._rate_hz) * 2.0 * math.pi * TORQUE_CONSTANT
        self._rig.bench.clear_faults()
        self._rig.bench.inject("bridge", "stuck", value=self._duty + volts / SUPPLY_V)


def overspeed(rig: Rig) -> None:
    """The bridge is stuck at full duty."""
    rig.bench.inject("bridge", "stuck", value=1.0)
    rig.bench.run(0.1)
    rig.bench.clear_faults()


@pytest.mark.cell("IL-11", "inhibited")
def test_a_rate_that_is_lowered_in_run_does_not_trip_while_the_crank_slows_down(rig: Rig) -> None:
    """IL-11, inhibited: the clock starts anew with the new setpoint."""
    rig.running(rate_hz=150.0)
    rig.pen.set_rate_hz(50.0)
    rig.assert_running(0.5)
    assert abs(true_rate_hz(rig, 0.2) - 50.0) < 2.0


@pytest.mark.cell("IL-11", "inhibited")
def test_the_coasting_crank_after_a_stop_does_not_trip(rig: Rig) -> None:
    """IL-11, inhibited: it watches while the drive is on, not the crank that runs on after it."""
    in_air(rig, 150.0)
    rig.bench.inject("winding_short", "off")
    rig.bench.hand.estop(True)
    rig.bench.run(0.05)
    assert true_rate_hz(rig, 0.01) > 50.0
    rig.bench.run(1.5)
    assert 11 not in [trip.interlock for trip in rig.pen.trips]  # the open short itself is IL-05's


@pytest.mark.cell("IL-11", "trip")
@pytest.mark.parametrize("duty", [1.0, 0.95, -1.0, -0.9])
def test_a_bridge_that_is_stuck_on_is_cut(rig: Rig, duty: float) -> None:
    """IL-11, trip: forwards and backwards, for the needles go in and out both ways."""
    rig.running()
    fault = rig.bench.inject("bridge", "stuck", value=duty)
    rig.bench.run(0.15)
    assert fault.took_effect_s is not None
    assert rig.state is State.SAFE
    assert rig.tripped in ((11,) if duty > 0 else (9, 11, 13, 14, 45))  # a reversal is seen on the way, too
    assert not rig.drive_on


@pytest.mark.cell("IL-11", "trip")
@pytest.mark.parametrize(
    ("mode", "set_hz", "rate_hz", "limit_mhz"),
    [
        ("clinical", 110.0, 123.5, 121_000),
        ("clinical", 150.0, 152.0, 150_000),
        ("home", 100.0, 101.5, 100_000),
        ("home", 60.0, 67.5, 66_000),
    ],
)
def test_a_rate_just_above_the_limit_trips(
    rig: Rig, mode: str, set_hz: float, rate_hz: float, limit_mhz: int
) -> None:
    """IL-11, trip: 10 % above the set rate, and the caps of 100 and 150 Hz without any allowance."""
    Bridge(rig, set_hz, mode).drive_at(rate_hz)
    rig.bench.run(0.4)
    trip = rig.assert_latched(11, StopKind.C0, Input.SHAFT_RATE)
    assert trip.limit == limit_mhz
    assert limit_mhz < trip.value < limit_mhz * 1.05


@pytest.mark.cell("IL-11", "trip")
def test_a_rate_that_is_not_known_counts_as_too_high(rig: Rig) -> None:
    """IL-11, trip: no valid reading of the shaft for 1 ms."""
    rig.running()
    rig.bench.inject("shaft_sensor", "off")
    onset_s = rig.now_s
    rig.bench.run(0.05)
    rig.assert_latched(11, StopKind.C0, Input.SHAFT_SENSOR)
    assert SENSOR_LOST_S <= rig.drive_off_s() - onset_s <= SENSOR_LOST_S + 0.0004


@pytest.mark.cell("IL-11", "trip")
def test_a_setpoint_that_is_lowered_again_and_again_does_not_stop_the_clock(rig: Rig) -> None:
    """IL-11, trip: a crank at 140 Hz under a setpoint that falls 0.1 Hz every 20 ms is cut all the same."""
    bridge = Bridge(rig, 110.0)
    bridge.drive_at(140.0)
    for step in range(20):
        if rig.pen.status().state is not State.RUN:
            break
        rig.pen.command("SET_RATE", rate_mhz=109_900 - 100 * step)
        rig.bench.run(0.02)
    rig.assert_latched(11, StopKind.C0, Input.SHAFT_RATE)


@pytest.mark.cell("IL-11", "below limit")
@pytest.mark.parametrize(
    ("mode", "set_hz", "rate_hz"),
    [
        ("clinical", 110.0, 119.8),
        ("clinical", 150.0, 149.0),
        ("home", 100.0, 99.3),
        ("home", 60.0, 65.3),
    ],
)
def test_a_rate_just_below_the_limit_does_not_trip(
    rig: Rig, mode: str, set_hz: float, rate_hz: float
) -> None:
    """IL-11, below limit: 9 % above the set rate, and 1 % below the caps, until the air ends the run."""
    Bridge(rig, set_hz, mode).drive_at(rate_hz)
    rig.assert_running(0.9)
    assert abs(true_rate_hz(rig, 0.5) - rate_hz) < 0.8


@pytest.mark.cell("IL-11", "below limit")
def test_a_reading_lost_for_less_than_1_ms_does_not_trip(rig: Rig) -> None:
    """IL-11, below limit: 0.9 ms without the shaft sensor are bridged."""
    rig.running()
    rig.bench.inject("shaft_sensor", "off", for_s=SENSOR_LOST_S - 0.0001)
    rig.assert_running(0.3)


@pytest.mark.cell("IL-11", "hysteresis")
@pytest.mark.parametrize(("between_hz", "trips"), [(117.5, True), (111.0, False)])
def test_the_clock_goes_on_above_5_per_cent_and_stops_below(rig: Rig, between_hz: float, trips: bool) -> None:
    """IL-11, hysteresis: +14 % twice for 30 ms trips with +7 % between them, and not with +1 %."""
    bridge = Bridge(rig)
    for rate_hz, seconds in ((125.0, 0.035), (between_hz, 0.050), (125.0, 0.035)):
        bridge.drive_at(rate_hz)
        rig.bench.run(seconds)
    bridge.drive_at(111.0)
    rig.bench.run(0.2)
    assert (rig.tripped == 11) is trips
    assert (rig.state is State.SAFE) is trips


def true_onset_s(rig: Rig, limit_hz: float, since_s: float) -> float:
    """End of the first whole revolution whose mean is above the limit, from the crank."""
    time_s, rate_hz = last_stroke_rate_hz(rig)
    with np.errstate(invalid="ignore"):
        return rig.first_s(rate_hz > limit_hz, since_s) if time_s.size else math.nan


@pytest.mark.cell("IL-11", "reaction time")
@pytest.mark.parametrize(
    ("mode", "set_hz", "rate_hz", "limit_hz"),
    [
        ("clinical", 110.0, 124.0, 121.0),
        ("clinical", 110.0, 180.0, 121.0),
        ("clinical", 50.0, 60.0, 55.0),
        ("clinical", 150.0, 156.0, 150.0),
        ("home", 100.0, 104.0, 100.0),
    ],
)
@pytest.mark.parametrize("seed", range(6))
def test_the_drive_is_off_within_60_ms_of_true_overspeed(
    new_rig: New,
    reacted: Callable[..., None],
    seed: int,
    mode: str,
    set_hz: float,
    rate_hz: float,
    limit_hz: float,
) -> None:
    """IL-11, reaction time: from the first whole revolution whose true mean is above the limit."""
    rig = new_rig(seed)
    bridge = Bridge(rig, set_hz, mode)
    rig.bench.run(0.0013 * seed)
    begin_s = rig.now_s
    bridge.drive_at(rate_hz)
    rig.bench.run(0.25)
    rig.assert_latched(11, StopKind.C0, Input.SHAFT_RATE)
    reaction_s = rig.drive_off_s() - true_onset_s(rig, limit_hz, begin_s)
    assert 0.0 < reaction_s <= REACTION_S
    reacted(f"IL-11 {set_hz:g} Hz set, driven at {rate_hz:g} Hz", reaction_s * 1e3, REACTION_S * 1e3)


@pytest.mark.cell("IL-11", "reaction time")
@pytest.mark.parametrize("seed", range(10))
def test_after_the_cut_at_full_speed_at_most_two_strokes_follow(new_rig: New, seed: int) -> None:
    """IL-11, reaction time: C0 with the winding shorted; clear in 300 ms, or told to lift."""
    rig = new_rig(seed).running(rate_hz=150.0)
    overspeed(rig)
    rig.assert_cut_ends_well()


@pytest.mark.cell("IL-11", "safe state held")
def test_after_overspeed_nothing_moves_by_itself(rig: Rig) -> None:
    """IL-11, safe state held: for 10 s, against ARM and START, with the bridge still stuck on."""
    rig.running()
    rig.bench.inject("bridge", "stuck", value=1.0)
    rig.assert_nothing_moves_by_itself()
    assert float(np.abs(rig.bench.trace.omega_rad_s).max()) < 1.0


@pytest.mark.cell("IL-11", "reset refused")
def test_the_reset_is_refused_while_the_shaft_still_turns(rig: Rig) -> None:
    """IL-11, reset refused: an open winding lets the crank coast; CAUSE_PRESENT until it stands."""
    in_air(rig, 150.0)
    rig.bench.inject("winding_short", "off")
    rig.bench.inject("bridge", "stuck", value=1.0)
    assert rig.wait(lambda: rig.tripped == 11, 0.2)
    rig.bench.run(0.03)
    refusal = rig.refused("RESET", interlock=11)
    assert refusal.reason is Reason.CAUSE_PRESENT
    assert refusal.value > 50_000
    rig.bench.run(1.5)
    rig.pen.reset(11)
    assert rig.tripped in (0, 5)  # the winding that is not shorted is IL-05's


@pytest.mark.cell("IL-11", "reset refused")
def test_the_reset_is_refused_while_the_shaft_sensor_gives_nothing(rig: Rig) -> None:
    """IL-11, reset refused: rest that cannot be seen is no rest."""
    rig.running()
    rig.bench.inject("shaft_sensor", "off")
    rig.bench.run(0.5)
    assert rig.refused("RESET", interlock=11).reason is Reason.CAUSE_PRESENT
    rig.assert_latched(11, StopKind.C0)


@pytest.mark.cell("IL-11", "reset act")
def test_the_reset_asks_for_a_link_session_and_its_own_number(rig: Rig) -> None:
    """IL-11, reset act: RESET 11 in a link session, then arm again; the reference is kept."""
    rig.running()
    overspeed(rig)
    rig.bench.run(0.5)
    assert rig.answers_to(rig.unsealed("RESET", interlock=11)) == [(Reason.NO_SESSION, 0, 0)]
    assert rig.refused("RESET", interlock=1) == Refusal(Reason.WRONG_INTERLOCK, 1, 11)
    rig.pen.reset(11)
    assert Flags.REFERENCED in rig.pen.status().flags
    rig.bench.hand.hold(False)
    rig.pen.arm()
    rig.start()
    rig.assert_running(0.3)


@pytest.mark.cell("IL-11", "no restart")
def test_neither_rest_nor_reset_restarts_the_drive(rig: Rig) -> None:
    """IL-11, no restart: with the switch held all the time."""
    rig.running()
    overspeed(rig)
    rig.assert_stays_off(2.0)
    rig.pen.reset(11)
    rig.assert_stays_off(1.0, State.STANDBY)
    rig.assert_held_switch_starts_nothing()


@pytest.mark.cell("IL-11", "log row")
def test_the_trip_is_told_once_with_its_rate_limit_and_time(rig: Rig) -> None:
    """IL-11, log row: EVENT_TRIP with mHz, and the same in STATUS."""
    bridge = Bridge(rig)
    onset_us = rig.bench.kernel.time_us
    bridge.drive_at(126.0)
    rig.bench.run(0.3)
    (event,) = rig.events("EVENT_TRIP")
    assert (event["interlock"], event["input"], event["stop"]) == (11, Input.SHAFT_RATE, StopKind.C0)
    assert event["limit"] == 121_000
    assert 121_000 < event["value"] < 128_000
    assert onset_us < event["time_us"] <= onset_us + 100_000
    trip = rig.trip()
    assert (trip.value, trip.limit, trip.time_us) == (event["value"], 121_000, event["time_us"])


@pytest.mark.cell("IL-11", "priority signal")
def test_the_signal_is_medium_when_the_needles_are_inside(rig: Rig) -> None:
    """IL-11, priority signal: MEDIUM, until the reset."""
    rig.running()
    assert rig.sounder == SOUNDER_NONE
    overspeed(rig)
    rig.bench.run(0.5)
    assert rig.sounder == SOUNDER_MEDIUM
    rig.pen.reset(11)
    rig.bench.run(0.01)
    assert rig.sounder == SOUNDER_NONE


@pytest.mark.cell("IL-11", "guide words")
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("mode", "rate_hz"), [("home", 100.0), ("clinical", 150.0)])
def test_provided_when_not_needed_does_not_happen_when_the_pen_is_lifted_at_the_cap(
    new_rig: New, seed: int, mode: str, rate_hz: float
) -> None:
    """IL-11, guide words: provided when not needed – the load goes within one stroke."""
    press_n = {"home": 3.5, "clinical": 5.0}[mode]
    rig = new_rig(seed, skin="stiff").running(mode, 200, rate_hz, press_n=press_n)
    rig.bench.hand.glide(mm_s=30)
    for _ in range(3):
        rig.assert_running(0.2)
        rig.bench.hand.lift()
        rig.assert_running(0.2)
        rig.bench.hand.press(n=press_n)


@pytest.mark.cell("IL-11", "guide words")
@pytest.mark.parametrize("seed", range(6))
def test_not_provided_by_a_shaft_sensor_that_gives_garbage_the_drive_is_cut(new_rig: New, seed: int) -> None:
    """IL-11, guide words: not provided – random numbers end in a trip, never in true overspeed."""
    rig = new_rig(seed).running()
    rig.bench.inject("shaft_sensor", "garbage", value=100_000)
    onset_s = rig.now_s
    rig.bench.run(0.5)
    assert rig.state is State.SAFE
    assert rig.tripped in (11, 13, 14, 45)
    time_s, rate_hz = last_stroke_rate_hz(rig)
    until_off = (time_s > onset_s) & (time_s < rig.drive_off_s())
    assert float(np.nanmax(rate_hz[until_off])) < 121.0


@pytest.mark.cell("IL-11", "guide words")
def test_too_early_a_burst_shorter_than_the_window_does_not_trip(rig: Rig) -> None:
    """IL-11, guide words: too early – +14 % for 30 ms is no overspeed."""
    bridge = Bridge(rig)
    bridge.drive_at(125.0)
    rig.bench.run(0.030)
    bridge.drive_at(110.0)
    rig.assert_running(0.5)


@pytest.mark.cell("IL-11", "guide words")
def test_too_late_a_rate_far_above_the_cap_does_not_wait_for_the_window(rig: Rig) -> None:
    """IL-11, guide words: too late – one revolution 10 % above the cap trips at once."""
    in_air(rig, 150.0)
    rig.bench.inject("bridge", "stuck", value=1.0)
    begin_s = rig.now_s
    rig.bench.run(0.1)
    rig.assert_latched(11, StopKind.C0)
    assert rig.drive_off_s() - true_onset_s(rig, 165.0, begin_s) <= 0.010


@pytest.mark.cell("IL-11", "guide words")
def test_stopped_too_soon_the_trip_outlives_the_overspeed(rig: Rig) -> None:
    """IL-11, guide words: stopped too soon – the bridge heals at the trip, and the drive stays off."""
    rig.running()
    rig.bench.inject("bridge", "stuck", value=1.0)
    assert rig.wait(lambda: rig.tripped == 11, 0.2)
    rig.bench.clear_faults()
    rig.bench.run(0.01)
    rig.bench.run(0.3)
    rig.assert_stays_off(2.0)


@pytest.mark.cell("IL-11", "second fault")
@pytest.mark.parametrize(
    ("target", "kind", "parameters"),
    [
        ("bar_sensor", "wrong", {"value": -80}),
        ("current_sensor", "stuck", {"value": 0}),
        ("supply_sensor", "wrong", {"gain": 0.9}),
        ("shaft_sensor", "intermittent", {"severity": 0.5}),
        ("hold_switch", "stuck", {"value": 1}),
        ("line_to_pen", "garbage", {"severity": 0.5}),
    ],
)
def test_another_sensor_that_lies_does_not_hide_overspeed(
    rig: Rig, target: str, kind: str, parameters: dict[str, float]
) -> None:
    """IL-11, second fault: together with a fault of another part."""
    rig.running()
    rig.bench.inject(target, kind, **parameters)
    rig.bench.inject("bridge", "stuck", value=1.0)
    rig.bench.run(0.1)
    assert rig.tripped == 11
    assert not rig.drive_on


@pytest.mark.cell("IL-11", "second fault")
def test_overspeed_during_a_controlled_stop_cuts_the_drive(rig: Rig) -> None:
    """IL-11, second fault: the bridge sticks while hold-to-run brings the pen to rest; C1 becomes C0."""
    rig.running()
    rig.bench.inject("bridge", "stuck", value=1.0)
    rig.bench.hand.hold(False)
    rig.bench.run(0.15)
    assert not rig.drive_on
    assert rig.tripped == 11
